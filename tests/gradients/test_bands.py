"""Bands state their false alarms and their power, and both hold in simulation."""

import math

import numpy as np
import pytest

from autograder.gradients import curve_bands, linear_law, norm_band, orthogonal_relu_law, relu_law, residual_law


def relu_draws(rng, width, factors, count):
    chosen = rng.binomial(width, 0.5, size=(count, factors))
    return np.log(2 / width * rng.chisquare(np.maximum(chosen, 1))).sum(axis=1)


@pytest.mark.parametrize(("width", "low", "high"), [(64, 0.025, 12.2), (128, 0.088, 6.4), (256, 0.19, 3.9)])
def test_the_published_band_of_a_20_layer_he_net(width, low, high):
    band = norm_band([relu_law(width)] * 19)
    assert (band.low, band.high) == pytest.approx((low, high), rel=0.02)


@pytest.mark.parametrize(("width", "factors"), [(32, 4), (64, 19)])
def test_false_alarms_and_power_are_as_stated(width, factors):
    band = norm_band([relu_law(width)] * factors, alpha=0.01)
    draws = relu_draws(np.random.default_rng(1), width, factors, 40_000)

    def caught(gain):
        ratios = np.exp((draws + 2 * factors * math.log(gain)) / 2)
        return np.mean((ratios < band.low) | (ratios > band.high))

    assert caught(1.0) == pytest.approx(0.01, abs=0.002)
    for gain in (0.8, 1.2):
        assert caught(gain) == pytest.approx(band.power(gain), abs=0.02)


def test_the_smallest_gain_error_is_caught_with_its_power():
    band = norm_band([relu_law(128)] * 19, seeds=8)
    low, high = band.smallest_gain()
    assert high == pytest.approx(1.082, abs=2e-3)
    assert band.power(low) == pytest.approx(1 - 1e-6, abs=1e-7)
    assert band.power(2**0.5) == pytest.approx(1)
    assert band.power(1.0) == pytest.approx(band.alpha, rel=1e-2)
    assert f"lies outside with probability {band.alpha:.1e}" in band.describe()


def test_a_mix_up_of_he_and_xavier_leaves_the_band_of_one_net():
    assert norm_band([relu_law(128)] * 19).power(2**-0.5) > 0.999


def test_a_description_tells_what_a_band_catches():
    text = norm_band([relu_law(128)] * 19, alpha=1e-6).describe(0.9)
    assert text.startswith("between 0.0881 and 6.42; a right net lies outside with probability 1.0e-06, and an error that multiplies each ")
    assert text.endswith("layer's norm by less than 0.863 or more than 1.147 is caught with probability 0.9")


def test_curve_bands_share_alpha():
    bands = curve_bands([relu_law(64)] * 9, of="deltas", alpha=9e-4)
    assert {round(band.alpha, 12) for band in bands} == {1e-4}
    assert [band.factors for band in bands] == list(range(9, 0, -1))
    assert bands[4].low == norm_band([relu_law(64)] * 5, alpha=1e-4).low


def test_norms_of_weights_have_bands_of_their_own():
    laws = [relu_law(64, below=2 / 20)] + [relu_law(64)] * 8
    deltas, weights = (curve_bands(laws, of=of) for of in ("deltas", "weights"))
    centre = [(band.low * band.high) ** 0.5 for band in weights]
    assert centre == pytest.approx([(20 / 64) ** 0.5] + [1.0] * 8, rel=1e-3)
    assert all(theirs.high / theirs.low > mine.high / mine.low for mine, theirs in zip(deltas, weights, strict=True))
    scaled = curve_bands([relu_law(64, 1 / 64, below=1 / 20)] + [relu_law(64, 1 / 64)] * 8, of="weights")
    assert [band.low for band in scaled] == pytest.approx([band.low for band in weights])


@pytest.mark.parametrize("law", [orthogonal_relu_law(64), residual_law(64)])
def test_no_band_of_weights_without_a_law_of_weights(law):
    with pytest.raises(ValueError, match="norms of dW have a law in linear and relu layers alone: draw nets of this kind"):
        curve_bands([relu_law(64), law], of="weights")


@pytest.mark.parametrize("alpha", [0, 1e-11, 0.51, 1, -1, math.nan, math.inf])
def test_alpha_has_a_range_in_which_bands_are_exact(alpha):
    with pytest.raises(ValueError, match=r"alpha must lie between 1e-10 and 0.5 \(got"):
        norm_band([relu_law(8)], alpha=alpha)


def test_the_least_alpha_is_for_each_band_of_a_curve():
    assert norm_band([relu_law(8)], alpha=1e-10).alpha == 1e-10
    with pytest.raises(ValueError, match=r"must lie between 1e-10 and 0.5 \(got 5e-11\)"):
        curve_bands([relu_law(8)] * 2, of="deltas", alpha=1e-10)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: curve_bands([], of="deltas"), "a curve needs at least one layer below the last"),
        (lambda: curve_bands([relu_law(8)], of="dW"), r'a curve is of "deltas" or of "weights" \(got \'dW\'\)'),
        (lambda: norm_band([relu_law(8)]).power(0), r"a gain error is a positive factor \(got 0\)"),
        (lambda: norm_band([relu_law(8)]).smallest_gain(0), "power must lie between alpha and 1"),
        (
            lambda: norm_band([linear_law(8, 1e-300)] * 5),
            r"leaves the range of floats, exp\(-1726\) to exp\(-1720\): take fewer",
        ),
        (lambda: norm_band([linear_law(8, 1e100)] * 20), "leaves the range of floats"),
        (lambda: norm_band([linear_law(8)], seeds=1.5), r"a whole number of seeds from 1 on \(got 1, 1.5\)"),
    ],
)
def test_ranges(make, message):
    with pytest.raises(ValueError, match=message):
        make()
