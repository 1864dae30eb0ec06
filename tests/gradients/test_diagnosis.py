"""The four diagnoses, each made of a function and a derivative that are right or wrong."""

import doctest
import sys

import numpy as np
import pytest

from autograder.gradients import Finding, diagnose

X = (np.random.default_rng(0).normal(size=(5, 3)),)


def tanh_backward(dout, x):
    return dout * (1 - np.tanh(x) ** 2)


def twice(x):
    return 2 * np.tanh(x)


def twice_backward(dout, x):
    return 2 * tanh_backward(dout, x)


@pytest.mark.parametrize(
    ("f", "backward", "finding"),
    [
        (np.tanh, tanh_backward, Finding.RIGHT),
        (np.tanh, lambda dout, x: dout * (1 - np.tanh(x)), Finding.WRONG_DERIVATIVE),
        (twice, twice_backward, Finding.OTHER_FUNCTION),
        (twice, tanh_backward, Finding.BOTH_WRONG),
        (lambda x: np.tanh(x.astype(np.float32)), tanh_backward, Finding.UNDECIDED),
        (lambda x: x[0, 99], tanh_backward, Finding.UNDECIDED),
        (lambda x: np.tanh(x) * np.nan, tanh_backward, Finding.UNDECIDED),
        (lambda x: None, tanh_backward, Finding.UNDECIDED),
        (lambda x: [[1.0], [1.0, 2.0]], tanh_backward, Finding.UNDECIDED),
        (lambda x: np.tanh(x, out=x), tanh_backward, Finding.UNDECIDED),
        (np.tanh, lambda dout, x: dout[0, 99], Finding.WRONG_DERIVATIVE),
        (np.tanh, lambda dout, x: dout * np.nan, Finding.WRONG_DERIVATIVE),
    ],
)
def test_each_pair_gets_its_diagnosis(f, backward, finding):
    found = diagnose(f, backward, X, reference=np.tanh)
    assert found.finding is finding
    assert found.message.startswith(finding.value)


def test_the_message_says_what_is_known_of_both():
    found = diagnose(twice, tanh_backward, X, reference=np.tanh)
    assert found.message == (
        "your function is wrong, and your derivative isn't its derivative: mend the function first; "
        "the function: exactly 2 times too large in the output; "
        f"the derivative: {found.backward.message}"
    )
    assert found.backward.message.endswith("it's 0.5 times the right one")


def test_a_forward_of_the_wrong_shape_can_still_be_differentiated_correctly():
    found = diagnose(lambda x: np.tanh(x).sum(axis=0), tanh_backward, X, reference=lambda x: np.tanh(x).sum(axis=1))
    assert found.finding is Finding.OTHER_FUNCTION
    assert "the output has shape (3,), wanted is (5,)" in found.message


def test_several_outputs():
    def pair(x):
        return np.sin(x), np.cos(x)

    found = diagnose(pair, lambda douts, x: douts[0] * np.cos(x) - douts[1] * np.sin(x), X, reference=lambda x: (np.sin(x), -np.cos(x)))
    assert found.finding is Finding.OTHER_FUNCTION
    assert "the sign is wrong in output 1; the other blocks are right" in found.message


def test_objects_with_many_are_transports():
    class Batches:
        def __init__(self, f):
            self.f = f

        def many(self, points):
            return [self.f(*point) for point in points]

    assert diagnose(Batches(np.tanh), tanh_backward, X, reference=np.tanh).finding is Finding.RIGHT

    def gone(_):
        raise TimeoutError("the box is gone")

    with pytest.raises(TimeoutError, match="the box is gone"):
        diagnose(Batches(gone), tanh_backward, X, reference=np.tanh)


def test_the_example_in_the_docstring_runs():
    assert doctest.testmod(sys.modules["autograder.gradients.diagnosis"]) == (0, 3)


def test_a_fault_of_the_function_is_not_booked_to_the_derivative():
    found = diagnose(lambda x: np.tanh(x, out=x), tanh_backward, X, reference=np.tanh)
    assert (
        found.message
        == "your function could not be differentiated at this point; the function writes into its argument; it must leave it as it is"
    )


def test_options_reach_the_check_and_the_comparison():
    def slightly_off(x):
        return np.tanh(x) * (1 + 1e-6)

    ones = np.ones(X[0].shape)
    assert (
        diagnose(slightly_off, lambda dout, x: tanh_backward(dout, x) * (1 + 1e-6), X, reference=np.tanh).finding is Finding.OTHER_FUNCTION
    )
    assert (
        diagnose(slightly_off, lambda dout, x: tanh_backward(dout, x) * (1 + 1e-6), X, reference=np.tanh, tolerance=1e-5).finding
        is Finding.RIGHT
    )
    assert diagnose(np.tanh, lambda dout, x: tanh_backward(1, x), X, reference=np.tanh, cotangent=ones).finding is Finding.RIGHT
    both = (X[0], np.array([2.0]))
    half = diagnose(
        lambda x, c: np.tanh(x) * c,
        lambda dout, x, c: tanh_backward(dout, x) * c,
        both,
        reference=lambda x, c: np.tanh(x) * c,
        wrt=[0],
        seed=5,
    )
    assert (half.finding, half.backward.seed) == (Finding.RIGHT, 5)
