"""Refuse a released notebook that shows what it must not. In: source, released bytes, mistakes. Pure."""

from collections.abc import Iterator, Sequence
from typing import Final

from autograder import notebook
from autograder.course.mistakes import Mistake
from autograder.course.rawnotebook import RawNotebook
from autograder.errors import AssignmentError

MARKERS: Final = ("BEGIN SOLUTION", "END SOLUTION", "BEGIN HIDDEN", "END HIDDEN", "BEGIN MARK SCHEME", "END MARK SCHEME")
TELLING: Final = 16
"""Characters from which a line of a solution gives something away; shorter ones (`else:`, `return out`) stand in any code."""


def refuse_leaks(source: RawNotebook, released: bytes, mistakes: Sequence[Mistake]) -> None:
    """Compare the released notebook with everything that is secret.

    Raises:
        AssignmentError: a line of a solution, a marker, or a mistake's name or hint stands in a cell; the message says which and where.
    """
    secrets = [
        *((marker, "the marker") for marker in MARKERS),
        *((line, "a line of a solution") for line in solution_lines(source)),
        *((mistake.name, "the name of a mistake") for mistake in mistakes),
        *((mistake.hint, "the hint of a mistake") for mistake in mistakes),
    ]
    for number, cell in enumerate(notebook.read(released).cells, 1):
        text = _spaced(cell.source)
        for secret, what in secrets:
            if _spaced(secret) in text:
                raise AssignmentError(f"{source.where}: the release would show {what} in cell {cell.grade_id or number}: {secret!r}")


def solution_lines(source: RawNotebook) -> Iterator[str]:
    """The telling lines between the solution markers; of a solution cell without markers (it is replaced whole), all of them."""
    for cell in source.cells:
        marked = "BEGIN SOLUTION" in cell.source
        inside = cell.solution and not marked
        for line in cell.source.split("\n"):
            if "BEGIN SOLUTION" in line or "END SOLUTION" in line:
                inside = "BEGIN SOLUTION" in line
            elif inside and _is_telling(line.strip()):
                yield line.strip()


def _is_telling(line: str) -> bool:
    return len(_spaced(line)) >= TELLING and not line.startswith(("#", "import ", "from ", "def ", "class ", '"""'))


def _spaced(text: str) -> str:
    """Without blanks, so that a line counts as shown however it is set."""
    return "".join(text.split())
