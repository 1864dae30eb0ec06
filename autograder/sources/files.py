"""Open what a student may have put in a file's place, and walk the folders it lies in. Follows no link, waits for no pipe."""

import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from autograder.sources.found import MAX_BYTES, Found, faulty, is_wanted, too_large

# A link could lead to a file of the grader's, a pipe would never end to open. Windows lacks both flags, and needs O_BINARY.
_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_BINARY", 0)


class NotRegularError(OSError):
    """What stands at the path is a link, pipe, device, socket or folder."""


def open_regular(path: Path) -> BinaryIO:
    """Open `path` for reading if a regular file stands there.

    Raises:
        NotRegularError: something else stands there.
        OSError: it can't be opened.
    """
    try:
        descriptor = os.open(path, _FLAGS)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENXIO, errno.EISDIR):
            raise NotRegularError(error.errno, "not a regular file") from None
        raise
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise NotRegularError(errno.EINVAL, "not a regular file")
    return os.fdopen(descriptor, "rb")


def read_notebook(path: Path, parts: tuple[str, ...]) -> Found:
    """The file at `path`, at most MAX_BYTES of it; a larger one is refused by its size, before it is read."""
    try:
        with open_regular(path) as file:
            size = os.fstat(file.fileno()).st_size
            if size > MAX_BYTES:
                return too_large(parts, size)
            content = file.read(MAX_BYTES + 1)  # it may have grown meanwhile
    except NotRegularError:
        return faulty(parts, "source.not_regular")
    except OSError as error:
        return faulty(parts, "source.unreadable", reason=_reason(error))
    return too_large(parts, len(content)) if len(content) > MAX_BYTES else Found(parts, content)


def walk(folder: Path) -> Iterator[Found]:
    """The notebooks below `folder`, sorted by place. Links to folders are not followed; folders that can't be listed are faults."""
    unlisted: list[OSError] = []
    places: list[tuple[str, ...]] = []
    for root, folders, files in os.walk(folder, onerror=unlisted.append):
        folders[:] = [name for name in folders if not name.startswith(".") and name != "__pycache__"]
        parents = Path(root).relative_to(folder).parts
        places += [(*parents, name) for name in files if is_wanted((*parents, name))]
    for place in sorted(places):
        yield read_notebook(folder.joinpath(*place), tuple(map(printable, place)))
    for error in sorted(unlisted, key=lambda error: str(error.filename)):
        parts = Path(error.filename).relative_to(folder.parent).parts
        yield faulty(tuple(map(printable, parts)), "source.unreadable", reason=_reason(error))


def printable(name: str) -> str:
    """A file's name as text that UTF-8 can hold: what of it is not (Python reads such bytes as lone surrogates) becomes "?"."""
    return name.encode("utf-8", "replace").decode()


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__
