import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.gradients.compare import ZERO_TOLERANCE, compare

WANT = np.array([[1.0, -2.0, 3.0], [0.5, 4.0, -1.0], [2.0, 7.0, -3.0]])


def test_equal_arrays_are_ok_with_error_0():
    comparison = compare(WANT.copy(), WANT)
    assert comparison.ok
    assert comparison.error == 0
    assert comparison.wrong == 0


@pytest.mark.parametrize("entrywise", [False, True])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_value_that_is_not_finite_never_passes(bad, entrywise):
    got = WANT.copy()
    got[0, 0] = bad
    assert not compare(got, WANT, entrywise=entrywise).ok
    assert not compare(np.full_like(WANT, bad), WANT, entrywise=entrywise).ok


@given(scale=st.floats(-150, 150).map(lambda power: 10.0**power), error=st.floats(1e-12, 1e-6))
def test_the_verdict_does_not_depend_on_the_scale(scale, error):
    got = WANT.copy()
    got *= 1 + error
    assert compare(got * scale, WANT * scale).ok == compare(got, WANT).ok


@given(scale=st.floats(-300, 300).map(lambda power: 10.0**power))
def test_a_relative_error_of_1e_8_fails_at_any_scale(scale):
    assert not compare(WANT * scale * (1 + 1e-8), WANT * scale).ok
    assert not compare(WANT * scale * (1 + 1e-8), WANT * scale, entrywise=True).ok


def test_one_wrong_small_entry_hides_in_the_norm_but_not_entry_by_entry():
    want = np.array([1.0, 1e-15])
    got = np.array([1.0, 2e-15])
    assert compare(got, want).ok
    entrywise = compare(got, want, entrywise=True)
    assert not entrywise.ok
    assert entrywise.wrong == 1
    assert entrywise.error == pytest.approx(1.0)


@pytest.mark.parametrize("entrywise", [False, True])
def test_where_the_right_value_is_0_the_bound_is_absolute(entrywise):
    zero = np.zeros(3)
    assert compare(np.full(3, ZERO_TOLERANCE / 10), zero, entrywise=entrywise).ok
    assert not compare(np.full(3, ZERO_TOLERANCE * 10), zero, entrywise=entrywise).ok


def test_a_constant_factor_is_found():
    assert compare(5 * WANT, WANT).factor == pytest.approx(5)
    assert compare(-WANT, WANT).factor == pytest.approx(-1)


def test_a_factor_that_does_not_explain_every_entry_is_not_told():
    got = 5 * WANT
    got[0, 0] += 0.1
    assert compare(got, WANT).factor is None


@pytest.mark.parametrize("factor", [1.2e308, 1.7e308, 4e307])
def test_a_factor_that_leaves_the_floats_is_not_told(factor):
    want = np.array([[1.0, -0.5], [0.25, 8.0]])
    with np.errstate(all="ignore"):
        got = np.clip(factor * want, -1.7e308, 1.7e308)
    comparison = compare(got, want)
    assert not comparison.ok
    assert comparison.factor is None or np.isfinite(comparison.factor * want).all()


def test_one_number_has_no_factor_to_speak_of():
    assert compare(np.array(2.0), np.array(1.0)).factor is None


def test_a_transpose_is_found_in_a_square_array_alone():
    assert compare(WANT.T, WANT).transposed
    assert not compare(2 * WANT, WANT).transposed


def test_empty_arrays_are_equal():
    assert compare(np.zeros((0, 3)), np.zeros((0, 3))).ok


def test_shapes_must_agree():
    with pytest.raises(ValueError, match=r"shapes differ: got \(1, 3\), want \(3,\)"):
        compare(np.zeros((1, 3)), np.zeros(3))


def test_right_values_must_be_finite():
    with pytest.raises(ValueError, match="right values are not finite"):
        compare(np.zeros(2), np.array([0.0, np.nan]))
