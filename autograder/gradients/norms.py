"""Norm and root mean square of arrays whose squares would overflow or vanish: every norm in this package is one of these. Pure."""

import numpy as np
from numpy.typing import ArrayLike

from autograder.gradients.special import Array


def as_real(values: ArrayLike) -> Array | None:
    """An array of real numbers in float64; None where the values are none, or ragged, or complex."""
    try:
        array = np.asarray(values)
    except ValueError:
        return None
    return array.astype(np.float64) if array.dtype.kind in "fiub" else None


def norm(values: Array) -> float:
    """Root of the sum of squares of all entries; 0 of none, NaN where an entry is NaN."""
    biggest = float(np.max(np.abs(values), initial=0.0))
    if not biggest or not np.isfinite(biggest):
        return biggest
    return biggest * float(np.linalg.norm((values / biggest).ravel()))


def rms(values: Array) -> float:
    """Root of the mean square of all entries; 0 of none, NaN where an entry is NaN."""
    return norm(values) / float(max(1, values.size) ** 0.5)
