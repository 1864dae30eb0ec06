"""Written entry by entry and sample by sample; the torch part without autograd's help where it can do without."""

import numpy as np
import torch
from torch import nn


def residual_forward(x, params, alpha=1.0):
    W1, b1, W2, b2 = (params[name] for name in ("W1", "b1", "W2", "b2"))
    rows, zs = [], []
    for sample in x:
        z = [sum(sample[d] * W1[d, h] for d in range(len(sample))) + b1[h] for h in range(len(b1))]
        branch = [sum(max(z[h], 0.0) * W2[h, d] for h in range(len(b1))) + b2[d] for d in range(len(b2))]
        rows.append([sample[d] + alpha * branch[d] for d in range(len(b2))])
        zs.append(z)
    return np.array(rows), (np.array(x), np.array(zs), params, alpha)


def residual_backward(dout, cache):
    x, zs, params, alpha = cache
    grads = {name: np.zeros(np.shape(value)) for name, value in params.items()}
    rows = []
    for sample, z, d in zip(x, zs, dout, strict=True):
        inside = [alpha * entry for entry in d]
        dz = np.array([sum(inside * row) if unit > 0 else 0.0 for unit, row in zip(z, params["W2"], strict=True)])
        grads["b2"] += inside
        grads["b1"] += dz
        grads["W2"] += np.outer([max(unit, 0) for unit in z], inside)
        grads["W1"] += np.outer(sample, dz)
        rows.append(d + np.array([sum(dz * row) for row in params["W1"]]))
    return np.array(rows), grads


def weyl_bounds(W):
    s = np.sqrt(max(np.linalg.eigvalsh(W @ W.T)))
    return [1 - s if s < 1 else 0, 1 + s]


def stack_bounds(eps, depth):
    low = high = 1.0
    for _ in range(depth):
        low *= 1 - eps
        high *= 1 + eps
    return low, high


def expected_growth(alpha, depth):
    growth = 1
    for _ in range(depth):
        growth += alpha * alpha * growth
    return growth


class ResidualBlock(nn.Module):
    def __init__(self, width, gamma=1.0):
        super().__init__()
        self.fc2, self.fc1 = nn.Linear(width, width), nn.Linear(width, width)
        self.register_parameter("gamma", nn.Parameter(torch.full((1,), gamma)))

    def forward(self, x):
        hidden = x @ self.fc1.weight.T + self.fc1.bias
        hidden = hidden * (hidden > 0)
        return torch.add(hidden @ self.fc2.weight.T * self.gamma + self.gamma * self.fc2.bias, x)


class PlainBlock(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.fc1 = nn.Linear(width, width)
        self.fc2 = nn.Linear(width, width)

    def forward(self, x):
        hidden = self.fc1(x)
        return self.fc2(hidden * (hidden > 0))


def build_network(depth, width, kind):
    network = nn.Sequential()
    for number in range(depth):
        if kind == "plain":
            block = PlainBlock(width)
        elif kind == "residual":
            block = ResidualBlock(width)
        elif kind == "scaled":
            block = ResidualBlock(width, 1 / np.sqrt(depth))
        else:
            block = ResidualBlock(width, 0.0)
        network.add_module(str(number), block)
    return network


def gradient_norms(network, x, cotangent):
    inputs = [x]
    with torch.no_grad():
        for module in network:
            inputs.append(module(inputs[-1]))
    signal, norms = cotangent, [cotangent]
    for place in reversed(range(len(network))):
        start = inputs[place].detach().clone().requires_grad_(True)
        [signal] = torch.autograd.grad(network[place](start), start, signal)
        norms.insert(0, signal)
    return torch.stack([(entry.double() ** 2).sum().sqrt() for entry in norms])
