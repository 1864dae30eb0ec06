"""What an archive may hold, and how the names in it are judged; shared by zip and tar."""

import re
from typing import Final

from autograder.sources.found import Found, is_hidden, is_wanted

MAX_ARCHIVE_BYTES: Final = 256 << 20
"""Of the archive itself: a class of 200 with a megabyte each, packed."""
MAX_TOTAL_BYTES: Final = 512 << 20
"""Of all that is unpacked from one archive, counted while it is read."""
MAX_ENTRIES: Final = 20_000
MAX_NAME: Final = 1_000
"""Characters of an entry's name: formats allow a megabyte, Windows 260."""
MAX_PARTS: Final = 50
"""Folders in one another, and the file."""
MAX_RATIO: Final = 200
"""Unpacked bytes for each packed one. Notebooks reach 20; deflate itself ends at 1,032."""
FREE_BYTES: Final = 1 << 20
"""Up to here any ratio will do: an empty page of blanks packs better than a bomb."""

_SHOWN = 60  # characters
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class ArchiveError(ValueError):
    """The archive breaks a limit or is damaged; the text says how."""


class Meter:
    """Counts what one archive of `packed_bytes` unpacks to, and what of that is kept."""

    def __init__(self, packed_bytes: int = 0) -> None:
        self.packed_bytes = packed_bytes
        self.unpacked_bytes = 0
        self.kept_bytes = 0

    def add(self, count: int) -> None:
        """Count `count` bytes more.

        Raises:
            ArchiveError: it is more than one archive may hold.
        """
        self.unpacked_bytes += count
        if self.unpacked_bytes > MAX_TOTAL_BYTES:
            raise ArchiveError(f"it unpacks to more than {MAX_TOTAL_BYTES} bytes")


def is_bomb(unpacked_bytes: int, packed_bytes: int) -> bool:
    """Whether so much came out of so little that nobody wrote it by hand."""
    return unpacked_bytes > FREE_BYTES and unpacked_bytes > MAX_RATIO * packed_bytes


def entry_parts(name: str) -> tuple[str, ...]:
    """The components of an entry's name. Backslashes part them too, as some Windows programs write; "" and "." are left out."""
    text = name.encode("utf-8", "replace").decode()
    return tuple(part for part in re.split(r"[/\\]", text) if part not in ("", "."))


def leads_out(name: str) -> bool:
    """Whether an entry's name is absolute, goes up, or holds control characters: harmless here, but never written in good faith."""
    return (
        name.startswith(("/", "\\"))
        or re.match(r"[A-Za-z]:", name) is not None
        or ".." in entry_parts(name)
        or _CONTROL.search(name) is not None
    )


def looks_wanted(parts: tuple[str, ...]) -> bool:
    """Whether an entry is a notebook, or would be one if its name did not go up."""
    inside = tuple(part for part in parts if part != "..")
    return bool(inside) and is_wanted(inside)


def is_endless(name: str) -> bool:
    """Whether an entry's name is longer, or leads through more folders, than any file's."""
    return len(name) > MAX_NAME or len(entry_parts(name)) > MAX_PARTS


def end_of(parts: tuple[str, ...]) -> tuple[str, ...]:
    """What of an endless name a fault bears."""
    return ("…" + parts[-1][-_SHOWN:],)


def passed_through(name: str, *, is_folder: bool) -> Found | None:
    """The folder that an entry is or lies in, where it may tell of a student of an nbgrader course who handed in no notebook."""
    parts = entry_parts(name)
    folder = parts if is_folder else parts[:-1]
    if "submitted" not in folder or is_hidden(folder) or leads_out(name) or is_endless(name):
        return None
    return Found(folder, None, folder=True)
