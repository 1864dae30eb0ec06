"""What this machine lacks, told from why no box could be made, with the line that mends it. In: the words of an error. Out: advice."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Advice:
    """Which layer is missing, and what mends it; empty where the error itself says so, or nobody knows."""

    layer: str
    mend: str


def for_problem(problem: str, root: Path = Path("/")) -> Advice:
    """Tell from `problem`, the text of a SandboxError, what is missing.

    Args:
        problem: our own words, or bubblewrap's.
        root: where this machine's switches are looked up.
    """
    for pattern, layer, mend in _CAUSES:
        if re.search(pattern, problem):
            return Advice(layer, mend if isinstance(mend, str) else mend(root))
    return Advice("box", "")


_CONTAINER = (
    "in Docker, docker run --security-opt seccomp=unconfined --security-opt systempaths=unconfined; in Podman, podman run"
    " --security-opt unmask=ALL; or grade on the host"
)
_USER_NAMESPACES = (
    ("proc/sys/kernel/unprivileged_userns_clone", "0", "sudo sysctl kernel.unprivileged_userns_clone=1"),
    ("proc/sys/user/max_user_namespaces", "0", "sudo sysctl user.max_user_namespaces=10000"),
    ("proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1", "sudo apt install bubblewrap (here /usr/bin/bwrap alone may make them)"),
)
"""Files, the content that switches user namespaces off, and the line that switches them on."""


def _user_namespaces(root: Path) -> str:
    found = [line for name, off, line in _USER_NAMESPACES if _read(root / name) == off]
    return found[0] if found else f"if this is a container, its rules forbid them: {_CONTAINER}"


def _landlock(root: Path) -> str:
    names = _read(root / "sys/kernel/security/lsm")
    if names and "landlock" not in names.split(","):
        return f"add lsm=landlock,{names} to the kernel's command line and boot again"
    return "use Linux 5.13 or later, with landlock among the names in /sys/kernel/security/lsm; in a container, Docker 20.10.18 or later"


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""


_SECCOMP = "use a kernel with CONFIG_SECCOMP_FILTER=y, as those of all distributions are; where gVisor stands between, grade on the host"
_LIMITS = "raise the limit that is in force for whoever grades: ulimit -H, limits.conf(5), or Limit…= of a systemd service"
_CAUSES: tuple[tuple[str, str, str | Callable[[Path], str]], ...] = (
    ("bubblewrap is not installed", "bubblewrap", ""),
    ("missing: seccomp:", "seccomp", _SECCOMP),
    ("missing: Landlock:", "Landlock", _landlock),
    ("missing: limits:", "limits", _LIMITS),
    ("reach of an ordinary user", "mount namespaces", f"put Python where all users can read it, or grade as one of them; {_CONTAINER}"),
    ("mount proc", "a /proc of its own", _CONTAINER),
    (r"namespace|unshare|[ug]id.map|pivot_root|clone|make / slave|loopback", "user namespaces", _user_namespaces),
)
"""What an error says, the layer that it is about, and what mends it; the first that fits holds."""
