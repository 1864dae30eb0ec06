"""Points from check results. A part is earned whole or not at all: when every check that decides on it passed."""

from collections.abc import Sequence

from autograder.errors import AssignmentError
from autograder.model import CheckResult, Exercise, ExerciseReport, PartReport, worst


def score(exercises: Sequence[Exercise], results: Sequence[CheckResult]) -> tuple[ExerciseReport, ...]:
    """Points of each exercise and part.

    Raises:
        AssignmentError: a part has no check: it would be given away.
    """
    return tuple(_exercise(exercise, [result for result in results if result.exercise == exercise.id]) for exercise in exercises)


def _exercise(exercise: Exercise, results: Sequence[CheckResult]) -> ExerciseReport:
    parts = tuple(_part(exercise, name, points, [one for one in results if one.part == name]) for name, points in exercise.parts.items())
    earned = sum(part.earned or 0.0 for part in parts)
    return ExerciseReport(exercise.id, exercise.title, exercise.points, earned, worst([part.verdict for part in parts]), parts)


def _part(exercise: Exercise, name: str, points: float, results: Sequence[CheckResult]) -> PartReport:
    if not results:
        raise AssignmentError(f"exercise {exercise.id!r}: no check decides on part {name!r}")
    verdict = worst([result.verdict for result in results])
    return PartReport(name, points, points if verdict.severity == 0 else 0.0, verdict, tuple(results))
