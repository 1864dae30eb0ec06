"""The notebooks in a zip archive. Declared sizes are believed only where they refuse more."""

import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
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

MAX_DIRECTORY_BYTES: Final = MAX_ENTRIES * 512
"""Of the list of entries: zipfile reads it whole and makes an object of every 46 bytes, before anything can be counted."""

_END = struct.Struct("<4s4H2LH")
_LOCAL_HEADER_BYTES = 30
"""Before its name, which may be of another length there than in the list of entries."""
_CHUNK_BYTES = 1 << 20


def zip_entries(file: BinaryIO, size: int) -> Iterator[Found]:
    """The notebooks in the zip archive `file` (`size` bytes), faults for entries that look like one but can't be taken, folders of courses.

    Raises:
        ArchiveError: the archive breaks a limit.
        zipfile.BadZipFile: it is no zip archive.
    """
    _bound_directory(file, size)
    meter = Meter(size)
    with zipfile.ZipFile(file) as archive:
        entries = archive.infolist()
        if len(entries) > MAX_ENTRIES:
            raise ArchiveError(f"it holds {len(entries)} entries; at most {MAX_ENTRIES} are taken")
        shared = _overlapping(entries)
        for entry in entries:
            found = (None if entry.is_dir() else _entry(archive, entry, meter, overlaps=id(entry) in shared)) or passed_through(
                entry.orig_filename, is_folder=entry.is_dir()
            )
            if found is not None:
                yield found


def _bound_directory(file: BinaryIO, size: int) -> None:
    """Refuse a list of entries that would fill the memory. Where the end record is, zipfile finds in the same way."""
    file.seek(max(0, size - _END.size - 0xFFFF - 20))
    tail = file.read()
    file.seek(0)
    at = tail.rfind(b"PK\5\6")
    if at < 0 or len(tail) - at < _END.size:
        raise ArchiveError("it is not a zip archive")
    directory_bytes = _END.unpack_from(tail, at)[5]
    if tail[max(0, at - 20) : at].startswith(b"PK\6\7"):
        raise ArchiveError("it is in the ZIP64 form, which is for archives larger than are taken")
    if directory_bytes > MAX_DIRECTORY_BYTES:
        raise ArchiveError(f"its list of entries has {directory_bytes} bytes; at most {MAX_DIRECTORY_BYTES} are taken")


def _overlapping(entries: Sequence[zipfile.ZipInfo]) -> set[int]:
    """By id() the entries that share packed data with another; from some version on zipfile refuses some of them, so all are here."""
    shared: set[int] = set()
    longest, longest_end = None, 0  # of those so far the one that ends last
    for entry in sorted(entries, key=lambda one: one.header_offset):
        if longest is not None and entry.header_offset < longest_end:
            shared |= {id(longest), id(entry)}
        end = entry.header_offset + _LOCAL_HEADER_BYTES + entry.compress_size
        if end > longest_end:
            longest, longest_end = entry, end
    return shared


def _entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, meter: Meter, *, overlaps: bool) -> Found | None:
    name = entry.orig_filename
    parts = entry_parts(name)
    if not looks_wanted(parts):
        return None
    file_type = stat.S_IFMT(entry.external_attr >> 16)
    if is_endless(name):
        return faulty(end_of(parts), "source.unreadable", reason="its name is longer than a file's can be")
    if leads_out(name):
        return faulty(parts, "source.unreadable", reason="its name leads out of the archive")
    if file_type not in (0, stat.S_IFREG):
        return faulty(parts, "source.not_regular")
    if entry.flag_bits & 1:
        return faulty(parts, "source.unreadable", reason="it is encrypted")
    # the others are unpacked without a bound by zipfile: 4 KB of bzip2 may become 80 MB at once
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return faulty(parts, "source.unreadable", reason="it is packed by another method than deflate")
    if overlaps:
        return faulty(parts, "source.unreadable", reason="it shares its packed data with another")
    if entry.file_size > MAX_BYTES:
        return too_large(parts, entry.file_size)
    return _unpacked(archive, entry, parts, meter)


def _unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, parts: tuple[str, ...], meter: Meter) -> Found:
    content = bytearray()
    try:
        with archive.open(entry) as stream:
            while chunk := stream.read(_CHUNK_BYTES):
                content += chunk
                meter.add(len(chunk))
                # many may be within the free bytes each, but not all together
                if is_bomb(len(content), entry.compress_size) or is_bomb(meter.kept_bytes + len(content), meter.packed_bytes):
                    return faulty(parts, "source.unreadable", reason="it unpacks to hundreds of times its size")
    except ArchiveError:
        raise
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError, struct.error):
        return faulty(parts, "source.unreadable", reason="it is damaged")
    meter.kept_bytes += len(content)
    return Found(parts, bytes(content))
