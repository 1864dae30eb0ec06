"""Name the mistake behind a failed check: replay it, same seed, against the solution with one catalogued mistake in place."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.checks.collection import Check, Suite
from autograder.checks.student import Exchange, Student
from autograder.checks.trusted import Solution
from autograder.course.mistakes import Mistake
from autograder.model import Verdict
from autograder.sandbox.inside.values import Tensor
from autograder.sandbox.session import Outcome

SAME = 1e-9
"""Relative. A mistake's values equal the student's this closely or it is not the student's mistake."""


@dataclass(frozen=True)
class Diagnosis:
    """What a failed check comes from: a mistake made here, or one made earlier that the later, right code was run on."""

    mistake: Mistake
    follows: bool


class Diagnostician:
    """Recognises mistakes of one assignment.

    Args:
        suite: its checks.
        solution: its trusted code.
        mistakes: its catalogue, in the order of the file.
    """

    def __init__(self, suite: Suite, solution: Solution, mistakes: Sequence[Mistake]) -> None:
        self._suite, self._solution, self._mistakes = suite, solution, mistakes

    def diagnose(
        self, check: Check, functions: Sequence[str], seed: int, exchanges: Sequence[Exchange], earlier: Sequence[Mistake]
    ) -> Diagnosis | None:
        """The mistake that explains what the student's code answered in `check`, if one does.

        Args:
            check: that failed.
            functions: that the exercise asks for; a mistake in one of them is made here, one in another is carried forward.
            seed: that it ran with.
            exchanges: what was called and what came back.
            earlier: mistakes already recognised in this submission.
        """
        if any(exchange.outcome is None for exchange in exchanges):
            return None
        carried = [mistake for mistake in earlier if mistake.function not in functions]
        for mistake in carried:
            if self._explains(check, seed, exchanges, [mistake]):
                return Diagnosis(mistake, follows=True)
        if len(carried) > 1 and self._explains(check, seed, exchanges, carried):
            return Diagnosis(carried[-1], follows=True)
        own = [mistake for mistake in self._mistakes if mistake.exercise == check.exercise or mistake.function in functions]
        for mistake in own:
            for grafts in ([mistake], [*carried, mistake]) if carried else ([mistake],):
                if self._explains(check, seed, exchanges, grafts):
                    return Diagnosis(mistake, follows=False)
        return None

    def replay(self, check: Check, seed: int, mistakes: Sequence[Mistake], *, example: bool = False) -> tuple[Verdict, list[Exchange]]:
        """Run `check` against the solution with `mistakes` in place: its verdict, and what was called and came back."""
        student = Student(self._solution.session([mistake.code for mistake in mistakes]), 0.0)
        ended = self._suite.run(check, student, seed, example=example)
        return ended.verdict, student.exchanges

    def _explains(self, check: Check, seed: int, exchanges: Sequence[Exchange], mistakes: Sequence[Mistake]) -> bool:
        verdict, replayed = self.replay(check, seed, mistakes)
        return verdict is not Verdict.PASSED and same_exchanges(exchanges, replayed)


def same_exchanges(left: Sequence[Exchange], right: Sequence[Exchange]) -> bool:
    """True if the same calls gave the same outcomes, one after the other."""
    return len(left) == len(right) and all(_same_outcome(one.outcome, other.outcome) for one, other in zip(left, right, strict=True))


def _same_outcome(left: Outcome | None, right: Outcome | None) -> bool:
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
    if isinstance(left, np.ndarray | float | int) and isinstance(right, np.ndarray | float | int):
        return _same_array(np.asarray(left), np.asarray(right))
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
    if not np.array_equal(left[~finite], right[~finite], equal_nan=True):
        return False
    left, right = left[finite], right[finite]
    with np.errstate(all="ignore"):
        return bool(np.linalg.norm(left - right) <= SAME * np.linalg.norm(right))
