"""On a kink there is no derivative, and next to one the step shrinks: right code is never wrong there, whatever curvature hides."""

import numpy as np
import pytest

from autograder.gradients import Reason, Verdict, check_gradient

X = np.array([0.0, 0.5, -1.0, 2.0])
FIRST = np.arange(4) == 0


def kinked(smooth, jump):
    return lambda x: float(np.sum(smooth(x)) + jump * max(x[0], 0.0))


def slope(smooth, jump, side):
    return lambda x: smooth(x) + jump * ((x > 0) + side * (x == 0)) * FIRST


CURVED = {
    "square": (np.square, lambda x: 2 * x),
    "tanh": (lambda x: np.tanh(x + 0.3), lambda x: 1 - np.tanh(x + 0.3) ** 2),
    "flat": (lambda x: x, np.ones_like),
}


@pytest.mark.parametrize("side", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("jump", [1.0, 1e-2, 1e-3, 1e-4])
@pytest.mark.parametrize("name", CURVED)
def test_curvature_hides_no_kink_at_the_point(name, jump, side):
    f, gradient = CURVED[name]
    for seed in range(3):
        check = check_gradient(kinked(f, jump), slope(gradient, jump, side), X, seed=seed)
        assert (check.verdict, check.reason) == (Verdict.INCONCLUSIVE, Reason.KINK), check
    assert "x: the function has a kink at the point along" in check.message


@pytest.mark.parametrize("side", [0.0, 1.0])
@pytest.mark.parametrize("jump", [3e-5, 3e-6, 1.4e-6, 7e-7, 3e-7, 1e-7, 1e-8])
@pytest.mark.parametrize("name", CURVED)
def test_a_kink_that_is_too_small_to_be_seen_is_too_small_to_fail_right_code(name, jump, side):
    f, gradient = CURVED[name]
    for seed in range(5):
        check = check_gradient(kinked(f, jump), slope(gradient, jump, side), X, seed=seed)
        assert check.verdict is not Verdict.WRONG, check
        assert check.ok or jump > 1e-8


@pytest.mark.parametrize("power", range(-9, 0))
def test_next_to_a_kink_the_step_shrinks(power):
    x = np.random.default_rng(1).normal(size=20)
    x[3] = 1.3 * 10.0**power
    for seed in range(3):
        check = check_gradient(
            lambda x: float(np.sum(np.maximum(x, 0) + np.sin(x))), lambda x: (x > 0) + np.cos(x), x, directions=8, seed=seed
        )
        assert check.ok or (check.reason is Reason.KINK and power == -9), check


@pytest.mark.parametrize("where", [0.15, 0.1556, 0.3, 0.444, 0.5, 0.9])
def test_a_kink_between_the_six_distances_is_not_overlooked(where):
    at = where * 1e-3
    for jump in (1e-2, 1e-4, 1e-6):
        for seed in range(3):
            check = check_gradient(
                lambda x, jump=jump: float(np.sum(np.sin(x)) + jump * max(x[0] - at, 0.0)),
                lambda x, jump=jump: np.cos(x) + jump * (x[0] > at) * FIRST,
                X,
                seed=seed,
            )
            assert check.verdict is not Verdict.WRONG, check


def test_a_relu_nearer_to_its_kink_than_any_step_is_a_kink_and_not_float32():
    for seed in range(20):
        check = check_gradient(
            lambda x: float(np.maximum(x, 0).sum()), lambda x: (x > 0) * 1.0, np.array([1e-9, 1.0, -1.0, 2.0]), seed=seed
        )
        assert (check.verdict, check.reason) == (Verdict.INCONCLUSIVE, Reason.KINK), check


def test_a_jump_at_the_point_is_not_called_a_kink():
    for seed in range(6):
        check = check_gradient(lambda x: float(np.sum(x**2) + (x[0] > 0)), lambda x: 2 * x, X, seed=seed)
        assert check.verdict is Verdict.INCONCLUSIVE
        assert check.reason in {Reason.NO_STEP, Reason.NOISE}, check


def test_where_no_step_fits_the_message_says_what_was_seen_and_what_to_do():
    check = check_gradient(lambda x: float(np.sum(np.maximum(x, 0) ** 2)), lambda x: 2 * np.maximum(x, 0), np.zeros(4))
    assert (check.verdict, check.reason) == (Verdict.INCONCLUSIVE, Reason.NO_STEP)
    assert "the differences change with the step along 24 of 24 directions" in check.message
    assert check.message.endswith("take another one")
    check = check_gradient(lambda x: float(np.sum(np.sin(x))), np.cos, np.array([1e8, 1e-3, 1.0]), seed=0)
    assert (check.verdict, check.reason) == (Verdict.INCONCLUSIVE, Reason.NO_STEP)
    assert "and its entries are of sizes from 1e-03 to 1e+08: make blocks of those of one size" in check.message


@pytest.mark.parametrize("scale", [1e-12, 1e-9, 1e-6, 1.0, 1e6])
def test_a_function_that_varies_on_the_scale_of_its_point_is_judged_at_any_scale(scale):
    x = scale * np.array([0.5, -1.5, 2.0])
    for seed in range(4):
        right = check_gradient(lambda x: float(np.sum(np.sin(x / scale))), lambda x: np.cos(x / scale) / scale, x, seed=seed)
        assert right.ok, right
        wrong = check_gradient(lambda x: float(np.sum(np.sin(x / scale))), lambda x: 1.01 * np.cos(x / scale) / scale, x, seed=seed)
        assert wrong.verdict is Verdict.WRONG, wrong


@pytest.mark.parametrize("size", [0.0, 1e-12, 1e-5])
def test_small_weights_of_a_function_that_does_not_vary_on_their_scale_keep_the_tolerance(size):
    x = size * np.array([0.5, -1.5, 2.0])
    check = check_gradient(lambda x: 2 + float(np.sum(np.sin(x + 0.3))), lambda x: np.cos(x + 0.3), x)
    assert check.ok
    assert check.tolerance == 2e-7


@pytest.mark.parametrize("seed", range(12))
def test_a_point_next_to_a_singularity_of_the_slope_never_fails_right_code(seed):
    x = np.array([0.5, -1.5, 2.0]) * 1e-13
    check = check_gradient(lambda x: float(np.sum(np.abs(x) ** 1.5)), lambda x: 1.5 * np.abs(x) ** 0.5 * np.sign(x), x, seed=seed)
    assert check.verdict is not Verdict.WRONG
