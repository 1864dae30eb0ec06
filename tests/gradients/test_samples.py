"""Bands from nets that are drawn: they hold their false alarms, and refuse what a sample can't tell."""

from itertools import pairwise

import numpy as np
import pytest

from autograder.gradients import check_curve, draw_norms, linear_law, relu_law, sampled_band, sampled_curve_bands
from autograder.gradients.sums import LogSum

WIDTHS = [12, 24, 24, 24, 24, 8]


def xavier(fan_in, fan_out, rng):
    return rng.standard_normal((fan_in, fan_out)) * (2 / (fan_in + fan_out)) ** 0.5


def sigmoid(z):
    return 0.5 * (1 + np.tanh(z / 2))


ACTIVATIONS = {
    "tanh": (np.tanh, lambda z: 1 - np.tanh(z) ** 2),
    "sigmoid": (sigmoid, lambda z: sigmoid(z) * (1 - sigmoid(z))),
}


def gradients(matrices, phi, slope, x, v):
    """Deltas and norms of dW of one net, by the book."""
    a, outputs, inputs = x, [x], []
    for matrix in matrices:
        inputs.append(a @ matrix)
        a = phi(inputs[-1])
        outputs.append(a)
    deltas = [v]
    for matrix, z in zip(matrices[:0:-1], inputs[-2::-1], strict=True):
        deltas.insert(0, slope(z) * (matrix @ deltas[0]))
    return {"deltas": deltas, "weights": [np.outer(a, delta) for a, delta in zip(outputs, deltas, strict=False)]}


@pytest.mark.parametrize("of", ["deltas", "weights"])
def test_drawn_norms_are_those_of_the_nets_drawn(of):
    x = np.random.default_rng(5).normal(size=WIDTHS[0])
    found = draw_norms(xavier, WIDTHS, *ACTIVATIONS["tanh"], np.random.default_rng(0), of=of, nets=3, x=x)
    rng = np.random.default_rng(0)
    for row in found:
        matrices = [xavier(m, n, rng) for m, n in pairwise(WIDTHS)]
        want = gradients(matrices, *ACTIVATIONS["tanh"], x, rng.standard_normal(WIDTHS[-1]))[of]
        assert row == pytest.approx([np.linalg.norm(gradient) for gradient in want])
    assert draw_norms(xavier, [4, 4], *ACTIVATIONS["tanh"], rng, of=of).shape == (2000, 1)


@pytest.mark.parametrize("of", ["deltas", "weights"])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_right_nets_leave_their_sampled_bands_at_most_as_often_as_stated(activation, of):
    rng = np.random.default_rng(0)
    curves = draw_norms(xavier, WIDTHS, *ACTIVATIONS[activation], rng, of=of, nets=3_000)
    ratios = curves[2_000:, :-1] / curves[2_000:, -1:]
    found = []
    for start in range(0, 2_000, 500):
        bands = sampled_curve_bands(curves[start : start + 500], alpha=0.2)
        low, high = (np.array([getattr(band, end) for band in bands]) for end in ("low", "high"))
        found.append(np.mean(((ratios < low) | (ratios > high)).any(axis=1)))
    assert [band.factors for band in bands] == [4, 3, 2, 1]
    assert {round(band.alpha, 12) for band in bands} == {0.05}
    assert 0.02 < np.mean(found) <= 0.2
    error = draw_norms(lambda m, n, rng: 0.4 * xavier(m, n, rng), WIDTHS, *ACTIVATIONS[activation], rng, of="deltas", nets=20)
    assert of == "weights" or not any(check_curve(curve, bands).ok for curve in error)


@pytest.mark.parametrize(("law", "factors", "seeds"), [(relu_law(32), 1, 1), (linear_law(20), 4, 1), (relu_law(16), 4, 8)])
@pytest.mark.parametrize(("size", "alpha"), [(300, 1e-2), (1000, 1e-4)])
def test_the_true_false_alarms_of_sampled_bands_are_at_most_the_stated(law, factors, seeds, size, alpha):
    rng = np.random.default_rng(0)
    truth = LogSum([law] * factors, seeds)
    values, chances = law.points
    found = []
    for _ in range(30):
        band = sampled_band(rng.choice(values, p=chances, size=(size, factors)).sum(axis=1), factors, alpha=alpha, seeds=seeds)
        low, high = (2 * np.log(end) for end in (band.low, band.high))
        found.append(truth.tail(low, upper=False) + truth.tail(high, upper=True))
    assert 0.01 * alpha < np.mean(found) <= alpha


def test_seeds_narrow_a_sampled_band_and_must_be_as_many_as_the_rows():
    curves = np.exp(np.random.default_rng(0).normal(size=(400, 3)))
    one, four = (sampled_curve_bands(curves, alpha=0.1, seeds=seeds) for seeds in (1, 4))
    assert np.log(four[0].high / four[0].low) == pytest.approx(np.log(one[0].high / one[0].low) / 2, rel=0.1)
    assert check_curve(np.ones((4, 3)), four).ok
    with pytest.raises(ValueError, match=r"the bands are for 4 seeds \(got 1 rows\)"):
        check_curve(np.ones(3), four)


NORMAL = np.random.default_rng(0).normal(size=1000)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: sampled_band(np.zeros(10), 1), r"a band needs 200 finite log ratios or more \(got 10\)"),
        (lambda: sampled_band(np.where(NORMAL > 3, np.nan, NORMAL), 1), r"200 finite log ratios or more \(got 1000\)"),
        (lambda: sampled_band(NORMAL, 1, alpha=1), "alpha must lie between 1e-10 and 0.5"),
        (lambda: sampled_band(NORMAL, 1, alpha=1e-5), "1000 nets make no band of alpha 1e-05: draw 10000, or take a larger alpha"),
        (lambda: sampled_band(NORMAL, 1, seeds=1.5), r"a whole number of seeds from 1 on \(got 1, 1.5\)"),
        (lambda: sampled_band(np.full(1000, 0.1), 1), "these norms have no spread, so no band: compare them exactly"),
        (lambda: sampled_band(np.exp(NORMAL), 1), r"too far from normal for a band \(skew [3-9].*: take wider nets, or average over seeds"),
        (lambda: sampled_curve_bands(np.ones(300)), r"norms of M nets with L >= 2 layers have shape \(M, L\) \(got \(300,\)\)"),
        (lambda: sampled_curve_bands(np.ones((300, 1))), r"\(got \(300, 1\)\)"),
        (lambda: sampled_curve_bands(np.zeros((300, 2))), "200 finite log ratios"),
        (lambda: draw_norms(xavier, [3], np.tanh, np.cosh, None, of="deltas"), r"a net has two widths or more \(got \[3\]\)"),
        (lambda: draw_norms(xavier, [3, 3], np.tanh, np.cosh, None, of="W"), r'a curve is of "deltas" or of "weights" \(got \'W\'\)'),
    ],
)
def test_ranges(make, message):
    with pytest.raises(ValueError, match=message):
        make()
