"""Options that several verbs share, and how they turn into a course and its assignments."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from autograder.errors import UsageError

if TYPE_CHECKING:
    from autograder.course import Assignment

Course = Annotated[
    Path | None,
    typer.Option("--course", help="The folder that has solutions/ and assignments/. Default: the nearest one upward.", show_default=False),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object a line instead of tables.")]
Jobs = Annotated[int, typer.Option("--jobs", "-j", min=1, help="Grading processes.")]


def find_course(given: Path | None) -> Path:
    """The course to work in."""
    from autograder import course  # noqa: PLC0415

    if given is not None and not (given / "solutions").is_dir():
        raise UsageError(f"--course {given}: it has no folder solutions/; wanted the folder that holds solutions/ and assignments/")
    return course.find(given or Path.cwd())


def load_assignments(folder: Path, ids: Sequence[str]) -> "list[Assignment]":
    """The assignments named by `ids`, or all of the course."""
    from autograder import course  # noqa: PLC0415

    return [course.load(folder, name) for name in known_ids(folder, ids)]


def known_ids(folder: Path, ids: Sequence[str]) -> list[str]:
    """`ids`, or those of all assignments of the course when none is named.

    Raises:
        UsageError: one is not there, or there are none at all.
    """
    from autograder import course  # noqa: PLC0415

    known = course.assignment_ids(folder)
    for name in ids:
        if name not in known:
            raise UsageError(f"assignment {name!r} is not in {folder / 'solutions'}; there are: {', '.join(known) or 'none'}")
    if not known:
        raise UsageError(f"{folder / 'solutions'} has no assignments: none of its folders has an assignment.toml")
    return list(ids) or known
