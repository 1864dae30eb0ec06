"""The notebooks in a tar archive, plain or gzipped. It is read as a stream, once, so that everything unpacked is counted.

tarfile is asked for the meaning of header blocks only. What it does between them is not bounded: it keeps every attribute of every entry,
maps of sparse files of any length, and searches headers for numbers in time that grows with the square of their length.
"""

import gzip
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from autograder.sources.archive_limits import (
    MAX_ENTRIES,
    ArchiveError,
    Meter,
    end_of,
    entry_parts,
    is_bomb,
    is_endless,
    leads_out,
    looks_wanted,
    passed_through,
)
from autograder.sources.found import MAX_BYTES, Found, faulty, too_large

MAX_HEADER_BYTES: Final = 1 << 20
"""Of one extended header (a long name, a set of attributes). It is read whole, and dropped before the next."""
MAX_HEADERS_BYTES: Final = 32 << 20
"""Of all extended headers together: a kilobyte or two an entry. Reading them takes time that unpacking them does not."""
MAX_EXTENDED: Final = 16
"""Extended headers before one entry. Three are written in good faith: for all files, for this one, for its long name."""

_LONG_NAME = tarfile.GNUTYPE_LONGNAME
_ATTRIBUTES = (tarfile.XHDTYPE, tarfile.SOLARIS_XHDTYPE)
_IGNORED = (tarfile.XGLTYPE, tarfile.GNUTYPE_LONGLINK)
_WITHOUT_DATA = (tarfile.LNKTYPE, tarfile.SYMTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE)
_REGULAR = (tarfile.REGTYPE, tarfile.AREGTYPE)

_CHUNK_BYTES = 1 << 16
_LONGEST_NUMBER = 15  # digits of a size
_MORE_OF_A_MAP, _MAP_GOES_ON = 482, 504  # where a sparse file's header, and a block of its map, say that another block follows


@dataclass(frozen=True)
class _Entry:
    """What the headers of one entry come to. Its data follow: `size` bytes."""

    name: str
    size: int
    regular: bool
    folder: bool


def tar_entries(file: BinaryIO, *, gzipped: bool) -> Iterator[Found]:
    """The notebooks in the tar archive `file`, faults for entries that look like one but can't be taken, folders of courses.

    Raises:
        ArchiveError: the archive breaks a limit, or is damaged or cut off.
        OSError, EOFError, zlib.error: the gzip stream is damaged.
    """
    stream = _Counted(file, gzipped=gzipped)
    for count, entry in enumerate(_entries(stream), 1):
        if count > MAX_ENTRIES:
            raise ArchiveError(f"it holds more than {MAX_ENTRIES} entries")
        left = entry.size + -entry.size % tarfile.BLOCKSIZE
        found = None if entry.folder else _taken(entry)
        if found is not None and found.fault is None:
            found = Found(found.parts, stream.take(entry.size))
            left -= entry.size
        found = found or passed_through(entry.name, is_folder=entry.folder)
        if found is not None:
            yield found
        stream.skip(left)


class _Counted:
    """The unpacked stream."""

    def __init__(self, file: BinaryIO, *, gzipped: bool) -> None:
        self._packed = file
        self._unpacked = gzip.GzipFile(fileobj=file) if gzipped else file
        self._meter = Meter()

    def take(self, count: int) -> bytes:
        """The next `count` bytes."""
        taken = bytearray()
        while len(taken) < count:
            taken += self._read(count - len(taken))
        return bytes(taken)

    def skip(self, count: int) -> None:
        """Go on by `count` bytes."""
        while count > 0:
            count -= len(self._read(count))

    def _read(self, most: int) -> bytes:
        chunk = self._unpacked.read(min(most, _CHUNK_BYTES))
        if not chunk:
            raise ArchiveError("it is damaged or cut off")
        self._meter.add(len(chunk))
        if is_bomb(self._meter.unpacked_bytes, self._packed.tell()):
            raise ArchiveError("it unpacks to hundreds of times its size")
        return chunk


def _entries(stream: _Counted) -> Iterator[_Entry]:
    """Each entry, to the block of zeros that ends the archive. The caller moves on by its data before it asks for the next."""
    name: str | None = None
    size: int | None = None
    sparse, extended, headers_bytes = False, 0, 0
    while any(block := stream.take(tarfile.BLOCKSIZE)):
        header = _header(block)
        if header.type in (_LONG_NAME, *_ATTRIBUTES, *_IGNORED):
            extended += 1
            headers_bytes += header.size
            if headers_bytes > MAX_HEADERS_BYTES:
                raise ArchiveError(f"its headers hold more than {MAX_HEADERS_BYTES} bytes")
            if header.size > MAX_HEADER_BYTES or extended > MAX_EXTENDED:
                raise ArchiveError("a header in it has an impossible size")
            content = stream.take(header.size)
            stream.skip(-header.size % tarfile.BLOCKSIZE)
            if header.type == _LONG_NAME:
                name = _text(content.partition(b"\0")[0])
            elif header.type in _ATTRIBUTES:
                attributes = _attributes(content)
                sparse = sparse or any(key.startswith(b"GNU.sparse.") for key in attributes)
                found = attributes.get(b"GNU.sparse.name", attributes.get(b"path"))
                name = name if found is None else _text(found)
                size = _size(attributes[b"size"]) if b"size" in attributes else size
            continue
        if header.type == tarfile.GNUTYPE_SPARSE:
            _skip_map(stream, more=bool(block[_MORE_OF_A_MAP]))
        length = 0 if header.type in _WITHOUT_DATA else header.size if size is None else size
        regular = header.type in _REGULAR and not sparse
        yield _Entry(header.name if name is None else name, length, regular, header.isdir())
        name, size, sparse, extended = None, None, False, 0


def _header(block: bytes) -> tarfile.TarInfo:
    try:
        header = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except tarfile.HeaderError:
        raise ArchiveError("it is damaged or cut off") from None
    if not 0 <= header.size < 10**_LONGEST_NUMBER:
        raise ArchiveError("a header in it has an impossible size")
    return header


def _skip_map(stream: _Counted, *, more: bool) -> None:
    while more:
        more = bool(stream.take(tarfile.BLOCKSIZE)[_MAP_GOES_ON])


def _attributes(content: bytes) -> dict[bytes, bytes]:
    """Of the records such as "26 path=somewhere/x.ipynb", a line each that begins with its own length, those that matter here."""
    found: dict[bytes, bytes] = {}
    start = 0
    while start < len(content) and content[start]:
        blank = content.find(b" ", start, start + _LONGEST_NUMBER)
        length = _size(content[start:blank]) if blank > 0 else 0
        record = content[blank + 1 : start + length]
        key, sign, value = record.partition(b"=")
        if not length or not sign or not record.endswith(b"\n"):  # without a length it would go round in circles
            raise ArchiveError("it is damaged or cut off")
        if key in (b"path", b"size") or key.startswith(b"GNU.sparse."):
            found[key] = value[:-1]
        start += length
    return found


def _size(digits: bytes) -> int:
    if not digits.isdigit() or len(digits) > _LONGEST_NUMBER:
        raise ArchiveError("a header in it has an impossible size")
    return int(digits)


def _text(name: bytes) -> str:
    return name.decode("utf-8", "surrogateescape")


def _taken(entry: _Entry) -> Found | None:
    """What stands for the entry if it looks like a notebook: a fault, or an empty place for its content."""
    parts = entry_parts(entry.name)
    if not looks_wanted(parts):
        return None
    if is_endless(entry.name):
        return faulty(end_of(parts), "source.unreadable", reason="its name is longer than a file's can be")
    if leads_out(entry.name):
        return faulty(parts, "source.unreadable", reason="its name leads out of the archive")
    if not entry.regular:
        return faulty(parts, "source.not_regular")
    return too_large(parts, entry.size) if entry.size > MAX_BYTES else Found(parts, None)
