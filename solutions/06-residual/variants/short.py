"""As short as it gets: the branch as a function, the block as one expression, vector-Jacobian products by torch.func."""

import numpy as np
import torch
from torch import nn


def residual_forward(x, params, alpha=1.0):
    h = np.maximum(0, x @ params["W1"] + params["b1"])
    return x + alpha * (h @ params["W2"] + params["b2"]), lambda dout: (x, h, params, alpha * dout)


def residual_backward(dout, cache):
    x, h, params, d = cache(dout)
    e = np.where(h > 0, d @ params["W2"].T, 0)
    return dout + e @ params["W1"].T, {"W1": x.T @ e, "b1": e.sum(0), "W2": h.T @ d, "b2": d.sum(0)}


def weyl_bounds(W):
    s = np.linalg.svd(W)[1].max()
    return max(0, 1 - s), 1 + s


def stack_bounds(eps, depth):
    return np.prod(np.full(depth, 1 - eps)), np.prod(np.full(depth, 1 + eps))


def expected_growth(alpha, depth):
    return np.float64(1 + alpha * alpha) ** depth


class PlainBlock(nn.Sequential):
    def __init__(self, width):
        super().__init__()
        self.fc1 = nn.Linear(width, width)
        self.relu = nn.ReLU()
        self.fc2 = nn.Linear(width, width)


class ResidualBlock(nn.Module):
    def __init__(self, width, gamma=1.0):
        super().__init__()
        self.fc1, self.fc2 = (nn.Linear(width, width) for _ in range(2))
        self.gamma = nn.Parameter(gamma * torch.ones(()))

    def forward(self, x):
        return x + self.gamma * self.fc2(self.fc1(x).relu())


def build_network(depth, width, kind):
    make = {
        "plain": lambda: PlainBlock(width),
        "residual": lambda: ResidualBlock(width),
        "scaled": lambda: ResidualBlock(width, gamma=depth**-0.5),
        "zero": lambda: ResidualBlock(width, gamma=0.0),
    }[kind]
    return nn.Sequential(*[make() for _ in range(depth)])


def gradient_norms(network, x, cotangent):
    backs = []
    for module in network:
        x, back = torch.func.vjp(module, x)
        backs.append(back)
    signals = [cotangent]
    for back in reversed(backs):
        signals.append(back(signals[-1])[0])
    return [torch.linalg.vector_norm(signal, dtype=torch.float64) for signal in reversed(signals)]
