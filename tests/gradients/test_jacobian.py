"""check_jacobian: the entry that is wrong is named with both numbers; what can't be judged is not."""

import re

import numpy as np
import pytest

from autograder.gradients import Reason, Verdict, check_jacobian

X = np.array([0.5, -1.5, 2.0])


def softmax(z):
    e = np.exp(z - z.max())
    return e / e.sum()


def softmax_jacobian(z):
    p = softmax(z)
    return np.diag(p) - np.outer(p, p)


def test_a_right_jacobian_is_ok():
    check = check_jacobian(softmax, softmax_jacobian, X)
    assert check.ok
    assert check.message.startswith("all 9 entries agree")
    assert check.jacobian == pytest.approx(softmax_jacobian(X), rel=1e-9, abs=1e-12)
    assert check.calls <= 6 * 3 + 60


def test_the_wrong_entry_is_named_with_both_numbers():
    wrong = softmax_jacobian(X)
    wrong[2, 0] *= -1
    check = check_jacobian(softmax, wrong, X)
    assert (check.verdict, check.entry, check.wrong) == (Verdict.WRONG, (2, 0), 1)
    assert re.fullmatch(
        r"d f\[2\] / d x\[0\]: you returned 0\.\d+, finite differences give -0\.\d+ \(relative error 2\.0e\+00, allowed 1\.0e-06\)",
        check.message,
    )


def test_a_small_wrong_entry_beside_large_ones_is_found():
    x = np.array([1.0, 1e-6])
    right = np.array([2.0, 2e-6])
    assert check_jacobian(lambda x: float(np.sum(x * x)), right, x).ok
    check = check_jacobian(lambda x: float(np.sum(x * x)), right * [1, 1.5], x)
    assert check.entry == (1,)
    assert check.message.startswith("d f / d x[1]: you returned 3e-06")


def test_the_diagonal_only_mistake_shows_every_entry():
    p = softmax(X)
    assert check_jacobian(softmax, np.diag(p * (1 - p)), X).wrong == 6


def test_arrays_of_any_shape():
    x = np.arange(6.0).reshape(2, 3) / 5

    def jacobian(x):
        made = np.zeros((3, 2, 2, 3))
        for i, j in np.ndindex(2, 3):
            made[j, i, i, j] = 2 * x[i, j]
        return made

    assert check_jacobian(lambda x: (x**2).T, jacobian, x).ok


def test_batches():
    class Batches:
        def many(self, points):
            return [softmax(point) for point in points]

    assert check_jacobian(Batches(), softmax_jacobian, X).ok


def writes(x):
    x += 1
    return x


def raises(_):
    raise KeyError("no")


def writes_below_zero(x):
    x[x < 0.499] = 0
    return x * 1.0


def at_one_point_only(x):
    if x[0] != X[0]:
        raise ZeroDivisionError
    return x


def tanh_jacobian(x):
    return np.diag(1 - np.tanh(x) ** 2)


def tanh_jacobian_in_place(x):
    made = tanh_jacobian(x)
    x += 1
    return made


GENERATOR = np.random.default_rng(0)
BAD = {
    "kink": (
        lambda x: np.maximum(x, 0),
        lambda x: np.diag((x > 0) * 1.0),
        np.array([1.0, 0.0]),
        "inconclusive",
        Reason.KINK,
        r"d f\[1\] / d x\[1\] can't be",
    ),
    "edge": (np.sqrt, np.zeros((1, 1)), np.zeros(1), "inconclusive", Reason.EDGE, "can't be judged here"),
    "noise": (lambda x: 1e15 + x, np.eye(3), X * 1e-3, "inconclusive", Reason.NOISE, "can't be judged here"),
    "mutates": (writes, np.eye(3), X, "wrong", Reason.MUTATES, "writes into its argument"),
    "raises": (raises, np.eye(3), X, "wrong", Reason.RAISED, "the function raised KeyError"),
    "Jacobian raises": (softmax, raises, X, "wrong", Reason.GRADIENT_RAISED, "the Jacobian raised KeyError"),
    "NaN": (lambda x: x * np.nan, np.eye(3), X, "wrong", Reason.VALUE_NOT_FINITE, "the function is nan at the point"),
    "NaN Jacobian": (softmax, np.full((3, 3), np.nan), X, "wrong", Reason.GRADIENT_NOT_FINITE, "holds NaN in 9 of 9"),
    "shape": (softmax, np.eye(2), X, "wrong", Reason.GRADIENT_SHAPE, r"shape \(2, 2\)"),
    "integers": (softmax, np.eye(3), np.array([1, 2, 3]), "inconclusive", Reason.POINT_DTYPE, "no small steps"),
    "empty": (softmax, np.eye(0), np.zeros(0), "inconclusive", Reason.EMPTY, "nothing to check"),
    "random": (lambda x: GENERATOR.normal(size=3), np.eye(3), X, "inconclusive", Reason.NONDETERMINISTIC, "another value on each call"),
    "text": (lambda x: "x", np.eye(3), X, "wrong", Reason.VALUE_SHAPE, "wanted are real numbers"),
    "ragged": (lambda x: [[1.0], [1.0, 2.0]], np.eye(3), X, "wrong", Reason.VALUE_SHAPE, "the function returned a ragged list"),
    "None": (lambda x: None, np.eye(3), X, "wrong", Reason.VALUE_SHAPE, "the function returned None"),
    "another shape next to the point": (
        lambda x: x if x[0] == X[0] else x[:2],
        np.eye(3),
        X,
        "wrong",
        Reason.VALUE_SHAPE,
        r"shape \(2,\), wanted are real numbers of shape \(3,\)",
    ),
    "transposed": (
        lambda x: x[:2],
        np.eye(3)[:, :2],
        X,
        "wrong",
        Reason.GRADIENT_SHAPE,
        r"shape \(3, 2\), wanted is that of f\(x\) followed by that of x, \(2, 3\); transposed\?",
    ),
    "Jacobian writes": (np.tanh, tanh_jacobian_in_place, X, "wrong", Reason.GRADIENT_MUTATES, "the Jacobian writes into its argument"),
    "writes next to the point": (writes_below_zero, np.eye(3), abs(X), "wrong", Reason.MUTATES, "the function writes into its argument"),
    "raises next to the point": (at_one_point_only, np.eye(3), X, "inconclusive", Reason.EDGE, "can't be judged here"),
    "float32 inside": (
        lambda x: np.tanh(x.astype(np.float32)).astype(float),
        tanh_jacobian,
        X,
        "inconclusive",
        Reason.LOW_PRECISION,
        "carry noise",
    ),
    "float32 and an offset": (
        lambda x: (1e4 + np.tanh(x)).astype(np.float32).astype(float),
        tanh_jacobian,
        X,
        "inconclusive",
        Reason.LOW_PRECISION,
        "",
    ),
    "rounded": (lambda x: np.round(np.tanh(x), 4), tanh_jacobian, X, "inconclusive", Reason.LOW_PRECISION, ""),
    "kink beside curvature": (
        lambda x: 100 * x**2 + 0.05 * np.maximum(x, 0),
        lambda x: np.diag(200 * x + 0.05 * (x > 0)),
        np.array([0.0, 1.0]),
        "inconclusive",
        Reason.KINK,
        r"d f\[0\] / d x\[0\] can't be",
    ),
    "float32": (lambda x: x.astype(np.float32), np.eye(3), X, "inconclusive", Reason.LOW_PRECISION, "returns float32"),
}


@pytest.mark.parametrize("case", BAD)
def test_each_bad_input_has_its_own_verdict_and_message(case):
    f, jacobian, x, verdict, reason, message = BAD[case]
    check = check_jacobian(f, jacobian, x)
    assert (check.verdict.value, check.reason) == (verdict, reason), check
    assert re.search(message, check.message), check.message
    assert not check.ok


def test_a_transports_exceptions_pass_through():
    class Transport:
        def many(self, points):
            raise TimeoutError("the box is gone")

    with pytest.raises(TimeoutError, match="the box is gone"):
        check_jacobian(Transport(), np.eye(3), X)


def test_ranges():
    with pytest.raises(ValueError, match="tolerance must lie between 0 and 1"):
        check_jacobian(softmax, softmax_jacobian, X, tolerance=2)
    with pytest.raises(ValueError, match="too many to check one by one; use check_vjp"):
        check_jacobian(lambda x: x, lambda x: np.eye(1001), np.ones(1001))


@pytest.mark.parametrize("scale", [1e-300, 1e-12, 1e-6, 1e6, 1e12, 1e300])
def test_the_verdict_does_not_depend_on_the_scale_of_the_point(scale):
    x = np.random.default_rng(1).standard_normal(4)
    right = tanh_jacobian(x) / scale
    assert check_jacobian(lambda z: np.tanh(z / scale), right, x * scale).ok
    wrong = right.copy()
    wrong[1, 1] *= 1.001
    assert check_jacobian(lambda z: np.tanh(z / scale), wrong, x * scale).entry == (1, 1)


def test_entries_of_very_different_sizes_each_get_a_step():
    x = np.array([1e8, 0.5])
    right = np.diag([1e-8, np.cos(0.5)])
    assert check_jacobian(lambda x: np.array([x[0] * 1e-8, np.sin(x[1])]), right, x).ok


def test_one_buffer_for_all_answers_does_no_harm():
    buffer = np.empty(3)
    assert check_jacobian(lambda x: np.tanh(x, out=buffer), tanh_jacobian, X).ok


def test_a_looser_tolerance_lets_a_small_error_pass():
    off = softmax_jacobian(X) * (1 + 1e-4)
    assert check_jacobian(softmax, off, X).verdict is Verdict.WRONG
    assert check_jacobian(softmax, off, X, tolerance=1e-3).ok


def test_the_error_told_is_of_entries_that_can_be_told():
    x = np.array([30.0])
    check = check_jacobian(lambda z: 1 / (1 + np.exp(-z)), lambda z: np.diag(np.exp(-z) / (1 + np.exp(-z)) ** 2), x)
    assert check.verdict is not Verdict.WRONG
    assert not check.error > 1e-2
