"""What f, its gradient, the point and the options may be that they should not: a verdict or a ValueError with a sentence, never a crash."""

import sys

import numpy as np
import pytest

from autograder.gradients import Reason, Verdict, check_gradient

X = np.array([0.5, -1.5, 2.0])


class Tensor:
    """As a torch tensor that requires a gradient."""

    def __array__(self, dtype=None, copy=None):
        raise RuntimeError("Can't call numpy() on Tensor that requires grad.")


class UnprintableError(Exception):
    def __str__(self):
        raise ValueError("no text")


def square(x):
    return float(np.sum(x * x))


def double(x):
    return 2 * x


def exits(_):
    sys.exit("bye")


def unprintable(_):
    raise UnprintableError


@pytest.mark.parametrize(
    ("f", "reason", "message"),
    [
        (lambda x: 10**400, Reason.VALUE_NOT_FINITE, "the function is inf at the point"),
        (lambda x: -(10**400), Reason.VALUE_NOT_FINITE, "the function is -inf at the point"),
        (lambda x: np.longdouble("1e4000"), Reason.VALUE_NOT_FINITE, "the function is inf at the point"),
        (lambda x: np.ma.masked, Reason.VALUE_NOT_FINITE, "the function is nan at the point"),
        (exits, Reason.RAISED, "the function raised SystemExit: bye"),
        (unprintable, Reason.RAISED, "the function raised UnprintableError"),
        (lambda x: Tensor(), Reason.VALUE_NOT_SCALAR, "must return one real number (got Tensor)"),
    ],
)
def test_a_value_that_is_no_finite_number_is_the_functions_fault(f, reason, message):
    check = check_gradient(f, double, X)
    assert (check.verdict, check.reason) == (Verdict.WRONG, reason)
    assert message in check.message
    assert check.reason.of_function


@pytest.mark.parametrize("beyond", [lambda: 10**400, lambda: np.ma.masked, lambda: sys.exit(1), lambda: np.longdouble("1e4000")])
def test_next_to_the_point_it_is_an_edge_of_the_domain(beyond):
    assert check_gradient(lambda x: square(x) if x[0] <= 0.5 else beyond(), double, X).reason is Reason.EDGE
    assert check_gradient(lambda x: square(x) if x[0] <= 0.6 else beyond(), double, X).ok


@pytest.mark.parametrize(
    ("gradient", "reason", "message"),
    [
        (
            lambda x: Tensor(),
            Reason.GRADIENT_DTYPE,
            "the gradient of x is a Tensor that numpy can't read (RuntimeError: Can't call numpy()",
        ),
        (lambda x: np.full(3, np.longdouble("1e4000")), Reason.GRADIENT_NOT_FINITE, "holds infinity in 3 of 3 entries"),
        (exits, Reason.GRADIENT_RAISED, "the gradient raised SystemExit: bye"),
        (unprintable, Reason.GRADIENT_RAISED, "the gradient raised UnprintableError"),
        (lambda x: np.full(3, 1e308), Reason.DISAGREES, "differ by a relative error of inf (allowed 2.0e-07)"),
    ],
)
def test_a_gradient_that_is_no_finite_array_is_not_the_functions_fault(gradient, reason, message):
    check = check_gradient(square, gradient, X)
    assert (check.verdict, check.reason) == (Verdict.WRONG, reason)
    assert message in check.message
    assert not check.reason.of_function


def test_a_long_double_within_the_range_is_a_float():
    assert check_gradient(square, lambda x: double(x).astype(np.longdouble), X.astype(np.longdouble)).ok


def test_a_point_of_another_kind_is_told():
    check = check_gradient(square, double, Tensor())
    assert (check.verdict, check.reason) == (Verdict.INCONCLUSIVE, Reason.POINT_DTYPE)
    assert "the point's block x is a Tensor that numpy can't read (RuntimeError: Can't call numpy()" in check.message
    check = check_gradient(square, double, {"W": None})
    assert check.message == "the point's block W is None: it must be real floats; pass float64"
    check = check_gradient(square, double, np.array([np.longdouble("1e4000")]))
    assert check.reason is Reason.POINT_NOT_FINITE


W, B = np.ones((2, 2)), np.ones(2)


@pytest.mark.parametrize(
    ("point", "block"), [([[1.0], [2.0, 3.0]], "x"), ([(W, B), (W, B)], "x"), ({"l1": [[1.0], [2.0, 3.0]]}, "l1"), ({"l1": {"W": W}}, "l1")]
)
def test_a_nested_or_ragged_point_is_refused(point, block):
    with pytest.raises(ValueError, match=f"the point's block {block} is nested or ragged; pass a flat dict of arrays"):
        check_gradient(lambda p: 1.0, lambda p: p, point)


def test_keys_that_read_the_same_are_refused():
    with pytest.raises(ValueError, match=r"the point's keys must differ as text \(got 1, 1\)"):
        check_gradient(lambda p: 1.0, lambda p: p, {1: X, "1": X})
    check = check_gradient(lambda p: square(p[1]), lambda p: {1: 2 * p[1], "1": p[1]}, {1: X})
    assert check.message == "the gradient has blocks 1, 1; the point has 1"


@pytest.mark.parametrize("directions", [8.5, float("nan"), "8", None, 0])
def test_directions_must_be_a_whole_number(directions):
    with pytest.raises(ValueError, match="directions must be a whole number, at least 4"):
        check_gradient(square, double, X, directions=directions)


@pytest.mark.parametrize("tolerance", ["a", float("nan"), 0, 1, -1, 1j])
def test_the_tolerance_must_lie_between_0_and_1(tolerance):
    with pytest.raises(ValueError, match="tolerance must lie between 0 and 1"):
        check_gradient(square, double, X, tolerance=tolerance)


@pytest.mark.parametrize("seed", [-1, 1.5, "1"])
def test_the_seed_must_be_a_whole_number(seed):
    with pytest.raises(ValueError, match="seed must be a whole number, at least 0"):
        check_gradient(square, double, X, seed=seed)


def clips(x):
    x[x < 0] = 0
    return float(np.sum(x))


def sorts(x):
    x.sort()
    return float(np.sum(x))


@pytest.mark.parametrize(("f", "x"), [(clips, np.array([1e-5, 1.0, 2.0])), (sorts, np.array([1.0, 1.0, 1.0]))])
def test_writing_into_a_displaced_point_is_seen_although_at_the_point_nothing_changes(f, x):
    check = check_gradient(f, lambda x: np.ones(3), x)
    assert (check.verdict, check.reason) == (Verdict.WRONG, Reason.MUTATES)


def test_the_message_names_who_shares_the_fault():
    point = {"a": np.ones(2), "b": np.ones(3), "c": np.ones(4)}

    def f(p):
        return sum(square(block) for block in p.values())

    right = {name: 2 * block for name, block in point.items()}
    message = check_gradient(f, {name: 3 * block for name, block in right.items()}, point).message
    assert message.endswith(": it's 3 times the right one; wrong in every block")
    message = check_gradient(f, right | {"a": -right["a"], "b": 3 * right["b"]}, point).message
    assert message.endswith(("its sign is wrong; also wrong: b", "it's 3 times the right one; also wrong: a"))
    assert check_gradient(f, right | {"a": -right["a"]}, point).message.endswith("(allowed 2.0e-07): its sign is wrong")


def test_blocks_that_are_zero_beside_the_others_are_named_in_an_ok():
    point = {"a": np.ones(3), "b": np.ones(4)}
    check = check_gradient(lambda p: square(p["a"]) + 2e-16 * float(np.sum(p["b"])), {"a": 2 * point["a"], "b": np.full(4, 2e-16)}, point)
    assert check.ok
    assert check.message.endswith("; zero to within rounding: b")
