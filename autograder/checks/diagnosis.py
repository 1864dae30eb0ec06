"""Name the mistake behind a failed check: replay it, same seed, against the solution with one catalogued mistake in place."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.checks.collection import Check, Suite
from autograder.checks.student import Exchange, Student
from autograder.checks.trusted import Solution
from autograder.course.mistakes import Mistake
from autograder.model import Exercise, Verdict
from autograder.sandbox.inside.values import Tensor

SAME = 1e-9
"""Relative. A mistake's values equal the student's this closely or it is not the student's mistake."""


@dataclass(frozen=True)
class Diagnosis:
    """What a failed check comes from: a mistake made here, or one made earlier that the later, right code was run on."""

    mistake: Mistake
    follows: bool


@dataclass(frozen=True)
class Answered:
    """A failed check: the seed it ran with, what was called and what came back."""

    check: Check
    seed: int
    exchanges: tuple[Exchange, ...]


class Diagnostician:
    """Recognises mistakes of one assignment.

    Args:
        suite: its checks.
        solution: its trusted code.
        mistakes: its catalogue, in the order of the file.
    """

    def __init__(self, suite: Suite, solution: Solution, mistakes: Sequence[Mistake]) -> None:
        self._suite, self._solution, self._mistakes = suite, solution, mistakes

    def diagnose(self, exercise: Exercise, answered: Sequence[Answered], earlier: Sequence[Mistake]) -> dict[str, Diagnosis]:
        """What explains the failed checks of `exercise`, by check id; a check that nothing explains is left out.

        A mistake of another function that was found earlier comes first: then the code here is right and is credited. Of the mistakes in
        the exercise's own functions that explain the first check left, the one that explains most of the others is taken; and so on.
        """
        explained: dict[str, Diagnosis] = {}
        carried = [mistake for mistake in earlier if mistake.function not in exercise.functions]
        for grafts in [[mistake] for mistake in carried] + ([carried] if len(carried) > 1 else []):
            for one in self._explained(answered, grafts):
                explained.setdefault(one.check.id, Diagnosis(grafts[-1], follows=True))
        rest = [one for one in answered if one.check.id not in explained]
        own = [mistake for mistake in self._mistakes if mistake.exercise == exercise.id or mistake.function in exercise.functions]
        own.sort(key=lambda mistake: mistake not in earlier)  # the same mistake twice is likelier than two mistakes
        while rest:
            first, *others = rest
            able = [mistake for mistake in own if self._explained_with([first], mistake, carried)]
            by_mistake = [(mistake, [first, *self._explained_with(others, mistake, carried)]) for mistake in able]
            mistake, most = max(by_mistake, key=lambda pair: len(pair[1]), default=(None, [first]))
            if mistake is not None:
                explained |= {one.check.id: Diagnosis(mistake, follows=False) for one in most}
            rest = [one for one in rest if one not in most]
        return explained

    def _explained_with(self, answered: Sequence[Answered], mistake: Mistake, carried: Sequence[Mistake]) -> list[Answered]:
        alone = self._explained(answered, [mistake])
        return self._explained(answered, [*carried, mistake]) if carried and not alone else alone

    def _explained(self, answered: Sequence[Answered], mistakes: Sequence[Mistake]) -> list[Answered]:
        return [one for one in answered if self._explains(one, mistakes)]

    def replay(self, check: Check, seed: int, mistakes: Sequence[Mistake], *, example: bool = False) -> tuple[Verdict, list[Exchange]]:
        """Run `check` against the solution with `mistakes` in place: its verdict, and what was called and came back."""
        student = Student(self._solution.session([f"{mistake.prelude}\n{mistake.source}" for mistake in mistakes]), 0.0)
        ended = self._suite.run(check, student, seed, example=example)
        return ended.verdict, student.exchanges

    def _explains(self, answered: Answered, mistakes: Sequence[Mistake]) -> bool:
        if any(exchange.outcome is None for exchange in answered.exchanges):
            return False
        verdict, replayed = self.replay(answered.check, answered.seed, mistakes)
        return verdict is not Verdict.PASSED and same_exchanges(answered.exchanges, replayed)


def same_exchanges(left: Sequence[Exchange], right: Sequence[Exchange]) -> bool:
    """True if the same calls gave the same outcomes, one after the other."""
    return len(left) == len(right) and all(map(_same_exchange, left, right))


def _same_exchange(one: Exchange, other: Exchange) -> bool:
    if one.value is not None and other.value is not None:  # as the check saw them: a list of numbers is the array of them
        return _same_value(one.value, other.value)
    left, right = one.outcome, other.outcome
    if left is None or right is None:
        return False
    if left.failure is not None or right.failure is not None:
        return (
            left.failure is not None
            and right.failure is not None
            and (left.failure.type, left.failure.misfit) == (right.failure.type, right.failure.misfit)
        )
    return _same_value(left.value, right.value)


def _same_value(left: Any, right: Any) -> bool:
    left, right = (value.array if isinstance(value, Tensor) else value for value in (left, right))
    if isinstance(left, np.ndarray | float | int) or isinstance(right, np.ndarray | float | int):
        both = isinstance(left, np.ndarray | float | int) and isinstance(right, np.ndarray | float | int)
        return both and _same_array(np.asarray(left), np.asarray(right))
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        return len(left) == len(right) and all(map(_same_value, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_same_value(left[key], right[key]) for key in left)
    return bool(left == right)


def _same_array(left: np.ndarray, right: np.ndarray) -> bool:
    if left.shape != right.shape or "c" in left.dtype.kind + right.dtype.kind:
        return False
    left, right = left.astype(np.float64), right.astype(np.float64)
    finite = np.isfinite(left)
    if not np.array_equal(finite, np.isfinite(right)) or not np.array_equal(left[~finite], right[~finite], equal_nan=True):
        return False
    left, right = left[finite], right[finite]
    size = max(np.max(np.abs(left), initial=0.0), np.max(np.abs(right), initial=0.0)) or 1.0  # the squares of 1e-160 would be 0
    return bool(np.linalg.norm(left / size - right / size) <= SAME * np.linalg.norm(right / size))
