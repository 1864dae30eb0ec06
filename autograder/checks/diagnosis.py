"""Name the mistake behind a failed check: replay it, same seed, against the solution with one catalogued mistake in place."""

from collections.abc import Iterator, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from autograder.checks.collection import Check, Suite
from autograder.checks.student import Exchange, Student
from autograder.checks.trusted import EndlessError, Solution, bound_lines
from autograder.course.mistakes import Mistake, Variant
from autograder.model import Exercise, Verdict
from autograder.sandbox.inside.values import Handle, Tensor

SAME = 1e-9
"""Relative. A mistake's values equal the student's this closely or it is not the student's mistake."""
RIGHT = 1e-5
"""Relative, where the student's values pass: two right answers differ by up to what a check allows."""


@dataclass(frozen=True)
class Diagnosis:
    """What a failed check comes from: a mistake made here, or one made earlier that the later, right code was run on."""

    mistake: Mistake
    follows: bool


@dataclass(frozen=True)
class Answered:
    """A check that was run: the seed it ran with, what was called and what came back, whether it passed, and the inputs it was given."""

    check: Check
    seed: int
    exchanges: tuple[Exchange, ...]
    passed: bool = False
    inputs: tuple[list[Any] | None, ...] = ()

    def calls(self, function: str) -> bool:
        """True if the check itself calls `function`, not only through another of the student's."""
        return any(exchange.call.target == function for exchange in self.exchanges)


class Diagnostician:
    """Recognises mistakes of one assignment.

    Args:
        exercises: of it, in order.
        suite: its checks.
        solution: its trusted code.
        mistakes: its catalogue, in the order of the file.
        variants: other right code, each of which may be what a student wrote on top of an earlier mistake.
    """

    def __init__(
        self,
        exercises: Sequence[Exercise],
        suite: Suite,
        solution: Solution,
        mistakes: Sequence[Mistake],
        variants: Sequence[Variant] = (),
    ) -> None:
        self._functions = {exercise.id: frozenset(exercise.functions) for exercise in exercises}
        self._suite, self._solution, self._mistakes, self._variants = suite, solution, mistakes, variants

    def diagnose(self, exercise: Exercise, answered: Sequence[Answered], earlier: Sequence[Mistake]) -> dict[str, Diagnosis]:
        """What explains the failed checks of `exercise`, by check id; a check that nothing explains is left out.

        A part is credited when right code on top of mistakes made elsewhere gives the student's values in each of its failed checks, and
        they are such that code was needed for them. A mistake is named when it gives the student's values in every check that calls its
        function, failed or passed, of this exercise and of those before it. One function has one mistake: where another one was found for
        it earlier, there is no name.

        Args:
            exercise: whose checks are explained.
            answered: all checks of the assignment that were run, in order.
            earlier: mistakes found in the exercises before, in order.
        """
        explained: dict[str, Diagnosis] = {}
        failed = [one for one in answered if one.check.exercise == exercise.id and not one.passed]
        carried = [mistake for mistake in earlier if mistake.function not in exercise.functions]
        if carried:
            explained |= self._credited(failed, carried, answered)
        for function in exercise.functions:
            open_ = [one for one in failed if one.check.id not in explained and one.calls(function)]
            mistake = self._mistake_in(function, exercise, answered, carried, earlier) if open_ else None
            if mistake is not None:
                carried.append(mistake)
                explained |= {one.check.id: Diagnosis(mistake, follows=False) for one in open_}
                explained |= self._credited([one for one in failed if one.check.id not in explained], carried, answered)
        return explained

    def _credited(self, failed: Sequence[Answered], carried: Sequence[Mistake], answered: Sequence[Answered]) -> dict[str, Diagnosis]:
        """Those of `failed` that follow from `carried`, unless another one of their part does not.

        They are credited if the answers show that code was needed for them; else the part is failed by the mistake that they follow from.
        """
        credited: dict[str, Diagnosis] = {}
        chains = [[mistake] for mistake in carried] + ([list(carried)] if len(carried) > 1 else [])
        for part in dict.fromkeys(one.check.part for one in failed):
            of_part = [one for one in failed if one.check.part == part]
            sources = [next((chain[-1] for chain in chains if self._follows(one, chain)), None) for one in of_part]
            if None not in sources:
                shown = all(_is_finite(exchange) for one in of_part for exchange in one.exchanges) and self._shows_code(
                    of_part, chains, answered
                )
                found = zip(of_part, sources, strict=True)
                credited |= {one.check.id: Diagnosis(source, follows=shown) for one, source in found if source is not None}
        return credited

    def _shows_code(self, of_part: Sequence[Answered], chains: Sequence[Sequence[Mistake]], answered: Sequence[Answered]) -> bool:
        """False where one number answers every question, though the right answers differ: it could have been written down.

        A function may show elsewhere that it is more than that: where all that it answered follows.
        """
        if not _is_one_number(of_part):
            return True
        if _is_one_number([replace(one, exchanges=tuple(self.replay(one.check, one.seed, (), inputs=one.inputs)[1])) for one in of_part]):
            return True
        called = {exchange.call.target for one in of_part for exchange in one.exchanges}
        same = [one for one in answered if called & {exchange.call.target for exchange in one.exchanges}]
        return not _is_one_number(same) and all(any(self._follows(one, chain) for chain in chains) for one in same)

    def _follows(self, one: Answered, chain: Sequence[Mistake]) -> bool:
        """True if right code on top of `chain` answers as the student did: code of other functions, which the check calls as well."""
        called = {exchange.call.target for exchange in one.exchanges} & self._functions[one.check.exercise]
        mistaken = {mistake.function for mistake in chain}
        if called & mistaken or (not called and any(map(one.calls, mistaken))):
            return False
        if not all(_is_an_answer(exchange) for exchange in one.exchanges):
            return False
        bases = [(), *((variant,) for variant in self._variants)]
        return any(self._explains(one, [*base, *chain], bounded=True) for base in bases)

    def _mistake_in(
        self, function: str, exercise: Exercise, answered: Sequence[Answered], carried: Sequence[Mistake], earlier: Sequence[Mistake]
    ) -> Mistake | None:
        """The mistake of `function` that explains all it answered up to `exercise`; of several, the one that explains most of the rest."""
        calling = [one for one in answered if one.calls(function)]
        last = max(place for place, one in enumerate(calling) if one.check.exercise == exercise.id)
        sofar, later = calling[: last + 1], calling[last + 1 :]
        sofar.sort(key=lambda one: (one.check.exercise != exercise.id, one.passed))  # what tells most mistakes apart comes first
        known = [mistake for mistake in earlier if mistake.function == function]
        explaining: list[tuple[Mistake, list[Mistake]]] = []
        for mistake in known or [mistake for mistake in self._mistakes if mistake.function == function]:
            for grafts in [[mistake]] + ([[*carried, mistake]] if carried else []):
                if all(self._explains(one, grafts, bounded=len(grafts) > 1) for one in sofar):
                    explaining.append((mistake, grafts))
                    break
        if len(explaining) < 2:
            return explaining[0][0] if explaining else None
        return max(explaining, key=lambda found: sum(self._explains(one, found[1], bounded=len(found[1]) > 1) for one in later))[0]

    def replay(
        self,
        check: Check,
        seed: int,
        grafts: Sequence[Mistake | Variant],
        *,
        example: bool = False,
        inputs: Sequence[list[Any] | None] | None = None,
    ) -> tuple[Verdict, list[Exchange]]:
        """Run `check` against the solution with `grafts` in place, the last on top: its verdict, and what was called and came back.

        What it takes from the code as inputs are `inputs`; the solution's own where they are None.
        """
        student = Student(self._solution.session([_code(graft) for graft in grafts]), 0.0, inputs=inputs)
        ended = self._suite.run(check, student, seed, example=example)
        return ended.verdict, student.exchanges

    def _explains(self, one: Answered, grafts: Sequence[Mistake | Variant], *, bounded: bool) -> bool:
        """True if the solution with `grafts` fails or passes as the student did, by the same values."""
        if not one.exchanges or any(exchange.outcome is None for exchange in one.exchanges):
            return False
        try:
            with bound_lines() if bounded else nullcontext():
                verdict, replayed = self.replay(one.check, one.seed, grafts, inputs=one.inputs)
        except EndlessError:
            return False
        same = same_exchanges(one.exchanges, replayed, RIGHT if one.passed else SAME)
        return (verdict is Verdict.PASSED) == one.passed and same


def _code(graft: Mistake | Variant) -> str:
    return f"{graft.prelude}\n{graft.source}" if isinstance(graft, Mistake) else graft.source


def _is_an_answer(exchange: Exchange) -> bool:
    """False for an exception, which is no evidence of right code: it is neither credited nor named."""
    return exchange.outcome is not None and exchange.outcome.failure is None


def _is_finite(exchange: Exchange) -> bool:
    """False for what is not finite, which is no evidence of right code either.

    Of several values one that is finite is enough: beside right gradients stands an infinite norm.
    """
    arrays = list(_arrays(exchange.value))
    return not arrays or any(np.isfinite(array).all() for array in arrays)


def _is_one_number(answered: Sequence[Answered]) -> bool:
    """True if all answers, entry by entry, are one and the same number; what is not finite aside."""
    values = np.concatenate([np.zeros(0), *(array for one in answered for exchange in one.exchanges for array in _arrays(exchange.value))])
    values = values[np.isfinite(values)]
    return bool(values.size and np.ptp(values) <= SAME * np.max(np.abs(values)))  # exactly 0 may not be asked for: 1e-12 more is no code


def _arrays(value: Any) -> Iterator[np.ndarray]:
    """The numbers in an answer, one array for each of several values; none for an object, which is told by the values that it leads to."""
    if isinstance(value, dict | list | tuple):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _arrays(part)
        return
    with suppress(TypeError, ValueError):
        yield np.asarray(value, np.float64).ravel()


def same_exchanges(left: Sequence[Exchange], right: Sequence[Exchange], tolerance: float = SAME) -> bool:
    """True if the same calls gave the same outcomes, one after the other; `tolerance` is relative."""
    return len(left) == len(right) and all(_same_exchange(one, other, tolerance) for one, other in zip(left, right, strict=True))


def _same_exchange(one: Exchange, other: Exchange, tolerance: float) -> bool:
    if one.value is not None and other.value is not None:  # as the check saw them: a list of numbers is the array of them
        return _same_value(one.value, other.value, tolerance)
    left, right = one.outcome, other.outcome
    if left is None or right is None:
        return False
    if left.failure is not None or right.failure is not None:
        return (
            left.failure is not None
            and right.failure is not None
            and (left.failure.type, left.failure.misfit) == (right.failure.type, right.failure.misfit)
        )
    return _same_value(left.value, right.value, tolerance)


def _same_value(left: Any, right: Any, tolerance: float) -> bool:
    left, right = (value.array if isinstance(value, Tensor) else value for value in (left, right))
    if isinstance(left, np.ndarray | float | int) or isinstance(right, np.ndarray | float | int):
        both = isinstance(left, np.ndarray | float | int) and isinstance(right, np.ndarray | float | int)
        return both and _same_array(np.asarray(left), np.asarray(right), tolerance)
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        return len(left) == len(right) and all(_same_value(one, other, tolerance) for one, other in zip(left, right, strict=True))
    if isinstance(left, Handle) and isinstance(right, Handle):  # numbered by whoever made it; told by the values that it leads to
        return True
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_same_value(left[key], right[key], tolerance) for key in left)
    return bool(left == right)


def _same_array(left: np.ndarray, right: np.ndarray, tolerance: float) -> bool:
    if left.shape != right.shape or "c" in left.dtype.kind + right.dtype.kind:
        return False
    left, right = left.astype(np.float64), right.astype(np.float64)
    finite = np.isfinite(left)
    if not np.array_equal(finite, np.isfinite(right)) or not np.array_equal(left[~finite], right[~finite], equal_nan=True):
        return False
    left, right = left[finite], right[finite]
    size = max(np.max(np.abs(left), initial=0.0), np.max(np.abs(right), initial=0.0)) or 1.0  # the squares of 1e-160 would be 0
    return bool(np.linalg.norm(left / size - right / size) <= tolerance * np.linalg.norm(right / size))
