"""Small nets with right gradients, for the tests and benchmarks of the gradient checks."""

import numpy as np


def _sigmoid(z):
    return 0.5 * (1 + np.tanh(z / 2))


def _gelu(z):
    return 0.5 * z * (1 + np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z * z * z)))


def _gelu_slope(z):
    t = np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z * z * z))
    return 0.5 * (1 + t) + 0.5 * z * (1 - t * t) * np.sqrt(2 / np.pi) * (1 + 3 * 0.044715 * z * z)


ACTIVATIONS = {
    "tanh": (np.tanh, lambda z: 1 - np.tanh(z) ** 2),
    "sigmoid": (_sigmoid, lambda z: _sigmoid(z) * (1 - _sigmoid(z))),
    "softplus": (lambda z: np.logaddexp(0, z), _sigmoid),
    "gelu": (_gelu, _gelu_slope),
    "silu": (lambda z: z * _sigmoid(z), lambda z: _sigmoid(z) * (1 + z * (1 - _sigmoid(z)))),
    "relu": (lambda z: np.maximum(z, 0), lambda z: (z > 0) * 1.0),
}
LOSSES = ("cross entropy", "squared error", "linear")


class Net:
    """A dense net with loss: parameters as a dictionary, loss(p) a float, gradient(p) a dictionary."""

    def __init__(self, rng, widths, activation="tanh", *, loss="cross entropy", gain=1.0, batch=5, bias=0.1):
        self.depth = len(widths) - 1
        self.activation, self.loss_name, self.batch = ACTIVATIONS[activation], loss, batch
        self.x = rng.normal(size=(batch, widths[0]))
        self.labels = rng.integers(0, widths[-1], batch)
        self.target = rng.normal(size=(batch, widths[-1]))
        self.parameters = {}
        for layer in range(1, self.depth + 1):
            shape = widths[layer - 1], widths[layer]
            self.parameters[f"W{layer}"] = rng.normal(size=shape) * gain / np.sqrt(shape[0])
            self.parameters[f"b{layer}"] = rng.normal(size=shape[1]) * bias

    def _forward(self, p):
        outputs, inputs = [self.x], []
        for layer in range(1, self.depth + 1):
            z = outputs[-1] @ p[f"W{layer}"] + p[f"b{layer}"]
            inputs.append(z)
            outputs.append(self.activation[0](z) if layer < self.depth else z)
        return outputs, inputs

    def loss(self, p):
        z = self._forward(p)[0][-1]
        if self.loss_name == "cross entropy":
            top = z.max(axis=1, keepdims=True)
            return float(np.mean(np.log(np.exp(z - top).sum(axis=1)) + top[:, 0] - z[np.arange(self.batch), self.labels]))
        return float(np.mean((z - self.target) ** 2) if self.loss_name == "squared error" else np.mean(z * self.target))

    def gradient(self, p):
        outputs, inputs = self._forward(p)
        z = outputs[-1]
        if self.loss_name == "cross entropy":
            e = np.exp(z - z.max(axis=1, keepdims=True))
            delta = e / e.sum(axis=1, keepdims=True)
            delta[np.arange(self.batch), self.labels] -= 1
            delta /= self.batch
        else:
            delta = (2 * (z - self.target) if self.loss_name == "squared error" else self.target) / z.size
        made = {}
        for layer in range(self.depth, 0, -1):
            made[f"W{layer}"], made[f"b{layer}"] = outputs[layer - 1].T @ delta, delta.sum(axis=0)
            if layer > 1:
                delta = (delta @ p[f"W{layer}"].T) * self.activation[1](inputs[layer - 2])
        return {name: made[name] for name in p}
