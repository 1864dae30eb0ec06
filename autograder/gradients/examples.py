"""Scalar functions of an array to try derivatives on; a check hands them to a student's code by name. numpy only."""

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["cubic", "log_sum_exp", "product"]


def cubic(x: ArrayLike) -> float:
    """Sum of the cubes of all entries.

    The gradient is 3 x**2. The third derivative does not vanish, so a central difference with step h is off by h**2 exactly,
    which tells it from a forward difference, off by 3 x h + h**2.

    Args:
        x: of any shape.

    Examples:
        >>> cubic([1.0, 2.0])
        9.0
    """
    return float(np.sum(np.asarray(x, np.float64) ** 3))


def product(x: ArrayLike) -> float:
    """Product of all entries, 1 when there are none.

    The gradient at an entry is the product of the others, also where an entry is 0: code that divides the whole product by the
    entry is wrong there.

    Args:
        x: of any shape.

    Examples:
        >>> product([2.0, 3.0, 0.5])
        3.0
    """
    return float(np.prod(np.asarray(x, np.float64)))


def log_sum_exp(x: ArrayLike) -> float:
    """Logarithm of the sum of the exponentials of all entries, without overflow.

    The gradient is the softmax of all entries together, so it adds up to 1. Every entry matters to every slope, unlike in a sum.

    Args:
        x: of any shape, with at least one entry.

    Raises:
        ValueError: x has no entries.

    Examples:
        >>> round(log_sum_exp([1000.0, 1000.0]), 6)
        1000.693147
    """
    values = np.asarray(x, np.float64)
    if values.size == 0:
        raise ValueError("log_sum_exp of no entries is minus infinity, which has no slope")
    most = float(np.max(values))
    if not np.isfinite(most):
        return most
    return most + float(np.log(np.sum(np.exp(values - most))))
