"""Judge one submission: cells, figures, checks, diagnosis, counter-examples. In: Assignment, Notebook, keeper, seeds. Out: Judgement.

The order keeps secrets from leaking. Cells and figures run in a box that has been asked nothing yet, so what it says may be shown. Then
the checks put secret inputs in; from there on a box's words are compared and never shown. Counter-examples run in a new box.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from autograder.checks.collection import Check, Ended, Suite
from autograder.checks.diagnosis import Answered, Diagnosis, Diagnostician
from autograder.checks.examples import counterexample
from autograder.checks.kinds import numbers_in
from autograder.checks.planning import cells_of, code_cells, is_attempted, is_trusted_code, names_asked_for, refuse_gaps
from autograder.checks.sitting import OutOfTimeError, Sitting, Spawner
from autograder.checks.student import Exchange, Student
from autograder.checks.trusted import Solution
from autograder.checks.wording import Words
from autograder.course.assignment import Assignment
from autograder.course.mistakes import Mistake, load_mistakes, load_variants
from autograder.errors import AssignmentError, ChecksError
from autograder.model import CellError, CheckResult, Counterexample, Curve, Exercise, Message, Notebook, Verdict
from autograder.sandbox.session import BoxEndedError

EXAMPLE_TRIES = 4
MOST_KEPT = 1 << 21
"""Numbers of one submission's answers that are kept to explain failures by; a check whose answers go beyond is not explained."""


@dataclass(frozen=True)
class Judgement:
    """What came of one submission's checks, before points; `chance` is the probability that they fail right code, at most."""

    results: tuple[CheckResult, ...]
    cell_errors: tuple[CellError, ...]
    curves: tuple[Curve, ...]
    chance: float = 0.0


@dataclass(frozen=True)
class Seeds:
    """Where a check's randomness comes from: `secret` for its inputs, `public` for the k-th try at a counter-example."""

    secret: Callable[[str], int]
    public: Callable[[str, int], int]


@dataclass(frozen=True)
class _Judged:
    """A check that was run, with what is needed to explain it."""

    result: CheckResult
    check: Check
    exchanges: tuple[Exchange, ...] = ()
    inputs: tuple[list[Any] | None, ...] = ()


class _Keep:
    """Says which answers of a submission are kept: those of each check, as long as there is room."""

    def __init__(self) -> None:
        self._room = MOST_KEPT

    def of(self, exchanges: Sequence[Exchange]) -> tuple[Exchange, ...]:
        """`exchanges` of one check, without what came back where it is too much."""
        size = numbers_in([exchange.outcome.value for exchange in exchanges if exchange.outcome is not None])
        if size > self._room:
            return tuple(Exchange(exchange.call, None) for exchange in exchanges)
        self._room -= size
        return tuple(exchanges)


class Judge:
    """Judges submissions of one assignment; collects its checks once.

    Raises:
        AssignmentError: its checks, mistakes or reference are at fault, or a part has no check.
    """

    def __init__(self, assignment: Assignment) -> None:
        self.assignment = assignment
        self.suite = Suite(assignment.folder)
        refuse_gaps(assignment, self.suite.checks)
        self._asked = names_asked_for(assignment)
        self._mistakes = load_mistakes(assignment.folder / "mistakes.py")
        self._solution = Solution([cell.source for cell in assignment.source.cells if is_trusted_code(cell)])
        variants = load_variants(assignment.folder / "variants")
        self.diagnostician = Diagnostician(assignment.exercises, self.suite, self._solution, self._mistakes, variants)

    def warm(self) -> None:
        """Import what the solution imports, which replays will need: before this process is forked, and not in each fork.

        Raises:
            AssignmentError: the solution's own code raised.
        """
        try:
            self._solution.session()
        except ChecksError as error:
            raise AssignmentError(f"{self.assignment.folder}: {error}") from error

    def judge(self, notebook: Notebook, keeper: Spawner, seeds: Seeds) -> Judgement:
        """Run and judge `notebook`, which is repaired: its structure is the release's.

        Raises:
            GraderError: a fault of ours.
        """
        assignment = self.assignment
        cells = code_cells(notebook, assignment.release)
        sitting = Sitting(keeper, cells, assignment.limits)
        words = Words(cells, self._asked)
        attempted = [exercise for exercise in assignment.exercises if is_attempted(exercise, notebook, assignment)]
        try:
            curves = self._draw(sitting) if attempted else []
            judged: list[_Judged] = []
            results: list[CheckResult] = []
            keep = _Keep()
            for exercise in assignment.exercises:
                checks = [check for check in self.suite.checks if check.exercise == exercise.id]
                if exercise not in attempted:
                    results += [_not_attempted(check) for check in checks]
                    continue
                ran = self._run_checks(exercise, checks, sitting, seeds, words, keep=keep)
                judged += ran
                results += [one.result for one in ran]
            explained = self._explain(judged, seeds)
            shown = self._examples([one for one in judged if _is_open(explained[one.check.id])], sitting, seeds)
        finally:
            sitting.end()
        told = {(one.result.exercise, one.result.part) for one in judged if one.check.id in shown}
        final = [_with_example(explained.get(result.check, result), shown, told) for result in results]
        return Judgement(tuple(final), tuple(sitting.cell_errors.values()), tuple(curves), self.suite.chance)

    def _draw(self, sitting: Sitting) -> list[Curve]:
        curves = []
        try:
            for item in self.suite.figures:
                student = Student(sitting.session(), self.assignment.limits.call_seconds)
                curves.append(self.suite.draw(item, student))
                if student.box_ended is not None:
                    sitting.end()
        except OutOfTimeError:
            pass  # the checks will say so
        return curves

    def _run_checks(
        self, exercise: Exercise, checks: Sequence[Check], sitting: Sitting, seeds: Seeds, words: Words, *, keep: _Keep
    ) -> list[_Judged]:
        """Run an exercise's checks. The first time limit ends the exercise: the rest share its verdict."""
        if exercise.isolate:
            sitting.end()
        judged: list[_Judged] = []
        over: Ended | None = None
        told: set[str] = set()
        for check in checks:
            if over is not None:
                judged.append(_Judged(_result(check, over), check))
                continue
            try:
                student, ended = self._run(check, sitting, seeds.secret(check.id))
            except OutOfTimeError:
                over = self._out_of_time()
                judged.append(_Judged(_result(check, over), check))
                continue
            if ended.verdict is Verdict.TIME_LIMIT:
                over = ended = self._out_of_time() if sitting.out_of_time else ended
            result = words.about_cell(words.complete(_result(check, ended)), cells_of(exercise, self.assignment), sitting.cell_errors)
            judged.append(_Judged(self._with_notes(result, student, told), check, keep.of(student.exchanges), tuple(student.inputs)))
        return judged

    def _run(self, check: Check, sitting: Sitting, seed: int) -> tuple[Student, Ended]:
        """Run a check; once more in a new box if its box died, since the machine may have killed it, short of memory."""
        limits = self.assignment.limits
        for tried in (1, 2):
            student = Student(sitting.session(), limits.call_seconds, limits.output_bytes)
            ended = self.suite.run(check, student, seed)
            if student.box_ended is not None:
                sitting.end()
            if student.box_ended != "died" or tried == 2:
                break
        return student, ended

    def _out_of_time(self) -> Ended:
        message = Message("call.submission_time_limit", {"seconds": self.assignment.limits.submission_seconds})
        return Ended(Verdict.TIME_LIMIT, (message,))

    def _with_notes(self, result: CheckResult, student: Student, told: set[str]) -> CheckResult:
        """`result` with a note about each function that printed too much, which costs nothing; each is told once an exercise."""
        loud = [name for name in student.loud if name not in told]
        told.update(loud)
        limit = self.assignment.limits.output_bytes
        notes = tuple(Message("call.output_limit", {"name": name, "limit_bytes": limit}) for name in loud)
        return replace(result, messages=result.messages + notes)

    def _explain(self, judged: Sequence[_Judged], seeds: Seeds) -> dict[str, CheckResult]:
        """The results by check, the failed ones with their mistakes named, or credited where they follow from another one."""
        explained = {one.check.id: one.result for one in judged}
        answered = [
            Answered(one.check, seeds.secret(one.check.id), one.exchanges, one.result.verdict is Verdict.PASSED, one.inputs)
            for one in judged
        ]
        found: list[Mistake] = []
        for exercise in self.assignment.exercises:
            for check, diagnosis in self.diagnostician.diagnose(exercise, answered, found).items():
                explained[check] = self._named(explained[check], diagnosis)
                if not diagnosis.follows and diagnosis.mistake not in found:
                    found.append(diagnosis.mistake)
        failed = {(one.exercise, one.part) for one in explained.values() if one.verdict is not Verdict.PASSED}
        return {check: _without_points(one) if (one.exercise, one.part) in failed else one for check, one in explained.items()}

    def _named(self, result: CheckResult, diagnosis: Diagnosis) -> CheckResult:
        mistake = diagnosis.mistake
        if not diagnosis.follows:
            said = tuple(message for message in result.messages if message.id != "value.dtype")  # a guess, and now the cause is known
            return replace(result, messages=said, mistake=mistake.name, hint=mistake.hint)
        title = next(exercise.title for exercise in self.assignment.exercises if exercise.id == mistake.exercise)
        message = Message("part.follows", {"exercise": title, "mistake": mistake.name})
        return replace(result, verdict=Verdict.PASSED, messages=(message,), follows=mistake.name)

    def _examples(self, unexplained: Sequence[_Judged], sitting: Sitting, seeds: Seeds) -> dict[str, Counterexample]:
        """One counter-example for each part that failed without a named mistake."""
        shown: dict[str, Counterexample] = {}
        told: set[tuple[str, str]] = set()
        wanted = [one for one in unexplained if one.exchanges and _may_be_shown(one.result)]
        sitting.end()
        for one in wanted:
            key = (one.check.exercise, one.check.part)
            if key in told:
                continue
            tries = [seeds.public(one.check.id, number) for number in range(EXAMPLE_TRIES)]
            try:
                seconds = self.assignment.limits.call_seconds
                session = sitting.session()
                example = counterexample(self.suite, self.diagnostician, one.check, session=session, seeds=tries, call_seconds=seconds)
            except BoxEndedError:
                sitting.end()
                continue
            except OutOfTimeError:
                break
            if example is not None:
                shown[one.check.id] = example
                told.add(key)
        return shown


def _with_example(result: CheckResult, shown: Mapping[str, Counterexample], told: Collection[tuple[str, str]]) -> CheckResult:
    """`result` with its counter-example. Where its part has one, nobody has to look for an input of their own."""
    if (result.exercise, result.part) not in told:
        return result
    messages = tuple(Message("call.exception_shown", one.params) if one.id == "call.exception" else one for one in result.messages)
    return replace(result, messages=messages, counterexample=shown.get(result.check))


def _without_points(result: CheckResult) -> CheckResult:
    """A credited check of a part that fails by another check: it must not promise the points."""
    messages = tuple(Message("part.follows_open", one.params) if one.id == "part.follows" else one for one in result.messages)
    return replace(result, messages=messages)


def _is_open(result: CheckResult) -> bool:
    """True for a failed check that neither a mistake of its own nor one made elsewhere explains."""
    return result.verdict is not Verdict.PASSED and result.mistake is None


def _may_be_shown(result: CheckResult) -> bool:
    """False where an example would show nothing: the function was not there to be called, or ran out of what it may use."""
    unseen = ("call.missing", "call.not_callable", "call.signature")
    wrong = result.verdict in (Verdict.FAILED, Verdict.ERROR)
    return wrong and not any(message.id in unseen or message.id.startswith("cell.") for message in result.messages)


def _not_attempted(check: Check) -> CheckResult:
    return CheckResult(check.id, check.exercise, check.part, Verdict.NOT_ATTEMPTED, (Message("part.not_attempted"),))


def _result(check: Check, ended: Ended) -> CheckResult:
    return CheckResult(check.id, check.exercise, check.part, ended.verdict, ended.messages)
