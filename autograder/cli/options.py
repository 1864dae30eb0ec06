"""Options that several verbs share, and how they turn into a course and its assignments."""

import sys
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


def at_least_one(param: typer.CallbackParam, value: int | None) -> int | None:
    """Refuse a count below 1; the message is ours, since typer's does not say what it got."""
    if value is not None and value < 1:
        raise UsageError(f"{param.opts[0]}: got {value}, wanted at least 1")
    return value


Jobs = Annotated[
    int | None,
    typer.Option("--jobs", "-j", callback=at_least_one, help="Grading processes. Default: one for each CPU.", show_default=False),
]

Engine = Annotated[
    str | None, typer.Option("--engine", help="local or dask. Default: dask where --scheduler is given, else local.", show_default=False)
]
Scheduler = Annotated[
    str | None,
    typer.Option("--scheduler", metavar="URL", help="Of a Dask cluster: tls://HOST:PORT, or the file it wrote.", show_default=False),
]


def check_engine(engine: str | None, scheduler: str | None, jobs: int | None) -> None:
    """Refuse options of two engines at once.

    Raises:
        UsageError: they contradict each other, or one is missing.
    """
    if engine not in {None, "local", "dask"}:
        raise UsageError(f"--engine: got {engine!r}, wanted local or dask")
    if engine == "dask" and scheduler is None:
        raise UsageError("--engine dask: it needs the scheduler of a cluster: --scheduler URL")
    if engine == "local" and scheduler is not None:
        raise UsageError("--scheduler: it is for --engine dask, and the engine is local")
    if scheduler is not None and jobs is not None:
        raise UsageError("--jobs: it is for the local engine; on a cluster every worker grades")


def refuse_other_systems() -> None:
    """Refuse to run student code where there can't be a box; before anything is imported that there is on Linux alone.

    Raises:
        UsageError: this is not Linux.
    """
    if sys.platform != "linux":
        raise UsageError(
            f"student code is run on Linux alone, and this is {sys.platform}: use a Linux machine, a virtual one or a container;"
            " `autograder release` and autograder.gradients work here too"
        )


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
