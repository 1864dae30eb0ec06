"""Archives to begin from: honest and dishonest entries in every format; and changes that get past the checksums."""

import gzip
import io
import json
import struct
import tarfile
import zipfile

import shapes

ZIP, TAR, PACKED, GZIP = range(4)
RIGHT_SUMS = 0x80
BLOCK = 512
NOTEBOOK = json.dumps({"nbformat": 4, "cells": []}).encode()
ENTRIES = (
    {"anna.ipynb": b"A" * 40},
    {"anna.ipynb": b"A", "x/bert.ipynb": NOTEBOOK, "notes.txt": b"", ".h/c.ipynb": b"", "__MACOSX/._a.ipynb": b""},
    {"c/submitted/anna/ps1/x.ipynb": b"A", "c/submitted/anna/ps1/y.ipynb": b"B", "submitted/bert/ps2/": b"", "c/source/ps1/x.ipynb": b"S"},
    {"../x.ipynb": b"H", "/etc/x.ipynb": b"H", "C:\\x.ipynb": b"H", "a\n/x.ipynb": b"H"},
    {"./a/./b.ipynb": b"A", "A/B.IPYNB": b"B", "a/b.ipynb": b""},
    {"é" * 60 + ".ipynb": b"A", "e\u0301" * 60 + ".ipynb": b"B", "\u202egnp.ipynb": b"C", "n" * 300 + ".ipynb": b"D"},
    {f"{name}.ipynb": b"x" * 600 for name in "abc"},
    {},
)
NUMBERS = (
    *(b"0000000", b"7777777", b"-000001", b"       ", b"00001000", b"12x4567"),
    *(b"\x80" + bytes(6), b"\xff" * 7, b"\0" * 7, b"\x80\xff\xff\xff\xff\xff\xff"),
)
RECORDS = (
    *("size=-1024", "size=99999999999", "size=x", "size=3", "size=" + "9" * 400),
    *("path=../p.ipynb", "path=p.ipynb", "path=" + "x/" * 200 + ".ipynb", "mtime=nan", "hdrcharset=BINARY"),
    *("GNU.sparse.map=0,x", "GNU.sparse.major=1", "GNU.sparse.minor=0", "GNU.sparse.name=q.ipynb", "GNU.sparse.size=9"),
)


def seeds():
    """Honest and dishonest entries in every format, packed and not."""
    for entries in ENTRIES:
        yield from (bytes([ZIP]) + _zipped(entries, method) for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))
        for form in (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
            made = _tarred(entries, form)
            yield from (bytes([kind]) + made for kind in (TAR | RIGHT_SUMS, PACKED | RIGHT_SUMS))
        yield bytes([GZIP]) + gzip.compress(made, mtime=0)
    yield bytes([ZIP]) + _zipped({"bomb.ipynb": bytes(2 << 20)}, zipfile.ZIP_DEFLATED)
    yield bytes([GZIP]) + gzip.compress(_tarred({"bomb.ipynb": bytes(8 << 20)}, tarfile.PAX_FORMAT), mtime=0)
    yield from (bytes([kind]) for kind in range(4))


def changed(data, rng):
    """Another archive: fields of its headers set to what readers stumble over, entries moved, or bytes changed."""
    kind, packed = (data[:1] or b"\0")[0], bytearray(data[1:])
    how = rng.randrange(6)
    if how == 0:
        return bytes([rng.choice((kind, rng.randrange(256)))]) + shapes.bits(packed, rng)
    if kind & 3 == ZIP and len(packed) > 46:
        _change_zip(packed, rng)
    elif kind & 3 in (TAR, PACKED) and len(packed) >= BLOCK:
        _change_tar(packed, rng)
    else:
        packed = shapes.bits(packed, rng, 2)
    return bytes([kind]) + bytes(packed)


def _zipped(entries, method):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in entries.items():
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return buffer.getvalue()


def _tarred(entries, form):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=form, encoding="utf-8") as archive:
        for name, content in entries.items():
            info = tarfile.TarInfo(name)
            info.size, info.type = len(content), tarfile.DIRTYPE if name.endswith("/") else tarfile.REGTYPE
            try:
                archive.addfile(info, io.BytesIO(content))
            except ValueError:  # a name too long for this form
                continue
    return buffer.getvalue()[: -8 * BLOCK]  # of the padding at its end nothing is learnt


def with_right_sums(packed):
    """The tar archive with the checksum of every header made right, as far as the sizes in them lead from one to the next."""
    packed, at = bytearray(packed), 0
    while at + BLOCK <= len(packed):
        header = packed[at : at + BLOCK]
        if any(header):
            total = sum(header[:148]) + sum(header[156:]) + 8 * 32
            packed[at + 148 : at + 156] = b"%06o\0 " % total
        try:
            size = int(bytes(header[124:135]).strip(b" \0") or b"0", 8)
        except ValueError:
            size = 0
        at += BLOCK * (1 + max(0, size + BLOCK - 1) // BLOCK if size < len(packed) else 1)
    return bytes(packed)


def _change_tar(packed, rng):
    at = rng.randrange(len(packed) // BLOCK) * BLOCK
    how = rng.randrange(7)
    if how == 0:
        packed[at + 156] = rng.choice(b"\x000123456789xgXLKSDVNMA\xff")
    elif how == 1:
        number = rng.choice(NUMBERS)
        field = rng.choice((100, 108, 116, 124, 124, 124, 136, 329, 337))
        packed[at + field : at + field + len(number)] = number
    elif how == 2:
        other = rng.randrange(len(packed) // BLOCK) * BLOCK
        packed[at:at] = packed[other : other + BLOCK * rng.choice((1, 2, 3))]
    elif how == 3:
        del packed[at : at + BLOCK * rng.choice((1, 1, 2))]
    elif how == 4:  # an extended header of its own, and what it says
        records = b"".join(_record(rng.choice(RECORDS), rng) for _ in range(rng.choice((1, 1, 2))))
        header = tarfile.TarInfo("x")
        header.type, header.size = rng.choice((tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE)), len(records)
        packed[at:at] = header.tobuf(tarfile.USTAR_FORMAT) + records.ljust(BLOCK, b"\0")
    elif how == 5:
        name = rng.choice([name for entries in ENTRIES for name in entries]).encode()[:100]
        packed[at : at + 100] = name.ljust(100, b"\0")
    else:
        del packed[rng.randrange(len(packed)) :]


def _record(text, rng):
    length = len(text) + 3
    length += len(str(length)) - 1
    return b"%d %s\n" % (length + rng.choice((0, 0, 0, -1, 1, 1 << 40)), text.encode())


def _change_zip(packed, rng):
    places = [at for mark in (b"PK\1\2", b"PK\3\4", b"PK\5\6") for at in _all(packed, mark)]
    if not places:
        return
    at = rng.choice(places)
    how = rng.randrange(4)
    size = rng.choice((2, 4, 8))
    number = rng.choice((0, 1, 2, 8, 12, 14, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFE, 0xFFFFFFFF, len(packed), rng.randrange(1 << 16)))
    if how == 0:
        shift = at + rng.randrange(4, 46)
        packed[shift : shift + size] = struct.pack("<Q", number)[:size]
    elif how == 1:
        field = at + rng.choice((8, 10, 20, 24, 28, 30, 38, 42, 16, 12))
        packed[field : field + size] = struct.pack("<Q", number)[:size]
    elif how == 2:
        other = rng.choice(places)
        packed[at:at] = packed[other : other + rng.choice((22, 30, 46, 80))]
    else:
        name = rng.choice([name for entries in ENTRIES for name in entries]).encode("utf-8")[:20]
        packed[at + 46 : at + 46 + len(name)] = name


def _all(packed, mark):
    at = packed.find(mark)
    while at >= 0:
        yield at
        at = packed.find(mark, at + 1)


PARTS = (
    "a",
    "b",
    "A",
    "submitted",
    "anna",
    "ps1",
    "..",
    ".",
    ".h",
    "e\u0301",
    "é",
    "x.zip",
    "C:",
    "\u202e",
    " ",
    "n" * 130,
    "__MACOSX",
    "\\",
)


def grown(rng):
    """An archive of some entries with telling names, as it was made or with a few changes."""
    entries = {}
    for _ in range(rng.choice((2, 1, 3, 0, 6))):
        parts = [rng.choice(PARTS) for _ in range(rng.choice((1, 2, 3, 4, 5)))]
        entries["/".join(parts) + rng.choice((".ipynb", ".ipynb", ".IPYNB", "/", ".txt"))] = b"x" * rng.choice((20, 0, 511, 512, 513))
    kind = rng.choice((ZIP, TAR, PACKED))
    made = _zipped(entries, zipfile.ZIP_DEFLATED) if kind == ZIP else _tarred(entries, rng.choice((tarfile.GNU_FORMAT, tarfile.PAX_FORMAT)))
    data = bytes([kind | RIGHT_SUMS]) + made
    for _ in range(rng.choice((0, 0, 1, 2, 3))):
        data = changed(data, rng)
    return data
