"""What an assignment's version is made of."""

import hashlib
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from autograder import jsonio


def package_version() -> str:
    """The installed package's version; "source" where it runs from a checkout that nobody installed."""
    try:
        return version("gradient-autograder")
    except PackageNotFoundError:
        return "source"


def files_of(folder: Path) -> dict[str, bytes]:
    """The files of an assignment by their place below `folder`, sorted.

    Hidden files and __pycache__ are left out: editors and Python write them while nothing of the assignment changes.
    """
    places = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return {
        place: (folder / place).read_bytes()
        for place in places
        if not any(part.startswith(".") or part == "__pycache__" for part in place.split("/"))
    }


def version_of(files: Mapping[str, bytes]) -> str:
    """SHA-256 over the package's version and each file's place and bytes; 64 hexadecimal digits."""
    digests: dict[str, jsonio.Json] = {place: hashlib.sha256(content).hexdigest() for place, content in files.items()}
    return hashlib.sha256(jsonio.dumps([package_version(), digests])).hexdigest()


def assignment_version(folder: Path) -> str:
    """The version of the assignment whose files lie in `folder`."""
    return version_of(files_of(folder))
