"""The reference of 01-activations against numbers and facts that were found without it."""

import importlib.util
import math
from decimal import Decimal, localcontext
from pathlib import Path

import numpy as np
import pytest

from autograder.gradients import derivative

PATH = Path(__file__).parents[2] / "solutions" / "01-activations" / "reference.py"
SPEC = importlib.util.spec_from_file_location("reference_01_activations", PATH)
assert SPEC is not None
assert SPEC.loader is not None
reference = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(reference)

SMOOTH = {
    "sigmoid": (reference.sigmoid, reference.sigmoid_grad),
    "tanh": (reference.tanh, reference.tanh_grad),
    "relu": (reference.relu, reference.relu_grad),
    "leaky_relu": (lambda z: reference.leaky_relu(z, 0.3), lambda z: reference.leaky_relu_grad(z, 0.3)),
    "elu, alpha below 1": (lambda z: reference.elu(z, 0.7), lambda z: reference.elu_grad(z, 0.7)),
    "elu, alpha above 1": (lambda z: reference.elu(z, 1.6), lambda z: reference.elu_grad(z, 1.6)),
}


def exact_sigmoid(z):
    """(sigmoid, its derivative) to fifty digits."""
    with localcontext() as context:
        context.prec = 50
        e = (-Decimal(z)).exp()
        return float(1 / (1 + e)), float(e / (1 + e) ** 2)


@pytest.mark.parametrize(
    ("function", "arguments", "wanted"),
    [
        ("sigmoid", ([-2, 0, 3],), [0.1192029220, 0.5, 0.9525741268]),
        ("sigmoid_grad", ([-2, 0, 3],), [0.1049935854, 0.25, 0.0451766597]),
        ("tanh_grad", ([-1, 0, 1],), [0.4199743416, 1, 0.4199743416]),
        ("relu", ([-2, 3],), [0, 3]),
        ("relu_grad", ([-2, 3],), [0, 1]),
        ("leaky_relu", ([-2, 3], 0.1), [-0.2, 3]),
        ("leaky_relu_grad", ([-2, 3], 0.1), [0.1, 1]),
        ("elu", ([-1, 2], 0.7), [-0.4424843912, 2]),
        ("elu_grad", ([-1, 2], 0.7), [0.2575156088, 1]),
    ],
)
def test_arrays_have_their_published_values(function, arguments, wanted):
    assert getattr(reference, function)(*arguments) == pytest.approx(wanted, rel=1e-9, abs=1e-10)


@pytest.mark.parametrize("z", [-40.0, 40.0])
def test_the_tails_have_their_anchor(z):
    assert reference.sigmoid_grad(z).item() == pytest.approx(4.248354e-18, rel=1e-7)


@pytest.mark.parametrize("z", [-700, -354, -40, -15, -1, 0, 1, 15, 37, 40, 355, 700])
def test_the_sigmoid_keeps_its_digits_everywhere(z):
    value, slope = exact_sigmoid(z)
    assert reference.sigmoid(z).item() == pytest.approx(value, rel=1e-12)
    assert reference.sigmoid_grad(z).item() == pytest.approx(slope, rel=1e-12)


@pytest.mark.parametrize("name", SMOOTH)
def test_far_out_nothing_is_nan(name):
    z = np.array([-1e4, -800.0, 800.0, 1e4])
    for function in SMOOTH[name]:
        assert np.isfinite(function(z)).all()


@pytest.mark.parametrize("name", SMOOTH)
def test_derivatives_agree_with_central_differences(name):
    value, slope = SMOOTH[name]
    z = np.concatenate([np.linspace(-5, -0.05, 40), np.linspace(0.05, 5, 40)]).reshape(4, 20)
    want = derivative(value, z)
    assert np.linalg.norm(slope(z) - want) <= 1e-10 * np.linalg.norm(want)


@pytest.mark.parametrize("name", SMOOTH)
@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (2, 1, 3)])
def test_integers_of_any_shape_are_treated_as_floats(name, shape):
    z = np.full(shape, -3)
    for function in SMOOTH[name]:
        got = function(z)
        assert got.shape == shape
        assert got.dtype == np.float64
        assert np.array_equal(got, function(z.astype(float)))


@pytest.mark.parametrize(
    ("name", "threshold", "wanted"), [("sigmoid", 0.1, 2.063437), ("sigmoid", 0.01, 4.584863), ("tanh", 0.01, 2.993223)]
)
def test_dead_zones_have_their_anchors(name, threshold, wanted):
    assert reference.dead_zone(name, threshold) == pytest.approx(wanted, abs=5e-7)


@pytest.mark.parametrize("name", ["sigmoid", "tanh"])
@pytest.mark.parametrize("threshold", [1e-6, 1e-3, 0.1, 0.24])
def test_at_the_edge_of_the_dead_zone_the_slope_is_the_threshold(name, threshold):
    slope = SMOOTH[name][1]
    edge = reference.dead_zone(name, threshold)
    assert slope(edge).item() == pytest.approx(threshold, rel=1e-9)
    assert slope(edge * (1 - 1e-6)) > threshold > slope(edge * (1 + 1e-6))


def test_the_share_counts_entries_of_both_tails():
    z = np.array([[-9.0, 0.0, 9.0], [1.0, 7.0, -0.5]])
    assert reference.saturated_share(z, 0.1) == pytest.approx(0.5)
    assert reference.saturated_share(np.zeros(4), 0.1) == 0
    assert reference.saturated_share(np.full((2, 2), -100), 0.1) == 1


@pytest.mark.parametrize("depth", [1, 2, 10])
def test_no_product_of_slopes_beats_the_best_case(depth):
    z = np.linspace(-3, 3, 601)
    assert reference.best_case(depth) == pytest.approx(math.prod([reference.sigmoid_grad(z).max()] * depth), rel=1e-12)


def test_the_best_case_of_two_layers_is_a_sixteenth():
    assert reference.best_case(2) == 0.0625


@pytest.mark.parametrize(("factor", "layers"), [(0.1, 2), (1e-6, 10), (1e-12, 20)])
def test_layers_have_their_anchors(factor, layers):
    assert reference.layers_to_shrink(factor) == layers


@pytest.mark.parametrize("factor", [0.9, 0.3, 0.2, 1e-3, 3e-40, 1e-100])
def test_one_layer_less_does_not_shrink_enough(factor):
    layers = reference.layers_to_shrink(factor)
    assert reference.best_case(layers) <= factor < reference.best_case(layers - 1)
