"""check_vjp: right and wrong backward functions, the cotangent that is drawn, and everything that can be wrong with their contract."""

import re

import numpy as np
import pytest

from autograder.gradients import Reason, Verdict, check_vjp

RNG = np.random.default_rng(0)
X, W, B = RNG.normal(size=(5, 4)), RNG.normal(size=(4, 3)), RNG.normal(size=3)
LABELS = np.array([0, 2, 1, 1, 0])


def affine(x, w, b):
    return x @ w + b


def affine_backward(dout, x, w, b):
    return dout @ w.T, x.T @ dout, dout.sum(axis=0)


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def softmax_backward(dout, z):
    p = softmax(z)
    return p * (dout - (p * dout).sum(axis=1, keepdims=True))


def test_a_right_backward_is_ok_for_each_input():
    check = check_vjp(affine, affine_backward, (X, W, B))
    assert check.ok
    assert [block.block for block in check.blocks] == ["inputs[0]", "inputs[1]", "inputs[2]"]


def test_one_wrong_result_is_named():
    check = check_vjp(affine, lambda dout, x, w, b: (dout @ w.T, x.T @ dout, dout.mean(axis=0)), (X, W, B))
    assert (check.verdict, check.block) == (Verdict.WRONG, "inputs[2]")
    assert check.blocks[2].factor == pytest.approx(1 / 5, rel=1e-6)


def test_a_backward_that_ignores_its_cotangent_is_wrong_unless_the_caller_asks_with_ones():
    def ignores(dout, z):
        return 1 - np.tanh(z) ** 2

    assert check_vjp(np.tanh, ignores, (X,)).verdict is Verdict.WRONG
    assert check_vjp(np.tanh, ignores, (X,), np.ones(X.shape)).ok


def test_a_softmax_backward_of_zeros_is_wrong_unless_the_caller_asks_with_ones():
    assert check_vjp(softmax, softmax_backward, (X,)).ok
    assert check_vjp(softmax, lambda dout, z: np.zeros_like(z), (X,)).verdict is Verdict.WRONG
    assert check_vjp(softmax, lambda dout, z: np.zeros_like(z), (X,), np.ones(X.shape)).ok


def test_inputs_that_are_not_differentiated_by_are_passed_on():
    def picked(z, labels, scale):
        return scale * z[np.arange(len(labels)), labels]

    def backward(dout, z, labels, scale):
        dz = np.zeros_like(z)
        dz[np.arange(len(labels)), labels] = scale * dout
        return dz

    assert check_vjp(picked, backward, (X, LABELS, 3), wrt=[0]).ok
    check = check_vjp(picked, backward, (X, LABELS, 3))
    assert (check.verdict, check.reason) == (Verdict.INCONCLUSIVE, Reason.POINT_DTYPE)
    assert "the point's block inputs[1] is of dtype int64" in check.message


def test_several_outputs_take_several_cotangents():
    def f(x):
        return np.sin(x), x**2

    def backward(douts, x):
        return douts[0] * np.cos(x) + douts[1] * 2 * x

    assert check_vjp(f, backward, (X,)).ok
    assert check_vjp(f, lambda douts, x: douts[0] * np.cos(x), (X,)).verdict is Verdict.WRONG


def test_the_seed_fixes_the_cotangent_too():
    seen = []

    def backward(dout, z):
        seen.append(dout)
        return dout * (1 - np.tanh(z) ** 2)

    first = check_vjp(np.tanh, backward, (X,))
    assert check_vjp(np.tanh, backward, (X,), seed=first.seed) == first
    check_vjp(np.tanh, backward, (X,))
    assert np.array_equal(seen[0], seen[1])
    assert not np.array_equal(seen[1], seen[2])
    assert (seen[0] > 0).any()
    assert (seen[0] < 0).any()


def test_an_object_with_many_gets_tuples_of_inputs():
    class Batches:
        asked = 0

        def many(self, points):
            self.asked += 1
            assert all(isinstance(point, tuple) and len(point) == 3 for point in points)
            return [affine(*point) for point in points]

    batches = Batches()
    assert check_vjp(batches, affine_backward, (X, W, B)).ok
    assert batches.asked <= 8


def test_what_a_backward_with_many_raises_passes_through():
    class Transport:
        def many(self, points):
            return [self(*point) for point in points]

        def __call__(self, *args):
            raise TimeoutError("the box is gone")

    with pytest.raises(TimeoutError, match="the box is gone"):
        check_vjp(affine, Transport(), (X, W, B))


def writes_dout(dout, z):
    dout *= 1 - np.tanh(z) ** 2
    return dout


def raises(*_):
    raise ZeroDivisionError("division by zero")


BAD = {
    "writes": (np.tanh, writes_dout, (X,), None, "wrong", Reason.GRADIENT_MUTATES, "backward writes into its arguments"),
    "raises": (np.tanh, raises, (X,), None, "wrong", Reason.GRADIENT_RAISED, "backward raised ZeroDivisionError: division by zero"),
    "forward raises": (raises, affine_backward, (X,), None, "wrong", Reason.RAISED, "the function raised ZeroDivisionError"),
    "cotangent shape": (
        np.tanh,
        softmax_backward,
        (X,),
        np.ones(3),
        "wrong",
        Reason.VALUE_SHAPE,
        r"shape \(5, 4\), the cotangent has shape \(3,\)",
    ),
    "text": (lambda z: "z", softmax_backward, (X,), None, "wrong", Reason.VALUE_SHAPE, "must return real arrays"),
    "float32": (lambda z: z.astype(np.float32), softmax_backward, (X,), None, "inconclusive", Reason.LOW_PRECISION, "returns float32"),
    "float32 inside": (
        lambda z: np.tanh(z.astype(np.float32)).astype(float),
        softmax_backward,
        (X,),
        None,
        "inconclusive",
        Reason.LOW_PRECISION,
        "carry noise",
    ),
    "NaN": (lambda z: z * np.nan, softmax_backward, (X,), None, "wrong", Reason.VALUE_NOT_FINITE, "nan at the point"),
    "too few": (
        affine,
        lambda dout, x, w, b: (dout @ w.T, x.T @ dout),
        (X, W, B),
        None,
        "wrong",
        Reason.GRADIENT_STRUCTURE,
        "returned 2 results",
    ),
    "one": (
        affine,
        lambda dout, x, w, b: x,
        (X, W, B),
        None,
        "wrong",
        Reason.GRADIENT_STRUCTURE,
        "one ndarray, it must return the gradients of",
    ),
    "wrong order": (
        affine,
        lambda *a: affine_backward(*a)[::-1],
        (X, W, B),
        None,
        "wrong",
        Reason.GRADIENT_SHAPE,
        r"inputs\[0\] has shape \(3,\)",
    ),
    "ragged": (
        lambda z: [[1.0], [1.0, 2.0]],
        softmax_backward,
        (X,),
        None,
        "wrong",
        Reason.VALUE_SHAPE,
        "returned a list that is no array",
    ),
    "empty": (np.tanh, softmax_backward, (np.zeros((0, 2)),), None, "inconclusive", Reason.EMPTY, "nothing to check"),
}


@pytest.mark.parametrize("case", BAD)
def test_each_bad_input_has_its_own_verdict_and_message(case):
    f, backward, inputs, cotangent, verdict, reason, message = BAD[case]
    check = check_vjp(f, backward, inputs, cotangent)
    assert (check.verdict.value, check.reason) == (verdict, reason), check
    assert re.search(message, check.message), check.message


@pytest.mark.parametrize("wrt", [[], [1], [-1], [0, 0], 0, [0.0], "a"])
def test_wrt_must_name_inputs(wrt):
    with pytest.raises(ValueError, match="wrt must list inputs by number, 0 to 0, each once"):
        check_vjp(np.tanh, softmax_backward, (X,), wrt=wrt)


def test_a_cotangent_that_checks_nothing_is_refused():
    with pytest.raises(ValueError, match="the cotangent is zero, under which every backward function is right"):
        check_vjp(np.tanh, softmax_backward, (X,), np.zeros(X.shape))
    with pytest.raises(ValueError, match="the cotangent must be finite"):
        check_vjp(np.tanh, softmax_backward, (X,), np.full(X.shape, np.nan))


@pytest.mark.parametrize("cotangent", [{"a": 1.0}, "ones", 1j * np.ones(X.shape)])
def test_a_cotangent_that_is_no_real_array_is_refused(cotangent):
    with pytest.raises(ValueError, match="the cotangent must be a real array, or a tuple of some"):
        check_vjp(np.tanh, lambda dout, x: dout, (X,), cotangent)


@pytest.mark.parametrize("inputs", [X, {"x": X}, np.array(1.0)])
def test_inputs_without_brackets_are_refused(inputs):
    with pytest.raises(ValueError, match=r"inputs must be a list or tuple of f's arguments, as in \[x\] for one of them"):
        check_vjp(np.tanh, lambda dout, x: dout, inputs)


def test_a_list_that_is_passed_on_is_a_fresh_one_each_time():
    log = []

    def f(x, seen):
        seen.append(1)
        return np.tanh(x) * len(seen)

    assert check_vjp(f, lambda dout, x, seen: dout * (1 - np.tanh(x) ** 2), (X, log), wrt=[0]).ok
    assert log == []


def test_a_looser_tolerance_lets_a_small_error_pass():
    def off(dout, x):
        return dout * (1 - np.tanh(x) ** 2) * (1 + 1e-4)

    assert check_vjp(np.tanh, off, (X,)).verdict is Verdict.WRONG
    assert check_vjp(np.tanh, off, (X,), tolerance=1e-3).ok


def test_as_many_directions_are_drawn_as_are_asked_for():
    assert check_vjp(np.tanh, lambda dout, x: dout * (1 - np.tanh(x) ** 2), (X,), directions=20).blocks[0].directions == 20
