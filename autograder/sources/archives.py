"""Notebooks out of an archive, read into memory one by one; nothing is ever extracted. zip_entries and tar_entries know the formats."""

import re
import struct
import tarfile
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from autograder.sources.archive_limits import MAX_ARCHIVE_BYTES, ArchiveError
from autograder.sources.files import NotRegularError, open_regular, printable
from autograder.sources.found import Found, faulty
from autograder.sources.tar_entries import tar_entries
from autograder.sources.zip_entries import zip_entries

SUFFIXES: Final = (".zip", ".tar", ".tar.gz", ".tgz")

# What zipfile, tarfile, gzip and zlib raise at damaged or forged input: their own errors and whatever their arithmetic runs into
# (RuntimeError, LookupError, ValueError, struct.error: fields that lie).
_DAMAGE = (
    ArchiveError,
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    LookupError,
    ArithmeticError,
    RuntimeError,
)


def is_archive(name: str) -> bool:
    """Whether the file's name is that of an archive that can be read."""
    return name.lower().endswith(SUFFIXES)


def stem_of(name: str) -> str:
    """An archive's name without its suffix, both parts of `.tar.gz`."""
    suffix = max((suffix for suffix in SUFFIXES if name.lower().endswith(suffix)), key=len)
    return name[: -len(suffix)] or name


def read_archive(path: Path) -> list[Found]:
    """The notebooks in the archive at `path`, sorted by place, then a fault for the archive itself if it could not be read to its end.

    Last, and only of nbgrader courses, the folders that entries lie in.
    """
    here = (printable(path.name),)
    try:
        file = open_regular(path)
    except NotRegularError:
        return [faulty(here, "source.not_regular")]
    except OSError as error:
        return [faulty(here, "source.withheld", reason=error.strerror or type(error).__name__)]
    found: list[Found] = []
    faults: list[Found] = []
    with file:
        try:
            size = file.seek(0, 2)
            file.seek(0)
            if size > MAX_ARCHIVE_BYTES:
                faults.append(faulty(here, "source.bad_archive", reason=f"it has {size} bytes; at most {MAX_ARCHIVE_BYTES} are taken"))
            else:
                name = path.name.lower()
                found.extend(zip_entries(file, size) if name.endswith(".zip") else tar_entries(file, gzipped=name.endswith("gz")))
        except _DAMAGE as error:
            faults.append(faulty(here, "source.bad_archive", reason=_reason(error)))
    folders = {item.parts: item for item in found if item.folder}
    return _without_doubles(item for item in found if not item.folder) + faults + [folders[parts] for parts in sorted(folders)]


def _reason(error: Exception) -> str:
    """The library's sentence without control characters, or what kind of error it was."""
    return re.sub(r"[^\x20-\x7e]+", " ", str(error)).strip()[:200] or type(error).__name__


def _without_doubles(found: Iterable[Found]) -> list[Found]:
    """`found`, sorted; where several have one name, or names that only case or Unicode form tells apart, a fault for each name."""
    groups: dict[str, list[Found]] = {}
    for item in found:
        groups.setdefault(unicodedata.normalize("NFKC", "/".join(item.parts)).casefold(), []).append(item)
    single = []
    for group in groups.values():
        names = sorted({item.parts for item in group})
        if len(group) == 1:
            single.append(group[0])
        elif len(names) == 1:
            single.append(faulty(names[0], "source.unreadable", reason="the archive holds several files of this name"))
        else:
            single += [faulty(name, "source.unreadable", reason="the archive holds a name that differs by case only") for name in names]
    return sorted(single, key=lambda item: item.parts)
