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
    assert check.calls <= 6 * 3 + 9 + 2


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
    "Jacobian raises": (softmax, raises, X, "wrong", Reason.RAISED, "the Jacobian raised KeyError"),
    "NaN": (lambda x: x * np.nan, np.eye(3), X, "wrong", Reason.VALUE_NOT_FINITE, "not finite at the point"),
    "NaN Jacobian": (softmax, np.full((3, 3), np.nan), X, "wrong", Reason.GRADIENT_NOT_FINITE, "holds NaN in 9 of 9"),
    "shape": (softmax, np.eye(2), X, "wrong", Reason.GRADIENT_SHAPE, r"shape \(2, 2\)"),
    "integers": (softmax, np.eye(3), np.array([1, 2, 3]), "inconclusive", Reason.POINT_DTYPE, "no small steps"),
    "empty": (softmax, np.eye(0), np.zeros(0), "inconclusive", Reason.EMPTY, "nothing to check"),
    "random": (lambda x: GENERATOR.normal(size=3), np.eye(3), X, "inconclusive", Reason.NONDETERMINISTIC, "another value on each call"),
    "text": (lambda x: "x", np.eye(3), X, "wrong", Reason.VALUE_SHAPE, "real numbers of shape"),
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
