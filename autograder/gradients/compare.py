"""Compare a computed array with the right one, and say in which simple way it is wrong. numpy only."""

from dataclasses import dataclass

import numpy as np

TOLERANCE = 1e-9
"""Relative, for float64 values against a float64 reference: two right programs differ by 1e-13 at most."""
ZERO_TOLERANCE = 1e-12
"""Absolute, and only where the right value is exactly 0, so that no relative error exists."""


@dataclass(frozen=True)
class Comparison:
    """How an array compares with the right one.

    Attributes:
        ok: the error is within the tolerance. Never true for a NaN.
        error: relative error in the Frobenius norm, or the largest relative error of an entry; dimensionless.
        entries: how many there are.
        wrong: how many entries are off by more than the tolerance, each for itself.
        factor: c when the array is c times the right one in every entry, else None.
        transposed: the array is the right one transposed.
        rho: <got, want> / <want, want>, 1 for the right array; None where the arrays agree, or no ratio exists.
        cosine: of the angle between the two, 1 for a positive multiple; None likewise.
        zeros: how many entries are exactly 0 and must not be.
        permuted: axis along which the slices are those of the right array in another order, else None.
    """

    ok: bool
    error: float
    entries: int
    wrong: int
    factor: float | None = None
    transposed: bool = False
    rho: float | None = None
    cosine: float | None = None
    zeros: int = 0
    permuted: int | None = None


def compare(got: np.ndarray, want: np.ndarray, *, tolerance: float = TOLERANCE, entrywise: bool = False) -> Comparison:
    """Compare `got` with `want`, arrays of one shape.

    Args:
        got: any real array; NaN and inf count as wrong.
        want: the right values, finite.
        tolerance: bound on the relative error, dimensionless.
        entrywise: hold the bound for each entry; else for the whole array in the Frobenius norm.

    Raises:
        ValueError: the shapes differ, `want` is not finite, or the tolerance is no number from 0 to 1.
    """
    if not 0 <= tolerance < 1:
        raise ValueError(f"tolerance must be at least 0 and below 1 (got {tolerance})")
    if got.shape != want.shape:
        raise ValueError(f"shapes differ: got {got.shape}, want {want.shape}")
    if not np.isfinite(want).all():
        raise ValueError("the right values are not finite")
    with np.errstate(all="ignore"):
        got, want = got.astype(np.float64), want.astype(np.float64)
        off = np.abs(got - want)
        allowed = np.where(want == 0, ZERO_TOLERANCE, tolerance * np.abs(want))
        wrong = int(np.count_nonzero(~(off <= allowed)))  # not "off > allowed": NaN must lose
        if entrywise:
            error = float(
                np.max(np.where(want == 0, off / ZERO_TOLERANCE * tolerance, off / np.where(want == 0, 1, np.abs(want))), initial=0.0)
            )
            ok = wrong == 0
        else:
            scale = float(np.max(np.abs(want), initial=0.0)) or 1.0  # a norm squares: entries of 1e-160 would vanish, 1e160 overflow
            size = float(np.linalg.norm(want / scale))
            error = float(np.linalg.norm((got - want) / scale)) / (size or 1.0)
            ok = error <= (tolerance if size else ZERO_TOLERANCE)
        if ok:
            return Comparison(ok, error, want.size, wrong)
        rho, cosine = _angle(got, want)
        zeros = int(np.count_nonzero((got == 0) & (want != 0)))
        factor, transposed = _factor(got, want, tolerance), _is_transposed(got, want, tolerance)
        return Comparison(ok, error, want.size, wrong, factor, transposed, rho, cosine, zeros, _permuted(got, want, tolerance))


def _factor(got: np.ndarray, want: np.ndarray, tolerance: float) -> float | None:
    """The c of got = c want, found by least squares and believed only if it explains every entry."""
    scale = float(np.max(np.abs(want), initial=0.0)) or 1.0
    got, want = got / scale, want / scale
    square = float(np.vdot(want, want))
    if not square or want.size < 2 or not np.isfinite(got).all():
        return None
    factor = float(np.vdot(want, got)) / square
    if not np.isfinite(factor * want * scale).all():  # a factor near the largest float explains nothing
        return None
    rest = float(np.linalg.norm(got - factor * want))
    return factor if factor and rest <= max(tolerance, 1e-9) * abs(factor) * square**0.5 else None


def _angle(got: np.ndarray, want: np.ndarray) -> tuple[float | None, float | None]:
    """Rho and cosine, of arrays scaled to 1 so that no square overflows."""
    scale, mine = (float(np.max(np.abs(array), initial=0.0)) for array in (want, got))
    if not scale or not np.isfinite(mine):
        return None, None
    if not mine:
        return 0.0, None
    product, square, own = (
        float(np.vdot(a, b)) for a, b in ((got / mine, want / scale), (want / scale, want / scale), (got / mine, got / mine))
    )
    return product / square * (mine / scale), product / (square * own) ** 0.5


def _permuted(got: np.ndarray, want: np.ndarray, tolerance: float) -> int | None:
    """An axis along which `got` is `want` with its slices in another order: found by sorting the slices' sums with fixed weights."""
    if not np.isfinite(got).all() or got.size < 2:
        return None
    size = float(np.max(np.abs(want), initial=0.0))
    for axis in range(got.ndim):
        mine, right = (np.moveaxis(array, axis, 0).reshape(array.shape[axis], -1) / (size or 1.0) for array in (got, want))
        key = np.cos(np.arange(1, right.shape[1] + 1))  # any weights that tell two slices apart
        if len(right) > 1 and np.allclose(mine[np.argsort(mine @ key)], right[np.argsort(right @ key)], rtol=0, atol=max(tolerance, 1e-9)):
            return axis
    return None


def _is_transposed(got: np.ndarray, want: np.ndarray, tolerance: float) -> bool:
    if want.ndim != 2 or want.shape[0] != want.shape[1]:
        return False
    return bool(np.linalg.norm(got - want.T) <= tolerance * np.linalg.norm(want))
