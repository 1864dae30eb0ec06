"""How others check a gradient, each by its published rule: step, direction, cotangent, tolerance. A peer says True for "it's right".

Every peer gets a Case: f of an array, and backward(cotangent, x). Where a rule asks for a scalar function, a random cotangent is drawn,
which is kinder than the ones that many of these recipes take.
"""

import warnings
from dataclasses import dataclass, field

import numpy as np
import torch


@dataclass(frozen=True)
class Case:
    """A function, its alleged backward, a point, and whether the backward is right."""

    name: str
    f: object
    backward: object
    x: np.ndarray
    right: bool
    peers: tuple = field(default=())


def projected(case, cotangent):
    return (lambda x: float(np.vdot(cotangent, case.f(x)))), case.backward(cotangent, case.x)


def cotangent_of(case, rng):
    return rng.normal(size=np.shape(case.f(case.x)))


class _Bridge(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, case):
        ctx.save_for_backward(x)
        ctx.case = case
        return torch.tensor(np.asarray(case.f(x.detach().numpy())), dtype=torch.float64)

    @staticmethod
    def backward(ctx, dout):
        (x,) = ctx.saved_tensors
        return torch.tensor(np.asarray(ctx.case.backward(dout.numpy(), x.detach().numpy())), dtype=torch.float64), None


def _torch(case, *, fast):
    x = torch.tensor(case.x, dtype=torch.float64, requires_grad=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return bool(torch.autograd.gradcheck(lambda x: _Bridge.apply(x, case), (x,), fast_mode=fast, raise_exception=False))


def torch_slow(case, rng):
    return _torch(case, fast=False)


def torch_fast(case, rng):
    return _torch(case, fast=True)


def jax_style(case, rng):
    """One Gaussian direction and cotangent from RandomState(0), step 1e-4, atol = rtol = 1e-5, NaN equal to NaN."""
    fixed = np.random.RandomState(0)
    u = fixed.randn(*case.x.shape)
    eps = 1e-4
    forward = (np.asarray(case.f(case.x + eps * u)) - np.asarray(case.f(case.x - eps * u))) / (2 * eps)
    v = fixed.randn(*forward.shape)
    got, want = np.vdot(case.backward(v, case.x), u), np.vdot(v, forward)
    return bool(np.isclose(got, want, rtol=1e-5, atol=1e-5, equal_nan=True))


def hips_style(case, rng):
    """One Gaussian direction and cotangent, step 1e-6, either |a - b| < 1e-6 or |a - b| / |a + b| < 1e-6."""
    u, v = rng.normal(size=case.x.shape), cotangent_of(case, rng)
    f, gradient = projected(case, v)
    a, b = (f(case.x + 5e-7 * u) - f(case.x - 5e-7 * u)) / 1e-6, float(np.vdot(gradient, u))
    return bool(abs(a - b) < 1e-6 or abs(a - b) / abs(a + b) < 1e-6)


def coordinates(f, x, step, *, forward=False):
    made = np.zeros(x.size)
    flat = x.ravel()
    base = f(x) if forward else None
    for i in range(x.size):
        up, down = flat.copy(), flat.copy()
        up[i] += step
        down[i] -= step
        made[i] = (f(up.reshape(x.shape)) - base) / step if forward else (f(up.reshape(x.shape)) - f(down.reshape(x.shape))) / (2 * step)
    return made.reshape(x.shape)


def cs231n(case, rng):
    """Every coordinate, step 1e-5, the largest |a - n| / max(1e-8, |a| + |n|); above 1e-2 the notes call it probably wrong."""
    f, gradient = projected(case, cotangent_of(case, rng))
    numeric = coordinates(f, case.x, 1e-5)
    return bool(np.max(np.abs(gradient - numeric) / np.maximum(1e-8, np.abs(gradient) + np.abs(numeric))) <= 1e-2)


def deeplearning_ai(case, rng):
    """Every coordinate, step 1e-7, |g - n| / (|g| + |n|) over the whole vector, at most 2e-7."""
    f, gradient = projected(case, cotangent_of(case, rng))
    numeric = coordinates(f, case.x, 1e-7)
    return bool(np.linalg.norm(gradient - numeric) / (np.linalg.norm(gradient) + np.linalg.norm(numeric)) <= 2e-7)


def needle_style(case, rng):
    """The sum of the outputs, so a cotangent of ones; every coordinate, step 1e-4; the norm of the difference below 1e-6, absolute."""
    f, gradient = projected(case, np.ones(np.shape(case.f(case.x))))
    return bool(np.linalg.norm(gradient - coordinates(f, case.x, 1e-4)) < 1e-6)


def minitorch_style(case, rng):
    """One random coordinate, a cotangent of ones, step 1e-6, atol = rtol = 1e-2, NaN equal to NaN."""
    f, gradient = projected(case, np.ones(np.shape(case.f(case.x))))
    i = int(rng.integers(case.x.size))
    step = np.zeros(case.x.size)
    step[i] = 1e-6
    step = step.reshape(case.x.shape)
    numeric = (f(case.x + step) - f(case.x - step)) / 2e-6
    return bool(np.isclose(np.ravel(gradient)[i], numeric, rtol=1e-2, atol=1e-2, equal_nan=True))


def scipy_check_grad(case, rng):
    """Forward differences of step 1.5e-8 in every coordinate; the absolute 2-norm is returned, and 1e-6 is asked of it here."""
    from scipy.optimize import check_grad

    v = cotangent_of(case, rng)
    return bool(
        check_grad(
            lambda x: float(np.vdot(v, case.f(x.reshape(case.x.shape)))),
            lambda x: np.ravel(case.backward(v, x.reshape(case.x.shape))),
            case.x.ravel(),
        )
        <= 1e-6
    )


PEERS = {
    "torch slow": torch_slow,
    "torch fast": torch_fast,
    "JAX-style": jax_style,
    "HIPS-style": hips_style,
    "CS231n": cs231n,
    "dl.ai": deeplearning_ai,
    "needle": needle_style,
    "minitorch": minitorch_style,
}
try:
    import scipy.optimize  # noqa: F401
except ImportError:
    print("scipy is not installed: its check_grad is left out")
else:
    PEERS["scipy"] = scipy_check_grad
RANDOM = {"HIPS-style", "CS231n", "dl.ai", "minitorch", "scipy"}
"""Peers that draw afresh each time; the others always answer alike."""
