import doctest
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from autograder.gradients import examples

POINTS = arrays.arrays(np.float64, arrays.array_shapes(max_dims=3, max_side=4), elements=st.floats(-3, 3))
STEP = 1e-5


def gradient(function, x):
    """By central differences, entry by entry."""
    slopes = np.empty_like(x)
    for index in np.ndindex(x.shape):
        above, below = x.copy(), x.copy()
        above[index] += STEP
        below[index] -= STEP
        slopes[index] = (function(above) - function(below)) / (2 * STEP)
    return slopes


def test_their_examples_hold():
    outcome = doctest.testmod(examples)
    assert outcome.attempted >= 3
    assert outcome.failed == 0


@given(POINTS)
def test_each_gives_a_python_float_and_leaves_its_argument_alone(x):
    before = x.copy()
    for name in examples.__all__:
        assert type(getattr(examples, name)(x)) is float
    assert np.array_equal(x, before)


@given(POINTS)
def test_slope_of_cubic_is_three_squares(x):
    assert np.allclose(gradient(examples.cubic, x), 3 * x**2, rtol=1e-6, atol=1e-6)


@given(POINTS)
def test_slopes_of_log_sum_exp_are_the_softmax(x):
    softmax = np.exp(x - x.max()) / np.exp(x - x.max()).sum()
    assert np.allclose(gradient(examples.log_sum_exp, x), softmax, rtol=1e-6, atol=1e-6)


def test_slope_of_product_is_right_where_an_entry_is_zero():
    assert np.allclose(gradient(examples.product, np.array([0.0, 2.0, 3.0])), [6.0, 0.0, 0.0])
    assert np.allclose(gradient(examples.product, np.array([0.0, 0.0, 3.0])), 0.0)


def test_product_of_nothing_is_one():
    assert examples.product([]) == 1.0


def test_log_sum_exp_of_huge_entries_is_finite():
    assert examples.log_sum_exp([1e4, 1e4]) == pytest.approx(1e4 + math.log(2))
    assert examples.log_sum_exp([-1e4, -1e4]) == pytest.approx(-1e4 + math.log(2))


def test_log_sum_exp_passes_on_what_is_not_finite():
    assert examples.log_sum_exp([0.0, math.inf]) == math.inf
    assert examples.log_sum_exp([-math.inf]) == -math.inf
    assert math.isnan(examples.log_sum_exp([0.0, math.nan]))


def test_log_sum_exp_of_nothing_is_refused():
    with pytest.raises(ValueError, match="log_sum_exp of no entries is minus infinity, which has no slope"):
        examples.log_sum_exp([])
