"""The law of a sum of independent log factors: quantiles and tails, by convolution, or by Cornish and Fisher for a sample. Pure."""

import math
from collections import Counter
from collections.abc import Sequence
from functools import cached_property

import numpy as np

from autograder.gradients.densities import on_grid
from autograder.gradients.laws import Law
from autograder.gradients.special import Array, normal_tail

GRID, REACH = 2**15, 16.0
"""Points of the convolution, and how many standard deviations of the sum lie on either side of its mean, or more for a long tail."""
NO_SPREAD = 1e-12
"""Standard deviations below it are rounding."""
_Z: Array = np.linspace(-8.0, 8.0, 8001)
_BELOW: Array = np.array([normal_tail(-z) for z in _Z])


class LogSum:
    """Mean over `seeds` independent nets of the log of a product of independent factors.

    Args:
        laws: of the factors' logarithms; quantiles are exact where all of them have points.
        seeds: nets that the log is averaged over.

    Raises:
        ValueError: there are no laws, no seeds or part of one, or nothing varies.
    """

    def __init__(self, laws: Sequence[Law], seeds: int = 1) -> None:
        if not laws or seeds < 1 or seeds % 1:
            raise ValueError(f"a band needs at least one factor and a whole number of seeds from 1 on (got {len(laws)}, {seeds})")
        self.laws, self.seeds = tuple(laws), seeds
        totals = np.sum([law.cumulants for law in laws], axis=0)
        self.mean, variance, third, fourth = (float(total) / float(seeds) ** power for power, total in enumerate(totals))
        self.deviation = math.sqrt(variance)
        if not self.deviation > NO_SPREAD:
            raise ValueError("these norms have no spread, so no band: compare them exactly")
        self.skew = third / self.deviation**3
        self.kurtosis = fourth / variance**2

    def quantile(self, tail: float, *, upper: bool) -> float:
        """The value that the sum exceeds (upper) or stays below (not upper) with probability `tail` at most."""
        x, below, above = self._distribution
        return float(np.interp(-tail, -above, x) if upper else np.interp(tail, below, x))

    def tail(self, value: float, *, upper: bool) -> float:
        """Probability that the sum exceeds (upper) or stays below (not upper) the value."""
        x, below, above = self._distribution
        return float(np.interp(value, x, above, left=1.0, right=0.0) if upper else np.interp(value, x, below, left=0.0, right=1.0))

    @cached_property
    def _distribution(self) -> tuple[Array, Array, Array]:
        """A grid, with the probabilities of each of its values and below, and of each and above."""
        return self._expanded() if any(law.points is None for law in self.laws) else self._convolved()

    def _expanded(self) -> tuple[Array, Array, Array]:
        """By Cornish and Fisher's expansion of the quantiles about the normal ones."""
        g, k = self.skew, self.kurtosis
        bent = _Z + (_Z**2 - 1) * g / 6 + (_Z**3 - 3 * _Z) * k / 24 - (2 * _Z**3 - 5 * _Z) * g**2 / 36
        return self.mean + self.deviation * np.maximum.accumulate(bent), _BELOW, _BELOW[::-1]

    def _convolved(self) -> tuple[Array, Array, Array]:
        """By multiplying the transforms of the laws.

        Each law is laid on the grid from its likeliest value on: an orthogonal layer without dead units has a probability of its own,
        and so keeps it on one point, however many layers there are.
        """
        spread = self.deviation * self.seeds
        farthest = max(float(np.ptp(law.points[0])) for law in self.laws if law.points is not None)
        step = 2 * max(REACH * spread, farthest + REACH / 2 * spread) / GRID
        start, transform = 0.0, np.ones(GRID // 2 + 1, dtype=np.complex128)
        for law, count in Counter(self.laws).items():
            assert law.points is not None
            values, chances = law.points
            origin = float(values[np.argmax(chances)])
            start += count * self.seeds * origin
            transform = transform * np.fft.rfft(on_grid(values, chances, origin, step, GRID)) ** (count * self.seeds)
        first = round((self.mean * self.seeds - start) / step) - GRID // 2
        chance = np.maximum(np.roll(np.fft.irfft(transform, GRID), -first), 0.0)
        x = (start + step * (first + np.arange(GRID))) / self.seeds
        return x, np.cumsum(chance), np.cumsum(chance[::-1])[::-1]
