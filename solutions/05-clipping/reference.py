"""The trusted float64 answers of 05-clipping: norms, two ways to clip, a clipped step, and the linear recurrence that explodes."""

import math

import numpy as np


def clip_by_value(grads, limit):
    """Each entry moved into [-limit, limit]; the direction of the whole changes."""
    return [np.clip(np.asarray(grad, dtype=np.float64), -limit, limit) for grad in grads]


def global_norm(grads):
    """Root of the sum of all squares of all arrays, in float64; inf where an entry is infinite, NaN where one is NaN."""
    return math.sqrt(sum(float(np.sum(np.square(np.asarray(grad, dtype=np.float64)))) for grad in grads))


def clip_by_norm(grad, max_norm):
    """g * min(1, max_norm / |g|) (Pascanu, Mikolov and Bengio 2013, sec. 3.2); zeros where |g| is not finite."""
    [clipped], _ = clip_by_global_norm([grad], max_norm)
    return clipped


def clip_by_global_norm(grads, max_norm):
    """(every array times min(1, max_norm / norm), norm), the norm being that of all arrays together before clipping.

    Where the norm is not finite no factor is right: every array is zeros, and the norm tells why.
    """
    arrays = [np.asarray(grad, dtype=np.float64) for grad in grads]
    norm = global_norm(arrays)
    if not math.isfinite(norm):
        return [np.zeros_like(array) for array in arrays], norm
    factor = 1.0 if norm <= max_norm else max_norm / norm
    return [array * factor for array in arrays], norm


def cosine_similarity(grads_a, grads_b):
    """<a, b> / (|a| |b|) over all entries together."""
    dot = sum(float(np.sum(np.asarray(a, np.float64) * np.asarray(b, np.float64))) for a, b in zip(grads_a, grads_b, strict=True))
    return dot / (global_norm(grads_a) * global_norm(grads_b))


def clipped_sgd_step(params, grads, lr, max_norm):
    """params - lr * (grads clipped by their global norm), key by key; not finite gradients leave params as they are."""
    clipped, _ = clip_by_global_norm([grads[key] for key in params], max_norm)
    return {key: np.asarray(params[key], np.float64) - lr * step for key, step in zip(params, clipped, strict=True)}


def recurrence_backward(W, h0, v, steps):
    """(dW, norms) of loss = sum(v * h_T), h_t = h_{t-1} W.

    delta_T = v, delta_{t-1} = delta_t W^T, dW = sum over t of h_{t-1}^T delta_t, norms[t] = |delta_t|.
    """
    states = [np.asarray(h0, dtype=np.float64)]
    for _ in range(steps):
        states.append(states[-1] @ W)
    delta, dW = np.asarray(v, dtype=np.float64), np.zeros_like(W, dtype=np.float64)
    norms = np.empty(steps + 1)
    norms[steps] = np.linalg.norm(delta)
    for t in range(steps, 0, -1):
        dW += states[t - 1].T @ delta
        delta = delta @ W.T
        norms[t - 1] = np.linalg.norm(delta)
    return dW, norms


def value_clip_cosine(g, limit):
    """Cosine between g and g clipped by value."""
    return cosine_similarity([g], clip_by_value([g], limit))


def steps_to_exceed(rho, limit):
    """Fewest T with rho^T > limit, for rho > 1 and limit > 1: the whole number above ln limit / ln rho."""
    return math.floor(math.log(limit) / math.log(rho)) + 1


# --- what the report draws ---

RHOS, STEPS = (0.9, 1.0, 1.1), 100
TURN = np.array([[math.cos(0.5), -math.sin(0.5)], [math.sin(0.5), math.cos(0.5)]])
WALKS = {"clipped to 2.5": 2.5, "not clipped": 1e9}
UPDATES, DEPTH, START, RATE = 14, 20, 1.08, 0.003


def walk(call, max_norm, array=None):
    """The path of w while h_t = w h_{t-1}, h_0 = 1, is trained so that h_20 = w^20 becomes 1, by clipped steps.

    `call(name, *args, returns=kind)` calls one of the functions above, or the student's of that name; `array` is the kind of an array.
    The gradient is given, so that the picture is about clipping alone.
    """
    params, path = {"W": np.array([[START]])}, [START]
    for _ in range(UPDATES):
        w = params["W"]
        dW = (w**DEPTH - 1.0) * DEPTH * w ** (DEPTH - 1)
        params = call("clipped_sgd_step", params, {"W": dW}, RATE, max_norm, returns={"W": array})
        path.append(float(params["W"].item()))
    return path
