"""The layers of a box by name. A real box has every one: what takes a set of them takes EVERY unless a test, in code, says otherwise.

No setting, option, environment variable or message reaches these arguments; they are there so that a test can leave a layer out and show
what it holds off.
"""

import enum

from autograder.sandbox.inside.kernel import LIMITS
from autograder.sandbox.inside.rules import GROUPS


class Layer(enum.StrEnum):
    """The layers that have no name elsewhere."""

    USER_NAMESPACE = "user namespace"
    PID_NAMESPACE = "pid namespace"
    NETWORK_NAMESPACE = "network namespace"
    IPC_NAMESPACE = "ipc namespace"
    UTS_NAMESPACE = "uts namespace"
    CGROUP_NAMESPACE = "cgroup namespace"
    PRIVATE_FOLDER = "private folder"  # in a mount namespace, as the next three
    FOLDER_BYTES = "size of the folder"
    FOLDER_FILES = "files in the folder"
    EMPTY_TMP = "empty /tmp"
    READ_ONLY = "read-only tree"
    OWN_PROC = "own /proc"
    OWN_SESSION = "own session"
    CLOSED_FILES = "closed files"
    CAPABILITIES = "no capabilities"
    NO_NEW_PRIVILEGES = "no new privileges"
    LANDLOCK = "Landlock"
    HIDDEN_ZYGOTE = "hidden zygote"
    FIRST_TO_END = "first to end"


def refusals(group: str) -> str:
    """The name of the layer that is one group of `rules.GROUPS`."""
    return f"seccomp {group}"


EVERY: frozenset[str] = frozenset(Layer) | LIMITS | frozenset(map(refusals, GROUPS))
"""All layers: those above, the limits of `kernel.LIMITS`, and a layer for each group of refused system calls."""


def missing_groups(layers: frozenset[str]) -> frozenset[str]:
    """The groups of refused calls that are not among `layers`."""
    return frozenset(group for group in GROUPS if refusals(group) not in layers)
