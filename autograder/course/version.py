"""What an assignment's version is made of."""

import hashlib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from autograder import jsonio


def package_version() -> str:
    """The installed package's version; "source" where it runs from a checkout that nobody installed."""
    try:
        return version("gradient-autograder")
    except PackageNotFoundError:
        return "source"


def assignment_version(folder: Path) -> str:
    """SHA-256 over the package's version and each file's place and bytes below `folder`, sorted; 64 hexadecimal digits.

    Hidden files and __pycache__ are left out: editors and Python write them while nothing of the assignment changes.
    """
    places = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    files = [
        (place, hashlib.sha256((folder / place).read_bytes()).hexdigest())
        for place in places
        if not any(part.startswith(".") or part == "__pycache__" for part in place.split("/"))
    ]
    return hashlib.sha256(jsonio.dumps([package_version(), dict(files)])).hexdigest()
