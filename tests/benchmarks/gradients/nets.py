"""False alarms, inconclusive blocks and planted errors on thousands of random nets, and the cost on one of 10,000 parameters."""

import time

import numpy as np
import torch
from common import ACTIVATIONS, LOSSES, Figure, Net, table

from autograder.gradients import Verdict, check_gradient

SMOOTH = [name for name in ACTIVATIONS if name != "relu"]


def random_net(rng, activation):
    depth = int(rng.integers(1, 5))
    widths = [int(width) for width in rng.integers(3, 40, depth)] + [int(rng.integers(2, 11))]
    saturated = rng.random() < 0.2
    return Net(
        rng,
        widths,
        activation,
        loss="cross entropy" if saturated else LOSSES[int(rng.integers(3))],
        gain=rng.uniform(3, 6) if saturated else rng.uniform(0.5, 2.5),
        batch=int(np.exp(rng.uniform(0, np.log(257)))),
    )


def right_code(full):
    wanted = 5_000 if full else 1_000
    rows, total = [], np.zeros(4, dtype=int)
    for activation in ACTIVATIONS:
        rng = np.random.default_rng([11, list(ACTIVATIONS).index(activation)])
        found, calls = np.zeros(4, dtype=int), []
        while found[0] < wanted / len(ACTIVATIONS):
            net = random_net(rng, activation)
            check = check_gradient(net.loss, net.gradient(net.parameters), net.parameters)
            calls.append(check.calls)
            verdicts = [block.verdict for block in check.blocks] or [check.verdict]
            found += [len(verdicts), *(verdicts.count(verdict) for verdict in (Verdict.WRONG, Verdict.INCONCLUSIVE)), 1]
        total += found
        rows.append([activation, found[3], found[0], found[1], found[2], f"{np.median(calls):.0f}", f"{np.percentile(calls, 95):.0f}"])
    rows.append(["all", total[3], total[0], total[1], total[2], "", ""])
    title = "right nets: depth 1 to 4, batch 1 to 256, gain 0.5 to 6, one in five saturated"
    table(title, ["activation", "nets", "blocks", "false alarms", "inconclusive", "calls", "95 %"], rows)
    return [
        Figure("blocks of right code", total[0], wanted),
        Figure("false alarms", total[1], 0, at_most=True),
        Figure("inconclusive blocks", total[2], 0, at_most=True),
    ]


def planted(rng, net, error):
    right = net.gradient(net.parameters)
    live = [name for name in right if np.linalg.norm(right[name]) > 0]
    name = live[int(rng.integers(len(live)))]
    block, kind = right[name], int(rng.integers(4))
    shape = [rng.normal(size=block.shape), block.copy(), np.zeros_like(block), rng.normal(size=block.shape)][kind]
    if kind == 2:
        shape.flat[int(rng.integers(block.size))] = 1
    if kind == 3 and block.size > 1:
        shape -= shape.mean()
    wrong = right | {name: block + error * np.linalg.norm(block) * shape / np.linalg.norm(shape)}
    check = check_gradient(net.loss, wrong, net.parameters)
    return any(block.block == name and block.verdict is Verdict.WRONG for block in check.blocks)


def wrong_code(full):
    rows, figures = [], []
    for error, kinds, label, count, least in (
        (1e-2, list(ACTIVATIONS), "all", 200 if full else 60, 1.0),
        (1e-3, list(ACTIVATIONS), "all", 200 if full else 60, 1.0),
        (1e-4, list(ACTIVATIONS), "all", 200 if full else 60, 1.0),
        (1e-5, list(ACTIVATIONS), "all", 200, 1.0),
        (1e-6, SMOOTH, "smooth", 200 if full else 100, 0.95),
    ):
        rng = np.random.default_rng([12, int(-np.log10(error))])
        caught = sum(planted(rng, random_net(rng, kinds[number % len(kinds)]), error) for number in range(count))
        rows.append([f"{error:g}", label, f"{caught} of {count}"])
        figures.append(Figure(f"errors of {error:g} of a block caught ({label})", caught / count, least))
    table("one wrong block: noise, a factor, a single entry or a sum of zero", ["relative error", "activations", "caught"], rows)
    return figures


def torch_net(net):
    x, labels = torch.tensor(net.x), torch.tensor(net.labels)

    def loss(*blocks):
        a = x
        for layer in range(net.depth):
            a = a @ blocks[2 * layer] + blocks[2 * layer + 1]
            a = torch.tanh(a) if layer < net.depth - 1 else a
        return torch.nn.functional.cross_entropy(a, labels)

    return loss, tuple(torch.tensor(block, requires_grad=True) for block in net.parameters.values())


def cost(full):
    net = Net(np.random.default_rng(3), [20, 64, 64, 64, 10], "tanh", batch=32, gain=1.4)
    gradient = net.gradient(net.parameters)
    times, calls = [], 0
    for _ in range(60):
        started = time.process_time()
        calls = check_gradient(net.loss, gradient, net.parameters).calls
        times.append(time.process_time() - started)
    relu = Net(np.random.default_rng(3), [20, 64, 64, 64, 10], "relu", batch=32, gain=1.4)
    relu_calls = [check_gradient(relu.loss, relu.gradient(relu.parameters), relu.parameters).calls for _ in range(10)]
    loss, blocks = torch_net(net)
    seconds = {}
    for fast in (True, False):
        torch.autograd.gradcheck(loss, blocks, fast_mode=True)
        started = time.process_time()
        assert torch.autograd.gradcheck(loss, blocks, fast_mode=fast)
        seconds[fast] = time.process_time() - started
    mine = min(times)
    size = sum(block.size for block in net.parameters.values())
    table(
        f"cost on a tanh net of {size} parameters in 8 blocks, batch 32",
        ["check", "calls", "ms of processor", "times this check"],
        [
            ["this check, best of 60", calls, f"{mine * 1e3:.1f}", "1"],
            ["this check, median", calls, f"{np.median(times) * 1e3:.1f}", f"{np.median(times) / mine:.1f}"],
            ["this check, the same net with relu", f"{min(relu_calls)} to {max(relu_calls)}", "", ""],
            ["torch gradcheck, fast", "", f"{seconds[True] * 1e3:.1f}", f"{seconds[True] / mine:.1f}"],
            ["torch gradcheck, slow", 2 * size, f"{seconds[False] * 1e3:.1f}", f"{seconds[False] / mine:.1f}"],
        ],
    )
    return [
        Figure("calls of f, tanh", calls, 600, at_most=True),
        Figure("calls of f, relu, median of 10", float(np.median(relu_calls)), 600, at_most=True),
        Figure("milliseconds of processor time, best of 60", mine * 1e3, 60, at_most=True),
        Figure("times faster than torch gradcheck slow", seconds[False] / mine, 30),
    ]
