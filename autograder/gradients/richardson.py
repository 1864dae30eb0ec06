"""One directional derivative from values at six distances: Richardson's extrapolation, its error bar and the signs of a kink. Pure."""

from dataclasses import dataclass

import numpy as np

from autograder.gradients.points import Array

DISTANCES = (1.0, -1.0, 0.5, -0.5, 0.25, -0.25)
"""In units of the step h, in the order in which `estimate` takes the values."""
FIRST_STEP, SMALLEST_STEP, LARGEST_STEP, SHRINK = 1e-3, 2e-8, 0.5, 8.0
"""In units of the block's root mean square. At 1e-3 a smooth net is off by 1e-12; a wide ReLU net needs 1e-6 to dodge its kinks."""
GAP_NOISE = 20.0
"""The two extrapolations differ by noise of 4.4 eps_f / h (the weights below): 20 is four and a half standard deviations."""


@dataclass(frozen=True)
class Estimate:
    """A directional derivative.

    Attributes:
        slope: extrapolated from all three differences.
        gap: how far the two extrapolations of two differences each lie apart; 15 times the error left, for a smooth f.
        step: h.
        finite: every value was.
        kinked: the two one-sided slopes differ by an amount that does not shrink with h, as at a kink at the point.
    """

    slope: float
    gap: float
    step: float
    finite: bool
    kinked: bool


def estimate(values: Array, f0: float, step: float, noise: float, small: float) -> Estimate:
    """Extrapolate.

    Args:
        values: f at the six `DISTANCES` times h.
        f0: f at the point.
        step: h.
        noise: standard deviation of f's rounding.
        small: jump of the slope that does not matter, in units of the slope.
    """
    if not np.isfinite(values).all():
        return Estimate(float("nan"), float("inf"), step, finite=False, kinked=False)
    up, down = values[::2], values[1::2]
    width = step * np.array(DISTANCES[::2])
    first, second, third = (float(slope) for slope in (up - down) / (2 * width))
    rough, fine = (4 * second - first) / 3, (4 * third - second) / 3
    slope = fine + (fine - rough) / 15
    jump = np.abs((up - f0) + (down - f0)) / width  # h f'' for a smooth f: a quarter of h leaves a quarter of it
    kinked = bool(jump[2] > 0.7 * jump[0] and jump[2] > max(small, GAP_NOISE * noise / width[2]))
    return Estimate(slope, abs(fine - rough), step, finite=True, kinked=kinked)


def converged(made: Estimate, allowed: float, noise: float) -> bool:
    """The two extrapolations agree to `allowed`, a slope, or to the noise of their values."""
    return made.finite and made.gap <= allowed + GAP_NOISE * noise / made.step
