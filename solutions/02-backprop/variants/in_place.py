"""Written recursively and in place: into the arguments, the cache and dout; the biases as one more row of the weights."""

import numpy as np


def numerical_gradient(f, x, h=1e-5):
    y = x.astype(float)
    gradient = np.empty(y.shape)
    steps = np.nditer(y, flags=["multi_index"])
    while not steps.finished:
        i = steps.multi_index
        y[i] += h
        gradient[i] = f(y)
        y[i] -= 2 * h
        gradient[i] -= f(y)
        y[i] += h
        steps.iternext()
    gradient /= 2 * h
    return gradient


def affine_forward(x, w, b):
    extended = np.hstack([x, np.ones((len(x), 1))])
    return extended.dot(np.vstack([w, b])), (extended, w)


def affine_backward(dout, cache):
    extended, w = cache
    both = np.dot(dout.T, extended).T
    return np.dot(w, dout.T).T, both[:-1], both[-1]


def relu_forward(x):
    x[x < 0] = 0
    return x, x.copy()


def relu_backward(dout, cache):
    dout[cache <= 0] = 0
    return dout


def softmax_loss(x, y):
    x -= x.max(axis=1).reshape(-1, 1)
    rows = list(range(y.size))
    right = x[rows, y]
    np.exp(x, out=x)
    total = x.sum(axis=1)
    loss = sum(np.log(total) - right) / y.size
    x /= total[:, np.newaxis]
    x[rows, y] -= 1
    x /= y.size
    return loss, x


def mlp_loss_and_grads(params, x, y, activation):
    forward = {"relu": relu_forward, "tanh": tanh_forward, "sigmoid": sigmoid_forward}[activation]
    backward = {"relu": relu_backward, "tanh": tanh_backward, "sigmoid": sigmoid_backward}[activation]
    grads = {}

    def descend(a, k):
        """Loss, and its gradient by a, the input of layer k."""
        z, cache = affine_forward(a, params[f"W{k}"], params[f"b{k}"])
        if f"W{k + 1}" in params:
            a, active = forward(z)
            loss, da = descend(a, k + 1)
            dz = backward(da, active)
        else:
            loss, dz = softmax_loss(z, y)
        dx, grads[f"W{k}"], grads[f"b{k}"] = affine_backward(dz, cache)
        return loss, dx

    return descend(x, 1)[0], grads


def tanh_forward(x):
    np.tanh(x, out=x)
    return x, x.copy()


def tanh_backward(dout, cache):
    dout *= 1 - cache * cache
    return dout


def sigmoid_forward(x):
    a = 0.5 + 0.5 * np.tanh(0.5 * x)
    return a, a


def sigmoid_backward(dout, cache):
    return dout * cache - dout * cache**2


def layer_gradient_norms(grads):
    norms = np.zeros(len(grads) // 2)
    for name, grad in grads.items():
        if name.startswith("W"):
            norms[int(name[1:]) - 1] = np.sum(grad**2) ** 0.5
    return norms


def relative_updates(params, grads, lr):
    for name in params:
        grads[name] *= lr / np.linalg.norm(params[name])
    return layer_gradient_norms(grads)


def chain_gradients(weights, biases, x, activation):
    forward, backward = {
        "relu": (relu_forward, relu_backward),
        "tanh": (tanh_forward, tanh_backward),
        "sigmoid": (sigmoid_forward, sigmoid_backward),
    }[activation]
    a, caches = np.array([x]), []
    for w, b in zip(weights, biases, strict=True):
        a, cache = forward(w * a + b)
        caches.append(cache)
    signal, gradients = np.ones(1), []
    for w, cache in zip(weights[::-1], caches[::-1], strict=True):
        signal = backward(signal.copy(), cache)
        gradients.append(signal[0])
        signal = signal * w
    return np.array(gradients[::-1])


def critical_weight(slope):
    w = 1.0
    while abs(w * slope - 1) > 1e-13:
        w = w * (2 - w * slope) if 0 < w * slope < 2 else w / 2
    return w
