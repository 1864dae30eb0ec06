"""The probability functions against closed forms, and against scipy where it happens to be installed."""

import math

import pytest

from autograder.gradients import special


@pytest.mark.parametrize("tail", [1e-300, 1e-12, 1e-6, 5e-4, 0.1, 0.5, 0.9, 1 - 1e-9])
def test_the_normal_quantile_inverts_the_tail(tail):
    assert special.normal_tail(special.normal_quantile(tail)) == pytest.approx(tail, rel=1e-11)


def test_a_familiar_normal_quantile():
    assert special.normal_quantile(0.5e-6) == pytest.approx(4.891638475699, rel=1e-12)


@pytest.mark.parametrize("tail", [0, 1, -1, 2, math.nan])
def test_a_quantile_wants_a_probability(tail):
    with pytest.raises(ValueError, match="a tail probability lies between 0 and 1"):
        special.normal_quantile(tail)


@pytest.mark.parametrize("x", [1e-8, 0.1, 1.0, 7.0, 40.0, 900.0])
def test_chi_square_with_two_degrees_is_exponential(x):
    assert special.chi2_tail(x, 2) == pytest.approx(math.exp(-x / 2), rel=1e-12)
    assert special.chi2_cdf(x, 2) == pytest.approx(-math.expm1(-x / 2), rel=1e-12)


@pytest.mark.parametrize("k", [1, 2, 8, 49, 1000, 65536, 1e6])
@pytest.mark.parametrize("tail", [1e-9, 1e-6, 1e-3, 0.3, 0.5, 0.9, 1 - 1e-6])
def test_the_chi_square_quantile_inverts_the_tail(k, tail):
    x = special.chi2_quantile(tail, k)
    assert special.chi2_tail(x, k) == pytest.approx(tail, rel=1e-8)


def test_binomial_weights_sum_to_one_and_have_its_mean():
    count, weight = special.binomial(40)
    assert weight.sum() == pytest.approx(1, rel=1e-12)
    assert (count * weight).sum() == pytest.approx(20, rel=1e-10)


def test_all_of_them_against_scipy():
    from scipy import stats

    for k in (1, 3, 8, 100, 4096, 3e5):
        for z in (-5, -1, 0.1, 2, 6):
            at = k * max(0.01, 1 + z * math.sqrt(2 / k))
            assert special.chi2_tail(at, k) == pytest.approx(stats.chi2.sf(at, k), rel=1e-9)
            assert special.chi2_cdf(at, k) == pytest.approx(stats.chi2.cdf(at, k), rel=1e-9)
