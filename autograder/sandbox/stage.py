"""Make what only root can reach visible to an ordinary user, then become that user and run bubblewrap. Runs as root, as a program.

A box must not be started by root: bubblewrap's uid 0 would stay the kernel's uid 0. But an interpreter under /root can't be reached by
anybody else. So: in a private mount namespace every folder that the box needs and others can't reach is bound below a tmpfs that all may
enter; nothing of this is seen outside the namespace, and nothing is left when it ends.
"""

import json
import os
import sys
from collections.abc import Sequence

from autograder.sandbox.inside import kernel

STAGE = "/run"
ORDINARY_UID = 65533  # neither a person's nor nobody's (65534), so that no other process shares it


def staged_path(path: str, sources: Sequence[str]) -> str:
    """Where `path` can be reached once `sources` are staged: below the one that holds it, or where it was."""
    for number, source in enumerate(sources):
        if os.path.commonpath([path, source]) == source:
            return _target(number) + path[len(source) :]
    return path


def main(plan: str) -> None:
    """Carry out `plan`, JSON with "sources", the host paths to stage, and "command", in staged paths. Does not return."""
    steps = json.loads(plan)
    if steps["sources"]:  # else no need of rights that root lacks in a container
        try:
            _stage_all(steps["sources"])
        except OSError as error:
            sys.exit(f"{' and '.join(steps['sources'])} can't be brought within reach of an ordinary user: {error.strerror}")
    os.setgroups([])
    os.setresgid(ORDINARY_UID, ORDINARY_UID, ORDINARY_UID)
    os.setresuid(ORDINARY_UID, ORDINARY_UID, ORDINARY_UID)
    os.chdir("/")
    command = steps["command"]
    os.execv(command[0], command)  # noqa: S606 - a list, no shell


def _target(number: int) -> str:
    return f"{STAGE}/{number}"


def _stage_all(sources: Sequence[str]) -> None:
    kernel.unshare(kernel.Namespace.MOUNT)
    kernel.mount(None, "/", None, kernel.MS_REC | kernel.MS_PRIVATE)
    kernel.mount("tmpfs", STAGE, "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, "mode=755,size=1m")
    for number, source in enumerate(sources):
        _stage(source, _target(number))


def _stage(source: str, target: str) -> None:
    if os.path.isdir(source):
        os.mkdir(target, 0o755)
    else:
        os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o644))
    kernel.mount(source, target, None, kernel.MS_BIND | kernel.MS_REC)
