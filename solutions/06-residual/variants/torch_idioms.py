"""The numpy part by stacked arrays and einsum; the torch part with functional calls, hooks and dictionaries of modules."""

import math

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - as torch's own examples do
from torch import nn


def residual_forward(x, params, alpha=1.0):
    z = np.einsum("nd,dh->nh", x, params["W1"]) + params["b1"]
    cache = {"x": x.copy(), "on": (z > 0).astype(float), "z": z, "alpha": alpha, **{name: params[name].copy() for name in ("W1", "W2")}}
    out = x.copy()
    out += alpha * (np.einsum("nh,hd->nd", z.clip(0), params["W2"]) + params["b2"][None])
    return out, cache


def residual_backward(dout, cache):
    ones = np.ones(len(dout))
    signal = cache["alpha"] * dout
    behind = np.einsum("nd,hd,nh->nh", signal, cache["W2"], cache["on"])
    grads = {
        "b2": ones @ signal,
        "W2": np.einsum("nh,nh,nd->hd", cache["z"], cache["on"], signal),
        "b1": ones @ behind,
        "W1": np.einsum("nd,nh->dh", cache["x"], behind),
    }
    dout += np.einsum("nh,dh->nd", behind, cache["W1"])
    return dout, grads


def weyl_bounds(W):
    largest = torch.linalg.svdvals(torch.as_tensor(W))[0].item()
    return np.array([np.maximum(0, 1 - largest), 1 + largest])


def stack_bounds(eps, depth):
    return np.exp(depth * np.log1p([-eps, eps]))


def expected_growth(alpha, depth):
    return math.exp(depth * math.log1p(alpha**2))


class PlainBlock(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.fc1 = nn.Linear(width, width)
        self.fc2 = nn.Linear(width, width)
        for layer in (self.fc1, self.fc2):
            nn.init.orthogonal_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, x):
        return F.linear(F.relu(F.linear(x, self.fc1.weight, self.fc1.bias)), self.fc2.weight, self.fc2.bias)


class ResidualBlock(nn.Module):
    def __init__(self, width, gamma=1.0):
        super().__init__()
        self.add_module("fc1", nn.Linear(width, width))
        self.add_module("fc2", nn.Linear(width, width))
        self.gamma = nn.Parameter(torch.tensor([[gamma]], dtype=torch.float64))

    def forward(self, x):
        return torch.addcmul(x, self.gamma.to(x), self.fc2(F.relu(self.fc1(x))))


def build_network(depth, width, kind):
    start = {"residual": 1.0, "scaled": 1 / math.sqrt(depth), "zero": 0.0}
    blocks = [ResidualBlock(width, start[kind]) if kind in start else PlainBlock(width) for _ in range(depth)]
    return nn.Sequential(*blocks)


def gradient_norms(network, x, cotangent):
    found = {}

    def watch(place, tensor):
        tensor.register_hook(lambda gradient: found.__setitem__(place, gradient))
        return tensor

    value = watch(0, x.detach().clone().requires_grad_())
    for place, module in enumerate(network, 1):
        value = watch(place, module(value))
    value.backward(cotangent)
    return np.array([np.linalg.norm(found[place].numpy(force=True).astype(float)) for place in sorted(found)])
