"""The recipes that initial weights are drawn by, right and wrong, by what they do to mean, variance and shape. In: widths. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

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
        name: as it's told.
        variance: of an entry.
        kurtosis: fourth central moment over squared variance.
        mean: of an entry.
    """

    name: str
    variance: float
    kurtosis: float = NORMAL
    mean: float = 0.0


def recipes(fan_in: int, fan_out: int) -> tuple[Recipe, ...]:
    """He's recipe, Xavier's, and what is written for them by mistake.

    Args:
        fan_in: inputs of the layer.
        fan_out: its outputs; take them different, or recipes that differ by the fan can't be told apart.
    """
    he = 2 / fan_in
    return (
        Recipe("normal with variance 2 / fan_in (He)", he),
        Recipe("normal with variance 1 / fan_in (LeCun, or He without its 2)", 1 / fan_in),
        Recipe("normal with variance 2 / (fan_in + fan_out) (Xavier)", 2 / (fan_in + fan_out)),
        Recipe("normal with variance 1 / (fan_in + fan_out) (Xavier without its 2)", 1 / (fan_in + fan_out)),
        Recipe("normal with variance 2 / fan_out (He with the wrong fan)", 2 / fan_out),
        Recipe("normal with variance 1 / fan_out", 1 / fan_out),
        Recipe("normal with standard deviation 2 / fan_in (root forgotten)", he**2),
        Recipe("normal with standard deviation 1 / fan_in (root forgotten)", 1 / fan_in**2),
        Recipe("normal with variance sqrt(2 / fan_in) (root taken twice)", he**0.5),
        Recipe("normal with variance 4 / fan_in (gain 2 in place of sqrt 2)", 2 * he),
        Recipe("normal with standard deviation 0.01", 1e-4),
        Recipe("normal with standard deviation 0.1", 1e-2),
        Recipe("standard normal, not scaled", 1.0),
        Recipe("normal of variance 2 / fan_in cut at two deviations and not corrected", 0.77374 * he, TRUNCATED),
        Recipe("uniform within sqrt(6 / fan_in) (He, uniform)", he, UNIFORM),
        Recipe("uniform within sqrt(6 / (fan_in + fan_out)) (Xavier, uniform)", 2 / (fan_in + fan_out), UNIFORM),
        Recipe("uniform within sqrt(2 / fan_in) (a third of He's variance)", he / 3, UNIFORM),
        Recipe("uniform within sqrt(1 / fan_in) (a third of 1 / fan_in)", 1 / (3 * fan_in), UNIFORM),
        Recipe("uniform from 0 to 1 times sqrt(2 / fan_in) (not centred)", he / 12, UNIFORM, 0.5 * he**0.5),
        Recipe("uniform from 0 to 1, not scaled", 1 / 12, UNIFORM, 0.5),
        Recipe("zero", 0.0),
    )


def nearest_recipe(weights: Sequence[Array]) -> Recipe | None:
    """The recipe that mean, variance and kurtosis of all matrices together fit, of shape (fan_in, fan_out) each.

    Returns:
        The recipe for the first matrix's widths, or None where none fits to six standard deviations in every matrix.
    """
    found: list[tuple[float, Recipe]] = []
    measured = [(_moments(matrix), recipes(*matrix.shape)) for matrix in weights]
    for number, recipe in enumerate(recipes(*weights[0].shape)):
        worst = max(_distance(moments, options[number]) for moments, options in measured)
        if worst <= 6:
            found.append((worst, recipe))
    return min(found, key=lambda pair: pair[0])[1] if found else None


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
