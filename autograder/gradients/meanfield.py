"""Infinite-width means of signals and gradients for any activation, batch norm and recurrences: the centre of a curve. Pure."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from autograder.gradients.laws import Law, smooth_law
from autograder.gradients.special import Array

_Z: Array = (np.arange(6_000, dtype=np.float64) - 2_999.5) * 4e-3
"""Midpoints: no node sits on a kink at 0, and the rule is exact to 1e-6 even beside a jump there."""
_WEIGHT = np.exp(-(_Z**2) / 2) / np.exp(-(_Z**2) / 2).sum()
Activation = Callable[[Array], Array]


@dataclass(frozen=True)
class MeanField:
    """Layer by layer, from the first.

    Attributes:
        q: mean square of z_l.
        chi: mean of |delta_l|**2 / |delta_(l+1)|**2.
        kurtosis: E phi'**4 / (E phi'**2)**2 at z_l.
    """

    q: Array
    chi: Array
    kurtosis: Array

    def laws(self, width: int) -> list[Law]:
        """Approximate laws of the factors at this width, to see roughly where a curve lies."""
        return [smooth_law(width, float(chi), float(kurtosis)) for chi, kurtosis in zip(self.chi, self.kurtosis, strict=True)]


def mean_field(phi: Activation, slope: Activation, depth: int, *, weight: float = 1.0, bias: float = 0.0, q: float = 1.0) -> MeanField:
    """Mean squares and gradient factors of a net of infinite width.

    Args:
        phi: activation, elementwise.
        slope: its derivative.
        depth: layers.
        weight: fan_in times the variance of the weights: 1 for Xavier, 2 for He.
        bias: variance of the biases.
        q: mean square of z_1.

    Raises:
        ValueError: depth, weight or q is not positive, or bias is negative.

    References:
        S. Schoenholz et al., Deep information propagation (2017).
    """
    if depth < 1 or not weight > 0 or not q > 0 or not bias >= 0:
        raise ValueError(f"depth, weight and q must be positive, bias not negative (got {depth}, {weight}, {q}, {bias})")
    squares, factors, kurtosis = [], [], []
    for _ in range(depth):
        z = math.sqrt(q) * _Z
        squared = slope(z) ** 2
        second, fourth = float(_WEIGHT @ squared), float(_WEIGHT @ (squared * squared))
        squares.append(q)
        factors.append(weight * second)
        kurtosis.append(fourth / second**2 if second else np.nan)
        q = weight * float(_WEIGHT @ phi(z) ** 2) + bias
    return MeanField(np.array(squares), np.array(factors), np.array(kurtosis))


def batch_weight_norms(x: Array, v: Array, depth: int) -> Array:
    """Mean of |dW_l|**2 over wide relu nets by He, for a whole batch: it lies between the samples' norms added up and squared.

    Args:
        x: inputs, shape (N, n), none of them 0, of as many entries as each hidden layer is wide.
        v: cotangents, the loss being the sum of v * z_L, shape (N, n_L); W_L is drawn by He as well.
        depth: L.

    Returns:
        Shape (L,), layer 1 first.

    Raises:
        ValueError: depth is below 1, or x and v are not of N samples each, or an input is 0.
    """
    if depth < 1 or x.ndim != 2 or v.ndim != 2 or len(x) != len(v) or not x.any(axis=1).all():
        raise ValueError(f"depth >= 1 and N samples of x and v are needed, none 0 (got {depth}, shapes {x.shape} and {v.shape})")
    sizes = np.linalg.norm(x, axis=1)
    cosines = [np.clip(x @ x.T / np.outer(sizes, sizes), -1, 1)]
    for _ in range(depth - 1):
        r = cosines[-1]
        cosines.append(np.clip((np.sqrt(1 - r**2) + r * (np.pi - np.arccos(r))) / np.pi, -1, 1))
    made, back = np.empty(depth), v @ v.T
    for layer in range(depth - 1, -1, -1):
        made[layer] = np.sum(back * np.outer(sizes, sizes) * cosines[layer])
        back = back * (np.pi - np.arccos(cosines[layer - 1])) / np.pi if layer else back
    return made


def batch_norm_factor(phi: Activation, slope: Activation) -> float:
    """Mean growth of the squared gradient norm over one layer with batch norm, toward the input, for large width and batch.

    E phi'(Z)**2 / Var phi(Z): pi / (pi - 1) = 1.4669 for relu. Batch norm keeps the signal and so must blow up the gradient; only
    residual connections tame it. The layer at a normal input lacks the factor.

    Raises:
        ValueError: phi is constant, so that nothing is left to normalise.

    References:
        G. Yang et al., A mean field theory of batch normalization (2019).
    """
    values = phi(_Z)
    variance = float(_WEIGHT @ (values - _WEIGHT @ values) ** 2)
    if not variance > 1e-24 * float(_WEIGHT @ values**2):
        raise ValueError(f"phi must vary (got a variance of {variance:.1g})")
    return float(_WEIGHT @ slope(_Z) ** 2) / variance


def residual_batch_norm_curve(depth: int, factor: float = 1.0) -> Array:
    """Means of |delta_l|**2 / |delta_L|**2, l = 1..L, where batch norm ends each residual branch: L / l for linear branches.

    Each branch adds 1 to the variance of the stream, whatever that has grown to, so block l sends back 1 + factor / l.

    Args:
        depth: L; the stream starts with variance 1, and L - 1 blocks lie between its first and its last gradient.
        factor: batch_norm_factor of the activation within the branch; 1 for a linear one.

    Raises:
        ValueError: depth is below 1.

    References:
        S. De and S. Smith, Batch normalization biases residual blocks towards the identity function in deep networks (2020).
    """
    if depth < 1:
        raise ValueError(f"depth must be at least 1 (got {depth})")
    blocks = 1 + factor / np.arange(depth - 1, 0, -1)
    return np.append(np.cumprod(blocks)[::-1], 1.0)


def linear_batch_norm_factor(batch: int) -> float:
    """The same for a linear net and a batch of this size: (batch - 2) / (batch - 3).

    Raises:
        ValueError: the batch has no more than 3 samples, where no mean exists.
    """
    if batch <= 3:
        raise ValueError(f"batch must be above 3 (got {batch})")
    return (batch - 2) / (batch - 3)


def recurrent_bound(weights: Array, steps: int, *, steepest: float = 1.0) -> float:
    """Upper bound on |d h_t / d h_(t-steps)| of h_t = phi(W h_(t-1) + ...): (largest singular value * steepest slope)**steps.

    The largest singular value, not the spectral radius: a matrix that isn't normal can grow for many steps with a radius below 1. For
    rho times an orthogonal matrix and a linear phi the norm is rho**steps exactly.

    Args:
        weights: W.
        steps: how far back.
        steepest: largest slope of phi: 1 for tanh and relu, 1/4 for sigmoid.

    Raises:
        ValueError: steps is negative or weights is not square.

    References:
        R. Pascanu et al., On the difficulty of training recurrent neural networks (2013).
    """
    if steps < 0 or weights.ndim != 2 or weights.shape[0] != weights.shape[1]:
        raise ValueError(f"a square matrix and steps >= 0 are needed (got shape {weights.shape}, {steps})")
    return (float(np.linalg.norm(weights, 2)) * steepest) ** steps


def memory_path(forget_bias: float, steps: int) -> float:
    """Slope of an LSTM's cell over `steps` steps at small weights: sigmoid(forget_bias)**steps, 0.5**steps without a bias.

    Raises:
        ValueError: steps is negative.
    """
    if steps < 0:
        raise ValueError(f"steps must not be negative (got {steps})")
    return float(np.exp(-steps * np.logaddexp(0.0, -forget_bias)))
