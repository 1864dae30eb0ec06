"""Written with loops over single numbers."""

import math

import numpy as np


def clip_by_value(grads, limit):
    clipped = []
    for grad in grads:
        flat = [min(max(x, -limit), limit) for x in grad.ravel().tolist()]
        clipped.append(np.array(flat).reshape(grad.shape))
    return clipped


def global_norm(grads):
    total = 0.0
    for grad in grads:
        for x in grad.ravel().tolist():
            total += x * x
    return math.sqrt(total)


def clip_by_norm(grad, max_norm):
    total = sum(x * x for x in grad.ravel().tolist())
    if math.isnan(total) or math.isinf(total):
        return [[0.0] * grad.shape[1] for _ in range(grad.shape[0])] if grad.ndim == 2 else np.zeros(grad.shape)
    if total <= max_norm**2:
        return grad
    return grad / math.sqrt(total) * max_norm


def clip_by_global_norm(grads, max_norm):
    norm = global_norm(grads)
    if math.isnan(norm) or norm == math.inf:
        for grad in grads:
            grad[...] = 0
        return tuple(grads), norm
    if norm > max_norm:
        for place, grad in enumerate(grads):
            grads[place] = grad.astype(float) / norm * max_norm
    return grads, norm


def cosine_similarity(grads_a, grads_b):
    dot = square_a = square_b = 0.0
    for one, other in zip(grads_a, grads_b):
        for a, b in zip(one.flat, other.flat):
            dot += a * b
            square_a += a * a
            square_b += b * b
    return dot / math.sqrt(square_a * square_b)


def clipped_sgd_step(params, grads, lr, max_norm):
    norm = math.sqrt(sum(x * x for grad in grads.values() for x in grad.ravel().tolist()))
    new = {}
    for key in params:
        if not math.isfinite(norm):
            new[key] = params[key]
        elif norm > max_norm:
            new[key] = params[key] - lr * max_norm * grads[key] / norm
        else:
            new[key] = params[key] - lr * grads[key]
    return new


def recurrence_backward(W, h0, v, steps):
    n, width = h0.shape
    hs = [h0]
    for _ in range(steps):
        hs.append(np.array([[sum(hs[-1][s, i] * W[i, j] for i in range(width)) for j in range(width)] for s in range(n)]))
    dW = [[0.0] * width for _ in range(width)]
    delta, norms = v, [math.sqrt(sum(x * x for x in v.flat))]
    for t in reversed(range(steps)):
        for i in range(width):
            for j in range(width):
                for s in range(n):
                    dW[i][j] += hs[t][s, i] * delta[s, j]
        delta = np.array([[sum(delta[s, j] * W[i, j] for j in range(width)) for i in range(width)] for s in range(n)])
        norms = [math.sqrt(sum(x * x for x in delta.flat)), *norms]
    return dW, norms


def value_clip_cosine(g, limit):
    dot = square = clipped_square = 0.0
    for x in g.ravel().tolist():
        y = max(-limit, min(limit, x))
        dot += x * y
        square += x * x
        clipped_square += y * y
    return dot / math.sqrt(square) / math.sqrt(clipped_square)


def steps_to_exceed(rho, limit):
    steps, power = 0, 1.0
    while power <= limit:
        power *= rho
        steps += 1
    return steps
