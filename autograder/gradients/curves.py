"""Norms of gradients layer by layer, and whether the curve lies in its bands. In: gradients. Out: an array, a verdict. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from autograder.gradients.bands import Band
from autograder.gradients.special import Array


def gradient_norms(gradients: Mapping[str, ArrayLike] | Sequence[ArrayLike]) -> Array:
    """Frobenius norm of each gradient, summed in float64 and without overflow, whatever dtype they are of.

    A float32 sum of squares is infinite from norms of 1e19 on and 0 below 1e-23, where many a vanishing gradient lives.

    Args:
        gradients: in the order of the layers; a dictionary is put in the order of the numbers in its keys, W2 before W10.

    Returns:
        One norm for each, NaN where an entry is NaN.
    """
    if isinstance(gradients, Mapping):
        gradients = [gradients[key] for key in sorted(gradients, key=_by_number)]
    return np.array([_norm(np.asarray(gradient, dtype=np.float64)) for gradient in gradients])


@dataclass(frozen=True)
class CurveCheck:
    """Whether a curve lies in its bands.

    Attributes:
        ok: it does, at every layer. Never with a NaN.
        layer: the first layer outside, counted from 1; None if all lie inside.
        message: one sentence with the figures.
    """

    ok: bool
    layer: int | None
    message: str


def check_curve(norms: ArrayLike, bands: Sequence[Band]) -> CurveCheck:
    """Hold |delta_1| ... |delta_L| against the bands of |delta_l| / |delta_L|.

    Args:
        norms: of one net, or a row for each seed; the geometric mean of the ratios over the rows is what is checked.
        bands: from curve_bands, one for each layer below the last.

    Raises:
        ValueError: the numbers of norms and bands don't fit, or the rows are not the seeds that the bands are for.
    """
    rows = np.atleast_2d(np.asarray(norms, dtype=np.float64))
    if rows.shape[1] != len(bands) + 1:
        raise ValueError(f"{len(bands)} bands belong to {len(bands) + 1} norms (got {rows.shape[1]})")
    if any(band.law.seeds != len(rows) for band in bands):
        raise ValueError(f"the bands are for {bands[0].law.seeds} seeds (got {len(rows)} rows)")
    with np.errstate(all="ignore"):
        ratios = np.exp(np.mean(np.log(rows[:, :-1]) - np.log(rows[:, -1:]), axis=0))
    for number, (ratio, band) in enumerate(zip(ratios, bands, strict=True), start=1):
        if not band.contains(float(ratio)):
            text = f"layer {number}: its norm is {ratio:.3g} of the last one's; right nets lie {band.describe()}"
            return CurveCheck(ok=False, layer=number, message=text)
    return CurveCheck(ok=True, layer=None, message=f"all {len(bands)} layers lie in their bands")


def _norm(gradient: Array) -> float:
    biggest = float(np.max(np.abs(gradient), initial=0.0))
    if not biggest or not np.isfinite(biggest):
        return biggest
    return biggest * float(np.linalg.norm(gradient.ravel() / biggest))


def _by_number(key: str) -> tuple[int, str]:
    found = re.findall(r"\d+", key)
    return (int(found[-1]) if found else -1, key)
