"""Bands state their false alarms and their power, and both hold in simulation; curves are held against them layer by layer."""

import math

import numpy as np
import pytest

from autograder.gradients import (
    batch_norm_factor,
    check_curve,
    curve_bands,
    gradient_norms,
    linear_law,
    mean_field,
    norm_band,
    relu_law,
    sampled_band,
)
from autograder.gradients.meanfield import linear_batch_norm_factor, memory_path, recurrent_bound


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


def test_curve_bands_share_alpha_and_name_the_layer():
    bands = curve_bands([relu_law(64)] * 9, alpha=9e-4)
    assert {round(band.alpha, 12) for band in bands} == {1e-4}
    assert [band.factors for band in bands] == list(range(9, 0, -1))
    flat = np.ones(10)
    assert check_curve(flat, bands).ok
    assert check_curve(flat, bands).message == "all 9 layers lie in their bands"
    steep = 0.5 ** np.arange(9, -1, -1)
    found = check_curve(steep, bands)
    assert (found.ok, found.layer) == (False, 1)
    assert found.message.startswith("layer 1: its norm is 0.00195 of the last one's; right nets lie between ")
    assert not check_curve(np.where(np.arange(10) == 3, np.nan, 1.0), bands).ok


def test_rows_are_seeds():
    bands = curve_bands([linear_law(64)] * 3, seeds=2)
    assert check_curve(np.ones((2, 4)), bands).ok
    with pytest.raises(ValueError, match=r"the bands are for 2 seeds \(got 1 rows\)"):
        check_curve(np.ones(4), bands)
    with pytest.raises(ValueError, match=r"3 bands belong to 4 norms \(got 5\)"):
        check_curve(np.ones((2, 5)), bands)


def test_sampled_bands_hold_their_false_alarms():
    rng = np.random.default_rng(0)
    outside = []
    for _ in range(40):
        sample = np.log(rng.chisquare(20, size=1000))
        band = sampled_band(sample, 5, alpha=0.01)
        fresh = np.exp(np.log(rng.chisquare(20, size=2000)) / 2)
        outside.append(np.mean((fresh < band.low) | (fresh > band.high)))
    assert 0.003 < np.mean(outside) <= 0.01
    assert band.factors == 5
    with pytest.raises(ValueError, match="a band needs 200 finite log ratios or more"):
        sampled_band(np.zeros(10), 1)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: norm_band([relu_law(8)], alpha=0), r"alpha must lie between 0 and 1 \(got 0\)"),
        (lambda: sampled_band(np.arange(300.0), 1, alpha=1), "alpha must lie between 0 and 1"),
        (lambda: curve_bands([]), "a curve needs at least one layer below the last"),
        (lambda: norm_band([relu_law(8)]).power(0), r"a gain error is a positive factor \(got 0\)"),
        (lambda: norm_band([relu_law(8)]).smallest_gain(0), "power must lie between alpha and 1"),
        (lambda: mean_field(np.tanh, np.cosh, 0), "depth, weight and q must be positive"),
        (lambda: linear_batch_norm_factor(3), "batch must be above 3"),
        (lambda: recurrent_bound(np.ones((2, 3)), 1), r"a square matrix and steps >= 0 are needed \(got shape \(2, 3\), 1\)"),
        (lambda: memory_path(1.0, -1), "steps must not be negative"),
    ],
)
def test_ranges(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def sigmoid(z):
    return 0.5 * (1 + np.tanh(z / 2))


def test_mean_field_of_known_activations():
    field = mean_field(sigmoid, lambda z: sigmoid(z) * (1 - sigmoid(z)), 60)
    assert (field.q[-1], field.chi[-1]) == pytest.approx((0.26469, 0.05572), abs=1e-5)
    assert 3 * field.kurtosis[-1] - 1 == pytest.approx(2.063, abs=1e-3)
    tanh = mean_field(np.tanh, lambda z: 1 - np.tanh(z) ** 2, 200, weight=25 / 9)
    assert (tanh.q[-1], tanh.chi[-1]) == pytest.approx((1.17848, 1.20983), abs=1e-5)
    relu = mean_field(lambda z: np.maximum(z, 0), lambda z: (z > 0) * 1.0, 3, weight=2.0)
    assert relu.chi == pytest.approx(np.ones(3), abs=1e-12)
    assert relu.kurtosis == pytest.approx(2 * np.ones(3), abs=1e-6)
    assert relu.laws(64)[0].cumulants[1] == pytest.approx(5 / 64, rel=1e-5)


def test_mean_field_lies_near_simulated_sigmoid_nets():
    rng, width, depth = np.random.default_rng(0), 64, 8
    field = mean_field(sigmoid, lambda z: sigmoid(z) * (1 - sigmoid(z)), depth)
    ratios = []
    for _ in range(300):
        z, slopes, matrices = rng.normal(size=width), [], []
        for _ in range(depth - 1):
            slopes.append(sigmoid(z) * (1 - sigmoid(z)))
            matrices.append(rng.normal(size=(width, width)) / width**0.5)
            z = matrices[-1] @ sigmoid(z)
        last = delta = rng.normal(size=width)
        for matrix, slope in zip(reversed(matrices), reversed(slopes), strict=True):
            delta = slope * (matrix.T @ delta)
        ratios.append(np.log(delta @ delta / (last @ last)))
    laws = field.laws(width)[: depth - 1]
    assert np.mean(ratios) == pytest.approx(sum(law.cumulants[0] for law in laws), abs=0.15)
    assert np.var(ratios) == pytest.approx(sum(law.cumulants[1] for law in laws), rel=0.35)


def test_batch_norm_blows_gradients_up():
    assert batch_norm_factor(lambda z: np.maximum(z, 0), lambda z: (z > 0) * 1.0) == pytest.approx(math.pi / (math.pi - 1), rel=1e-6)
    assert batch_norm_factor(np.tanh, lambda z: 1 - np.tanh(z) ** 2) == pytest.approx(1.1778, abs=1e-4)
    assert linear_batch_norm_factor(16) == pytest.approx(14 / 13)


def test_recurrences():
    q = np.linalg.qr(np.random.default_rng(0).normal(size=(6, 6)))[0]
    assert recurrent_bound(0.9 * q, 30) == pytest.approx(0.9**30, rel=1e-12)
    assert np.linalg.norm(np.linalg.matrix_power(0.9 * q, 30), 2) == pytest.approx(0.9**30, rel=1e-12)
    assert recurrent_bound(q, 3, steepest=0.25) == pytest.approx(1 / 64)
    assert [memory_path(bias, 1) for bias in (0, 1, 5)] == pytest.approx([0.5, 0.7311, 0.9933], abs=1e-4)


def test_norms_are_summed_in_float64_and_ordered_by_number():
    tiny = np.full((3, 3), 1e-30, dtype=np.float32)
    norms = gradient_norms({"W10": np.ones(4), "W2": tiny, "W1": np.full(4, 1e200)})
    assert norms == pytest.approx([2e200, 3e-30, 2.0])
    assert gradient_norms([np.zeros(3), np.zeros(0)]).tolist() == [0.0, 0.0]
    assert np.isnan(gradient_norms([np.array([1.0, np.nan])])[0])
    assert gradient_norms({"b": np.ones(1), "a": np.zeros(1)}).tolist() == [0.0, 1.0]
