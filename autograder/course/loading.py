"""Find a course and load its assignments. In: a folder. Out: Assignment. Runs nothing of it."""

import difflib
from pathlib import Path

from autograder import notebook
from autograder.course.assignment import Assignment
from autograder.course.manifest import read_manifest
from autograder.course.version import assignment_version
from autograder.errors import AssignmentError, SubmissionError
from autograder.model import Notebook

MANIFEST = "assignment.toml"


def find(start: Path) -> Path:
    """The nearest folder from `start` upwards that has a folder solutions/.

    Raises:
        AssignmentError: there is none up to the root.
    """
    here = start.absolute()
    for folder in (here, *here.parents):
        if (folder / "solutions").is_dir():
            return folder
    raise AssignmentError(
        f"no course at '{start}': neither it nor a folder above it has solutions/; "
        "name one with --course DIR, the folder that holds solutions/ and assignments/"
    )


def assignment_ids(course: Path) -> list[str]:
    """The ids of the course's assignments, sorted: the folders in solutions/ that have an assignment.toml."""
    return sorted(path.parent.name for path in (course / "solutions").glob(f"*/{MANIFEST}"))


def load(course: Path, id: str) -> Assignment:  # noqa: A002 - it is what the field and the command line call it
    """Load the assignment `id` of `course`.

    Raises:
        AssignmentError: there is no such assignment, or one of its files is missing or wrong.
    """
    folder = assignment_folder(course, id)
    manifest = read_manifest(folder / MANIFEST)
    released = course / "assignments" / id / f"{id}.ipynb"
    if not released.is_file():
        raise AssignmentError(f"assignments/{id}/{id}.ipynb is missing; make it with: autograder release {id}")
    return Assignment(
        id=manifest.id,
        title=manifest.title,
        summary=manifest.summary,
        hours=manifest.hours,
        kind=manifest.kind,
        exercises=manifest.exercises,
        limits=manifest.limits,
        folder=folder,
        version=assignment_version(folder),
        source=read_notebook(folder / f"{id}.ipynb"),
        release=read_notebook(released),
    )


def assignment_folder(course: Path, id: str) -> Path:  # noqa: A002 - as above
    """The folder of the assignment `id`, which is looked up among those that there are, never made into a path.

    Raises:
        AssignmentError: there is no such assignment.
    """
    ids = assignment_ids(course)
    if id not in ids:
        near = difflib.get_close_matches(id, ids, n=1, cutoff=0.4)
        has = f"did you mean '{near[0]}'?" if near else f"it has {', '.join(ids) or 'none'}"
        raise AssignmentError(f"assignment '{id}' is not in {course / 'solutions'}; {has}")
    return course / "solutions" / id


def read_notebook(path: Path) -> Notebook:
    """Read one of the course's own notebooks.

    Raises:
        AssignmentError: it is missing or no notebook.
    """
    where = f"{path.parent.parent.name}/{path.parent.name}/{path.name}"
    try:
        return notebook.read(path.read_bytes())
    except OSError as error:
        raise AssignmentError(f"{where}: it can't be read ({error.strerror})") from None
    except SubmissionError as error:
        details = "; ".join(f"{name}: {value}" for name, value in error.params.items())
        raise AssignmentError(
            f"{where}: it is not a notebook that can be graded ({error.message_id}{'; ' if details else ''}{details})"
        ) from None
