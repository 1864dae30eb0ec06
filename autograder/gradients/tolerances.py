"""How far two right programs may differ: the bounds that the grader compares with, by dtype and depth. Pure."""

import numpy as np
from numpy.typing import DTypeLike

from autograder.gradients.compare import TOLERANCE


def reference_tolerance(dtype: DTypeLike = np.float64, depth: int = 1) -> float:
    """Bound on the relative error of a block against a float64 reference.

    Two right float64 implementations of a 20-layer net differ by 6e-14 at worst, so 1e-9 is safe at any depth. float32 loses about 1e-6
    with some layers more for each: depth 50 was off by 2e-5 at most, where this allows 6e-5. A float32 relu net can be off by 1e-2 all
    the same when one pre-activation changes its sign; draw points with |z| above 1e-5 of its root mean square.

    Args:
        dtype: in which the gradient was computed.
        depth: layers that the gradient passed through.

    Raises:
        ValueError: the dtype is neither float64 nor float32, or depth is below 1.
    """
    if depth < 1:
        raise ValueError(f"depth must be at least 1 (got {depth})")
    match np.dtype(dtype):
        case np.dtype(type=np.float64):
            return TOLERANCE
        case np.dtype(type=np.float32):
            return 1e-6 * (10 + depth)
    raise ValueError(f"no tolerance is known for {np.dtype(dtype)}, only for float64 and float32")


def invariant_tolerance(depth: int = 1) -> float:
    """Bound on the relative error of what holds exactly: sums of rows, norms under orthogonal layers, rho**T.

    Args:
        depth: layers or steps that rounding adds up over.

    Raises:
        ValueError: depth is below 1.
    """
    if depth < 1:
        raise ValueError(f"depth must be at least 1 (got {depth})")
    return 1e-12 * depth
