"""Turn what was named on the command line into submissions, each under a student's name of its own."""

import os
from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path

from autograder.errors import UsageError
from autograder.model import Submission
from autograder.sources.archives import SUFFIXES, is_archive, read_archive
from autograder.sources.files import printable, read_notebook, walk
from autograder.sources.found import faulty, is_wanted
from autograder.sources.names import distinct
from autograder.sources.nbgrader import by_student
from autograder.sources.placed import Placed, in_archive, in_folder


def collect(paths: Sequence[Path], *, assignment: str | None = None, known: Collection[str] = ()) -> list[Submission]:
    """The submissions at `paths`, in the order of the paths and sorted within each; a file that is named twice is taken once.

    A file is an archive (.zip, .tar, .tar.gz, .tgz), else a notebook whatever it is called. A folder is searched to its depths for both,
    hidden folders and checkpoints left out; archives in archives are not opened. Of an nbgrader course (a folder or archive with any
    submitted/<student>/<assignment>/x.ipynb) only what is in submitted/ counts, and nobody there is left out.
    The student is the nbgrader folder, else the stem of the archive if it holds one notebook, else the file's stem, made safe by
    `clean_name`. An archive found in a folder is one student's, whatever it holds: its stem stands in front of the files'. Where two names
    would be alike parent folders are put in front, so no submission ever stands in for another; but a student of an nbgrader course has one
    name for all assignments that are known.
    What can't be taken in is a submission with a fault; a folder with nothing to grade gives none.

    Args:
        paths: files, folders or archives.
        assignment: of nbgrader courses take this assignment's folders only.
        known: ids of assignments; a submission in such a folder of an nbgrader course bears its name.

    Raises:
        UsageError: nothing is at a path.
    """
    placed: dict[tuple[str, ...], Placed] = {}
    for path in paths:
        for one in _at(path):
            placed.setdefault(one.place, one)
    taken = by_student(list(placed.values()), assignment, known)
    return [
        Submission(student, "/".join(one.item.parts), one.item.content, one.item.fault, one.assignment)
        for student, one in zip(_students(taken), taken, strict=True)
    ]


def _students(taken: Sequence[Placed]) -> list[str]:
    """A name for each: one and the same for what a student handed in for several assignments, else no two alike."""
    numbers: Counter[tuple[tuple[str, ...], str | None]] = Counter()
    students = []
    for one in taken:
        handed_in = one.naming, one.assignment
        students.append((one.naming, one.assignment is None, numbers[handed_in]))
        numbers[handed_in] += 1
    each = list(dict.fromkeys(students))
    names = dict(zip(each, distinct([naming for naming, *_ in each]), strict=True))
    return [names[student] for student in students]


def _at(path: Path) -> list[Placed]:
    """Everything at `path`, and the folders that were passed through."""
    here = Path(os.path.abspath(path))  # not resolve(): it would follow a link that a student put there
    try:
        here.lstat()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise UsageError(f"PATH '{path}': {reason}; wanted a notebook, a folder, or an archive ({', '.join(SUFFIXES)})") from None
    if here.is_dir():
        return _in_folder(here)
    parents = tuple(map(printable, here.parent.parts))
    parts = (printable(here.name),)
    return _in_archive(here, parents, parts, named=True) if is_archive(here.name) else [in_folder(parents, read_notebook(here, parts))]


def _in_folder(folder: Path) -> list[Placed]:
    here = tuple(map(printable, folder.parts))
    files, folders = walk(folder)
    found = []
    for raw in files:
        path, parts = folder.joinpath(*raw), tuple(map(printable, raw))
        if is_wanted(parts):
            found.append(in_folder(here, read_notebook(path, parts)))
        elif is_archive(path.name):
            found += _in_archive(path, here, parts, named=False)
    return found + [in_folder(here, item) for item in folders]


def _in_archive(path: Path, parents: tuple[str, ...], parts: tuple[str, ...], *, named: bool) -> list[Placed]:
    found = read_archive(path)
    if all(item.folder for item in found):
        found = [faulty(parts, "source.no_notebook"), *found]
    return in_archive(parents, parts, found, named=named)
