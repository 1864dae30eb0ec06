"""The statistics behind the tests of weights that have no textbook quantile at hand: kurtosis, singular value, correlation. Pure."""

import math

import numpy as np

from autograder.gradients.recipes import NORMAL
from autograder.gradients.special import Array, normal_quantile


def kurtosis(matrix: Array, expected: float, alpha: float) -> tuple[float, float, float]:
    """Sample kurtosis of the entries with its bounds.

    For normal entries by Anscombe and Glynn's transform, which is right far into the tails; else by six standard deviations, with the
    normal's larger variance.

    References:
        F. J. Anscombe and W. J. Glynn, Distribution of the kurtosis statistic b2 for normal samples, Biometrika 70 (1983).
    """
    off = matrix - matrix.mean()
    squares = off * off
    square = float(np.mean(squares))
    found = float(np.mean(squares * squares)) / square**2 if square else math.nan
    n = matrix.size
    if expected != NORMAL:
        half = max(6.0, normal_quantile(alpha / 2)) * (24 / n) ** 0.5
        return found, expected - half, expected + half
    z = normal_quantile(alpha / 2)
    return found, _kurtosis_quantile(n, -z), _kurtosis_quantile(n, z)


def _kurtosis_quantile(n: int, z: float) -> float:
    mean = 3 * (n - 1) / (n + 1)
    variance = 24 * n * (n - 2) * (n - 3) / ((n + 1) ** 2 * (n + 3) * (n + 5))
    skew = 6 * (n * n - 5 * n + 2) / ((n + 7) * (n + 9)) * math.sqrt(6 * (n + 3) * (n + 5) / (n * (n - 2) * (n - 3)))
    a = 6 + 8 / skew * (2 / skew + math.sqrt(1 + 4 / skew**2))
    root = 1 - 2 / (9 * a) - z * math.sqrt(2 / (9 * a))
    bent = (1 - 2 / a) / root**3 - 1
    return mean + math.sqrt(variance) * bent / math.sqrt(2 / (a - 4))


def largest_singular_value(scaled: Array, alpha: float) -> tuple[float, float, float]:
    """Largest singular value of a matrix with entries of variance 1, over sqrt(rows) + sqrt(columns), with its bounds.

    For normal entries it exceeds 1 by t with probability exp(-t**2 (sqrt m + sqrt n)**2 / 2) at most, and lies s Tracy-Widom scales
    below 1 with a probability that falls like exp(-s**3 / 24). Equal rows or columns make it several times as large, an orthogonal
    matrix has 1/2 where it's square.

    References:
        K. Davidson and S. Szarek, Local operator theory, random matrices and Banach spaces (2001), theorem II.13.
        I. Johnstone, On the distribution of the largest eigenvalue in principal components analysis (2001), for the scale.
    """
    rows, columns = (math.sqrt(width) for width in scaled.shape)
    usual = rows + columns
    reach = math.sqrt(2 * math.log(2 / alpha))
    scale = (1 / rows + 1 / columns) ** (1 / 3) / 2
    gram = scaled.T @ scaled if rows >= columns else scaled @ scaled.T  # its eigenvalues come ten times faster than singular values
    few = math.log(2 / alpha)
    below = 2 * scale + max(scale * (24 * few) ** (1 / 3), math.sqrt(few) / min(rows, columns))  # a lone row's norm has a normal tail
    return math.sqrt(float(np.linalg.eigvalsh(gram)[-1])) / usual, 1 - below / usual, 1 + reach / usual


def correlation(one: Array, other: Array, alpha: float) -> tuple[float, float]:
    """Correlation of the first entries of two matrices, as many as the smaller has, with its bound: a repeated seed gives 1."""
    count = min(one.size, other.size)
    mine, yours = (matrix.ravel()[:count] - matrix.ravel()[:count].mean() for matrix in (one, other))
    size = float(np.linalg.norm(mine) * np.linalg.norm(yours))
    z = normal_quantile(alpha / 2)
    return float(mine @ yours) / size if size else math.nan, z / math.sqrt(count + z * z)
