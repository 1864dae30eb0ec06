"""Hold a course against itself: its solutions and variants must get full marks, its blanks none, its mistakes be caught and named."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from autograder.checks.diagnosis import same_exchanges
from autograder.checks.judging import Judge
from autograder.checks.student import Exchange
from autograder.course.assignment import Assignment
from autograder.course.grafting import graft_notebook
from autograder.course.handing_in import as_ipynb
from autograder.course.mistakes import Mistake, load_mistakes, load_variants
from autograder.model import Report, Submission, Verdict


@dataclass(frozen=True)
class Case:
    """A submission made from the course itself, and what must become of it.

    Attributes:
        label: what it is, for the table.
        submission: to grade.
        fails: the parts, as "exercise/part", that it must fail; None for a blank, which must fail all as not attempted.
        mistake: the mistake in it, which must be named.
    """

    label: str
    submission: Submission
    fails: frozenset[str] | None
    mistake: Mistake | None = None


def cases(assignment: Assignment) -> list[Case]:
    """The solution, the blank, each variant and each mistake, as submissions.

    Raises:
        AssignmentError: a mistake or variant can't be put in place of the solution's function.
    """
    cells = [exercise.solution_cell for exercise in assignment.exercises]
    made = [
        Case("solution", _hand_in("solution", as_ipynb(assignment.source)), frozenset()),
        Case("blank", _hand_in("blank", as_ipynb(assignment.release)), None),
    ]
    for variant in load_variants(assignment.folder / "variants"):
        notebook = graft_notebook(assignment.source, cells, variant.source)
        made.append(Case(f"variant {variant.name}", _hand_in(f"variant-{variant.name}", as_ipynb(notebook)), frozenset()))
    for number, mistake in enumerate(load_mistakes(assignment.folder / "mistakes.py"), 1):
        notebook = graft_notebook(assignment.source, cells, f"{mistake.prelude}\n{mistake.source}")
        fails = frozenset(part if "/" in part else f"{mistake.exercise}/{part}" for part in mistake.fails)
        made.append(Case(mistake.name, _hand_in(f"mistake-{number:03}", as_ipynb(notebook)), fails, mistake))
    return made


def _hand_in(student: str, content: bytes) -> Submission:
    return Submission(student, f"{student}.ipynb", content)


def faults(case: Case, report: Report) -> Iterator[str]:
    """What is wrong with how the course graded its own `case`; nothing when all is as it should be."""
    if report.verdict is Verdict.GRADER_FAULT or report.messages:
        yield f"it was not graded: {report.verdict.value}"
        return
    failed = {f"{exercise.id}/{part.name}" for exercise in report.exercises for part in exercise.parts if not part.earned}
    if case.fails is None:
        if report.score or any(exercise.verdict is not Verdict.NOT_ATTEMPTED for exercise in report.exercises):
            yield f"a blank must get 0 as not attempted, got {report.score:g} and {report.verdict.value}"
        return
    if missed := case.fails - failed:
        yield f"should fail {_listed(missed)}, but passes"
    if extra := failed - case.fails:
        yield f"fails {_listed(extra)}, which it should not"
    if case.mistake is not None:
        yield from _misnamed(case.mistake, report)


def _misnamed(mistake: Mistake, report: Report) -> Iterator[str]:
    """Each failed part must bear the mistake's name on one of its failed checks, and no other mistake's."""
    for exercise in report.exercises:
        for part in exercise.parts:
            failed = [check for check in part.checks if check.verdict is not Verdict.PASSED]
            named = {check.mistake for check in failed} - {None}
            if failed and named != {mistake.name}:
                yield f"in {exercise.id}/{part.name} it is taken for {_listed(named) or 'no known mistake'}"


def lookalikes(assignment: Assignment, judge: Judge, seed: int = 1) -> Iterator[str]:
    """Pairs of mistakes of one exercise that answer alike in the first check that both fail: one of them could never be named."""
    mistakes = load_mistakes(assignment.folder / "mistakes.py")

    @cache  # each mistake meets many others
    def replayed(number: int, check: int) -> tuple[Verdict, list[Exchange]]:
        return judge.diagnostician.replay(judge.suite.checks[check], seed, [mistakes[number]])

    for place, one in enumerate(mistakes):
        for further, other in enumerate(mistakes[place + 1 :], place + 1):
            if one.exercise != other.exercise or one.function != other.function:
                continue
            if all(_alike(replayed(place, check), replayed(further, check)) for check in range(len(judge.suite.checks))):
                yield f"{one.exercise}: {one.name!r} and {other.name!r} give equal values"


def _alike(one: tuple[Verdict, list[Exchange]], other: tuple[Verdict, list[Exchange]]) -> bool:
    """True if a check ends alike for both, and where it fails by the same values."""
    return one[0] is other[0] and (one[0] is Verdict.PASSED or same_exchanges(one[1], other[1]))


def _listed(names: Sequence[str] | set[str] | frozenset[str] | set[str | None]) -> str:
    return ", ".join(sorted(str(name) for name in names))
