"""`autograder release`: student notebooks from the sources."""

from typing import Annotated

import typer

from autograder.cli.options import Course, find_course
from autograder.errors import UsageError


def release(
    ids: Annotated[list[str] | None, typer.Argument(help="Assignments. Default: all.", metavar="[ID]...")] = None,
    course: Course = None,
) -> None:
    """Make the student notebooks in assignments/ from the source notebooks in solutions/, by nbgrader.

    Refuses to write a notebook in which anything of a solution, a hidden check or a mistake is left.
    """
    from autograder import course as courses  # noqa: PLC0415
    from autograder.course.release import release as make  # noqa: PLC0415

    folder = find_course(course)
    known = courses.assignment_ids(folder)
    for name in ids or known:
        if name not in known:
            raise UsageError(f"assignment {name!r} is not in {folder / 'solutions'}; there are: {', '.join(known) or 'none'}")
        path = folder / "assignments" / name / f"{name}.ipynb"
        content = make(folder, name)
        before = path.read_bytes() if path.is_file() else None
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        typer.echo(f"{path}: {'unchanged' if before == content else 'written'}, {len(content)} bytes")
