"""What of a notebook is run, and which exercises were tried. Looks at text and metadata; runs nothing, parses none of a student's code."""

from collections.abc import Sequence

from autograder.checks.collection import Check
from autograder.checks.sitting import CodeCell
from autograder.checks.wording import definition_of
from autograder.course.assignment import Assignment
from autograder.course.grafting import functions
from autograder.errors import AssignmentError
from autograder.model import Cell, Exercise, Notebook

FIGURE_TAG = "figure"


def refuse_gaps(assignment: Assignment, checks: Sequence[Check]) -> None:
    """Fail closed where the checks and the parts of an assignment don't match.

    Raises:
        AssignmentError: a part has no check, so that it could not be earned, or a check decides on a part that there is not.
    """
    parts = [(exercise.id, part) for exercise in assignment.exercises for part in exercise.parts]
    decided = {(check.exercise, check.part) for check in checks}
    where = assignment.folder / "checks.py"
    for exercise, part in parts:
        if (exercise, part) not in decided:
            raise AssignmentError(f"{where}: no check decides on part {part!r} of exercise {exercise!r}")
    for check in checks:
        if (check.exercise, check.part) not in parts:
            raise AssignmentError(f"{where}: {check.id} decides on part {check.part!r} of exercise {check.exercise!r}, which there is not")


def names_asked_for(assignment: Assignment) -> set[str]:
    """Names that the assignment hands out or asks for."""
    names = {name for exercise in assignment.exercises for name in exercise.functions}
    return names.union(*(functions(cell.source) for cell in assignment.source.cells if is_trusted_code(cell)))


def is_trusted_code(cell: Cell) -> bool:
    """Given and solution cells; not the visible checks, not the figure, not cells for playing."""
    return cell.kind == "code" and cell.points is None and (cell.locked or cell.solution) and FIGURE_TAG not in cell.tags


def code_cells(notebook: Notebook, release: Notebook) -> list[CodeCell]:
    """What of the notebook is run: everything but the visible checks and the figure, which give nothing to grade."""
    left_out = {cell.grade_id for cell in release.cells if cell.grade_id and (cell.points is not None or FIGURE_TAG in cell.tags)}
    cells = []
    for number, cell in enumerate(notebook.cells, 1):
        if cell.kind == "code" and cell.grade_id not in left_out and cell.source.strip():
            cells.append(CodeCell(cell.grade_id or f"cell {number}", cell.source))
    return cells


def cells_of(exercise: Exercise, assignment: Assignment) -> set[str]:
    """Solution cells that define what `exercise` asks for: its own, and those of exercises that ask for the same functions."""
    sharing = [one for one in assignment.exercises if set(one.functions) & set(exercise.functions)]
    return {one.solution_cell for one in sharing}


def is_attempted(exercise: Exercise, notebook: Notebook, assignment: Assignment) -> bool:
    """False if every cell that could define the functions still is what was handed out."""
    own = cells_of(exercise, assignment)
    given = {cell.grade_id: cell.source.strip() for cell in assignment.release.cells if cell.grade_id is not None}
    defines = definition_of(exercise.functions)
    changed = [cell for cell in notebook.cells if cell.kind == "code" and cell.source.strip() != given.get(cell.grade_id or "")]
    return any(cell.grade_id in own or defines.search(cell.source) for cell in changed)
