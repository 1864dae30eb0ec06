"""The table of ten cases on which every other check is wrong somewhere, and all checks on the same small nets."""

import numpy as np
from common import Figure, Net, quietly, table
from peers import PEERS, RANDOM, Case

from autograder.gradients import Verdict, check_vjp


def relu(x):
    return np.maximum(x, 0)


def relu_backward(dout, x):
    return dout * (x > 0)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softmax(x):
    e = np.exp(x - x.max())
    return e / e.sum()


def ten_cases():
    rng = np.random.default_rng(5)
    x, big = rng.normal(size=64), rng.normal(size=10_000)
    on_kink, by_kink = x.copy(), x.copy()
    on_kink[:4] = 0
    by_kink[0] = 3e-7
    zeroed = big / 100
    zeroed[int(np.argmin(np.abs(np.abs(big) - 1)))] = 0  # an entry of average size
    noise = rng.normal(size=big.size)
    noise -= noise.mean()
    zero_sum = big / 100 + 0.05 * np.linalg.norm(big / 100) * noise / np.linalg.norm(noise)

    def half_square(x):
        return np.asarray(x @ x / 200)

    return [
        Case("right: relu, 4 inputs at 0", relu, relu_backward, on_kink, True),
        Case("right: relu, one input 3e-7", relu, relu_backward, by_kink, True),
        Case("right: loss 1e6 + small", lambda x: np.asarray(1e6 + np.sin(x).sum()), lambda d, x: d * np.cos(x), x, True),
        Case("wrong: ignores upstream", np.tanh, lambda d, x: 1 - np.tanh(x) ** 2, x, False),
        Case("wrong: softmax backward 0", softmax, lambda d, x: np.zeros_like(x), x, False),
        Case("wrong: x 2, f scaled 1e-7", lambda x: np.asarray(1e-7 * np.sin(x).sum()), lambda d, x: d * 2e-7 * np.cos(x), x, False),
        Case("wrong: x 3, sigmoid at 16", sigmoid, lambda d, x: 3 * d * sigmoid(x) * sigmoid(-x), 16 + 0.3 * x, False),
        Case("wrong: 1 of 1e4 zeroed", half_square, lambda d, x: d * zeroed, big, False),
        Case("wrong: 5 %, sum zero, of 1e4", half_square, lambda d, x: d * zero_sum, big, False),
        Case("wrong: NaN both ways", lambda x: x * np.nan, lambda d, x: d * np.nan, x, False),
    ]


def ours(case):
    """What the check says: a right case must not be called wrong, a wrong one must."""
    verdict = check_vjp(case.f, case.backward, (case.x,)).verdict
    return verdict, (verdict is Verdict.WRONG) != case.right


def false_results(full):
    trials = 200 if full else 40
    rows, wrong_rows, our_wrong = [], dict.fromkeys(PEERS, 0), 0
    for case in ten_cases():
        cells = []
        for name, peer in PEERS.items():
            times = 5 if name in RANDOM and case.x.size < 100 else 20 if name == "minitorch" else 1
            with quietly():
                passed = np.mean([peer(case, np.random.default_rng(seed)) for seed in range(times)])
            bad = (passed < 0.5) if case.right else (passed > 0.5)
            wrong_rows[name] += bad
            told = "pass" if passed == 1 else "fail" if passed == 0 else f"{passed:.0%}"
            cells.append(f"{told}{'!' if bad else ''}")
        with quietly():
            verdicts = [ours(case) for _ in range(trials if case.x.size < 100 else trials // 4)]
        our_wrong += any(not right for _, right in verdicts)
        kinds = sorted({verdict.value for verdict, _ in verdicts})
        rows.append([case.name, *cells, "/".join(kinds)])
    rows.append(["rows wrong", *map(str, wrong_rows.values()), str(our_wrong)])
    table("ten cases; ! marks a wrong answer", ["case", *PEERS, "this check"], rows)
    return [
        Figure("rows of the ten in which this check is wrong", our_wrong, 0, at_most=True),
        Figure("fewest rows in which a peer is wrong", min(wrong_rows.values()), 1),
    ]


def net_case(rng, activation, error):
    net = Net(
        rng, [int(rng.integers(3, 7)), int(rng.integers(3, 9)), 3], activation, batch=int(rng.integers(2, 9)), gain=rng.uniform(0.7, 2.0)
    )
    shapes = {name: block.shape for name, block in net.parameters.items()}
    splits = np.cumsum([block.size for block in net.parameters.values()])[:-1]

    def unpack(x):
        return {name: part.reshape(shape) for part, (name, shape) in zip(np.split(x, splits), shapes.items(), strict=True)}

    x = np.concatenate([block.ravel() for block in net.parameters.values()])
    right = net.gradient(net.parameters)
    if error:
        name = min(right, key=lambda name: float(np.linalg.norm(right[name])) or np.inf)
        noise = rng.normal(size=right[name].shape)
        right[name] = right[name] + error * np.linalg.norm(right[name]) * noise / np.linalg.norm(noise)
    packed = np.concatenate([right[name].ravel() for name in shapes])
    case = Case("", lambda x: np.asarray(net.loss(unpack(x))), lambda d, x: d * packed, x, not error)
    return case, net, right


def small_nets(full):
    count = 60 if full else 18
    errors = (0.0, 1e-5, 1e-3, 1e-1)
    passed = {name: [] for name in (*PEERS, "this check")}
    from autograder.gradients import check_gradient

    for error in errors:
        for row in passed.values():
            row.append(0)
        for number in range(count):
            activation = ("tanh", "relu", "gelu")[number % 3]
            case, net, right = net_case(np.random.default_rng([number, 9]), activation, error)
            for name, peer in PEERS.items():
                with quietly():
                    passed[name][-1] += peer(case, np.random.default_rng(number))
            passed["this check"][-1] += check_gradient(net.loss, right, net.parameters).ok
    rows = [[name, f"{count - row[0]} of {count}", *(f"{count - miss} of {count}" for miss in row[1:])] for name, row in passed.items()]
    table(
        "small nets with cross entropy: right code called wrong, and errors of the block with the smallest gradient caught",
        ["check", "false alarms", "1e-5 caught", "1e-3 caught", "10 % caught"],
        rows,
    )
    mine = passed["this check"]
    return [
        Figure("small nets: false alarms", count - mine[0], 0, at_most=True),
        Figure("small nets: errors missed", sum(mine[1:]), 0, at_most=True),
    ]
