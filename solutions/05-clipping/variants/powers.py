"""The recurrence by powers of W, the rest by masks."""

import numpy as np


def clip_by_value(grads, limit):
    clipped = []
    for grad in grads:
        new = grad.copy()
        new[new > limit] = limit
        new[new < -limit] = -limit
        clipped.append(new)
    return clipped


def global_norm(grads):
    return float(np.sqrt(np.sum([np.sum(grad.astype("float64") ** 2) for grad in grads])))


def clip_by_norm(grad, max_norm):
    if not np.all(np.isfinite(grad)):
        return np.zeros(grad.shape)
    norm = np.sqrt((grad**2).sum())
    if norm > max_norm:
        grad *= max_norm / norm
    return grad


def clip_by_global_norm(grads, max_norm):
    grads = [np.asarray(grad, dtype=np.float64) for grad in grads]
    norm = np.sqrt(sum(np.vdot(grad, grad) for grad in grads))
    if not all(np.isfinite(grad).all() for grad in grads):
        return [np.zeros_like(grad) for grad in grads], norm
    return [np.where(norm > max_norm, grad * max_norm / np.maximum(norm, 1e-300), grad) for grad in grads], norm


def cosine_similarity(grads_a, grads_b):
    def dot(left, right):
        return sum(np.vdot(one, other) for one, other in zip(left, right))

    return dot(grads_a, grads_b) / np.sqrt(dot(grads_a, grads_a)) / np.sqrt(dot(grads_b, grads_b))


def clipped_sgd_step(params, grads, lr, max_norm):
    clipped, _ = clip_by_global_norm(list(grads.values()), max_norm)
    clipped = dict(zip(grads, clipped))
    new = {key: value.copy() for key, value in params.items()}
    for key in new:
        new[key] -= lr * clipped[key]
    return new


def recurrence_backward(W, h0, v, steps):
    power = np.linalg.matrix_power
    dW = sum((h0 @ power(W, t)).T @ v @ power(W.T, steps - 1 - t) for t in range(steps))
    return dW, [np.linalg.norm(v @ power(W.T, steps - t)) for t in range(steps + 1)]


def value_clip_cosine(g, limit):
    [clipped] = clip_by_value([g], limit)
    return np.sum(g * clipped) / np.sqrt(np.sum(g**2) * np.sum(clipped**2))


def steps_to_exceed(rho, limit):
    return next(steps for steps in range(10**6) if rho**steps > limit)
