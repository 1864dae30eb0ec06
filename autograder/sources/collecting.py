"""Turn what was named on the command line into submissions, each under a student's name of its own."""

import os
from collections.abc import Sequence
from pathlib import Path, PurePath

from autograder.errors import UsageError
from autograder.model import Submission
from autograder.sources.archives import SUFFIXES, is_archive, read_archive
from autograder.sources.files import printable, read_notebook, walk
from autograder.sources.found import Found, faulty
from autograder.sources.names import distinct


def collect(paths: Sequence[Path], *, assignment: str | None = None) -> list[Submission]:
    """The submissions at `paths`, in the order of the paths and sorted within each; a file that is named twice is taken once.

    A file is an archive (.zip, .tar, .tar.gz, .tgz), else a notebook whatever it is called. A folder is searched to its depths, hidden
    folders and checkpoints left out. If one holds an nbgrader course (any submitted/<student>/<assignment>/x.ipynb), only those count.
    The student is the nbgrader folder, else the file's stem, made safe by `clean_name`; where two would be alike, parent folders are put
    in front, so no submission ever stands in for another. What can't be taken in is a submission with a fault.

    Args:
        paths: files, folders or archives.
        assignment: of nbgrader courses take this assignment's folders only.

    Raises:
        UsageError: nothing is at a path.
    """
    placed: dict[tuple[str, ...], Found] = {}
    for path in paths:
        for root, item in _at(path, assignment):
            placed.setdefault((*root, *item.parts), item)
    places = [_naming(place) for place in placed]
    return [
        Submission(student, "/".join(item.parts), item.content, item.fault)
        for student, item in zip(distinct(places), placed.values(), strict=True)
    ]


def _at(path: Path, assignment: str | None) -> list[tuple[tuple[str, ...], Found]]:
    """Everything at `path`, each with the folder (or archive) that its parts are counted from."""
    here = Path(os.path.abspath(path))  # not resolve(): it would follow a link that a student put there
    try:
        here.lstat()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise UsageError(f"PATH '{path}': {reason}; wanted a notebook, a folder, or an archive ({', '.join(SUFFIXES)})") from None
    if here.is_dir():
        root, found = here, list(walk(here))
    elif is_archive(here):
        root, found = here, read_archive(here)
    else:
        root, found = here.parent, [read_notebook(here, (printable(here.name),))]
    parents = tuple(map(printable, root.parts))
    found = _of_course(parents, found, assignment) or [faulty((printable(here.name),), "source.no_notebook")]
    return [(parents, item) for item in found]


def _of_course(parents: tuple[str, ...], found: list[Found], assignment: str | None) -> list[Found]:
    """Of an nbgrader course what was submitted (and the faults of folders and archives as a whole); otherwise all that was found."""
    in_course = [item for item in found if _is_nbgrader((*parents, *item.parts))]
    if not in_course:
        return found
    whole = [item for item in found if item.fault and not item.parts[-1].lower().endswith(".ipynb")]
    return [item for item in in_course if assignment is None or (*parents, *item.parts)[-2] == assignment] + whole


def _is_nbgrader(place: Sequence[str]) -> bool:
    return len(place) >= 4 and place[-4] == "submitted"


def _naming(place: Sequence[str]) -> tuple[str, ...]:
    """The components a student's name is made of, the most telling one last."""
    stem = PurePath(place[-1]).stem or place[-1]
    if _is_nbgrader(place):
        return (stem, place[-2], place[-3])
    return (*place[:-1], stem)
