"""Names of students out of names of files: safe as a folder's name, and no two alike in one batch. Pure."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

MAX_NAME_BYTES: Final = 120
"""File systems take 255 bytes a name; a parent folder's name and a number may still be added."""

# Windows keeps these for devices, whatever follows a dot.
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?: *\..*)?", re.IGNORECASE | re.DOTALL)
_UNSAFE = re.compile(r'[/\\:*?"<>|]')


def clean_name(text: str) -> str:
    """`text` as a name that can be a folder's on any system.

    Unicode is normalised to NFKC, so that look-alike forms of one name are one name. Path separators, characters that Windows refuses,
    control characters, and invisible ones (direction marks, zero-width, private, unassigned, lone surrogates) become "_". Blanks and dots
    are taken off both ends, so that no name is hidden, "." or ".."; the names of Windows' devices get a "_" in front. The result is cut to
    120 bytes; nothing left becomes "unnamed".
    """
    normal = _UNSAFE.sub("_", unicodedata.normalize("NFKC", text))
    bare = (normal if normal.isprintable() else "".join(map(_visible, normal))).strip(" .")
    return _cut(f"_{bare}" if _DEVICES.fullmatch(bare) else bare, MAX_NAME_BYTES) or "unnamed"


def _visible(letter: str) -> str:
    return "_" if unicodedata.category(letter)[0] == "C" or letter in "\u2028\u2029" else letter


def _cut(name: str, most_bytes: int) -> str:
    return name.encode()[:most_bytes].decode(errors="ignore").strip(" .")


def distinct(places: Sequence[Sequence[str]]) -> list[str]:
    """A name for each place: its last component cleaned, with as many of those before it in front as it takes to tell it from the others.

    Whether two names are alike is decided without case, as file systems may. All that are alike are renamed alike, so a name depends on
    which submissions there are, not on their order; only places that are the same to the last, or as far as a name goes, are numbered, in
    their order. Each is a name that `clean_name` leaves as it is.
    """
    cleaned = [[clean_name(part) for part in place] for place in places]
    numbers: dict[str, int] = {}
    wholes = [numbers.setdefault("/".join(place).casefold(), len(numbers)) for place in cleaned]
    depths = [1] * len(places)
    while True:
        full = ["-".join(place[-depth:]) for place, depth in zip(cleaned, depths, strict=True)]
        names = [clean_name(name) for name in full]
        alike: dict[str, set[int]] = {}
        for name, whole in zip(names, wholes, strict=True):
            alike.setdefault(name.casefold(), set()).add(whole)
        # What is too long already would lose its end, the most telling part, to what is put in front.
        deeper = [
            i
            for i, name in enumerate(names)
            if len(alike[name.casefold()]) > 1 and depths[i] < len(places[i]) and len(full[i].encode()) < MAX_NAME_BYTES
        ]
        if not deeper:
            return _numbered(names)
        for index in deeper:
            depths[index] += 1


def _numbered(names: Sequence[str]) -> list[str]:
    taken = {name.casefold() for name in names}
    seen: set[str] = set()
    numbers: dict[str, int] = {}
    result = []
    for name in names:
        unique, number = name, numbers.get(name.casefold(), 1)
        while unique.casefold() in seen or (unique != name and unique.casefold() in taken):
            number += 1
            unique = f"{_cut(name, MAX_NAME_BYTES - len(f'-{number}'))}-{number}"
        numbers[name.casefold()] = number
        seen.add(unique.casefold())
        result.append(unique)
    return result
