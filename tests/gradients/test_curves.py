"""Curves of norms layer by layer, held against their bands: of deltas and of weights, of one net or of several seeds."""

import numpy as np
import pytest

from autograder.gradients import check_curve, curve_bands, draw_norms, gradient_norms, linear_law, relu_law

DEPTH = 20
FLAT = np.ones(10)
BANDS = curve_bands([relu_law(64)] * 9, of="deltas", alpha=9e-4)


def test_the_first_layer_outside_is_told_with_its_band():
    found = check_curve(FLAT, BANDS)
    assert (found.ok, found.layer, found.message) == (True, None, "all 9 layers below the last lie in their bands")
    found = check_curve(0.5 ** np.arange(9, -1, -1), BANDS)
    assert (found.ok, found.layer) == (False, 1)
    assert found.message.startswith("layer 1: its norm is 0.00195 of the last one's; right nets lie between ")
    found = check_curve(np.where(np.arange(10) == 6, 1e4, FLAT), BANDS)
    assert (found.ok, found.layer) == (False, 7)


@pytest.mark.parametrize(("value", "told"), [(np.nan, "nan"), (np.inf, "inf"), (-1.0, "-1")])
@pytest.mark.parametrize("layer", [1, 4, 10])
def test_what_is_no_norm_never_passes(layer, value, told):
    found = check_curve(np.where(np.arange(1, 11) == layer, value, FLAT), BANDS)
    assert (found.ok, found.layer, found.message) == (False, layer, f"layer {layer}: {told} is no norm")


def test_norms_of_0_never_pass():
    for norms in (np.zeros(10), np.append(np.ones(9), 0.0)):
        found = check_curve(norms, BANDS)
        assert (found.ok, found.layer) == (False, 10)
        assert found.message == "the last layer's norm is 0, so no other has a ratio to it"
    two = curve_bands([relu_law(64)], of="deltas", seeds=2)
    assert check_curve([[1, 1], [1, 0]], two).message.startswith("the last layer's norm is 0")
    found = check_curve(np.append(0.0, np.ones(9)), BANDS)
    assert found.message.startswith("layer 1: its norm is 0 of the last one's")


def test_rows_are_seeds_and_their_geometric_mean_counts():
    bands = curve_bands([linear_law(64)] * 3, of="deltas", seeds=2)
    assert check_curve(np.ones((2, 4)), bands).ok
    assert check_curve([[50, 1, 1, 1], [1 / 50, 1, 1, 1]], bands).ok
    assert not check_curve([[50, 1, 1, 1], [1, 1, 1, 1]], bands).ok
    assert not check_curve([[0, 1, 1, 1], [1, 1, 1, 1]], bands).ok


@pytest.mark.parametrize(
    ("norms", "bands", "message"),
    [
        (np.ones(4), curve_bands([linear_law(64)] * 3, of="deltas", seeds=2), r"the bands are for 2 seeds \(got 1 rows\)"),
        (np.ones((2, 10)), BANDS, r"the bands are for 1 seeds \(got 2 rows\)"),
        (np.ones(5), BANDS, r"9 bands belong to 10 norms, 2 or more \(got shape \(5,\)\)"),
        (np.ones((1, 1, 10)), BANDS, r"got shape \(1, 1, 10\)"),
        (np.ones(1), [], r"0 bands belong to 1 norms, 2 or more \(got shape \(1,\)\)"),
    ],
)
def test_norms_must_belong_to_the_bands(norms, bands, message):
    with pytest.raises(ValueError, match=message):
        check_curve(norms, bands)


def he(fan_in, fan_out, rng, gain=1.0):
    return rng.standard_normal((fan_in, fan_out)) * (gain * (2 / fan_in) ** 0.5)


def relu(z):
    return np.maximum(z, 0)


def relu_slope(z):
    return (z > 0) * 1.0


def linear(fan_in, fan_out, rng):
    return rng.standard_normal((fan_in, fan_out)) * fan_in**-0.5


def outside(curves, laws, of, alpha):
    bands = curve_bands(laws, of=of, alpha=alpha)
    ratios = curves[:, :-1] / curves[:, -1:]
    return np.array([np.mean((column < band.low) | (column > band.high)) for column, band in zip(ratios.T, bands, strict=True)])


@pytest.mark.parametrize("of", ["deltas", "weights"])
def test_curves_of_real_relu_nets_lie_in_their_bands_as_often_as_stated(of):
    widths = [20, 32, 32, 32, 32, 32, 10]
    curves = draw_norms(he, widths, relu, relu_slope, np.random.default_rng(0), of=of, nets=6_000)
    found = outside(curves, [relu_law(32, below=2 / 20)] + [relu_law(32)] * 4, of, 5 * 0.05)
    assert found[-1] == pytest.approx(0.05, abs=0.009)
    assert (found < 0.059).all()
    assert (found > (0.025 if of == "weights" else 0.041)).all()


def test_curves_of_real_linear_nets_lie_in_their_bands_too():
    curves = draw_norms(linear, [24] * 6, lambda z: z, np.ones_like, np.random.default_rng(1), of="weights", nets=4_000)
    found = outside(curves, [linear_law(24)] * 4, "weights", 4 * 0.05)
    assert found[-1] == pytest.approx(0.05, abs=0.011)
    assert (found < 0.061).all()


def test_weights_do_not_follow_the_law_of_deltas():
    curves = draw_norms(he, [32] * 7, relu, relu_slope, np.random.default_rng(2), of="weights", nets=1_000)
    assert outside(curves, [relu_law(32)] * 5, "deltas", 5 * 0.01).max() > 0.03


def test_he_and_xavier_differ_in_the_curve_of_deltas_alone():
    laws = [relu_law(128)] * (DEPTH - 1)
    for of, ok in (("deltas", False), ("weights", True)):
        rng = np.random.default_rng(3)
        curve = draw_norms(lambda m, n, rng: he(m, n, rng, 2**-0.5), [128] * (DEPTH + 1), relu, relu_slope, rng, of=of, nets=1)
        assert check_curve(curve, curve_bands(laws, of=of)).ok == ok


def test_norms_are_summed_in_float64_and_ordered_by_number():
    tiny = np.full((3, 3), 1e-30, dtype=np.float32)
    norms = gradient_norms({"W10": np.ones(4), "W2": tiny, "W1": np.full(4, 1e200)})
    assert norms == pytest.approx([2e200, 3e-30, 2.0])
    assert gradient_norms([np.zeros(3), np.zeros(0)]).tolist() == [0.0, 0.0]
    assert np.isnan(gradient_norms([np.array([1.0, np.nan])])[0])
    assert gradient_norms([[3, 4], np.array([True, False])]) == pytest.approx([5.0, 1.0])


@pytest.mark.parametrize(
    "keys",
    [
        ("W1", "W2", "W10"),
        ("layers.2.weight0", "layers.2.weight1", "layers.10.weight0"),
        (1, 2, 10),
        ("a", "b"),
        ("", "0", "00x", "W"),
    ],
)
def test_keys_are_in_natural_order(keys):
    for order in (1, -1):
        shuffled = {key: np.full(1, float(keys.index(key))) for key in keys[::order]}
        assert gradient_norms(shuffled).tolist() == list(range(len(keys)))


@pytest.mark.parametrize(
    ("gradients", "message"),
    [
        (np.ones((3, 3)), "an array is one gradient: pass a list or a dictionary with one for each layer"),
        ({"W1": np.ones(2), "W2": None}, "gradient W2 is no array of real numbers"),
        ([np.ones(2), np.ones(2) + 1j], "gradient 2 is no array of real numbers"),
        ([[[1.0, 2.0], [3.0]]], "gradient 1 is no array of real numbers"),
        (["W1"], "gradient 1 is no array of real numbers"),
    ],
)
def test_what_is_no_gradient_is_refused(gradients, message):
    with pytest.raises(ValueError, match=message):
        gradient_norms(gradients)
