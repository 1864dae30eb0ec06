"""Written entry by entry, with lists for arrays wherever a list will do; no function calls another one."""

import math

import numpy as np


def numerical_gradient(f, x, h=1e-5):
    flat = [float(value) for value in np.ravel(x)]
    shape = np.shape(x)
    slopes = []
    for i in range(len(flat)):
        up = [*flat[:i], flat[i] + h, *flat[i + 1 :]]
        down = [*flat[:i], flat[i] - h, *flat[i + 1 :]]
        slopes.append((f(np.array(up).reshape(shape)) - f(np.array(down).reshape(shape))) / h / 2)
    return np.array(slopes).reshape(shape)


def affine_forward(x, w, b):
    out = [[sum(row[d] * w[d][m] for d in range(len(w))) + b[m] for m in range(len(b))] for row in x]
    return out, [x, w]


def affine_backward(dout, cache):
    x, w = cache
    samples, inputs, units = len(x), len(w), len(w[0])
    dx = [[sum(dout[n][m] * w[d][m] for m in range(units)) for d in range(inputs)] for n in range(samples)]
    dw = [[sum(x[n][d] * dout[n][m] for n in range(samples)) for m in range(units)] for d in range(inputs)]
    db = [sum(dout[n][m] for n in range(samples)) for m in range(units)]
    return dx, dw, db


def relu_forward(x):
    out = np.empty(x.shape)
    for place, value in np.ndenumerate(x):
        out[place] = max(0, value)
    return [out, out]


def relu_backward(dout, cache):
    dx = np.empty(dout.shape)
    for place, value in np.ndenumerate(cache):
        dx[place] = dout[place] if value > 0 else 0
    return dx


def softmax_loss(x, y):
    losses, dx = [], []
    for row, label in zip(x, y, strict=True):
        most = max(row)
        total = sum(math.exp(score - most) for score in row)
        losses.append(most + math.log(total) - row[label])
        dx.append([(math.exp(score - most) / total - (place == label)) / len(y) for place, score in enumerate(row)])
    return [sum(losses) / len(y), dx]


def mlp_loss_and_grads(params, x, y, activation):
    total = 0.0
    grads = {name: np.zeros(array.shape) for name, array in params.items()}
    depth = len(params) // 2
    for sample, label in zip(x, y, strict=True):
        inputs, slopes = [sample], []
        for layer in range(1, depth + 1):
            z = np.dot(inputs[-1], params[f"W{layer}"]) + params[f"b{layer}"]
            if activation == "relu":
                a, slope = np.where(z > 0, z, 0), np.where(z > 0, 1, 0)
            elif activation == "tanh":
                a, slope = np.tanh(z), 1 / np.cosh(z) ** 2
            else:
                a, slope = 1 / (1 + np.exp(-z)), np.exp(-z) / (1 + np.exp(-z)) ** 2
            inputs.append(a)
            slopes.append(slope)
        p = np.exp(z - z.max())
        p = p / p.sum()
        total -= math.log(p[label])
        delta = p.copy()
        delta[label] -= 1
        for layer in range(depth, 0, -1):
            grads[f"W{layer}"] += np.outer(inputs[layer - 1], delta) / len(y)
            grads[f"b{layer}"] += delta / len(y)
            if layer > 1:
                delta = params[f"W{layer}"].dot(delta) * slopes[layer - 2]
    return total / len(y), grads


def layer_gradient_norms(grads):
    norms = []
    layer = 1
    while f"W{layer}" in grads:
        norms.append(math.sqrt(sum(float(value) ** 2 for value in grads[f"W{layer}"].ravel())))
        layer += 1
    return norms


def relative_updates(params, grads, lr):
    ratios = []
    for layer in range(1, len(params) // 2 + 1):
        step = lr * grads[f"W{layer}"]
        ratios.append(math.sqrt((step * step).sum()) / math.sqrt((params[f"W{layer}"] ** 2).sum()))
    return ratios


def chain_gradients(weights, biases, x, activation):
    def f(z):
        return {"relu": max(z, 0.0), "tanh": math.tanh(z), "sigmoid": 1 / (1 + math.exp(-z))}[activation]

    def slope(z):
        return {"relu": 1.0 if z > 0 else 0.0, "tanh": 1 / math.cosh(z) ** 2, "sigmoid": f(z) * (1 - f(z))}[activation]

    zs, a = [], x
    for w, b in zip(weights, biases, strict=True):
        zs.append(w * a + b)
        a = f(zs[-1])
    return [slope(zs[j]) * math.prod(weights[k] * slope(zs[k]) for k in range(j + 1, len(zs))) for j in range(len(zs))]


def critical_weight(slope):
    return np.array(slope) ** -1.0
