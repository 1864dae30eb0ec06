"""Test the weights that a student's code draws, each matrix in two independent draws, so that chance hardly ever fails a right one. Pure.

A statistic is held against a student only when it is off in both draws. Mean and variance, which tell one recipe from another, have
bounds that a right draw leaves 15 times in 100,000. What tells whether entries are normal and independent leaves its own, six standard
deviations away, twice in a billion. `Draws.chance` adds up what that comes to; nothing else in the checks is left to chance.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from autograder.gradients.recipes import Recipe, nearest_recipes, recipes
from autograder.gradients.special import Array, normal_quantile
from autograder.gradients.statistics import correlation, kurtosis, largest_singular_value
from autograder.gradients.weights import variance_bounds
from autograder.model import Message

OF_A_MOMENT, OF_A_SHAPE = 1.5e-4, 2e-9
"""Probability that one draw of a right matrix leaves the bounds of its mean, or of its variance; of anything else."""
Bounded = tuple[float, float, float]
"""A statistic, and the bounds it should lie within."""


@dataclass(frozen=True)
class Statistic:
    """A number that tells whether matrices were drawn as they should be.

    Attributes:
        id: of the message when it is off.
        off: given the right recipe and both draws, the number to tell when it is off; else None.
        chance: probability that it is off for a right recipe.
        tells_recipe: a wrong recipe would show in it.
    """

    id: str
    off: Callable[[Recipe, Array, Array], float | None]
    chance: float
    tells_recipe: bool = True


def _in_both(alpha: float, measure: Callable[[Array, Recipe, float], Bounded]) -> Callable[[Recipe, Array, Array], float | None]:
    def off(right: Recipe, first: Array, second: Array) -> float | None:
        measured = [measure(draw, right, alpha) for draw in (first, second)]
        return None if any(low <= value <= high for value, low, high in measured) else measured[0][0]

    return off


def _mean(draw: Array, right: Recipe, alpha: float) -> Bounded:
    half = normal_quantile(alpha / 2) / draw.size**0.5
    return float(draw.mean() - right.mean) / right.variance**0.5, -half, half


def _variance(draw: Array, right: Recipe, alpha: float) -> Bounded:
    return float(np.mean((draw - right.mean) ** 2)) / right.variance, *variance_bounds(draw.size, right, alpha)


def _kurtosis(draw: Array, right: Recipe, alpha: float) -> Bounded:
    return kurtosis(draw, right.kurtosis, alpha)


def _largest(draw: Array, right: Recipe, alpha: float) -> Bounded:  # noqa: ARG001 - of its own scale: the variance is tested elsewhere
    spread = float(draw.std())
    return largest_singular_value((draw - draw.mean()) / spread, alpha) if spread else (0.0, 1.0, 1.0)


def _alike(right: Recipe, first: Array, second: Array) -> float | None:  # noqa: ARG001 - whatever they are drawn by
    value, bound = correlation(first, second, OF_A_SHAPE)
    return None if abs(value) <= bound else value


MOMENTS = (
    Statistic("value.drawn_mean", _in_both(OF_A_MOMENT, _mean), OF_A_MOMENT**2),
    Statistic("value.drawn_variance", _in_both(OF_A_MOMENT, _variance), OF_A_MOMENT**2),
)
NORMAL = (Statistic("value.drawn_kurtosis", _in_both(OF_A_SHAPE, _kurtosis), OF_A_SHAPE**2),)
INDEPENDENT = (
    Statistic("value.drawn_dependent", _in_both(OF_A_SHAPE, _largest), OF_A_SHAPE**2, tells_recipe=False),
    Statistic("value.drawn_alike", _alike, OF_A_SHAPE, tells_recipe=False),  # of the two draws together: there is one such number
)
ALIKE = INDEPENDENT[1:]


@dataclass(frozen=True)
class Draws:
    """What is tested of matrices that a function draws.

    Attributes:
        right: the recipe of each matrix, with its shape.
        tests: MOMENTS, NORMAL, INDEPENDENT, ALIKE, or several of them joined.
    """

    right: Sequence[Recipe]
    tests: Sequence[Statistic]

    @property
    def chance(self) -> float:
        """Probability that matrices drawn by the right recipes fail, at most."""
        return len(self.right) * sum(test.chance for test in self.tests)

    def fault(self, name: str, first: Sequence[Array], second: Sequence[Array]) -> Message | None:
        """What to tell of the first statistic that is off; nothing when all is right.

        Args:
            name: whose draws they are.
            first: finite matrices, one for each of `right` and of its shape.
            second: the same, drawn independently.
        """
        for test in self.tests:
            for recipe, one, other in zip(self.right, first, second, strict=True):
                with np.errstate(all="ignore"):
                    got = test.off(recipe, one, other)
                if got is not None:
                    rows, columns = one.shape
                    like = self._like(first) if test.tells_recipe else None
                    return Message(test.id, {"name": name, "fan_in": rows, "fan_out": columns, "got": float(f"{got:.3g}"), "recipe": like})
        return None

    def _like(self, drawn: Sequence[Array]) -> str | None:
        """The recipe that was taken, in words; None where none is known, or where only the right one is."""
        found = nearest_recipes(drawn)
        fits = (
            all(recipes(*matrix.shape)[one.name].draws_like(right) for matrix, right in zip(drawn, self.right, strict=True))
            for one in found
        )
        return None if not found or any(fits) else " or ".join(one.meaning for one in found)
