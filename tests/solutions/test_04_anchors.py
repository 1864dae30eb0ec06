"""The reference of 04-initialization against numbers, laws, derivatives and drawn networks that were found without it."""

import importlib.util
import json
import math
import runpy
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from autograder.checks.collection import Suite
from autograder.gradients import check_gradient, check_weights, curve_bands, recipes, relu_law

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "solutions" / "04-initialization"
SPEC = importlib.util.spec_from_file_location("reference_04_initialization", FOLDER / "reference.py")
assert SPEC is not None
assert SPEC.loader is not None
reference = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(reference)

ACTIVATIONS = ("relu", "tanh", "sigmoid")
TWO = [np.array([[2.0]]), np.array([[3.0]])]
ONE = np.array([[1.0]])
BY_HAND = [np.array([[1.0, -2.0], [1.0, 1.0]]), np.array([[1.0, 3.0], [2.0, -1.0]])]
ONES = np.array([[1.0, 1.0]])


def network(widths, seed=1, batch=5):
    rng = np.random.default_rng(seed)
    weights = [rng.normal(0, fans[0] ** -0.5, fans) for fans in pairwise(widths)]
    return weights, rng.normal(size=(batch, widths[0])), rng.normal(size=(batch, widths[-1]))


def loss_from(layer, weights, v, activation):
    """The loss as a function of z_layer (counted from 1), written anew."""
    act = {"relu": lambda z: z * (z > 0), "tanh": np.tanh, "sigmoid": lambda z: 1 / (1 + np.exp(-z))}[activation]

    def loss(z):
        for matrix in weights[layer:]:
            z = act(z) @ matrix
        return float(np.sum(v * z))

    return loss


@pytest.mark.parametrize(("name", "init"), [("xavier", reference.xavier_init), ("he", reference.he_init)])
def test_the_recipes_draw_what_they_promise(name, init):
    rng, shapes = np.random.default_rng(3), [(200, 80), (80, 200), (128, 128)]
    found = check_weights([init(*shape, rng) for shape in shapes], [recipes(*shape)[name] for shape in shapes])
    assert found.ok, found.message


def test_the_two_published_nets_have_their_values():
    assert reference.preactivation_scale(TWO, ONE, "relu").tolist() == [4, 36]
    assert reference.gradient_norm_curve(TWO, ONE, ONE, "relu").tolist() == [3, 1]


def test_the_example_by_hand():
    assert reference.preactivation_scale(BY_HAND, ONES, "relu").tolist() == [2.5, 20]
    assert reference.gradient_norm_curve(BY_HAND, ONES, ONES, "relu") == pytest.approx([4, math.sqrt(2)], rel=1e-15)
    assert np.linalg.norm(np.maximum(ONES @ BY_HAND[0], 0).T @ ONES) == pytest.approx(math.sqrt(8), rel=1e-15)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("widths", [(4, 3, 6, 5, 2), (4, 4, 4), (3, 7)])
def test_each_delta_is_the_derivative_of_the_loss_and_its_norm_is_in_the_curve(activation, widths):
    weights, x, v = network(widths)
    zs, deltas = reference.preactivations(weights, x, activation), reference.deltas(weights, x, v, activation)
    norms = reference.gradient_norm_curve(weights, x, v, activation)
    for layer, (z, delta) in enumerate(zip(zs, deltas, strict=True), 1):
        checked = check_gradient(loss_from(layer, weights, v, activation), delta, z, seed=1)
        assert checked.ok, checked
        assert norms[layer - 1] == pytest.approx(math.sqrt(np.sum(delta**2)), rel=1e-14)
    assert norms[-1] == pytest.approx(np.linalg.norm(v), rel=1e-14)


def test_all_weights_times_c_multiply_the_curve_of_relu_by_powers_of_c():
    weights, x, v = network((5, 5, 5, 5, 5))
    before, after = (reference.gradient_norm_curve([c * one for one in weights], x, v, "relu") for c in (1.0, 1.7))
    assert after / before == pytest.approx(1.7 ** np.arange(3, -1, -1), rel=1e-13)


def test_the_anchors_of_kappa():
    assert [reference.kappa("relu", q) for q in (0.05, 1, 2)] == pytest.approx([0.5] * 3, rel=1e-6)
    assert [reference.kappa("tanh", q) for q in (1, 0.25)] == pytest.approx([0.4644, 0.7174], abs=5e-5)
    assert reference.kappa("sigmoid", 1) == pytest.approx(0.0448, abs=5e-5)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("q", [0.05, 0.3, 1.0, 2.0])
def test_kappa_by_quadrature_and_by_drawing_a_million_numbers(activation, q):
    nodes, chances = np.polynomial.hermite_e.hermegauss(64)
    slope = reference.SLOPE[activation]
    assert reference.kappa(activation, q) == pytest.approx(np.average(slope(math.sqrt(q) * nodes) ** 2, weights=chances), rel=1e-3)
    drawn = np.random.default_rng(1).standard_normal(1_000_000)
    assert reference.kappa(activation, q) == pytest.approx(np.mean(slope(math.sqrt(q) * drawn) ** 2), rel=5e-3)


def test_too_few_nodes_are_seen():
    nodes, chances = np.polynomial.hermite.hermgauss(20)
    few = chances @ reference.SLOPE["tanh"](2 * nodes) ** 2 / math.sqrt(math.pi)
    assert few == pytest.approx(reference.kappa("tanh", 2), rel=0.05)
    assert abs(few / reference.kappa("tanh", 2) - 1) > 0.01


def test_the_anchors_of_the_mean_field():
    assert reference.mean_field_factors("relu", 2, 3) == pytest.approx([1, 1, 1], rel=1e-6)
    assert reference.mean_field_factors("tanh", 1, 5) == pytest.approx([0.4644, 0.6365, 0.7267, 0.7818, 0.8188], abs=5e-5)
    sigmoid = reference.mean_field_factors("sigmoid", 1, 40)
    assert sigmoid[[0, 1, -1]] == pytest.approx([0.04484, 0.05512, 0.05572], abs=5e-6)
    assert math.sqrt(sigmoid[-1]) == pytest.approx(0.236, abs=5e-4)


@pytest.mark.parametrize(("activation", "sigma_w2"), [("relu", 2.0), ("tanh", 1.0), ("sigmoid", 1.0)])
def test_drawn_wide_networks_follow_the_mean_field(activation, sigma_w2):
    width, depth = 600, 5
    rng = np.random.default_rng(8)
    weights = [rng.normal(0, math.sqrt(sigma_w2 / width), (width, width)) for _ in range(depth + 1)]
    x = rng.normal(size=(4, width))
    x *= math.sqrt(width) / np.linalg.norm(x, axis=1, keepdims=True)
    norms = reference.gradient_norm_curve(weights, x, rng.normal(size=(4, width)), activation)
    assert (norms[:-1] / norms[1:]) ** 2 == pytest.approx(reference.mean_field_factors(activation, sigma_w2, depth), rel=0.15)


def test_the_factors_of_single_units_have_their_values_and_their_ratio():
    assert reference.variance_factors(300, 300, 2 / 300, 0.5, 0.5) == pytest.approx((1, 1), rel=1e-15)
    forward, backward = reference.variance_factors(200, 80, 0.03, 0.3, 0.7)
    assert forward / backward == pytest.approx(200 * 0.3 / (80 * 0.7), rel=1e-14)


def test_a_right_solution_fails_by_chance_less_than_once_in_a_million_times():
    suite = Suite(FOLDER)
    assert 5e-7 < suite.chance <= 1e-6
    by_exercise = {}
    for check in suite.checks:
        by_exercise[check.exercise] = by_exercise.get(check.exercise, 0.0) + check.chance
    assert {exercise for exercise, chance in by_exercise.items() if chance} == {"xavier-init", "he-init", "init-params"}


def kept():
    return json.loads((FOLDER / "curves" / "gradient-norms.json").read_text())


def test_the_bands_of_relu_are_those_of_the_law():
    for curve in kept()["relu"]:
        bands = curve_bands([relu_law(reference.WIDTH, curve["std"] ** 2)] * (reference.DEPTH - 1), of="deltas", alpha=curve["chance"])
        assert [band.low for band in bands] == pytest.approx(curve["low"][:-1], rel=1e-3)
        assert [band.high for band in bands] == pytest.approx(curve["high"][:-1], rel=1e-3)
        assert curve["low"][-1] == curve["high"][-1] == curve["typical"][-1] == 1


@pytest.mark.parametrize("activation", ["relu", "sigmoid"])
def test_fresh_networks_lie_in_their_bands_around_the_typical_curve(activation):
    x, v = reference.input_and_cotangent()
    rng = np.random.default_rng(12)
    for curve in kept()[activation]:
        logs = []
        for _ in range(12):
            weights = [rng.normal(0, curve["std"], (reference.WIDTH,) * 2) for _ in range(reference.DEPTH)]
            norms = reference.gradient_norm_curve(weights, x, v, activation)
            ratios = norms / norms[-1]
            assert np.all((ratios >= np.array(curve["low"]) * (1 - 1e-5)) & (ratios <= np.array(curve["high"]) * (1 + 1e-5)))
            logs.append(np.log(ratios))
        assert np.mean(logs, axis=0) == pytest.approx(np.log(curve["typical"]), abs=0.6)


@pytest.mark.slow
def test_the_curves_are_those_that_their_command_makes(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["make.py", str(tmp_path / "made.json")])
    runpy.run_path(str(FOLDER / "curves" / "make.py"), run_name="__main__")
    assert (tmp_path / "made.json").read_bytes() == (FOLDER / "curves" / "gradient-norms.json").read_bytes()


def test_the_curves_say_how_they_were_made():
    curves = kept()
    assert curves["made"].keys() == {"by", "depth", "width", "input", "version"}
    for activation in ("relu", "sigmoid"):
        for curve in curves[activation]:
            assert {"scheme", "std", "method", "chance", "nets", "seed"} <= curve.keys()
            assert (curve["nets"] is None) == (curve["method"] == "an exact law")
