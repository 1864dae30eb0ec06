"""Names of students out of names of files: safe as a folder's name, and no two alike in one batch. Pure."""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from typing import Final

MAX_NAME_BYTES: Final = 120
"""File systems take 255 bytes a name; a parent folder's name and a number may still be added."""

_UNSAFE = re.compile(r'[/\\:*?"<>|]')


def clean_name(text: str) -> str:
    """`text` as a name that can be a folder's on any system.

    Unicode is normalised to NFKC, so that look-alike forms of one name are one name. Path separators, characters that Windows refuses,
    control characters, and invisible ones (direction marks, zero-width, private, unassigned, lone surrogates) become "_". Blanks and dots
    are taken off both ends, so that no name is hidden, "." or "..". The result is cut to 120 bytes; nothing left becomes "unnamed".
    """
    normal = _UNSAFE.sub("_", unicodedata.normalize("NFKC", text))
    visible = "".join("_" if unicodedata.category(letter)[0] == "C" or letter in "\u2028\u2029" else letter for letter in normal)
    short = visible.strip(" .").encode()[:MAX_NAME_BYTES].decode(errors="ignore")
    return short.strip(" .") or "unnamed"


def distinct(places: Sequence[Sequence[str]]) -> list[str]:
    """A name for each place: its last component cleaned, with as many of those before it in front as it takes to tell it from the others.

    Whether two names are alike is decided without case, as file systems may. All that are alike are renamed alike, so a name depends on
    which submissions there are, not on their order; only places that are the same to the last are numbered, in their order.
    """
    depths = [1] * len(places)
    while True:
        names = [clean_name("-".join(clean_name(part) for part in place[-depth:])) for place, depth in zip(places, depths, strict=True)]
        counts = Counter(name.casefold() for name in names)
        deeper = [i for i, name in enumerate(names) if counts[name.casefold()] > 1 and depths[i] < len(places[i])]
        if not deeper:
            return _numbered(names)
        for index in deeper:
            depths[index] += 1


def _numbered(names: Sequence[str]) -> list[str]:
    taken = {name.casefold() for name in names}
    seen: set[str] = set()
    result = []
    for name in names:
        unique, number = name, 1
        while unique.casefold() in seen or (number > 1 and unique.casefold() in taken):
            number += 1
            unique = f"{name}-{number}"
        seen.add(unique.casefold())
        result.append(unique)
    return result
