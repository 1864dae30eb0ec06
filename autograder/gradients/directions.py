"""Random directions of a block, and the seed they come from. Pure, but for the fresh seed.

Gaussian entries, because then the error e of a gradient shows along u as <e, u>, normal with variance |e|**2 whatever e looks like: one
wrong entry, a sum of zero, a single row. Directions of positive entries, or of one fixed seed, can be played; one coordinate at a time
misses what the others hold.
"""

import secrets

import numpy as np

from autograder.gradients.points import Array

SMALLEST = 1e-3
"""Size of a direction in a block of zeros, say biases: nothing is known of their scale, and the step adapts."""


def fresh_seed(seed: int | None) -> int:
    """The seed given, or one that nobody can foresee."""
    return secrets.randbits(63) if seed is None else int(seed)


def block_size(block: Array) -> float:
    """Root mean square of a block's entries, at least `SMALLEST`: the unit in which steps are measured."""
    biggest = float(np.max(np.abs(block), initial=0.0))
    if not biggest:
        return SMALLEST
    return max(SMALLEST, biggest * float(np.sqrt(np.mean((block / biggest) ** 2))))  # the square of 1e200 would overflow


def direction(rng: np.random.Generator, block: Array) -> Array:
    """A Gaussian direction of the block's shape and size."""
    return np.asarray(rng.standard_normal(block.shape) * block_size(block))
