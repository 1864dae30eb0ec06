"""Bands from right nets that are drawn, for activations without an exact law: sigmoid, tanh, gelu. In: a Generator. Out: norms, bands."""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from autograder.gradients.bands import Band, Of, band_between, check_alpha, check_of
from autograder.gradients.densities import cumulants
from autograder.gradients.laws import Law
from autograder.gradients.norms import norm
from autograder.gradients.special import Array
from autograder.gradients.sums import LogSum

ALPHA = 1e-3
"""False alarms of a sampled curve; 2,000 nets are enough for them in 20 layers."""
FEWEST, RAREST = 200, 0.1
"""Nets of a sample, and the alpha of one band times the number of nets: a sample tells little of what is rarer than its rarest."""
GROUPS, ERRORS = 20, 3.0
"""An end's standard error is found by leaving out each of so many groups, and it's moved out by so many errors."""
SKEW, KURTOSIS = 1.5, 5.0
"""Beyond them the expansion of the quantiles can't be trusted."""
Initialiser = Callable[[int, int, np.random.Generator], Array]
Activation = Callable[[Array], Array]


def draw_norms(
    init: Initialiser,
    widths: Sequence[int],
    phi: Activation,
    slope: Activation,
    rng: np.random.Generator,
    *,
    of: Of,
    nets: int = 2_000,
    x: ArrayLike | None = None,
) -> Array:
    """Norms of the gradients of nets at initialisation, with z_1 = x W_1, z_l = phi(z_(l-1)) W_l and the loss <v, z_L>, without biases.

    Args:
        init: init(fan_in, fan_out, rng) draws a matrix of that shape.
        widths: n_0 of the input to n_L of the output, so one more than there are layers.
        phi: activation, elementwise; the last layer has none.
        slope: its derivative.
        rng: where all randomness comes from.
        of: "deltas", d loss / d z_l, or "weights", dW_l.
        nets: how many.
        x: input, one sample of shape (n_0,); None draws a standard normal one for each net. v is always drawn so.

    Returns:
        Shape (nets, L): a row for each net, layer 1 first.

    Raises:
        ValueError: there are fewer than two widths, or of is neither.
    """
    check_of(of)
    if len(widths) < 2:
        raise ValueError(f"a net has two widths or more (got {list(widths)})")
    made = np.empty((nets, len(widths) - 1))
    for row in made:
        a = rng.standard_normal(widths[0]) if x is None else np.asarray(x, dtype=np.float64)
        matrices, inputs, slopes = [], [], []
        for fan_in, fan_out in pairwise(widths):
            matrices.append(init(fan_in, fan_out, rng))
            inputs.append(norm(a) if of == "weights" else 1.0)
            z = a @ matrices[-1]
            a = phi(z)
            slopes.append(slope(z))
        delta = rng.standard_normal(widths[-1])
        for layer in range(len(row) - 1, -1, -1):
            row[layer] = norm(delta) * inputs[layer]
            if layer:
                delta = slopes[layer - 1] * (matrices[layer] @ delta)
    return made


def sampled_band(log_ratios: ArrayLike, factors: int, *, alpha: float = ALPHA, seeds: int = 1) -> Band:
    """Band from a sample of right nets.

    Quantiles are expanded about the normal ones with the mean, deviation, skew and kurtosis of the sample. Each end is moved out by
    three of its own standard errors, and M nets make no band with an alpha below 0.1 / M.

    Args:
        log_ratios: log of the squared ratio of norms in M independent right nets, M >= 200.
        factors: layers between the two norms.
        alpha: probability that a right net lies outside, at most.
        seeds: nets whose log ratios will be averaged, as in norm_band.

    Raises:
        ValueError: the sample is too small for alpha, not finite, or too far from normal; or as norm_band.
    """
    sample = np.asarray(log_ratios, dtype=np.float64).ravel()
    if sample.size < FEWEST or not np.isfinite(sample).all():
        raise ValueError(f"a band needs {FEWEST} finite log ratios or more (got {sample.size})")
    check_alpha(alpha)
    if alpha < RAREST / sample.size:
        needed = math.ceil(RAREST / alpha)
        raise ValueError(f"{sample.size} nets make no band of alpha {alpha:.2g}: draw {needed}, or take a larger alpha")
    total = _total(sample, seeds)
    if abs(total.skew) > SKEW or abs(total.kurtosis) > KURTOSIS:
        raise ValueError(
            f"the log ratios are too far from normal for a band (skew {total.skew:.2g}, excess kurtosis {total.kurtosis:.2g}): take wider "
            "nets, or average over seeds"
        )
    ends = _ends(total, alpha)
    group = np.arange(sample.size) % GROUPS
    without = np.array([_ends(_total(sample[group != left_out], seeds), alpha) for left_out in range(GROUPS)])
    error = without.std(axis=0) * (GROUPS - 1) ** 0.5
    low, high = ends + np.array([-ERRORS, ERRORS]) * error
    return band_between(float(low), float(high), alpha, factors, total)


def sampled_curve_bands(norms: ArrayLike, *, alpha: float = ALPHA, seeds: int = 1) -> tuple[Band, ...]:
    """What curve_bands is for exact laws: bands of each layer's norm over the last one's, alpha shared out among them.

    Args:
        norms: of M independent right nets, shape (M, L), from draw_norms or measured on nets of any kind.
        alpha: probability that a right net leaves any of the bands, at most.
        seeds: as in norm_band.

    Raises:
        ValueError: as sampled_band; or the shape is another.
    """
    rows = np.asarray(norms, dtype=np.float64)
    if rows.ndim != 2 or rows.shape[1] < 2:
        raise ValueError(f"norms of M nets with L >= 2 layers have shape (M, L) (got {rows.shape})")
    with np.errstate(all="ignore"):
        logs = 2 * (np.log(rows[:, :-1]) - np.log(rows[:, -1:]))
    layers = logs.shape[1]
    return tuple(sampled_band(logs[:, number], layers - number, alpha=alpha / layers, seeds=seeds) for number in range(layers))


def _total(sample: Array, seeds: int) -> LogSum:
    mean, second, third, fourth = cumulants(sample, np.full(sample.size, 1 / sample.size))
    return LogSum([Law((mean, second * sample.size / (sample.size - 1), third, fourth))], seeds)


def _ends(total: LogSum, alpha: float) -> Array:
    return np.array([total.quantile(alpha / 2, upper=upper) for upper in (False, True)])
