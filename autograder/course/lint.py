"""What is wrong with an assignment's files taken together. In: Assignment. Out: sentences, none if all is well. Runs nothing of it."""

from collections import Counter
from collections.abc import Iterator

from autograder.course.assignment import Assignment
from autograder.course.grafting import functions
from autograder.course.mistakes import load_mistakes, load_variants
from autograder.course.rawnotebook import RawNotebook, read_raw
from autograder.errors import AssignmentError
from autograder.model import Cell, Exercise

TOTAL_POINTS = 100


def lint(assignment: Assignment) -> list[str]:
    """The findings, in a fixed order; each names the file and what to put right.

    assignment.toml is checked against the notebook (points, cells, functions), the notebook against what a release needs (ids, markers,
    no outputs), mistakes.py and variants/ against assignment.toml. Whether the released notebook is up to date is not looked at.
    """
    raw = read_raw(assignment.folder / f"{assignment.id}.ipynb")
    findings = [*_total(assignment), *_grade_ids(assignment)]
    for exercise in assignment.exercises:
        findings += _points(assignment, exercise)
        findings += _solution(assignment, exercise)
    findings += [*_strangers(assignment), *_cells(raw), *_mistakes(assignment), *_variants(assignment)]
    return [f"{assignment.id}: {finding}" for finding in findings]


def _total(assignment: Assignment) -> Iterator[str]:
    if abs(assignment.points - TOTAL_POINTS) > 1e-9:
        yield f"assignment.toml: the points of all parts must sum to {TOTAL_POINTS} (got {assignment.points:g})"


def _grade_ids(assignment: Assignment) -> Iterator[str]:
    counts = Counter(cell.grade_id for cell in assignment.source.cells if cell.grade_id is not None)
    for grade_id, count in counts.items():
        if count > 1:
            yield f"notebook: {count} cells have the grade_id '{grade_id}'"


def _cells_named(assignment: Assignment, grade_id: str) -> list[Cell]:
    return [cell for cell in assignment.source.cells if cell.grade_id == grade_id]


def _points(assignment: Assignment, exercise: Exercise) -> Iterator[str]:
    grades = [cell for cell in _cells_named(assignment, exercise.id) if cell.points is not None and cell.locked]
    if not grades:
        yield f"notebook: exercise '{exercise.id}' has no grade cell (nbgrader: grade, locked, points; grade_id '{exercise.id}')"
    for cell in grades:
        if cell.points != exercise.points:
            yield (
                f"notebook: grade cell '{exercise.id}' must have the points of its parts in assignment.toml, {exercise.points:g}"
                f" (got {cell.points:g})"
            )


def _solution(assignment: Assignment, exercise: Exercise) -> Iterator[str]:
    cells = [cell for cell in _cells_named(assignment, exercise.solution_cell) if cell.solution and cell.kind == "code"]
    shared = any(set(exercise.functions) <= set(other.functions) for other in assignment.exercises if other is not exercise)
    if not cells and shared:  # it asks more of functions that another exercise's cell defines
        return
    if not cells:
        yield f"notebook: exercise '{exercise.id}' has no solution cell (nbgrader: solution; grade_id '{exercise.solution_cell}')"
        return
    try:
        defined = functions(cells[0].source)
    except AssignmentError as error:
        yield f"notebook: cell '{exercise.solution_cell}': {error}"
        return
    for name in exercise.functions:
        if name not in defined:
            yield f"notebook: cell '{exercise.solution_cell}' does not define {name}, which assignment.toml names"


def _strangers(assignment: Assignment) -> Iterator[str]:
    known = {exercise.id for exercise in assignment.exercises} | {exercise.solution_cell for exercise in assignment.exercises}
    for cell in assignment.source.cells:
        if (cell.solution or cell.points is not None) and cell.grade_id not in known:
            yield f"notebook: cell '{cell.grade_id}' is graded or a solution, but of no exercise in assignment.toml"


def _cells(raw: RawNotebook) -> Iterator[str]:
    counts = Counter(cell.cell_id for cell in raw.cells)
    for number, cell in enumerate(raw.cells, 1):
        name = repr(cell.cell_id or number)
        if not cell.cell_id:
            yield f"notebook: cell {number} has no id (nbformat 4.5); without one two releases differ"
        elif counts[cell.cell_id] > 1:
            yield f"notebook: {counts[cell.cell_id]} cells have the id {name}"
        elif cell.grade_id is not None and cell.cell_id != cell.grade_id:
            yield f"notebook: the id of cell {name} must be its grade_id, '{cell.grade_id}'"
        if cell.outputs:
            yield f"notebook: cell {name} holds outputs or a count of runs; clear them"
        yield from _markers(name, cell.source, solution=cell.solution)


def _markers(name: str, source: str, *, solution: bool) -> Iterator[str]:
    """As nbgrader has it the words count wherever they stand in a line; what follows a lost one is taken for the solution, or shown."""
    inside = found = False
    for line in source.split("\n"):
        begin, end = "BEGIN SOLUTION" in line, "END SOLUTION" in line
        if (begin and (inside or end)) or (end and not inside):
            yield f"notebook: cell {name}: solution markers are not in pairs"
            return
        inside = (inside or begin) and not end
        found = found or begin
    if inside:
        yield f"notebook: cell {name}: BEGIN SOLUTION without END SOLUTION"
    elif found and not solution:
        yield f"notebook: cell {name} has solution markers, but is no solution cell"
    elif solution and not found:
        yield f"notebook: cell {name} is a solution cell without solution markers"


def _mistakes(assignment: Assignment) -> Iterator[str]:
    path = assignment.folder / "mistakes.py"
    exercises = {exercise.id: exercise for exercise in assignment.exercises}
    try:
        mistakes = load_mistakes(path) if path.is_file() else ()
    except AssignmentError as error:
        yield str(error)
        return
    for mistake in mistakes:
        where = f"mistakes.py: {mistake.name!r}"
        exercise = exercises.get(mistake.exercise)
        if exercise is None:
            yield f"{where}: there is no exercise '{mistake.exercise}'"
            continue
        for named in mistake.fails:
            owner, _, part = named.rpartition("/")
            failed = exercises.get(owner or exercise.id)
            if failed is None or part not in failed.parts:
                yield f"{where}: there is no part '{named}' (exercise '{exercise.id}' has {', '.join(exercise.parts)})"
        if mistake.function not in exercise.functions:
            yield f"{where}: exercise '{exercise.id}' has no function '{mistake.function}' (it has {', '.join(exercise.functions)})"


def _variants(assignment: Assignment) -> Iterator[str]:
    wanted = {name for exercise in assignment.exercises for name in exercise.functions}
    try:
        variants = load_variants(assignment.folder / "variants")
    except AssignmentError as error:
        yield str(error)
        return
    for variant in variants:
        missing = sorted(wanted - functions(variant.source).keys())
        if missing:
            yield f"variants/{variant.name}.py: it does not define {', '.join(missing)}"
