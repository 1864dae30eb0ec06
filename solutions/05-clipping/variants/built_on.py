"""Each function built on the ones before it."""

import math

import numpy as np


def clip_by_value(grads, limit):
    return tuple(np.minimum(np.maximum(grad, -limit), limit) for grad in grads)


def global_norm(grads):
    flat = np.concatenate([np.ravel(grad) for grad in grads]).astype(np.float64)
    if np.isnan(flat).any():
        return math.nan
    largest = np.abs(flat).max()
    if largest == 0 or np.isinf(largest):
        return largest
    return largest * np.sqrt(np.sum(np.square(flat / largest)))


def clip_by_norm(grad, max_norm):
    return clip_by_global_norm([grad], max_norm)[0][0]


def clip_by_global_norm(grads, max_norm):
    norm = global_norm(grads)
    if not math.isfinite(norm):
        return [0.0 * np.isfinite(grad) for grad in grads], norm
    return [grad / max(1.0, norm / max_norm) for grad in grads], norm


def cosine_similarity(grads_a, grads_b):
    units = [[grad / global_norm(grads) for grad in grads] for grads in (grads_a, grads_b)]
    return sum(np.sum(a * b) for a, b in zip(*units))


def clipped_sgd_step(params, grads, lr, max_norm):
    keys = sorted(params)
    clipped, norm = clip_by_global_norm([grads[key] for key in keys], max_norm)
    if not math.isfinite(norm):
        return params
    return {key: params[key] - lr * grad for key, grad in zip(keys, clipped)}


def recurrence_backward(W, h0, v, steps):
    if steps == 0:
        return np.zeros_like(W), [global_norm([v])]
    dW, norms = recurrence_backward(W, h0, v @ W.T, steps - 1)
    h = h0
    for _ in range(steps - 1):
        h = h @ W
    return dW + h.T @ v, [*norms, global_norm([v])]


def value_clip_cosine(g, limit):
    return cosine_similarity([g], clip_by_value([g], limit))


def steps_to_exceed(rho, limit):
    return math.ceil(math.log(limit, rho))
