"""The recipes that initial weights are drawn by, right and wrong, by what they do to mean, variance and shape. In: widths. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from autograder.gradients.special import Array

NORMAL, UNIFORM = 3.0, 1.8
"""Fourth moment over squared variance."""
TRUNCATED = 2.3655
"""The same for a normal cut at two standard deviations, whose variance is 0.77374 of the uncut one's."""


@dataclass(frozen=True)
class Recipe:
    """How the entries of a weight matrix are drawn.

    Attributes:
        name: short, its key in `recipes`.
        meaning: as it's told.
        variance: of an entry.
        kurtosis: fourth central moment over squared variance.
        mean: of an entry.
        shape: (fan_in, fan_out), which a matrix must have; None where any will do.
    """

    name: str
    meaning: str
    variance: float
    kurtosis: float = NORMAL
    mean: float = 0.0
    shape: tuple[int, int] | None = None

    def draws_like(self, other: "Recipe") -> bool:
        """Mean, variance and kurtosis are the same: no matrix of this shape tells the two apart."""
        mine, others = ((recipe.variance, recipe.kurtosis, recipe.mean) for recipe in (self, other))
        return np.allclose(mine, others, rtol=1e-9, atol=0)


def recipes(fan_in: int, fan_out: int) -> dict[str, Recipe]:
    """Recipes by name: "he", "lecun", "xavier", their uniform forms, and what is written for them by mistake.

    Args:
        fan_in: inputs of the layer.
        fan_out: its outputs; take them different, or recipes that differ by the fan can't be told apart.

    Raises:
        ValueError: a fan is below 1.
    """
    if fan_in < 1 or fan_out < 1:
        raise ValueError(f"fan_in and fan_out must be at least 1 (got {fan_in}, {fan_out})")
    he, lecun, xavier = 2 / fan_in, 1 / fan_in, 2 / (fan_in + fan_out)
    of = partial(Recipe, shape=(fan_in, fan_out))
    known = (
        of("he", "normal with variance 2 / fan_in (He)", he),
        of("lecun", "normal with variance 1 / fan_in (LeCun, or He without its 2)", lecun),
        of("xavier", "normal with variance 2 / (fan_in + fan_out) (Xavier)", xavier),
        of("he_uniform", "uniform within sqrt(6 / fan_in) (He, uniform)", he, UNIFORM),
        of("lecun_uniform", "uniform within sqrt(3 / fan_in) (LeCun, uniform)", lecun, UNIFORM),
        of("xavier_uniform", "uniform within sqrt(6 / (fan_in + fan_out)) (Xavier, uniform)", xavier, UNIFORM),
        of("xavier_without_2", "normal with variance 1 / (fan_in + fan_out) (Xavier without its 2)", xavier / 2),
        of("he_fan_out", "normal with variance 2 / fan_out (He with the wrong fan)", 2 / fan_out),
        of("lecun_fan_out", "normal with variance 1 / fan_out", 1 / fan_out),
        of("he_no_root", "normal with standard deviation 2 / fan_in (root forgotten)", he**2),
        of("lecun_no_root", "normal with standard deviation 1 / fan_in (root forgotten)", lecun**2),
        of("xavier_no_root", "normal with standard deviation 2 / (fan_in + fan_out) (root forgotten)", xavier**2),
        of("he_two_roots", "normal with variance sqrt(2 / fan_in) (root taken twice)", he**0.5),
        of("he_gain_2", "normal with variance 4 / fan_in (gain 2 in place of sqrt 2)", 2 * he),
        of("normal_0.01", "normal with standard deviation 0.01", 1e-4),
        of("normal_0.1", "normal with standard deviation 0.1", 1e-2),
        of("normal", "standard normal, not scaled", 1.0),
        of("he_truncated", "normal of variance 2 / fan_in cut at two deviations and not corrected", 0.77374 * he, TRUNCATED),
        of("he_uniform_third", "uniform within sqrt(2 / fan_in) (a third of He's variance)", he / 3, UNIFORM),
        of("lecun_uniform_third", "uniform within sqrt(1 / fan_in) (a third of 1 / fan_in, PyTorch's default)", lecun / 3, UNIFORM),
        of("he_uniform_positive", "uniform from 0 to 1 times sqrt(2 / fan_in) (not centred)", he / 12, UNIFORM, 0.5 * he**0.5),
        of("uniform", "uniform from 0 to 1, not scaled", 1 / 12, UNIFORM, 0.5),
        of("zero", "zero", 0.0),
    )
    return {recipe.name: recipe for recipe in known}


def nearest_recipes(weights: Sequence[Array]) -> tuple[Recipe, ...]:
    """The recipe that mean, variance and kurtosis of all matrices together fit best, of shape (fan_in, fan_out) each.

    Returns:
        The recipe for the first matrix's widths, and those that draw all of these matrices like it; none where no recipe fits to six
        standard deviations in every matrix.
    """
    moments = [_moments(matrix) for matrix in weights]
    known = [recipes(*matrix.shape) for matrix in weights]
    worst = {name: max(_distance(found, options[name]) for found, options in zip(moments, known, strict=True)) for name in known[0]}
    best = min(worst, key=worst.__getitem__)
    if not worst[best] <= 6:
        return ()
    return tuple(known[0][name] for name in known[0] if all(options[name].draws_like(options[best]) for options in known))


def _moments(matrix: Array) -> tuple[int, float, float, float]:
    """Count, mean, variance and kurtosis of the entries."""
    mean = float(matrix.mean())
    square = (matrix - mean) ** 2
    variance = float(square.mean())
    return matrix.size, mean, variance, float(np.mean(square * square)) / variance**2 if variance else np.nan


def _distance(moments: tuple[int, float, float, float], recipe: Recipe) -> float:
    """Standard deviations between a matrix and a recipe, the largest of mean, variance and kurtosis."""
    count, mean, square, kurtosis = moments
    if not recipe.variance or not square:
        return 0.0 if recipe.variance == square == mean else np.inf
    return max(
        abs(mean - recipe.mean) / math.sqrt(recipe.variance / count),
        abs(square / recipe.variance - 1) / math.sqrt((recipe.kurtosis - 1) / count),
        abs(kurtosis - recipe.kurtosis) / math.sqrt(24 / count),
    )
