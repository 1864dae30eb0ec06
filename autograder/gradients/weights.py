"""Tests of weights that a student's code draws: mean, variance, shape, rank and independence, and the recipe that they were drawn by.

Testing the weights beats testing the curve that they make: 256 x 256 weights show a standard deviation that is 3 % off, a curve over 20
layers of that width one of 17 %.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike

from autograder.gradients.bands import ALPHA, check_alpha
from autograder.gradients.norms import as_real
from autograder.gradients.recipes import NORMAL, Recipe, nearest_recipes, recipes
from autograder.gradients.special import Array, chi2_quantile, normal_quantile
from autograder.gradients.statistics import correlation, kurtosis, largest_singular_value

SMALLEST = 100
"""Entries of a matrix below which its shape can't be tested."""
LARGEST = 1e75
"""Fourth powers of larger entries overflow."""
MOMENTS = ("mean over the standard deviation", "standard deviation over the right one", "kurtosis")
"""Tests that tell one recipe from another; the rest tell whether entries are independent."""


@dataclass(frozen=True)
class WeightTest:
    """One test of drawn weights.

    Attributes:
        name: what is tested: mean, variance, kurtosis, largest singular value or correlation.
        ok: the statistic lies within its bounds. Never with a NaN.
        value: the statistic, in the units of its bounds.
        low: lower bound.
        high: upper bound.
        about: which matrices.
    """

    name: str
    ok: bool
    value: float
    low: float
    high: float
    about: str


@dataclass(frozen=True)
class WeightsCheck:
    """What tests of drawn weights found.

    Attributes:
        ok: every test passed.
        message: the first failed test, and the recipe found in place of the right one.
        tests: all of them.
        recipe: name of the recipe that the weights fit; None where none is known.
        alpha: probability that right weights fail any test, at most.
        deviation: relative errors of the standard deviation, below and above, that are caught with probability 1 - 1e-6.
    """

    ok: bool
    message: str
    tests: tuple[WeightTest, ...]
    recipe: str | None
    alpha: float
    deviation: tuple[float, float]


def check_weights(weights: Sequence[ArrayLike], right: Sequence[Recipe], *, alpha: float = ALPHA) -> WeightsCheck:
    """Test matrices drawn by a student's initialiser.

    Draw at least two layers in two calls, of shapes with fan_in and fan_out that differ: only so do wrong fans and repeated seeds show.
    What a draw does to others, such as seeding numpy's global generator, doesn't show in the weights.

    Args:
        weights: matrices of shape (fan_in, fan_out), of at least 100 entries each; a torch layer holds the transpose.
        right: the recipe by which each should be drawn, such as recipes(fan_in, fan_out)["he"].
        alpha: probability that right weights fail, shared out among the tests.

    Raises:
        ValueError: the numbers of matrices and recipes differ, a recipe has no variance, or alpha is not between 1e-10 and 1/2.
    """
    if len(weights) != len(right) or not len(right):
        raise ValueError(f"each matrix needs its recipe (got {len(weights)} and {len(right)})")
    check_alpha(alpha)
    if not all(recipe.variance > 0 for recipe in right):
        raise ValueError("right recipes have a variance above 0")
    matrices: list[Array] = []
    for number, (given, recipe) in enumerate(zip(weights, right, strict=True), start=1):
        matrix = as_real(given)
        problem = "is no array of real numbers" if matrix is None else _problem(matrix, recipe)
        if matrix is not None and problem is None:
            matrices.append(matrix)
        else:
            return WeightsCheck(
                ok=False, message=f"matrix {number} {problem}", tests=(), recipe=None, alpha=alpha, deviation=(0.0, math.inf)
            )
    pairs = list(combinations(range(len(matrices)), 2))
    share = alpha / (4 * len(matrices) + len(pairs))
    tests: list[WeightTest] = []
    for number, (matrix, recipe) in enumerate(zip(matrices, right, strict=True), start=1):
        tests += _of_one(matrix, recipe, share, f"matrix {number}")
    for one, other in pairs:
        value, bound = correlation(matrices[one], matrices[other], share)
        tests.append(_test("correlation", value, -bound, bound, f"matrices {one + 1} and {other + 1}"))
    failed = [test for test in tests if not test.ok]
    like = nearest_recipes(matrices)
    if any(_right(recipe.name, matrices, right) for recipe in like):
        like = (right[0],)
    message = ""
    if failed:
        first = failed[0]
        message = f"{first.about}: {first.name} {first.value:.4g}, right is {first.low:.4g} to {first.high:.4g}"
        if like and like[0] is not right[0] and any(test.name in MOMENTS for test in failed):
            message += f"; they look {' or '.join(recipe.meaning for recipe in like)}"
    biggest, its = max(zip(matrices, right, strict=True), key=lambda pair: pair[0].size)
    return WeightsCheck(not failed, message, tuple(tests), like[0].name if like else None, alpha, _caught(biggest.size, its, share))


def _of_one(matrix: Array, recipe: Recipe, share: float, about: str) -> list[WeightTest]:
    count, sigma = matrix.size, recipe.variance**0.5
    z = normal_quantile(share / 2)
    mean = float(matrix.mean()) / sigma
    spread = float(np.mean((matrix - recipe.mean) ** 2)) ** 0.5 / sigma
    low, high = variance_bounds(count, recipe, share)
    shape, shape_low, shape_high = kurtosis(matrix, recipe.kurtosis, share)
    top, top_low, top_high = largest_singular_value((matrix - recipe.mean) / sigma, share)
    centre = recipe.mean / sigma
    return [
        _test(MOMENTS[0], mean, centre - z / count**0.5, centre + z / count**0.5, about),
        _test(MOMENTS[1], spread, low**0.5, high**0.5, about),
        _test(MOMENTS[2], shape, shape_low, shape_high, about),
        _test("largest singular value over the usual one", top, top_low, top_high, about),
    ]


@lru_cache(maxsize=256)
def variance_bounds(count: int, recipe: Recipe, alpha: float) -> tuple[float, float]:
    """Bounds on the mean square over the variance: chi-square for a normal, the normal limit with its kurtosis otherwise."""
    if recipe.kurtosis == NORMAL:
        return chi2_quantile(1 - alpha / 2, count) / count, chi2_quantile(alpha / 2, count) / count
    half = normal_quantile(alpha / 2) * ((recipe.kurtosis - 1) / count) ** 0.5
    return max(0.0, 1 - half), 1 + half


def _caught(count: int, recipe: Recipe, share: float) -> tuple[float, float]:
    """Errors of the standard deviation that leave the bounds but for one time in a million."""
    low, high = variance_bounds(count, recipe, share)
    least, most = variance_bounds(count, recipe, 2e-6)
    return (low / most) ** 0.5 - 1, (high / least) ** 0.5 - 1 if least > 0 else math.inf


def _test(name: str, value: float, low: float, high: float, about: str) -> WeightTest:
    return WeightTest(name, low <= value <= high, value, low, high, about)


def _right(name: str, matrices: Sequence[Array], right: Sequence[Recipe]) -> bool:
    """The recipe of this name draws all matrices as the right ones do."""
    return all(recipes(*matrix.shape)[name].draws_like(recipe) for matrix, recipe in zip(matrices, right, strict=True))


def _problem(matrix: Array, recipe: Recipe) -> str | None:
    if matrix.ndim != 2:
        return f"has shape {matrix.shape}, wanted are two axes"
    if recipe.shape is not None and matrix.shape != recipe.shape:
        return f"has shape {matrix.shape}, wanted is (fan_in, fan_out) = {recipe.shape}"
    if matrix.size < SMALLEST:
        return f"has {matrix.size} entries, {SMALLEST} are the fewest that can be tested"
    if not (np.abs(matrix) <= LARGEST).all():
        return f"holds NaN, infinity or entries above {LARGEST:g}"
    return None
