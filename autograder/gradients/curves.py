"""Norms of gradients layer by layer, and whether the curve lies in its bands. In: gradients. Out: an array, a verdict. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from autograder.gradients.bands import Band
from autograder.gradients.norms import as_real, norm
from autograder.gradients.special import Array


def gradient_norms(gradients: Mapping[str, ArrayLike] | Mapping[int, ArrayLike] | Sequence[ArrayLike]) -> Array:
    """Frobenius norm of each gradient, summed in float64 and without overflow, whatever dtype they are of.

    A float32 sum of squares is infinite from norms of 1e19 on and 0 below 1e-23, where many a vanishing gradient lives. A curve holds
    one sort: deltas, which are d loss / d z_l, or weights, dW_l; curve_bands asks which.

    Args:
        gradients: one for each layer, in the order of the layers; a dictionary is put in the natural order of its keys, W2 before W10.

    Returns:
        One norm for each, NaN where an entry is NaN.

    Raises:
        ValueError: gradients is one array, or one of them is no array of real numbers.
    """
    if isinstance(gradients, np.ndarray):
        raise ValueError("an array is one gradient: pass a list or a dictionary with one for each layer")  # noqa: TRY004 - of rows it'd do
    if isinstance(gradients, Mapping):
        named = sorted(((str(key), gradient) for key, gradient in gradients.items()), key=lambda item: _natural(item[0]))
    else:
        named = [(str(number), gradient) for number, gradient in enumerate(gradients, start=1)]
    return np.array([_norm(name, gradient) for name, gradient in named])


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
    """Hold the norms of L layers against the bands of their ratios to the last.

    Args:
        norms: of one net, layer 1 first, or a row for each seed; the geometric mean of the ratios over the rows is what is checked.
        bands: from curve_bands or sampled_curve_bands, one for each layer below the last, and of the same sort of gradient.

    Raises:
        ValueError: the numbers of norms and bands don't fit, or the rows are not the seeds that the bands are for.
    """
    rows = np.atleast_2d(np.asarray(norms, dtype=np.float64))
    if not bands or rows.ndim != 2 or rows.shape[1] != len(bands) + 1:
        raise ValueError(f"{len(bands)} bands belong to {len(bands) + 1} norms, 2 or more (got shape {np.shape(norms)})")
    if any(band.law.seeds != len(rows) for band in bands):
        raise ValueError(f"the bands are for {bands[0].law.seeds} seeds (got {len(rows)} rows)")
    for number, layer in enumerate(rows.T, start=1):
        odd = layer[~((layer >= 0) & (layer < np.inf))]
        if odd.size:
            return CurveCheck(ok=False, layer=number, message=f"layer {number}: {odd[0]:.3g} is no norm")
    if not rows[:, -1].all():
        return CurveCheck(ok=False, layer=rows.shape[1], message="the last layer's norm is 0, so no other has a ratio to it")
    with np.errstate(divide="ignore"):
        ratios = np.exp(np.mean(np.log(rows[:, :-1]) - np.log(rows[:, -1:]), axis=0))
    for number, (ratio, band) in enumerate(zip(ratios, bands, strict=True), start=1):
        if not band.contains(float(ratio)):
            text = f"layer {number}: its norm is {ratio:.3g} of the last one's; right nets lie {band.describe()}"
            return CurveCheck(ok=False, layer=number, message=text)
    return CurveCheck(ok=True, layer=None, message=f"all {len(bands)} layers below the last lie in their bands")


def _norm(name: str, gradient: ArrayLike) -> float:
    array = as_real(gradient)
    if array is None:
        raise ValueError(f"gradient {name} is no array of real numbers")
    return norm(array)


def _natural(key: str) -> list[str | int]:
    """Text and numbers in turn, so that numbers are compared as numbers, all of them."""
    return [int(part) if number % 2 else part for number, part in enumerate(re.split(r"(\d+)", key))]
