"""The laws of one layer against published figures, exact moments and simulated layers; sums of them against exact convolution."""

import numpy as np
import pytest

from autograder.gradients import linear_law, orthogonal_relu_law, relu_law, residual_law
from autograder.gradients.laws import smooth_law
from autograder.gradients.sums import LogSum

RNG = np.random.default_rng(20)


@pytest.mark.parametrize(
    ("width", "relu", "linear"),
    [
        (32, (-0.08254, 0.17750, -0.564, 0.743), (-0.03158, 0.06449, -0.254)),
        (128, (-0.01979, 0.04023, -0.253, 0.140), (-0.00783, 0.01575, -0.125)),
    ],
)
def test_cumulants_are_those_of_the_binomial_mixture_of_chi_squares(width, relu, linear):
    for law, want in ((relu_law(width), relu), (linear_law(width), linear)):
        mean, variance, third, fourth = law.cumulants
        got = (mean, variance, third / variance**1.5, fourth / variance**2)[: len(want)]
        assert got == pytest.approx(want, abs=6e-4)


@pytest.mark.parametrize(
    ("law", "mean", "second"),
    [
        (relu_law(64), 1.0, 1 + 5 / 64),
        (linear_law(16), 1.0, 1 + 2 / 16),
        (relu_law(64, 1 / 64), 0.5, (1 + 5 / 64) / 4),
        (residual_law(32, 1.0), 2.0, 4 + 4 / 32 + (1 + 5 / 32) * (1 + 2 / 32) - 1),
        (orthogonal_relu_law(32), 1.0, 1 + 3 / 34),
    ],
)
def test_moments_of_the_factor_itself_are_the_exact_ones(law, mean, second):
    k1, k2, k3, k4 = law.cumulants
    first, other = (np.exp(t * k1 + t * t * k2 / 2 + t**3 * k3 / 6 + t**4 * k4 / 24) for t in (1, 2))
    assert first == pytest.approx(mean, rel=5e-3)
    assert other == pytest.approx(second, rel=2e-2)


def test_a_density_integrates_to_its_own_cumulants():
    for law in (relu_law(24), linear_law(10, 0.3), relu_law(24).shifted(1.5)):
        y = law.cumulants[0] + law.cumulants[1] ** 0.5 * np.linspace(-16, 10, 4001)
        weight = law.density(y) * (y[1] - y[0])
        assert weight.sum() == pytest.approx(1, abs=1e-6)
        assert weight @ y == pytest.approx(law.cumulants[0], abs=1e-5)
        assert weight @ (y - law.cumulants[0]) ** 2 == pytest.approx(law.cumulants[1], rel=1e-4)


def residual_block(rng, width, alpha):
    first, second = rng.normal(size=(width, width)) * (2 / width) ** 0.5, rng.normal(size=(width, width)) * (1 / width) ** 0.5
    x, delta = rng.normal(size=width), rng.normal(size=width)
    back = delta + alpha * first.T @ ((first @ x > 0) * (second.T @ delta))
    return np.log(back @ back / (delta @ delta))


def test_residual_blocks_follow_their_law():
    sample = np.array([residual_block(RNG, 24, 0.8) for _ in range(4000)])
    mean, variance, *_ = residual_law(24, 0.8).cumulants
    assert sample.mean() == pytest.approx(mean, abs=4 * (variance / 4000) ** 0.5)
    assert sample.var() == pytest.approx(variance, rel=0.1)


def test_orthogonal_relu_layers_follow_their_law():
    def layer(rng, width):
        q = np.linalg.qr(rng.normal(size=(width, width)))[0] * 2**0.5
        delta = rng.normal(size=width)
        back = (rng.normal(size=width) > 0) * (q.T @ delta)
        return np.log(back @ back / (delta @ delta))

    sample = np.array([layer(RNG, 24) for _ in range(4000)])
    mean, variance, *_ = orthogonal_relu_law(24).cumulants
    assert sample.mean() == pytest.approx(mean, abs=4 * (variance / 4000) ** 0.5)
    assert sample.var() == pytest.approx(variance, rel=0.1)


@pytest.mark.parametrize("tail", [5e-7, 5e-4, 0.1])
def test_cornish_fisher_agrees_with_exact_convolution_where_it_is_used(tail):
    total = LogSum([relu_law(64)] * 19)
    assert not total.by_convolution
    for upper in (False, True):
        off = total.quantile(tail, upper=upper) - total._exact_quantile(tail, upper=upper)
        assert abs(off) <= 0.03 * total.deviation


def test_narrow_and_shallow_sums_are_convolved():
    assert LogSum([relu_law(32)] * 19).by_convolution
    assert LogSum([relu_law(128)] * 4).by_convolution
    assert not LogSum([residual_law(32)] * 4).by_convolution


@pytest.mark.parametrize("law", [relu_law(32), relu_law(64), residual_law(64)])
@pytest.mark.parametrize("tail", [1e-6, 1e-3, 0.2])
def test_tail_inverts_quantile(law, tail):
    total = LogSum([law] * 12, seeds=2)
    for upper in (False, True):
        assert total.tail(total.quantile(tail, upper=upper), upper=upper) == pytest.approx(tail, rel=1e-3)


def test_a_convolution_of_chi_squares_has_the_quantiles_of_a_simulation():
    total = LogSum([relu_law(8)] * 3)
    count = RNG.binomial(8, 0.5, size=(200_000, 3))
    count = np.where(count == 0, 1, count)
    sample = np.log(0.25 * RNG.chisquare(count)).sum(axis=1)
    for tail in (0.001, 0.05):
        for upper in (False, True):
            beyond = np.mean(sample > total.quantile(tail, upper=True)) if upper else np.mean(sample < total.quantile(tail, upper=False))
            assert beyond == pytest.approx(tail, rel=0.25 if tail < 0.01 else 0.15)


def test_smooth_laws_are_not_exact():
    law = smooth_law(64, 0.5, 1.2)
    assert not law.exact
    assert law.cumulants[:2] == pytest.approx((np.log(0.5) - 2.6 / 128, 2.6 / 64))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: relu_law(0), r"width must be at least 1 \(got 0\)"),
        (lambda: linear_law(4, -1.0), r"the variance of weights must be positive \(got -1.0\)"),
        (lambda: residual_law(1), r"needs width >= 2 and alpha >= 0 \(got 1, 1.0\)"),
        (lambda: LogSum([]), r"at least one factor and one seed \(got 0, 1\)"),
        (lambda: LogSum([relu_law(4)], seeds=0), r"\(got 1, 0\)"),
    ],
)
def test_ranges(make, message):
    with pytest.raises(ValueError, match=message):
        make()
