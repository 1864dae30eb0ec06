"""Slopes from values at six distances: Richardson's extrapolation, its error bar, its noise and the kink at the point. Pure."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from autograder.gradients.points import Array

DISTANCES = (1.0, -1.0, 0.5, -0.5, 0.25, -0.25)
"""In units of the step h, in the order in which `extrapolate` takes the values."""
FIRST_STEP, SMALLEST_STEP, LARGEST_STEP, SHRINK = 1e-3, 2e-8, 0.5, 8.0
"""In units of the block's root mean square. At 1e-3 a smooth net is off by 1e-12; a wide ReLU net needs 1e-6 to dodge its kinks."""
EPS = float(np.finfo(np.float64).eps)
ROUNDED = 0.3
"""Standard deviation of the rounding of an argument, in units of eps times its size: 1 / sqrt(12) at most."""
GAP_NOISE = 20.0
"""The two extrapolations differ by noise of 4.4 eps_f / h (the weights below): 20 is four and a half standard deviations."""
JUMP_NOISE = 200.0
"""The extrapolated jump of the slope carries noise of 19 eps_f / h: 200 is ten standard deviations."""
JUMP_OF_BEND = 1e-9
"""Part of the second differences that their extrapolation leaves: h**4 times the ratio of the sixth derivative to the second."""


@dataclass(frozen=True)
class Estimate:
    """A directional derivative.

    Attributes:
        slope: extrapolated from all three differences; NaN where a value is not finite.
        gap: how far the two extrapolations of two differences each lie apart; 15 times the error left, for a smooth f.
        noise: standard deviation of the rounding in the values that the slope is made of.
        jump: how far the one-sided slopes at the point itself lie apart; 0 where that can't be told from none.
        step: h.
    """

    slope: float
    gap: float
    noise: float
    jump: float
    step: float

    @property
    def doubt(self) -> float:
        """Noise over step: the unit in which rounding shows in the slope, 4.1 of which are its standard deviation."""
        return self.noise / self.step

    def converged(self, allowed: float) -> bool:
        """The two extrapolations agree to `allowed`, a slope, or to the noise of their values."""
        return self.gap <= allowed + GAP_NOISE * self.doubt


class Slopes(NamedTuple):
    """The same for many outputs or directions at once: arrays of one shape."""

    slope: Array
    gap: Array
    noise: Array
    jump: Array


def extrapolate(values: Array, f0: Array | float, step: Array | float, noise: Array | float, reach: float = 1.0) -> Slopes:
    """Extrapolate.

    Rounding is that of the largest value met, and that of the argument: f at x + h moves by eps x times its slope there. Near a minimum
    both are much larger than what f does at the point itself.

    A kink at the point is told from curvature by its rate: (f(h) - 2 f(0) + f(-h)) / h is J + C h + E h**3 + ..., and three of them are
    solved for the jump J of the slope.

    Args:
        values: f at the six `DISTANCES` times h, along the first axis.
        f0: f at the point.
        step: h, in any unit.
        noise: standard deviation of f's rounding at the point.
        reach: size of the argument, in the unit of the step.
    """
    width = np.multiply.outer(DISTANCES[::2], step)
    width = width.reshape(width.shape + (1,) * (values.ndim - width.ndim))
    up, down = values[::2], values[1::2]
    with np.errstate(all="ignore"):
        first, second, third = (up - down) / (2 * width)
        rough, fine = (4 * second - first) / 3, (4 * third - second) / 3
        slope = fine + (fine - rough) / 15
        bends = ((up - f0) + (down - f0)) / width
        bend = np.max(np.abs(bends), axis=0)
        rounding = np.maximum(noise, EPS * np.maximum(np.max(np.abs(values), axis=0), ROUNDED * reach * (np.abs(slope) + bend)))
        jump = np.abs(bends[0] - 10 * bends[1] + 16 * bends[2]) / 7
        blur = np.maximum(JUMP_NOISE * rounding / width[0], JUMP_OF_BEND * bend)
        return Slopes(slope, np.abs(fine - rough), rounding, np.where(jump > blur, jump, 0.0))


def estimates(values: Array, f0: float, steps: Array, noise: Array) -> list[Estimate]:
    """One for each row of six values; steps in units of the argument's size."""
    made = extrapolate(values.T, f0, steps, noise)
    return [Estimate(*map(float, one)) for one in zip(*made, steps, strict=True)]
