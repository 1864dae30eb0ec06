"""Make the student notebook of an assignment with nbgrader. In: a course and an id. Out: bytes of an .ipynb that gives nothing away.

nbgrader runs in a temporary course that holds the source notebook alone, configured here: no database, no nbgrader_config.py of the
folder or the home, nothing to copy along.
"""

import logging
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from autograder.course.leaks import refuse_leaks
from autograder.course.loading import assignment_folder
from autograder.course.mistakes import load_mistakes
from autograder.course.rawnotebook import read_raw, tidied
from autograder.errors import AssignmentError, MissingExtraError

CODE_STUB = "# YOUR CODE HERE\nraise NotImplementedError()"


def release(course: Path, id: str) -> bytes:  # noqa: A002 - it is what the field and the command line call it
    """The student notebook of assignment `id`: solutions replaced by stubs, checksums set, no outputs. Same source, same bytes.

    nbgrader changes the working directory while it runs (and back), so nothing else of the process should depend on it meanwhile.

    Raises:
        AssignmentError: the source notebook holds outputs or a cell without an id, nbgrader refuses it, or the result would show a
            solution, a hidden test or a mistake.
        MissingExtraError: nbgrader is not installed.
    """
    folder = assignment_folder(course, id)
    source = read_raw(folder / f"{id}.ipynb")
    for number, cell in enumerate(source.cells, 1):
        if cell.outputs:
            raise AssignmentError(f"{source.where}: cell {cell.cell_id or number} holds outputs; clear them, they would show the solution")
        if not cell.cell_id:
            raise AssignmentError(f"{source.where}: cell {number} has no id (nbformat 4.5); without one two releases differ")
    mistakes = folder / "mistakes.py"
    released = tidied(_generated(id, (folder / f"{id}.ipynb").read_bytes(), source.where))
    refuse_leaks(source, released, load_mistakes(mistakes) if mistakes.is_file() else ())
    return released


def _generated(id: str, content: bytes, where: str) -> bytes:  # noqa: A002 - as above
    """What nbgrader's generate_assignment makes of `content`."""
    try:
        from nbgrader.converters import GenerateAssignment  # noqa: PLC0415 - takes a second and is an extra
        from nbgrader.converters.base import NbGraderException  # noqa: PLC0415
        from nbgrader.coursedir import CourseDirectory  # noqa: PLC0415
        from traitlets.config import Config  # noqa: PLC0415
    except ImportError as error:
        raise MissingExtraError(
            f"making a release needs nbgrader ({error}); install it with: pip install 'gradient-autograder[grade]'"
        ) from None
    with tempfile.TemporaryDirectory(prefix="autograder-release-") as name:
        root = Path(name).resolve()  # nbgrader globs nothing under a relative or linked root
        place = root / "source" / id / f"{id}.ipynb"
        place.parent.mkdir(parents=True)
        place.write_bytes(content)
        settings = Config()
        settings.CourseDirectory.root = str(root)
        settings.CourseDirectory.assignment_id = id
        settings.CourseDirectory.db_url = "sqlite:////dev/null"  # nothing asks for it; if something did, it must fail
        settings.ClearSolutions.code_stub = {"python": CODE_STUB}
        log, said = _quiet_log()
        converter = GenerateAssignment(
            coursedir=CourseDirectory(config=settings, log=log), config=settings, log=log, no_database=True, preprocessors=_steps()
        )
        try:
            converter.start()
        except NbGraderException:
            raise AssignmentError(f"{where}: nbgrader refuses it ({_reason(said)})") from None
        return (root / "release" / id / f"{id}.ipynb").read_bytes()


def _steps() -> list[Any]:
    """generate_assignment's own steps, without those that write to a database, add headers, or start a kernel."""
    from nbgrader import preprocessors as steps  # noqa: PLC0415 - as above

    return [
        steps.LockCells,
        steps.ClearSolutions,
        steps.ClearOutput,
        steps.CheckCellMetadata,
        steps.ClearHiddenTests,
        steps.ClearMarkScheme,
        steps.ComputeChecksums,
        steps.CheckCellMetadata,
    ]


def _quiet_log() -> tuple[logging.Logger, list[str]]:
    """A logger that prints nothing, and the list that its errors go to."""
    said: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(record.getMessage().strip())

    log = logging.Logger("autograder.release", logging.ERROR)  # noqa: LOG001 - one of its own: the root logger and its settings stay out
    log.addHandler(Keep())
    return log, said


def _reason(said: Sequence[str]) -> str:
    """The error itself, which nbgrader logs as the last line of a traceback."""
    traces = [text for text in said if text.startswith("Traceback")]
    return traces[0].splitlines()[-1] if traces else "; ".join(said)
