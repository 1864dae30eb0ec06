"""What was found, with the place on the machine where it lies and the components its student's name may be made of. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import PurePath

from autograder.sources.archives import is_archive, stem_of
from autograder.sources.found import Found


@dataclass(frozen=True)
class Placed:
    """A `Found` at `place`, of whose components the first `given` are the folder that was named on the command line.

    `ours`: how many of the components a student had no hand in; in an archive that was found somewhere, those up to its name.
    `naming`: what the student's name is made of, the most telling last, unless an nbgrader course says better.
    `assignment`: what it was handed in for, if an nbgrader course says so.
    """

    place: tuple[str, ...]
    given: int
    ours: int
    item: Found
    naming: tuple[str, ...]
    assignment: str | None = None


def in_folder(folder: tuple[str, ...], item: Found) -> Placed:
    """A file or folder at `item.parts` below the named `folder`; its own stem tells the student."""
    place = (*folder, *item.parts)
    return Placed(place, len(folder), len(place), item, place if item.folder else (*place[:-1], stem(place[-1])))


def in_archive(folder: tuple[str, ...], archive: tuple[str, ...], found: Sequence[Found], *, named: bool) -> list[Placed]:
    """What was found in the archive at `archive` below the named `folder`.

    The archive's stem tells the student if it holds one notebook. If it holds more, the notebooks' stems do where it was itself `named` on
    the command line, which leaves it out of the submissions' names too; an archive that was found is one student's, who shall not name
    others: its stem stands in front of theirs.
    """
    top = (*folder, *archive)
    title = (*top[:-1], stem_of(top[-1]))
    alone = sum(not item.folder for item in found) == 1
    folders = [item.parts[:-1] for item in found if not item.folder and not _is_whole(item)]
    # folders around all of them tell nobody apart
    shared = sum(1 for _ in takewhile(lambda names: len(set(names)) == 1, zip(*folders, strict=False)))
    placed = []
    for item in found:
        if _is_whole(item):
            placed.append(Placed(top, len(folder), len(top), replace(item, parts=archive), title))
            continue
        own = stem(item.parts[-1]) if named else f"{title[-1]}-{stem(item.parts[-1])}"
        naming = title if alone else (*title, *item.parts[shared:-1], own)
        shown = item if named else replace(item, parts=(*archive, *item.parts))
        place = (*top, *item.parts)
        placed.append(Placed(place, len(folder), len(place if named else top), shown, naming))
    return placed


def _is_whole(item: Found) -> bool:
    """Whether it is the fault of an archive itself."""
    return item.fault is not None and not item.folder and not item.parts[-1].lower().endswith(".ipynb")


def stem(name: str) -> str:
    """A file's name without its suffix."""
    return stem_of(name) if is_archive(name) else PurePath(name).stem or name
