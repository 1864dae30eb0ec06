"""What a machine grades with: versions of this package, of Python, numpy and torch; and when two machines may grade one class together."""

import functools
import hashlib
import importlib.metadata
import platform
from dataclasses import dataclass
from pathlib import Path

import autograder
from autograder.course.version import package_version

NONE = "none"
_CODE_DIGITS = 12


@dataclass(frozen=True)
class Facts:
    """What a machine grades with.

    Attributes:
        package: version of this package, with some digits of the SHA-256 over its files: two checkouts of one version may differ.
        python: version.
        numpy: version.
        torch: version; "none" where it is not installed.
    """

    package: str
    python: str
    numpy: str
    torch: str


@functools.cache  # what this process has loaded counts, and not what was installed over it since
def here() -> Facts:
    """The facts of this machine. Workers are asked for theirs under this name, whatever their version."""
    return Facts(f"{package_version()} ({_code()})", platform.python_version(), _installed("numpy"), _installed("torch"))


def differences(ours: Facts, theirs: Facts) -> list[str]:
    """Why reports of theirs might not be what ours would be; empty when they would. Another torch counts only where both have one."""
    found = []
    if ours.package != theirs.package:
        found.append(f"autograder {theirs.package}, wanted {ours.package}")
    if _first(ours.python, 2) != _first(theirs.python, 2):
        found.append(f"Python {theirs.python}, wanted {_first(ours.python, 2)}")
    for name, one, other in (("numpy", ours.numpy, theirs.numpy), ("torch", ours.torch, theirs.torch)):
        if NONE not in (one, other) and _first(one, 1) != _first(other, 1):
            found.append(f"{name} {other}, wanted {_first(one, 1)}")
    return found


def unlike(ours: Facts, error: BaseException) -> str:
    """The same of a machine that could not even understand the question."""
    return f"its autograder is missing or of another version ({type(error).__name__}: {error}), wanted {ours.package}"


def _first(version: str, parts: int) -> str:
    return ".".join(version.split(".")[:parts])


def _installed(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return NONE


def _code() -> str:
    root = Path(autograder.__path__[0])
    whole = hashlib.sha256()
    for path in sorted(root.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            whole.update(f"{path.relative_to(root).as_posix()}\n".encode() + hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()[:_CODE_DIGITS]
