"""Every way in which a function or a gradient can be bad has a verdict, a reason and a message of its own; none crashes, none passes."""

import itertools
import re

import numpy as np
import pytest

from autograder.gradients import Reason, Verdict, check_gradient

X = np.array([0.5, -1.5, 2.0])


def square(x):
    return float(np.sum(x * x))


def double(x):
    return 2 * x


def writes(x):
    x *= 2
    return float(np.sum(x))


def raises(x):
    raise KeyError("W3")


def in_float32(x):
    return float(np.sum(np.tanh(x.astype(np.float32)) ** 2))


def partly_in_float32(x):
    return float(np.sum(np.exp(np.tanh(np.outer(x, x)).astype(np.float32).astype(np.float64))))


def entropy(x):
    return float(np.sum(x * np.log(np.maximum(x, 1e-300)))) if x.min() >= 0 else float("nan")


def writes_gradient(x):
    x += 1
    return 2 * x


COUNT = itertools.count()
NOISE = np.random.default_rng(0)
CASES = {
    "NaN": (
        lambda x: float("nan"),
        double,
        X,
        "wrong",
        Reason.VALUE_NOT_FINITE,
        "the function is nan at the point, so it has no derivative there",
    ),
    "inf": (lambda x: np.float64("inf"), double, X, "wrong", Reason.VALUE_NOT_FINITE, "the function is inf at the point"),
    "NaN twice": (lambda x: float("nan"), lambda x: x * np.nan, X, "wrong", Reason.VALUE_NOT_FINITE, "the function is nan at the point"),
    "an array": (
        lambda x: x * x,
        double,
        X,
        "wrong",
        Reason.VALUE_NOT_SCALAR,
        r"must return one real number \(got an array of shape \(3,\)",
    ),
    "an array of one": (lambda x: np.sum(x * x, keepdims=True), double, X, "wrong", Reason.VALUE_NOT_SCALAR, r"an array of shape \(1,\)"),
    "None": (lambda x: None, double, X, "wrong", Reason.VALUE_NOT_SCALAR, r"must return one real number \(got NoneType\)"),
    "complex": (lambda x: 1j, double, X, "wrong", Reason.VALUE_NOT_SCALAR, r"\(got complex\)"),
    "text": (lambda x: "1.0", double, X, "wrong", Reason.VALUE_NOT_SCALAR, r"\(got str\)"),
    "a counter": (
        lambda x: square(x) + next(COUNT),
        double,
        X,
        "inconclusive",
        Reason.NONDETERMINISTIC,
        "gives another value on each call",
    ),
    "dropout": (
        lambda x: square(x * (NOISE.random(64) < 0.5)),
        double,
        np.ones(64),
        "inconclusive",
        Reason.NONDETERMINISTIC,
        "fix its random numbers",
    ),
    "returns float32": (
        lambda x: np.float32(square(x)),
        double,
        X,
        "inconclusive",
        Reason.LOW_PRECISION,
        "the function returns float32: differences need",
    ),
    "float32 inside": (in_float32, double, X, "inconclusive", Reason.LOW_PRECISION, "every value of the function is that of a float32"),
    "some float32": (partly_in_float32, double, X, "inconclusive", Reason.LOW_PRECISION, "carry noise of .*float64 all through"),
    "mutates": (writes, lambda x: np.full(3, 2.0), X, "wrong", Reason.MUTATES, "the function writes into its argument"),
    "raises": (raises, double, X, "wrong", Reason.RAISED, "the function raised KeyError: 'W3'"),
    "integers": (square, double, np.array([1, 2]), "inconclusive", Reason.POINT_DTYPE, r"dtype int64: an integer has no small steps"),
    "booleans": (square, double, np.array([True]), "inconclusive", Reason.POINT_DTYPE, r"dtype bool"),
    "complex point": (square, double, np.array([1j]), "inconclusive", Reason.POINT_DTYPE, "it must be real floats; pass float64"),
    "NaN point": (square, double, np.array([np.nan]), "inconclusive", Reason.POINT_NOT_FINITE, "the point's block x holds NaN or infinity"),
    "empty": (
        square,
        double,
        np.zeros((0, 3)),
        "inconclusive",
        Reason.EMPTY,
        r"the point is empty \(x of shape \(0, 3\)\): nothing to check",
    ),
    "no blocks": (square, double, {}, "inconclusive", Reason.EMPTY, r"the point is empty \(no blocks\)"),
    "wrong shape": (square, lambda x: np.ones((3, 1)), X, "wrong", Reason.GRADIENT_SHAPE, r"has shape \(3, 1\), x has shape \(3,\)"),
    "a number": (square, lambda x: 2.0, X, "wrong", Reason.GRADIENT_SHAPE, r"has shape \(\), x has shape \(3,\)"),
    "integer gradient": (square, lambda x: np.array([1, -3, 4]), X, "wrong", Reason.GRADIENT_DTYPE, "dtype int64, it must be float64"),
    "float32 gradient": (square, lambda x: double(x).astype(np.float32), X, "wrong", Reason.GRADIENT_DTYPE, "dtype float32"),
    "complex gradient": (square, lambda x: double(x) + 0j, X, "wrong", Reason.GRADIENT_DTYPE, "dtype complex128"),
    "None gradient": (square, lambda x: None, X, "wrong", Reason.GRADIENT_DTYPE, "the gradient of x is None, it must be"),
    "ragged gradient": (square, lambda x: [[1.0], [2.0, 3.0]], X, "wrong", Reason.GRADIENT_DTYPE, "of x is a ragged list, it must"),
    "dictionary gradient": (square, lambda x: {"W": x}, X, "wrong", Reason.GRADIENT_DTYPE, "the gradient of x is a dict, it must be"),
    "objects gradient": (square, lambda x: np.array([1, None, 2]), X, "wrong", Reason.GRADIENT_DTYPE, "is an array of objects, it must"),
    "missing block": (
        lambda p: square(p["W"]),
        lambda p: {"w": p["W"]},
        {"W": X},
        "wrong",
        Reason.GRADIENT_STRUCTURE,
        "has blocks w; the point has W",
    ),
    "lone gradient": (
        lambda p: square(p[0]),
        lambda p: X,
        [X, X],
        "wrong",
        Reason.GRADIENT_STRUCTURE,
        r"is a lone ndarray; the point has \[0\], \[1\]",
    ),
    "no gradient": (lambda p: square(p[0]), lambda p: None, [X, X], "wrong", Reason.GRADIENT_STRUCTURE, r"the gradient is None; the point"),
    "NaN gradient": (square, lambda x: np.array([1.0, np.nan, 4.0]), X, "wrong", Reason.GRADIENT_NOT_FINITE, "holds NaN in 1 of 3 entries"),
    "inf gradient": (square, lambda x: np.full(3, -np.inf), X, "wrong", Reason.GRADIENT_NOT_FINITE, "holds infinity in 3 of 3 entries"),
    "gradient raises": (square, raises, X, "wrong", Reason.GRADIENT_RAISED, "the gradient raised KeyError: 'W3'"),
    "gradient mutates": (square, writes_gradient, X, "wrong", Reason.GRADIENT_MUTATES, "the gradient writes into its argument"),
    "on a kink": (
        lambda x: float(np.sum(np.maximum(x, 0))),
        lambda x: (x > 0) * 1.0,
        np.array([1.0, 0.0, -1.0]),
        "inconclusive",
        Reason.KINK,
        "x: the function has a kink at the point along 24 of 24 directions; move the point away from it",
    ),
    "edge of the domain": (
        entropy,
        lambda x: x * 0,
        np.zeros(9),
        "inconclusive",
        Reason.EDGE,
        "not finite, or raises, next to the point along 24 of 24 directions; move the point inward",
    ),
    "jumps": (lambda x: float(np.sum(np.sin(1e12 * x))), double, X, "inconclusive", Reason.NOISE, "between neighbouring points they jump"),
    "drowned": (
        lambda x: 1e12 + 1e-4 * square(x),
        lambda x: 2e-4 * x,
        X,
        "inconclusive",
        Reason.NOISE,
        "in the value drowns a derivative of .*larger gradient|to within their noise of .*larger gradient",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_each_has_its_own_verdict_and_message(case):
    f, gradient, x, verdict, reason, message = CASES[case]
    check = check_gradient(f, gradient, x)
    assert (check.verdict.value, check.reason) == (verdict, reason), check
    assert re.search(message, check.message), check.message
    assert not check.ok


def test_no_reason_is_left_without_a_case():
    told = {case[4] for case in CASES.values()} | {Reason.AGREES, Reason.ZERO, Reason.DISAGREES, Reason.VALUE_SHAPE, Reason.NO_STEP}
    assert told == set(Reason)


def test_a_function_that_changes_after_a_while_is_found_out():
    calls = itertools.count()
    check = check_gradient(lambda x: square(x) * (1 + (next(calls) > 20)), double, X)
    assert check.reason is Reason.NONDETERMINISTIC


def test_an_empty_block_beside_others_is_nothing_to_check():
    check = check_gradient(lambda p: square(p["W"]), lambda p: {"W": 2 * p["W"], "b": np.zeros(0)}, {"W": X, "b": np.zeros(0)})
    assert check.ok
    assert check.blocks[1].reason is Reason.EMPTY


def test_a_function_may_raise_next_to_the_point_as_long_as_smaller_steps_do_not():
    def f(x):
        if abs(x[0] - 1) > 1e-5:
            raise ValueError("out of range")
        return float(x[0] ** 3)

    assert check_gradient(f, lambda x: 3 * x * x, np.array([1.0])).ok


def test_a_float32_point_is_widened():
    assert check_gradient(square, lambda x: 2 * x, X.astype(np.float32)).ok


@pytest.mark.parametrize("offset", [1e3, 1e6, 1e9])
def test_a_loss_with_a_large_offset_is_judged_with_the_tolerance_its_rounding_allows(offset):
    def f(x):
        return offset + float(np.sum(np.sin(x)))

    right = check_gradient(f, np.cos, X)
    assert right.ok, right.message
    assert not check_gradient(f, lambda x: np.cos(x) * 1.01, X).ok
    assert check_gradient(f, lambda x: np.cos(x) * 1.1, X).verdict is Verdict.WRONG
    assert right.tolerance < 1e-5 if offset < 1e9 else 2e-7 < right.tolerance < 1e-3


def test_gradients_of_1e_12_are_judged_where_the_loss_is_as_small_and_never_pass_wrongly_where_it_is_not():
    def small(x):
        return 1e-12 * float(np.sum(np.sin(x)))

    assert check_gradient(small, lambda x: 1e-12 * np.cos(x), X).ok
    assert check_gradient(small, lambda x: 1.0001e-12 * np.cos(x), X).verdict is Verdict.WRONG
    assert check_gradient(lambda x: 1 + small(x), lambda x: 3e-12 * np.cos(x), X).verdict is Verdict.WRONG
    assert check_gradient(lambda x: 1 + small(x), lambda x: 1e-12 * np.cos(x), X).verdict is not Verdict.WRONG
    unsure = check_gradient(lambda x: 1 + 0.1 * small(x), lambda x: 1e-13 * np.cos(x), X)
    assert (unsure.verdict, unsure.reason) == (Verdict.INCONCLUSIVE, Reason.NOISE)


def test_a_saturated_loss_is_small_but_not_float32():
    z = np.array([22.0, 0.0, -1.0])

    def f(z):
        top = z.max()
        return float(np.log(np.sum(np.exp(z - top))) + top - z[0])  # loses all but 1e-15 of 22

    def gradient(z):
        e = np.exp(z - z.max())
        p = e / e.sum()
        p[0] = -(p[1] + p[2])
        return p

    assert f(z) < 1e-9
    check = check_gradient(f, gradient, z)
    assert check.verdict is Verdict.OK, check
    assert check_gradient(f, lambda z: 3 * gradient(z), z).verdict is Verdict.WRONG


def test_a_kink_near_the_point_is_no_reason_to_fail_right_code():
    x = np.random.default_rng(0).normal(size=50)
    x[7] = 3e-7
    check = check_gradient(lambda x: float(np.sum(np.maximum(x, 0))), lambda x: (x > 0) * 1.0, x)
    assert check.verdict is Verdict.OK, check.message
    assert check_gradient(lambda x: float(np.sum(np.maximum(x, 0))), lambda x: (x > -1e-3) * 1.001, x).verdict is Verdict.WRONG


def test_a_function_that_writes_into_its_argument_later_is_found_out():
    calls = itertools.count()

    def f(p):
        if next(calls) == 30:
            p["W"] += 1e-3
            p["b"] += 1e-3
        return square(p["W"]) + square(p["b"])

    check = check_gradient(f, lambda p: {name: 2 * block for name, block in p.items()}, {"W": X, "b": X})
    assert (check.verdict, check.reason) == (Verdict.WRONG, Reason.MUTATES)


def test_a_function_without_a_step_that_is_small_enough_is_not_blamed_on_the_gradient(monkeypatch):
    monkeypatch.setattr("autograder.gradients.search.SMALLEST_STEP", 1e-4)
    check = check_gradient(lambda x: float(np.sum(np.sin(5e3 * x))), lambda x: 5e3 * np.cos(5e3 * x), X)
    assert (check.verdict, check.reason) == (Verdict.INCONCLUSIVE, Reason.NO_STEP)
    assert re.search(r"down to the smallest the differences change with the step along \d+ of 24 directions", check.message)
