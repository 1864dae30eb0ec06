"""The law of a sum of independent log factors: quantiles and tails, by Cornish and Fisher or by exact convolution. Pure."""

import math
from collections.abc import Sequence
from functools import cached_property

import numpy as np

from autograder.gradients.laws import Law
from autograder.gradients.special import Array, normal_quantile, normal_tail

WIDE, MANY = 64, 10
"""From this width and this many factors on, Cornish and Fisher's quantiles are within 0.03 standard deviations of the exact ones."""
GRID, REACH = 2**14, 16.0
"""Points of the convolution, and how many standard deviations of the sum lie on either side of its mean."""


class LogSum:
    """Mean over `seeds` independent nets of the log of a product of independent factors.

    Args:
        laws: of the factors' logarithms.
        seeds: nets that the log is averaged over.

    Raises:
        ValueError: there are no laws, or no seeds.
    """

    def __init__(self, laws: Sequence[Law], seeds: int = 1) -> None:
        if not laws or seeds < 1:
            raise ValueError(f"a band needs at least one factor and one seed (got {len(laws)}, {seeds})")
        self.laws, self.seeds = tuple(laws), seeds
        totals = np.sum([law.cumulants for law in laws], axis=0)
        self.mean, variance, third, fourth = (float(total) / float(seeds) ** power for power, total in enumerate(totals))
        self.deviation = math.sqrt(variance)
        self.skew = third / self.deviation**3
        self.kurtosis = fourth / variance**2

    @property
    def by_convolution(self) -> bool:
        """The quantiles come from the exact densities: the net is narrow or shallow, and densities are known."""
        narrow = min(law.width for law in self.laws) < WIDE or len(self.laws) * self.seeds < MANY
        return narrow and all(law.density is not None for law in self.laws)

    def quantile(self, tail: float, *, upper: bool) -> float:
        """The value that the sum exceeds (upper) or stays below (not upper) with probability `tail`."""
        if self.by_convolution:
            return self._exact_quantile(tail, upper=upper)
        z = normal_quantile(tail)
        return self.mean + self.deviation * self._bent(z if upper else -z)

    def tail(self, value: float, *, upper: bool) -> float:
        """Probability that the sum exceeds (upper) or stays below (not upper) the value."""
        if self.by_convolution:
            x, below = self._distribution
            at = float(np.interp(value, x, below, left=0.0, right=1.0))
            return 1 - at if upper else at
        low, high = -40.0, 40.0
        want = (value - self.mean) / self.deviation
        for _ in range(100):
            middle = (low + high) / 2
            low, high = (middle, high) if self._bent(middle) < want else (low, middle)
        return normal_tail(low) if upper else normal_tail(-low)

    def _bent(self, z: float) -> float:
        """Cornish and Fisher's expansion of a standard quantile. Beyond its turning points, which no band needs, it goes on straight."""
        limit = 8.0
        inside = min(max(z, -limit), limit)
        g, k = self.skew, self.kurtosis
        bent = inside + (inside**2 - 1) * g / 6 + (inside**3 - 3 * inside) * k / 24 - (2 * inside**3 - 5 * inside) * g**2 / 36
        return float(bent + (z - inside))

    def _exact_quantile(self, tail: float, *, upper: bool) -> float:
        x, below = self._distribution
        if upper:
            return -float(np.interp(tail, (1 - below)[::-1], -x[::-1]))
        return float(np.interp(tail, below, x))

    @cached_property
    def _distribution(self) -> tuple[Array, Array]:
        """The distribution function on a grid, by multiplying the transforms of the densities."""
        width = 2 * REACH * max(self.deviation * self.seeds, max(law.cumulants[1] for law in self.laws) ** 0.5)
        step = width / GRID
        offsets = (np.arange(GRID) - GRID // 2) * step
        transform = np.ones(GRID // 2 + 1, dtype=np.complex128)
        made: dict[int, Array] = {}
        for law in self.laws:
            if id(law) not in made:
                assert law.density is not None
                density = law.density(offsets + law.cumulants[0])
                made[id(law)] = np.asarray(np.fft.rfft(np.fft.ifftshift(density / density.sum())))
            transform = transform * made[id(law)]
        density = np.maximum(np.fft.fftshift(np.fft.irfft(transform**self.seeds, GRID)), 0.0)
        below = np.cumsum(density) - density / 2
        return (self.mean * self.seeds + offsets) / self.seeds, below / density.sum()
