"""Densities and the points that stand for them, against scipy and closed forms."""

import numpy as np
import pytest

from autograder.gradients.densities import cumulants, log_chi_square, logit_of_beta, on_grid, points_of, thinned

HALF, CHANCES = np.array([0.5, 1.0, 6.0]), np.array([0.2, 0.3, 0.5])


def test_densities_against_scipy():
    from scipy import stats

    y = np.linspace(-9, 4, 50)
    want = sum(c * stats.chi2.pdf(2 * np.exp(y), 2 * k) * 2 * np.exp(y) for k, c in zip(HALF, CHANCES, strict=True))
    assert log_chi_square(HALF, CHANCES)(y) == pytest.approx(want, rel=1e-10)
    x = 1 / (1 + np.exp(-y))
    want = sum(c * stats.beta.pdf(x, k, k + 1) * x * (1 - x) for k, c in zip(HALF, CHANCES, strict=True))
    assert logit_of_beta(HALF, HALF + 1, CHANCES)(y) == pytest.approx(want, rel=1e-9)


def test_parts_that_hardly_ever_occur_are_left_out():
    y = np.linspace(-5, 2, 9)
    rare = log_chi_square(np.array([2.0, 1e-6]), np.array([1.0, 1e-19]))(y)
    assert rare == pytest.approx(log_chi_square(np.array([2.0]), np.ones(1))(y), rel=1e-15)


def test_points_reach_as_far_as_the_density_and_integrate_exactly_even_thinned():
    points = points_of(log_chi_square(HALF, CHANCES), 0.0, 1.0)
    assert points[0][0] < -75
    assert points[1].sum() == pytest.approx(1)
    for some in (points, thinned(points, 64)):
        assert some[1] @ (2 * np.exp(some[0])) == pytest.approx(2 * HALF @ CHANCES, rel=1e-6)


def test_cumulants_of_a_coin():
    assert cumulants(np.array([1.0, 3.0]), np.array([0.5, 0.5])) == (2, 1, 0, -2)


def test_a_grid_keeps_the_mean_and_wraps():
    values, chances = np.array([-0.3, 0.0, 1.75, 9.5]), np.array([0.1, 0.2, 0.3, 0.4])
    found = on_grid(values, chances, 0.0, 0.5, 8)
    assert found == pytest.approx([0.2 + 0.04, 0, 0, 0.4 + 0.15, 0.15, 0, 0, 0.06])
    assert found.sum() == pytest.approx(1)
    wide = on_grid(values, chances, -1.0, 0.5, 32)
    assert wide @ (-1 + 0.5 * np.arange(32)) == pytest.approx(values @ chances)
