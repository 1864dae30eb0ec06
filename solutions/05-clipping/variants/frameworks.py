"""As the big frameworks do it: a small number added to the norm, and the factor held below 1."""

import numpy as np


def clip_by_value(grads, limit):
    clipped = [np.array(grad) for grad in grads]
    for grad in clipped:
        np.clip(grad, -limit, limit, out=grad)
    return clipped


def global_norm(grads):
    return np.linalg.norm([np.linalg.norm(np.asarray(grad, dtype=np.float64)) for grad in grads])


def clip_by_norm(grad, max_norm):
    norm = np.linalg.norm(grad)
    return grad * min(1.0, max_norm / (norm + 1e-6)) if np.isfinite(norm) else np.zeros_like(grad)


def clip_by_global_norm(grads, max_norm):
    norm = global_norm(grads)
    if not np.isfinite(norm):
        return [np.zeros_like(grad) for grad in grads], norm
    coefficient = np.minimum(max_norm / (norm + 1e-6), 1.0)
    return [(grad * coefficient).astype(grad.dtype) for grad in grads], norm


def cosine_similarity(grads_a, grads_b):
    a, b = (np.concatenate([grad.ravel() for grad in grads]) for grads in (grads_a, grads_b))
    return np.array(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))


def clipped_sgd_step(params, grads, lr, max_norm):
    norm = np.sqrt(sum((grad**2).sum() for grad in grads.values()))
    if not np.isfinite(norm):
        return {key: value.copy() for key, value in params.items()}
    coefficient = min(1.0, max_norm / (norm + 1e-6))
    return {key: value - lr * coefficient * grads[key] for key, value in params.items()}


def recurrence_backward(W, h0, v, steps):
    if steps == 0:
        return np.zeros_like(W), [np.linalg.norm(v)]
    deltas = [v]
    for _ in range(steps):
        deltas.append(np.dot(deltas[-1], W.T))
    dW, h = np.zeros_like(W), h0
    for delta in deltas[-2::-1]:
        dW += np.einsum("ni,nj->ij", h, delta)
        h = h @ W
    return dW, np.array([np.linalg.norm(delta) for delta in deltas[::-1]])


def value_clip_cosine(g, limit):
    a, b = np.ravel(g), np.ravel(np.where(np.abs(g) > limit, np.sign(g) * limit, g))
    return np.dot(a / np.linalg.norm(a), b / np.linalg.norm(b))


def steps_to_exceed(rho, limit):
    return int(np.floor(np.log(limit) / np.log(rho))) + 1
