"""Random directions of a block, the unit they are measured in, and the seed they come from. Pure, but for the fresh seed.

Gaussian entries, because then the error e of a gradient shows along u as <e, u>, normal with variance |e|**2 whatever e looks like: one
wrong entry, a sum of zero, a single row. Directions of positive entries, or of one fixed seed, can be played; one coordinate at a time
misses what the others hold.
"""

import secrets
from numbers import Integral

import numpy as np

from autograder.gradients.norms import rms
from autograder.gradients.points import Array

SMALLEST = 1e-3
"""Size of a direction in a block of zeros, say biases: nothing is known of their scale, and the step adapts. In a block of smaller entries
too, because most functions of them, of weights say, don't vary on so small a scale."""


def fresh_seed(seed: int | None) -> int:
    """The seed given, or one that nobody can foresee.

    Raises:
        ValueError: it's no whole number from 0 on.
    """
    if seed is None:
        return secrets.randbits(63)
    if not isinstance(seed, Integral) or seed < 0:
        raise ValueError(f"seed must be a whole number, at least 0 (got {seed!r})")
    return int(seed)


def block_size(block: Array) -> float:
    """Root mean square of a block's entries, at least `SMALLEST`: the unit in which steps are measured."""
    return max(SMALLEST, rms(block))


def direction(rng: np.random.Generator, shape: tuple[int, ...], size: float) -> Array:
    """A Gaussian direction of that shape and size."""
    return np.asarray(rng.standard_normal(shape) * size)
