"""Rounding must never make right code look wrong: values that went through float32 or round(), offsets, minima, noise that hides kinks."""

import re

import numpy as np
import pytest
from gradient_nets import Net

from autograder.gradients import Reason, Verdict, check_gradient
from autograder.gradients.noise import UNEVEN, noise_level, scatter

SEEDS = range(5)


def draw(seed):
    return np.random.default_rng(seed)


def squares(x):
    return float(np.sum(x**2))


ROUNDINGS = {
    "float32 with an offset of 1e6": lambda value: float(np.float32(1e6 + value)),
    "float32 with an offset of 1e3": lambda value: float(np.float32(1e3 + value)),
    "float32 beside a float64": lambda value: float(np.float32(1e4 + value)) + 0.1,
    "float16": lambda value: float(np.float16(value)),
    "two decimals": lambda value: round(value, 2),
    "four decimals": lambda value: round(value, 4),
    "six decimals": lambda value: round(value, 6),
}


@pytest.mark.parametrize("name", ROUNDINGS)
def test_a_rounded_value_is_told_whatever_the_gradient(name):
    for seed in SEEDS:
        x = draw(seed).normal(size=6)
        for gradient in (2 * x, 3 * x):
            check = check_gradient(lambda x: ROUNDINGS[name](squares(x)), gradient, x, seed=seed)
            assert (check.verdict, check.reason) == (Verdict.INCONCLUSIVE, Reason.LOW_PRECISION), check
    assert "differences need float64 all through" in check.message


@pytest.mark.parametrize("decimals", [8, 10])
def test_a_value_of_some_more_decimals_is_judged_with_the_tolerance_that_leaves(decimals):
    for seed in SEEDS:
        net = Net(draw(seed), [5, 12, 4])
        right = net.gradient(net.parameters)

        def f(p, net=net):
            return round(net.loss(p), decimals)

        assert check_gradient(f, right, net.parameters, seed=seed).verdict is not Verdict.WRONG
        wrong = {name: 2 * block for name, block in right.items()}
        assert check_gradient(f, wrong, net.parameters, seed=seed).verdict is Verdict.WRONG


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_a_float32_loss_with_a_float64_penalty_is_not_blamed_on_the_gradient(activation):
    for seed in SEEDS:
        net = Net(draw(seed), [5, 12, 4], activation)

        def f(p, net=net):
            return float(np.float32(net.loss(p))) + 5e-3 * sum(squares(block) for block in p.values())

        right = {name: block + 1e-2 * net.parameters[name] for name, block in net.gradient(net.parameters).items()}
        check = check_gradient(f, right, net.parameters, seed=seed)
        assert (check.verdict, check.reason) == (Verdict.INCONCLUSIVE, Reason.LOW_PRECISION), check


def test_rounding_that_only_large_steps_show_is_told():
    for seed in SEEDS:
        x = draw(seed).normal(size=6) * 1e-2
        check = check_gradient(lambda x: 1 + round(squares(x), 9) + 1e-2 * squares(x), lambda x: 2.02 * x, x, seed=seed)
        assert (check.verdict, check.reason) == (Verdict.INCONCLUSIVE, Reason.LOW_PRECISION), check
        assert "over large steps" in check.message
        assert check.message.endswith("over small ones: compute all of it in float64")


@pytest.mark.parametrize(
    ("f", "gradient"),
    [
        (lambda x: float(np.sum(x**2 + x**3)), lambda x: 2 * x + 3 * x**2),
        (lambda x: float(np.sum(x**4)), lambda x: 4 * x**3),
        (lambda x: float(np.sum(x * np.sin(x) * np.exp(x))), lambda x: np.exp(x) * (np.sin(x) + x * np.cos(x) + x * np.sin(x))),
        (lambda x: float(np.sum(1 - np.cos(x))), np.sin),
    ],
)
def test_at_a_minimum_where_f_is_zero_a_zero_gradient_is_right_and_another_wrong(f, gradient):
    for seed in range(15):
        assert check_gradient(f, gradient, np.zeros(4), seed=seed).reason is Reason.ZERO
        assert check_gradient(f, np.full(4, 1e-5), np.zeros(4), seed=seed).verdict is Verdict.WRONG


@pytest.mark.parametrize("off", [0.0, 1e-15, 1e-13, 1e-12, 1e-10, 1e-8])
@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_next_to_a_minimum_right_code_is_never_wrong(activation, off):
    for seed in range(6):
        net = Net(draw(seed), [5, 8, 3], activation, loss="squared error")
        net.target = net._forward(net.parameters)[0][-1]
        point = {name: block * (1 + off) for name, block in net.parameters.items()}
        check = check_gradient(net.loss, net.gradient, point, seed=seed)
        assert check.verdict is not Verdict.WRONG, check
        assert check.ok or off < 1e-8


def test_far_enough_from_a_minimum_an_error_is_found():
    b = draw(0).normal(size=8)
    x = b * (1 + 1e-6 * draw(1).normal(size=8))
    assert check_gradient(lambda x: squares(x - b) / 2, lambda x: x - b, x).ok
    assert check_gradient(lambda x: squares(x - b) / 2, lambda x: 1.001 * (x - b), x).verdict is Verdict.WRONG


def test_what_noise_could_explain_is_inconclusive():
    for seed in SEEDS:
        net = Net(draw(seed), [8, 12, 12, 12, 5], "relu", batch=16, bias=0)
        net.x[0] = 1e-11 * draw(seed).normal(size=8)  # kinks that are nearer than any step that noise allows
        assert check_gradient(net.loss, net.gradient, net.parameters, seed=seed).verdict is not Verdict.WRONG
    check = check_gradient(lambda x: 1e8 + squares(x), lambda x: 2 * x * (1 + 5e-5), draw(0).normal(size=6), seed=0)
    assert (check.verdict, check.reason) == (Verdict.INCONCLUSIVE, Reason.NOISE)
    assert re.search(r"rounding of .* in the value could explain it; take a point with a larger gradient", check.message)
    assert check_gradient(lambda x: 1e8 + squares(x), lambda x: 2 * x * (1 + 1e-2), draw(0).normal(size=6), seed=0).verdict is Verdict.WRONG


def test_noise_that_is_the_same_along_all_directions_leaves_all_of_them():
    assert check_gradient(lambda x: 1e8 + squares(x), lambda x: 2 * x, draw(0).normal(size=6), seed=0).blocks[0].directions == 8


def test_a_function_of_subnormal_numbers_passes_no_gradient_that_is_not():
    def f(x):
        return 1e-320 * float(np.sum(np.sin(x)))

    assert check_gradient(f, lambda x: 1e-13 * np.cos(x), np.ones(4)).verdict is Verdict.WRONG
    assert check_gradient(f, lambda x: 1e-320 * np.cos(x), np.ones(4)).verdict is not Verdict.WRONG
    assert check_gradient(lambda x: 1e-300 * float(np.sum(np.sin(x))), lambda x: 1e-300 * np.cos(x), np.ones(4)).ok


@pytest.mark.parametrize(
    ("f", "gradient", "x", "reason"),
    [
        (lambda x: float((1e6 + np.sum(np.sin(x))) - 1e6), np.cos, [0.5, -1.5, 2.0], Reason.AGREES),
        (lambda x: float(np.sum(np.sin(1e6 * x))), lambda x: 1e6 * np.cos(1e6 * x), [0.5, -1.5, 2.0], Reason.AGREES),
        (lambda x: float(np.sum(np.sqrt(x))), lambda x: 0.5 / np.sqrt(x), [1e-30, 1.0], Reason.EDGE),
    ],
)
def test_float64_code_that_is_noisy_or_steep_is_not_called_float32(f, gradient, x, reason):
    for seed in SEEDS:
        check = check_gradient(f, gradient, np.array(x), seed=seed)
        assert check.reason is reason, check


def test_a_tolerance_below_the_usual_one_makes_the_differences_finer():
    x = np.linspace(0.1, 2.0, 5)

    def f(x):
        return float(np.sum(np.sin(40 * x)))

    assert check_gradient(f, lambda x: 40 * np.cos(40 * x), x, tolerance=1e-9, seed=0).ok
    assert check_gradient(f, lambda x: 40 * np.cos(40 * x) * (1 + 1e-8), x, tolerance=1e-9, seed=0).verdict is Verdict.WRONG


def test_a_tolerance_above_what_noise_needs_decides():
    assert check_gradient(squares, lambda x: 2.05 * x, np.ones(3), tolerance=0.05).ok
    assert check_gradient(squares, lambda x: 2.2 * x, np.ones(3), tolerance=0.05).verdict is Verdict.WRONG


def test_the_measures_of_noise_find_what_was_put_in():
    line, errors = np.linspace(0, 1e-8, 9), draw(0).normal(size=9) * 1e-12
    assert noise_level(np.sin(1 + line) + errors) == pytest.approx(1e-12, rel=0.6)
    assert noise_level(np.array([1e308, -1e308] * 4 + [1e308])) > 1e307  # its differences overflow
    stairs = np.floor(np.linspace(0.1, 30, 400) * UNEVEN[:, None]) / 7
    found = [scatter(UNEVEN, column) for column in stairs.T]
    assert np.median(found) == pytest.approx(1 / 7 / 12**0.5, rel=0.2)
