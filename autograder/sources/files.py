"""Open what a student may have put in a file's place, and walk the folders it lies in. Follows no link, waits for no pipe."""

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

from autograder.model import Message
from autograder.sources.found import MAX_BYTES, Found, faulty, is_hidden, too_large

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
        return faulty(parts, "source.withheld", reason=_reason(error))
    return too_large(parts, len(content)) if len(content) > MAX_BYTES else Found(parts, content)


def walk(folder: Path) -> tuple[list[tuple[str, ...]], list[Found]]:
    """The places of all files below `folder`, and its folders: those that can't be listed with a fault. Both sorted, nothing hidden.

    Links to folders are not followed.
    """
    unlisted: list[OSError] = []
    files: list[tuple[str, ...]] = []
    folders: list[tuple[str, ...]] = []
    for root, below, names in os.walk(folder, onerror=unlisted.append):
        below[:] = [name for name in below if not is_hidden((name,))]
        parents = Path(root).relative_to(folder).parts
        folders.append(parents)
        files += [(*parents, name) for name in names if not is_hidden((name,))]
    seen = [Found(tuple(map(printable, place)), None, folder=True) for place in sorted(folders)]
    faults = []
    for error in sorted(unlisted, key=lambda error: str(error.filename)):
        path = Path(error.filename)
        name = "/".join(map(printable, path.relative_to(folder.parent).parts))
        fault = Message("source.withheld", {"name": name, "reason": _reason(error)})
        faults.append(Found(tuple(map(printable, path.relative_to(folder).parts)), None, fault, folder=True))
    return sorted(files), faults + seen


def printable(name: str) -> str:
    """A file's name as text that UTF-8 can hold: what of it is not (Python reads such bytes as lone surrogates) becomes "?"."""
    return name.encode("utf-8", "replace").decode()


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__
