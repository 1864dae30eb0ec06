"""`autograder release`: student notebooks from the sources."""

from typing import Annotated

import typer

from autograder.cli.options import Course, Json, find_course, known_ids


def release(
    ids: Annotated[list[str] | None, typer.Argument(help="Assignments. Default: all.", metavar="ID")] = None,
    course: Course = None,
    json: Json = False,  # noqa: FBT002
) -> None:
    """Make the student notebooks in assignments/ from the source notebooks in solutions/, by nbgrader.

    Refuses to write a notebook in which anything of a solution, a hidden check or a mistake is left.
    """
    from autograder.cli import terminal  # noqa: PLC0415
    from autograder.course.release import release as make  # noqa: PLC0415
    from autograder.errors import UsageError  # noqa: PLC0415

    folder = find_course(course)
    for name in known_ids(folder, ids or []):
        path = folder / "assignments" / name / f"{name}.ipynb"
        content = make(folder, name)
        before = path.read_bytes() if path.is_file() else None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        except OSError as error:
            raise UsageError(f"{path} can't be written: {error.strerror}") from error
        if json:
            terminal.print_json(assignment=name, path=str(path), changed=before != content, bytes=len(content))
        else:
            typer.echo(f"{path}: {'unchanged' if before == content else 'written'}, {len(content)} bytes")
