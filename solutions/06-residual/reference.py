"""The trusted float64 answers of 06-residual, without torch: blocks, their gradients, bounds on a stack, norms on the way back."""

import numpy as np

BLOCK = ("W1", "b1", "W2", "b2")
"""Arrays of a block in row form: h = relu(x @ W1 + b1), branch = h @ W2 + b2."""


def residual_forward(x, params, alpha=1.0):
    """(x + alpha * branch(x), cache); He et al. 2016, without an activation after the addition."""
    x = np.asarray(x, dtype=np.float64)
    z = x @ params["W1"] + params["b1"]
    return x + alpha * (np.maximum(z, 0.0) @ params["W2"] + params["b2"]), (x, z, params, alpha)


def residual_backward(dout, cache):
    """(dx, grads): dx is dout itself plus what comes back through the branch."""
    x, z, params, alpha = cache
    dbranch = alpha * np.asarray(dout, dtype=np.float64)
    dz = np.where(z > 0, dbranch @ params["W2"].T, 0.0)
    grads = {"W1": x.T @ dz, "b1": dz.sum(axis=0), "W2": np.maximum(z, 0.0).T @ dbranch, "b2": dbranch.sum(axis=0)}
    return dout + dz @ params["W1"].T, grads


def plain_forward(x, params):
    """The branch alone."""
    out, cache = residual_forward(x, params)
    return out - x, cache


def weyl_bounds(W):
    """max(0, 1 - s) and 1 + s, s the largest singular value of W: Weyl's inequality for I + W."""
    s = float(np.linalg.norm(W, 2))
    return max(0.0, 1.0 - s), 1.0 + s


def stack_bounds(eps, depth):
    """Bounds on the singular values of a product of `depth` blocks I + W_k with |W_k| <= eps < 1."""
    return (1.0 - eps) ** depth, (1.0 + eps) ** depth


def expected_growth(alpha, depth):
    """E|g_0|^2 / |g_L|^2 for blocks with zero biases, W1 of variance 2 / width and W2 of variance 1 / width."""
    return (1.0 + alpha**2) ** depth


def gammas(kind, depth):
    """What the branches of a stack are multiplied by; None for plain blocks, which have no path around them."""
    return {"plain": None, "residual": 1.0, "scaled": depth**-0.5, "zero": 0.0}[kind]


# --- networks: lists of layers ("linear", W, b), ("tanh",) or ("residual", params, gamma) and ("plain", params), all in row form ---


def layer_forward(layer, x):
    """(output, function that takes the gradient by the output to the one by x)."""
    match layer:
        case "linear", W, b:
            return x @ W + b, lambda dout: dout @ W.T
        case ("tanh",):
            out = np.tanh(x)
            return out, lambda dout: dout * (1 - out**2)
        case "residual", params, gamma:
            out, cache = residual_forward(x, params, gamma)
            return out, lambda dout: residual_backward(dout, cache)[0]
        case "plain", params:
            out, cache = plain_forward(x, params)
            return out, lambda dout: residual_backward(dout, cache)[0] - dout
    raise ValueError(f"no layer: {layer[0]!r}")


def network_forward(layers, x):
    """The outputs x_0 = x, ..., x_L, and the ways back through the layers."""
    outputs, backs = [np.asarray(x, dtype=np.float64)], []
    for layer in layers:
        out, back = layer_forward(layer, outputs[-1])
        outputs.append(out)
        backs.append(back)
    return outputs, backs


def gradient_norms(layers, x, cotangent):
    """Norms of dloss/dx_l, l = 0 to L, for loss = sum(cotangent * x_L)."""
    _, backs = network_forward(layers, x)
    gradient = np.asarray(cotangent, dtype=np.float64)
    norms = [np.linalg.norm(gradient)]
    for back in reversed(backs):
        gradient = back(gradient)
        norms.append(np.linalg.norm(gradient))
    return np.array(norms[::-1])


# --- what the report and the reference curves draw ---

KINDS = ("plain", "residual", "scaled", "zero")
DEPTH, WIDTH = 100, 64


def drawn_params(rng, width, recipe):
    """Parameters of one block: "default" as nn.Linear draws them, uniform within 1 / sqrt(width); "he" W1 2 / width, W2 1 / width, b 0."""
    if recipe == "default":
        shapes = {"W1": (width, width), "b1": width, "W2": (width, width), "b2": width}
        return {name: rng.uniform(-(width**-0.5), width**-0.5, shape) for name, shape in shapes.items()}
    return {
        "W1": rng.normal(0, (2 / width) ** 0.5, (width, width)),
        "b1": np.zeros(width),
        "W2": rng.normal(0, (1 / width) ** 0.5, (width, width)),
        "b2": np.zeros(width),
    }


def stack(kind, blocks):
    """The layers of a stack of `kind` with these parameters."""
    gamma = gammas(kind, len(blocks))
    return [("plain", params) if gamma is None else ("residual", params, gamma) for params in blocks]
