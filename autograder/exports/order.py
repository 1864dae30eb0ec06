"""The order and the words that the exports of a whole class share."""

from collections.abc import Iterable, Sequence

from autograder.model import Message, Report, Verdict

_FLAGGED = (
    Verdict.GRADER_FAULT,
    Verdict.ENVIRONMENT,
    Verdict.FORBIDDEN,
    Verdict.TIME_LIMIT,
    Verdict.MEMORY_LIMIT,
    Verdict.OUTPUT_LIMIT,
)
_NAMING = {
    Verdict.ENVIRONMENT: ("cell.missing_module", "cell.import", "call.missing_module", "call.import"),
    Verdict.FORBIDDEN: ("cell.hidden", "call.hidden"),
}
"""Messages whose module stands beside the flag."""
_REJECTIONS = ("notebook.", "source.")
_TAMPERED = frozenset({"repair.locked_restored", "repair.cell_inserted", "repair.points_restored"})


def by_student(reports: Iterable[Report]) -> list[Report]:
    """The reports by student, assignment and file: the same list whatever order they came in."""
    return sorted(reports, key=lambda report: (report.student, report.assignment, report.submission, report.submission_hash))


def by_assignment(reports: Iterable[Report]) -> dict[str, list[Report]]:
    """The reports of each assignment, assignments in the order of their ids."""
    found: dict[str, list[Report]] = {}
    for report in by_student(reports):
        found.setdefault(report.assignment, []).append(report)
    return dict(sorted(found.items()))


def exercise_ids(reports: Sequence[Report]) -> list[str]:
    """Ids of the exercises of one assignment, in the order of the notebook; a report may lack some of them."""
    return list(
        dict.fromkeys(exercise.id for report in sorted(reports, key=lambda report: -len(report.exercises)) for exercise in report.exercises)
    )


def flags(report: Report) -> list[str]:
    """What a teacher should look at, such as `grader_fault`, `forbidden: torch` or `repaired`; most pressing first."""
    checks = [check for exercise in report.exercises for part in exercise.parts for check in part.checks]
    verdicts = {report.verdict, *(exercise.verdict for exercise in report.exercises), *(error.verdict for error in report.cell_errors)}
    messages = [*(error.message for error in report.cell_errors), *(message for check in checks for message in check.messages)]
    found = [_with_modules(verdict, messages) for verdict in _FLAGGED if verdict in verdicts]
    if any(message.id.startswith(_REJECTIONS) for message in report.messages):
        found.insert(0, "rejected")
    if any(repair.id in _TAMPERED for repair in report.repairs):
        found.append("repaired")
    return found


def _with_modules(verdict: Verdict, messages: Sequence[Message]) -> str:
    """`verdict` with the modules that messages of its kind name."""
    naming = _NAMING.get(verdict, ())
    modules = {str(message.params["module"]) for message in messages if message.id in naming and message.params["module"]}
    return f"{verdict.value}: {', '.join(sorted(modules))}" if modules else verdict.value


def points(value: float | None) -> str:
    """Points without needless digits: 12, 12.5, 33.33; empty where a fault of ours left them open."""
    return "" if value is None else f"{value:.2f}".rstrip("0").rstrip(".")
