"""Right and wrong code where differences lie: next to kinks and on them, at minima, under offsets, and with values that were rounded."""

import numpy as np
from common import ACTIVATIONS, LOSSES, Figure, Net, table

from autograder.gradients import Verdict, check_gradient


def some_net(rng):
    activation = str(rng.choice([*ACTIVATIONS, "relu", "relu", "relu"]))
    widths = [int(width) for width in rng.integers(2, 20, rng.integers(1, 5))] + [int(rng.integers(2, 6))]
    bias = float(rng.choice([0, 1e-6, 1e-3, 0.1, 1.0]))
    batch = int(np.exp(rng.uniform(0, np.log(65))))
    return Net(rng, widths, activation, loss=str(rng.choice(LOSSES)), gain=rng.uniform(0.5, 4), batch=batch, bias=bias)


def squares(p):
    return sum(float(np.sum(block * block)) for block in p.values())


def scaled(rng, net):
    factor = 10.0 ** rng.uniform(-12, 12)
    return lambda p: factor * net.loss(p), lambda p: {name: factor * block for name, block in net.gradient(p).items()}


def offset(rng, net):
    added = 10.0 ** rng.uniform(0, 9)
    return lambda p: added + net.loss(p), net.gradient


def rounded(rng, net):
    decimals = int(rng.integers(2, 14))
    while not round(net.loss(net.parameters), decimals):  # 0 all around has the gradient 0, and no other can be told
        decimals += 1
    return lambda p: round(net.loss(p), decimals), net.gradient


def float32(rng, net):
    return lambda p: float(np.float32(net.loss(p))), net.gradient


def float32_beside_float64(rng, net):
    decay = 10.0 ** rng.uniform(-4, 0)
    return (
        lambda p: float(np.float32(net.loss(p))) + decay / 2 * squares(p),
        lambda p: {name: block + decay * p[name] for name, block in net.gradient(p).items()},
    )


def kink(rng, net, off=0.0):
    jump, right = 10.0 ** rng.uniform(-10, 0.5), bool(rng.integers(2))
    at = net.parameters["W1"].flat[0] * (1 + off)

    def gradient(p):
        made = net.gradient(p)
        beyond = p["W1"].flat[0] - at
        made["W1"].flat[0] += jump * (beyond > 0 or (beyond == 0 and right))
        return made

    return lambda p: net.loss(p) + jump * max(p["W1"].flat[0] - at, 0.0), gradient


def near_a_kink(rng, net):
    return kink(rng, net, 10.0 ** rng.uniform(-14, -2) * rng.choice([-1, 1]))


def tiny_input(rng, net):
    net.x[0] *= float(rng.choice([0, 1e-12, 1e-9, 1e-6]))
    return net.loss, net.gradient


def minimum(rng, net):
    net.loss_name, net.target = "squared error", net._forward(net.parameters)[0][-1]
    off = float(rng.choice([0, *10.0 ** -np.arange(4, 17)]))
    net.parameters = {name: block * (1 + off * rng.normal()) for name, block in net.parameters.items()}
    return net.loss, net.gradient


def one_scaled_block(rng, net):
    name = str(rng.choice(list(net.parameters)))
    net.parameters[name] = net.parameters[name] * 10.0 ** rng.uniform(-9, 3)
    return net.loss, net.gradient


PLACES = {
    "f scaled by 1e-12 to 1e12": scaled,
    "a block scaled by 1e-9 to 1e3": one_scaled_block,
    "an offset of 1 to 1e9": offset,
    "on a kink of 1e-10 to 3": kink,
    "next to such a kink": near_a_kink,
    "an input row of 0 to 1e-6": tiny_input,
    "at a minimum or next to it": minimum,
    "2 to 13 decimals": rounded,
    "float32": float32,
    "float32 beside float64": float32_beside_float64,
}


def hard_places(full):
    rows, alarms, passed = [], 0, 0
    for number, (place, make) in enumerate(PLACES.items()):
        found = {right: dict.fromkeys(Verdict, 0) for right in (True, False)}
        for seed in range(200 if full else 40):
            rng = np.random.default_rng([13, number, seed])
            net = some_net(rng)
            f, gradient = make(rng, net)
            right = gradient(net.parameters)
            largest = max(right, key=lambda name: float(np.linalg.norm(right[name])))
            found[True][check_gradient(f, right, net.parameters, seed=seed).verdict] += 1
            if right[largest].any():
                wrong = right | {largest: 2 * right[largest]}
                found[False][check_gradient(f, wrong, net.parameters, seed=seed).verdict] += 1
        alarms += found[True][Verdict.WRONG]
        passed += found[False][Verdict.OK]
        rows.append([place, *found[True].values(), *found[False].values()])
    head = ["place", "right: ok", "wrong", "inconclusive", "one block doubled: ok", "wrong", "inconclusive"]
    table("right and wrong code in hard places", head, rows)
    return [
        Figure("hard places: false alarms", alarms, 0, at_most=True),
        Figure("hard places: doubled blocks passed", passed, 0, at_most=True),
    ]
