"""What the hidden checks draw tells right from wrong: mistakes far from right answers and from each other, shapes that hide nothing.

Checks are run on the solution and on its mistakes in this process, over several seeds, and what came back is compared.
"""

import itertools
import math
from pathlib import Path

import numpy as np
import pytest

from autograder.checks.judging import Judge
from autograder.course import assignment_ids, load
from autograder.course.mistakes import load_mistakes
from autograder.model import Verdict
from autograder.sandbox.inside.values import Handle, Tensor

COURSE = Path(__file__).parents[2]
SEEDS = range(4)
FROM_RIGHT, FROM_EACH_OTHER = 1e-5, 1e-6
"""Relative, in the norm of what comes back. Most checks allow 1e-9, and so does recognising a mistake."""
NEARER = {
    "float32 inside": 5e-9,
    "a small number added inside the logarithm": 5e-8,
    "e^-|z| over 1 + e^-|z|, the denominator not squared": 1e-7,
}
"""Mistakes that are small by nature; the checks that they fail allow a fifth of this at most."""


def leaves(value):
    """The arrays in an answer, in order."""
    if isinstance(value, dict | list | tuple):
        for part in value.values() if isinstance(value, dict) else value:
            yield from leaves(part)
    elif isinstance(value, Handle):  # told by the values that it leads to
        yield np.asarray("an object")
    else:
        yield np.asarray(value.array if isinstance(value, Tensor) else value)


def answers(exchanges):
    """All that came back: values, arguments as they were left, and exceptions."""
    for exchange in exchanges:
        outcome = exchange.outcome
        if outcome is None or outcome.failure is not None:
            yield np.asarray("no answer")
        else:
            yield from leaves((outcome.value if exchange.value is None else exchange.value, outcome.after))


def apart(ended, other):
    """How far two runs of a check are from each other: the largest relative distance of two arrays, inf where they differ in kind."""
    left, right = list(answers(ended[1])), list(answers(other[1]))
    return max(map(distance, left, right), default=0.0) if len(left) == len(right) else math.inf


def distance(left, right):
    if left.shape != right.shape or left.dtype.kind not in "iufb" or right.dtype.kind not in "iufb":
        return 0.0 if left.shape == right.shape and left.dtype == right.dtype and (left == right).all() else math.inf
    left, right = left.astype(float), right.astype(float)
    finite = np.isfinite(right)
    if not np.array_equal(left[~finite], right[~finite], equal_nan=True) or not np.isfinite(left[finite]).all():
        return math.inf
    left, right = left[finite], right[finite]
    size = max(np.abs(left).max(initial=0), np.abs(right).max(initial=0)) or 1.0
    whole = np.linalg.norm(np.maximum(np.abs(left), np.abs(right)) / size)
    return float(np.linalg.norm((left - right) / size) / (whole or 1.0))


@pytest.fixture(scope="module", params=assignment_ids(COURSE))
def runs(request):
    """(mistakes, checks, run): run(check, seed, mistake or None) ends as the check does on the solution with that mistake in it."""
    assignment = load(COURSE, request.param)
    judge, memory = Judge(assignment), {}

    def run(check, seed, mistake=None):
        key = check.id, seed, id(mistake)
        if key not in memory:
            memory[key] = judge.diagnostician.replay(check, seed, [mistake] if mistake else [])
        return memory[key]

    return load_mistakes(assignment.folder / "mistakes.py"), judge.suite.checks, run


@pytest.mark.slow
def test_every_mistake_is_far_from_right_in_each_part_that_it_fails(runs):
    mistakes, checks, run = runs
    near = []
    for mistake in mistakes:
        for part in mistake.fails:
            exercise, _, name = part.rpartition("/")
            decisive = [check for check in checks if (check.exercise, check.part) == (exercise or mistake.exercise, name)]
            for seed in SEEDS:
                failed = [check for check in decisive if run(check, seed, mistake)[0] is not Verdict.PASSED]
                far = max((apart(run(check, seed, mistake), run(check, seed)) for check in failed), default=0.0)
                if far < NEARER.get(mistake.name, FROM_RIGHT):
                    near.append((mistake.name, part, seed, far))
    assert near == []


@pytest.mark.slow
def test_two_mistakes_of_one_function_are_far_from_each_other(runs):
    mistakes, checks, run = runs
    near = []
    for one, other in itertools.combinations(mistakes, 2):
        if (one.exercise, one.function) == (other.exercise, other.function):
            own = [check for check in checks if check.exercise == one.exercise]
            if any(max(apart(run(check, seed, one), run(check, seed, other)) for check in own) < FROM_EACH_OTHER for seed in SEEDS):
                near.append((one.name, other.name))
    assert near == []
