"""The trusted float64 answers of 02-backprop: the steps of backpropagation, the network made of them, and the chain of single neurons."""

import itertools

import numpy as np


def numerical_gradient(f, x, h=1e-5):
    """(f(x + h e_i) - f(x - h e_i)) / (2 h) for each entry i; off by h^2 f''' / 6 (Nocedal and Wright 2006, sec. 8.1)."""
    x = np.asarray(x, dtype=np.float64)
    gradient = np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[place] = h
        gradient[place] = (f(x + step) - f(x - step)) / (2 * h)
    return gradient


def affine_forward(x, w, b):
    """out = x w + b, each row a sample; the cache is what the way back needs."""
    return x @ w + b, (x, w, b)


def affine_backward(dout, cache):
    """With G = dloss/dout: dloss/dx = G w', dloss/dw = x' G, dloss/db = the sum of G's rows (Rumelhart, Hinton and Williams 1986)."""
    x, w, _ = cache
    return dout @ w.T, x.T @ dout, dout.sum(axis=0)


def relu_forward(x):
    """max(0, x) for each entry."""
    return np.maximum(x, 0.0), x


def relu_backward(dout, cache):
    """dout where x > 0, else 0; at x = 0 the subdifferential is [0, 1], of which this takes 0."""
    return np.where(cache > 0, dout, 0.0)


def softmax_loss(x, y):
    """Mean of -log softmax(x)[y] and its gradient (softmax(x) - onehot(y)) / N. Rows are shifted by their largest score: exp(x) <= 1."""
    shifted = x - x.max(axis=1, keepdims=True)
    logp = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    rows = np.arange(len(y))
    dx = np.exp(logp)
    dx[rows, y] -= 1.0
    return float(-logp[rows, y].mean()), dx / len(y)


def phi(z, activation):
    """The activation of each entry."""
    return {"relu": lambda z: np.maximum(z, 0.0), "tanh": np.tanh, "sigmoid": lambda z: 1.0 / (1.0 + np.exp(-z))}[activation](z)


def phi_grad(z, activation):
    """Its derivative by z."""
    if activation == "relu":
        return np.where(z > 0, 1.0, 0.0)
    a = phi(z, activation)
    return 1.0 - a * a if activation == "tanh" else a * (1.0 - a)


def preactivations(params, x, activation):
    """[z_1, ..., z_L]: z_l = a_{l-1} W_l + b_l, a_l = phi(z_l), a_0 = x."""
    zs = []
    for layer in range(1, len(params) // 2 + 1):
        zs.append((phi(zs[-1], activation) if zs else x) @ params[f"W{layer}"] + params[f"b{layer}"])
    return zs


def deltas(params, x, y, activation):
    """[delta_1, ..., delta_L], delta_l = dloss/dz_l: delta_l = (delta_{l+1} W_{l+1}') * phi'(z_l) (Nielsen 2015, ch. 2)."""
    zs = preactivations(params, x, activation)
    found = [softmax_loss(zs[-1], y)[1]]
    for layer in range(len(zs) - 1, 0, -1):
        found.insert(0, (found[0] @ params[f"W{layer + 1}"].T) * phi_grad(zs[layer - 1], activation))
    return found


def mlp_loss_and_grads(params, x, y, activation):
    """Softmax loss of the network and its gradient by every parameter: dW_l = a_{l-1}' delta_l, db_l = the sum of delta_l's rows."""
    zs = preactivations(params, x, activation)
    inputs = [x, *(phi(z, activation) for z in zs[:-1])]
    grads = {}
    for layer, (a, delta) in enumerate(zip(inputs, deltas(params, x, y, activation), strict=True), 1):
        grads[f"W{layer}"], grads[f"b{layer}"] = a.T @ delta, delta.sum(axis=0)
    return softmax_loss(zs[-1], y)[0], grads


def layer_gradient_norms(grads):
    """|dW_1|, ..., |dW_L| in the Frobenius norm, by the layers' numbers."""
    layers = sorted(int(name[1:]) for name in grads if name.startswith("W"))
    return np.array([np.sqrt(np.sum(np.square(grads[f"W{layer}"]))) for layer in layers])


def relative_updates(params, grads, lr):
    """lr |dW_l| / |W_l|: how far a step of gradient descent moves a layer, measured by its own size."""
    return lr * layer_gradient_norms(grads) / layer_gradient_norms(params)


def preactivations_of_a_chain(weights, biases, x, activation):
    """[z_1, ..., z_L]: z_l = w_l a_{l-1} + b_l, a_l = phi(z_l), a_0 = x; each of them a number."""
    zs = []
    for w, b in zip(weights, biases, strict=True):
        zs.append(w * (phi(zs[-1], activation) if zs else x) + b)
    return np.array(zs)


def chain_gradients(weights, biases, x, activation):
    """d a_L / d z_l = phi'(z_l) times the product of w_k phi'(z_k) over k > l (Hochreiter 1991; Bengio, Simard and Frasconi 1994)."""
    slopes = phi_grad(preactivations_of_a_chain(weights, biases, x, activation), activation)
    gradients = [slopes[-1]]
    for w, slope in zip(weights[:0:-1], slopes[-2::-1], strict=True):
        gradients.insert(0, slope * w * gradients[0])
    return np.array(gradients)


def critical_weight(slope):
    """w slope = 1: each layer multiplies by w phi'(z)."""
    return 1.0 / slope


def deep_net(depth=20, width=32, classes=4, seed=2):
    """Params, one sample and its label, for the curve of gradient norms: weights of standard deviation sqrt(2 / fan_in), zero biases.

    One sample, so that db_l is delta_l.
    """
    rng = np.random.default_rng(seed)
    sizes = [width] * depth + [classes]
    params = {}
    for layer, (fan_in, fan_out) in enumerate(itertools.pairwise(sizes), 1):
        params[f"W{layer}"] = rng.normal(0.0, np.sqrt(2.0 / fan_in), (fan_in, fan_out))
        params[f"b{layer}"] = np.zeros(fan_out)
    return params, rng.normal(size=(1, width)), np.array([1])
