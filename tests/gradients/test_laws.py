"""The laws of one layer against published figures, exact moments and simulated layers; sums of them against closed forms."""

import math

import numpy as np
import pytest

from autograder.gradients import linear_law, norm_band, orthogonal_relu_law, relu_law, residual_law
from autograder.gradients.laws import Law, smooth_law
from autograder.gradients.special import chi2_cdf, chi2_tail
from autograder.gradients.sums import LogSum

RNG = np.random.default_rng(20)
DRAWS = 200_000


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


def test_cumulants_of_a_log_chi_square_are_polygammas():
    from scipy.special import polygamma

    for width in (1, 3, 40, 700):
        want = [float(polygamma(order, width / 2)) for order in range(4)]
        want[0] += math.log(2 / width)
        assert linear_law(width).cumulants == pytest.approx(want, rel=1e-9)
        ratio = linear_law(width).weights.cumulants
        assert ratio == pytest.approx((0, 2 * want[1], 0, 2 * want[3]), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(
    ("law", "mean", "second"),
    [
        (relu_law(64), 1.0, 1 + 5 / 64),
        (linear_law(16), 1.0, 1 + 2 / 16),
        (relu_law(64, 1 / 64), 0.5, (1 + 5 / 64) / 4),
        (orthogonal_relu_law(32), 1.0, 1 + 3 / 34),
        (residual_law(32, 1.0), 2.0, 4 + 4 / 32 + (1 + 5 / 32) * (1 + 2 / 32) - 1),
        (residual_law(3, 1.0), 2.0, 4 + 4 / 3 + (1 + 5 / 3) * (1 + 2 / 3) - 1),
        (residual_law(48, 0.2), 1.04, 1.04**2 + 4 * 0.04 / 48 + 0.2**4 * ((1 + 5 / 48) * (1 + 2 / 48) - 1)),
    ],
)
def test_moments_of_the_factor_itself_are_the_exact_ones(law, mean, second):
    values, chances = law.points
    assert chances.sum() == pytest.approx(1)
    assert chances @ np.exp(values) == pytest.approx(mean, rel=1e-5)
    assert chances @ np.exp(2 * values) == pytest.approx(second, rel=1e-5)


def test_the_variances_of_weights_scale_a_law():
    plain, scaled = relu_law(24), relu_law(24, 0.3, below=0.1)
    assert scaled.cumulants[0] - plain.cumulants[0] == pytest.approx(math.log(0.3 * 24 / 2))
    assert scaled.cumulants[1:] == pytest.approx(plain.cumulants[1:])
    assert scaled.weights.cumulants[0] == pytest.approx(math.log(3))
    assert relu_law(24, 0.3).weights.cumulants[0] == pytest.approx(0, abs=1e-9)


def alive(width, shape):
    """Live units of layers that aren't dead."""
    count = RNG.binomial(width, 0.5, size=shape)
    while (count == 0).any():
        count[count == 0] = RNG.binomial(width, 0.5, size=np.count_nonzero(count == 0))
    return count


def relu_draws(width, shape):
    return np.log(2 / width * RNG.chisquare(alive(width, shape)))


def relu_weight_draws(width, shape):
    count = alive(width, shape)
    return np.log(RNG.chisquare(count) / RNG.chisquare(count))


def orthogonal_draws(width, shape):
    count = alive(width, shape)
    beta = RNG.beta(count / 2, np.maximum(width - count, 1) / 2)
    return np.log(2 * np.where(count == width, 1.0, beta))


def residual_draws(width, shape):
    count = RNG.binomial(width, 0.5, size=shape)
    branch = np.where(count > 0, 2 / width * RNG.chisquare(np.maximum(count, 1)), 0.0) / width
    return np.log((1 + np.sqrt(branch) * RNG.normal(size=shape)) ** 2 + branch * RNG.chisquare(width - 1, size=shape))


def weight_law(width):
    return relu_law(width).weights


@pytest.mark.parametrize("law", [(relu_law, relu_draws), (weight_law, relu_weight_draws), (residual_law, residual_draws)])
@pytest.mark.parametrize(("width", "layers"), [(2, 2), (4, 2), (8, 1), (32, 2)])
def test_bands_of_narrow_and_shallow_nets_hold_their_false_alarms(law, width, layers):
    make, draw = law
    band = norm_band([make(width)] * layers, alpha=0.01)
    ratios = np.exp(draw(width, (DRAWS, layers)).sum(axis=1) / 2)
    for outside in (ratios < band.low, ratios > band.high):
        assert np.mean(outside) == pytest.approx(0.005, rel=0.15)


@pytest.mark.parametrize(("width", "layers", "most"), [(2, 2, 0), (4, 2, 0), (8, 1, 0), (8, 3, 1), (32, 2, 1)])
def test_so_do_bands_of_orthogonal_layers_that_may_be_all_alive(width, layers, most):
    band = norm_band([orthogonal_relu_law(width)] * layers, alpha=0.01)
    ratios = np.exp(orthogonal_draws(width, (DRAWS, layers)).sum(axis=1) / 2)
    assert np.mean(ratios < band.low) == pytest.approx(0.005, rel=0.15)
    assert np.mean(ratios > band.high) == pytest.approx(0.005 * most, rel=0.15)  # none above all units alive


@pytest.mark.parametrize("layers", [3, 5, 8, 12])
def test_layers_with_all_units_alive_stay_on_the_end_of_their_band(layers):
    band = norm_band([orthogonal_relu_law(2)] * layers, alpha=1.9 * 3.0**-layers)  # one layer in three has its two units alive
    assert band.high == pytest.approx(2 ** (layers / 2), rel=0.01)
    assert band.contains(2 ** (layers / 2))


def residual_block(rng, width, alpha):
    first, second = rng.normal(size=(width, width)) * (2 / width) ** 0.5, rng.normal(size=(width, width)) * (1 / width) ** 0.5
    x, delta = rng.normal(size=width), rng.normal(size=width)
    back = delta + alpha * first.T @ ((first @ x > 0) * (second.T @ delta))
    return np.log(back @ back / (delta @ delta))


def orthogonal_layer(rng, width):
    q = np.linalg.qr(rng.normal(size=(width, width)))[0] * 2**0.5
    delta = rng.normal(size=width)
    back = (rng.normal(size=width) > 0) * (q.T @ delta)
    return np.log(back @ back / (delta @ delta))


@pytest.mark.parametrize(
    ("law", "layer"),
    [
        (residual_law(24, 0.8), lambda: residual_block(RNG, 24, 0.8)),
        (residual_law(6, 1.0), lambda: residual_block(RNG, 6, 1.0)),
        (orthogonal_relu_law(24), lambda: orthogonal_layer(RNG, 24)),
    ],
)
def test_layers_of_matrices_follow_their_law(law, layer):
    sample = np.array([layer() for _ in range(4000)])
    mean, variance, *_ = law.cumulants
    assert sample.mean() == pytest.approx(mean, abs=4 * (variance / 4000) ** 0.5)
    assert sample.var() == pytest.approx(variance, rel=0.1)
    for tail in (0.05, 0.5, 0.95):
        assert np.mean(sample < LogSum([law]).quantile(tail, upper=False)) == pytest.approx(tail, abs=0.025)


def test_third_and_fourth_cumulants_of_a_residual_block_are_those_of_its_draws():
    sample = residual_draws(6, (DRAWS, 4)).ravel()
    off = sample - sample.mean()
    _, variance, third, fourth = residual_law(6).cumulants
    assert third / variance**1.5 == pytest.approx(np.mean(off**3) / off.var() ** 1.5, abs=0.02)
    assert fourth / variance**2 == pytest.approx(np.mean(off**4) / off.var() ** 2 - 3, abs=0.05)
    assert abs(third / variance**1.5) > 0.1


def test_a_residual_block_without_branch_is_exactly_1():
    law = residual_law(8, 0.0)
    assert law.cumulants == (0, 0, 0, 0)
    with pytest.raises(ValueError, match="these norms have no spread, so no band: compare them exactly"):
        norm_band([law] * 3)
    mixed, alone = (norm_band(laws).law for laws in ([law] * 3 + [relu_law(8)], [relu_law(8)]))
    assert mixed.quantile(0.1, upper=False) == pytest.approx(alone.quantile(0.1, upper=False), rel=1e-3)


@pytest.mark.parametrize("width", [1, 2, 8, 64, 1000])
@pytest.mark.parametrize("tail", [1e-10, 1e-6, 1e-3, 0.2])
def test_quantiles_of_one_linear_layer_are_those_of_chi_square(width, tail):
    total = LogSum([linear_law(width)])
    low, high = (width * math.exp(total.quantile(tail, upper=upper)) for upper in (False, True))
    for found in (chi2_cdf(low, width), chi2_tail(high, width)):
        assert 0.85 * tail < found <= tail * (1 + 1e-4)


@pytest.mark.parametrize("seeds", [2, 5])
def test_the_mean_over_seeds_has_its_own_law(seeds):
    sample = relu_draws(16, (DRAWS // seeds, seeds, 3)).sum(axis=2).mean(axis=1)
    total = LogSum([relu_law(16)] * 3, seeds)
    for tail in (0.005, 0.2):
        assert np.mean(sample < total.quantile(tail, upper=False)) == pytest.approx(tail, rel=0.25)
        assert np.mean(sample > total.quantile(tail, upper=True)) == pytest.approx(tail, rel=0.25)
    assert total.deviation == pytest.approx(sample.std(), rel=0.02)
    deeper = LogSum([relu_law(16)] * (3 * seeds))
    assert (total.mean * seeds, total.deviation * seeds) == pytest.approx((deeper.mean, deeper.deviation))
    assert (total.skew, total.kurtosis) == pytest.approx((deeper.skew, deeper.kurtosis))


@pytest.mark.parametrize("tail", [5e-7, 5e-4, 0.1])
@pytest.mark.parametrize(("layers", "seeds"), [(19, 1), (3, 8)])
def test_cornish_fisher_agrees_with_convolution_in_wide_deep_nets(tail, layers, seeds):
    exact = LogSum([relu_law(64)] * layers, seeds)
    about = LogSum([Law(relu_law(64).cumulants)] * layers, seeds)
    for upper in (False, True):
        off = about.quantile(tail, upper=upper) - exact.quantile(tail, upper=upper)
        assert abs(off) <= 0.03 * exact.deviation


@pytest.mark.parametrize("law", [relu_law(32), residual_law(64), Law(relu_law(64).cumulants)])
@pytest.mark.parametrize("tail", [1e-6, 1e-3, 0.2])
def test_tail_inverts_quantile(law, tail):
    total = LogSum([law] * 12, seeds=2)
    for upper in (False, True):
        assert total.tail(total.quantile(tail, upper=upper), upper=upper) == pytest.approx(tail, rel=2e-2)


def test_a_law_of_smooth_layers_is_too_rough_for_a_band():
    law = smooth_law(64, 0.5, 1.2)
    assert law.cumulants[:2] == pytest.approx((np.log(0.5) - 2.6 / 128, 2.6 / 64))
    for laws in ([law] * 19, [relu_law(64), law]):
        with pytest.raises(ValueError, match="known roughly, too roughly for a band: draw nets of this kind and use sampled_curve_bands"):
            norm_band(laws)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: relu_law(0), r"width must be a whole number from 1 on \(got 0\)"),
        (lambda: linear_law(2.5), r"width must be a whole number from 1 on \(got 2.5\)"),
        (lambda: linear_law(4, -1.0), r"the variance of weights must be positive \(got -1.0\)"),
        (lambda: linear_law(4, math.nan), r"the variance of weights must be positive \(got nan\)"),
        (lambda: relu_law(4, below=0.0), r"the variance of weights must be positive \(got 0.0\)"),
        (lambda: residual_law(1), r"needs width >= 2 and alpha >= 0 \(got 1, 1.0\)"),
        (lambda: residual_law(4, math.nan), r"needs width >= 2 and alpha >= 0 \(got 4, nan\)"),
        (lambda: LogSum([]), r"at least one factor and a whole number of seeds from 1 on \(got 0, 1\)"),
        (lambda: LogSum([relu_law(4)], seeds=0), r"\(got 1, 0\)"),
        (lambda: LogSum([relu_law(4)], seeds=2.5), r"\(got 1, 2.5\)"),
        (lambda: norm_band([orthogonal_relu_law(1)]), "these norms have no spread"),
    ],
)
def test_ranges(make, message):
    with pytest.raises(ValueError, match=message):
        make()
