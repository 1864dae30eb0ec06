"""The notebooks in a tar archive, plain or gzipped. It is read as a stream, once, so that everything unpacked is counted."""

import gzip
import tarfile
from collections.abc import Iterator
from typing import BinaryIO, Final, Self, cast

from autograder.sources.archive_limits import (
    MAX_ENTRIES,
    ArchiveError,
    Meter,
    entry_parts,
    is_bomb,
    leads_out,
    looks_wanted,
    passed_through,
)
from autograder.sources.found import MAX_BYTES, Found, faulty, too_large

MAX_HEADER_BYTES: Final = 1 << 20
"""Of one extended header (a long name, a set of attributes), which tarfile reads whole."""

_EXTENDED = (
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
)


def tar_entries(file: BinaryIO, *, gzipped: bool) -> Iterator[Found]:
    """The notebooks in the tar archive `file`, faults for entries that look like one but can't be taken, folders of courses.

    Raises:
        ArchiveError: the archive breaks a limit, or is damaged in the middle.
        OSError: the gzip stream is damaged. tarfile.TarError, EOFError, zlib.error, ValueError: so is something else.
    """
    stream = _Counted(file, gzipped=gzipped)
    with tarfile.open(fileobj=cast("BinaryIO", stream), mode="r|", tarinfo=_Header) as archive:
        for count, entry in enumerate(archive, 1):
            if count > MAX_ENTRIES:
                raise ArchiveError(f"it holds more than {MAX_ENTRIES} entries")
            found = (None if entry.isdir() else _entry(archive, entry)) or passed_through(entry.name, is_folder=entry.isdir())
            if found is not None:
                yield found


class _Counted:
    """The unpacked stream as tarfile reads it."""

    def __init__(self, file: BinaryIO, *, gzipped: bool) -> None:
        self._packed = file
        self._unpacked = gzip.GzipFile(fileobj=file) if gzipped else file
        self._meter = Meter()

    def read(self, count: int) -> bytes:
        chunk = self._unpacked.read(count)
        self._meter.add(len(chunk))
        if is_bomb(self._meter.unpacked_bytes, self._packed.tell()):
            raise ArchiveError("it unpacks to hundreds of times its size")
        return chunk


class _Header(tarfile.TarInfo):
    """A header block. tarfile takes a damaged one in the middle for the end, and so would lose everyone after it without a word."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        try:
            header = super().frombuf(buf, encoding, errors)
        except tarfile.HeaderError:
            if len(buf) == tarfile.BLOCKSIZE and not any(buf):
                raise  # the block of zeros that ends an archive
            raise ArchiveError("it is damaged or cut off") from None
        if header.size < 0 or (header.type in _EXTENDED and header.size > MAX_HEADER_BYTES):
            raise ArchiveError("a header in it has an impossible size")
        return header


def _entry(archive: tarfile.TarFile, entry: tarfile.TarInfo) -> Found | None:
    parts = entry_parts(entry.name)
    if not looks_wanted(parts):
        return None
    if leads_out(entry.name):
        return faulty(parts, "source.unreadable", reason="its name leads out of the archive")
    if entry.type not in (tarfile.REGTYPE, tarfile.AREGTYPE) or entry.issparse():
        return faulty(parts, "source.not_regular")
    if entry.size > MAX_BYTES:
        return too_large(parts, entry.size)
    stream = archive.extractfile(entry)
    assert stream is not None  # it is one of the regular types
    return Found(parts, stream.read())
