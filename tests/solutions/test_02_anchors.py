"""The reference of 02-backprop against numbers, derivatives and facts that were found without it."""

import importlib.util
import itertools
import json
import runpy
import sys
from pathlib import Path

import numpy as np
import pytest

from autograder.gradients import Verdict, check_gradient, check_vjp
from autograder.gradients.examples import cubic, log_sum_exp, product

FOLDER = Path(__file__).parents[2] / "solutions" / "02-backprop"
SPEC = importlib.util.spec_from_file_location("reference_02_backprop", FOLDER / "reference.py")
assert SPEC is not None
assert SPEC.loader is not None
reference = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(reference)

X = np.array([[1.0, 2], [0, -1], [3, 1]])
W = np.array([[1.0, 0, 2, -1], [0, 1, -1, 2]])
B = np.array([0.5, 0, -0.5, 1])
ACTIVATIONS = ("relu", "tanh", "sigmoid")


def net(sizes, seed=1, batch=5):
    rng = np.random.default_rng(seed)
    params = {}
    for layer, (fan_in, fan_out) in enumerate(itertools.pairwise(sizes), 1):
        params[f"W{layer}"] = rng.normal(size=(fan_in, fan_out)) * np.sqrt(2 / fan_in)
        params[f"b{layer}"] = 0.3 * rng.normal(size=fan_out)
    return params, rng.normal(size=(batch, sizes[0])), rng.integers(0, sizes[-1], batch)


def test_a_central_difference_of_the_cubic_is_off_by_the_square_of_the_step():
    assert reference.numerical_gradient(cubic, [1, -2], h=0.1) == pytest.approx([3.01, 12.01], rel=1e-12)


@pytest.mark.parametrize(("f", "right"), [(product, [[-2, 1, -0.5]]), (log_sum_exp, None)])
def test_differences_find_known_gradients(f, right):
    x = np.array([[0.5, -1.0, 2.0]])
    right = np.exp(x) / np.exp(x).sum() if right is None else np.array(right)
    assert reference.numerical_gradient(f, x) == pytest.approx(right, rel=1e-8)


def test_the_affine_layer_has_its_published_values():
    out, cache = reference.affine_forward(X, W, B)
    assert out[0].tolist() == [1.5, 2, -0.5, 4]
    dx, dw, db = reference.affine_backward(np.array([[1.0, 0, 0, 1], [0, 2, 0, 0], [0, 0, 1, -1]]), cache)
    assert (dx[0].tolist(), dw[0].tolist(), db.tolist()) == ([0, 2], [1, 0, 3, -2], [1, 2, 1, 0])


def test_the_affine_gradients_agree_with_differences():
    def backward(dout, *given):
        return reference.affine_backward(dout, given)

    rng = np.random.default_rng(2)
    given = [rng.normal(size=shape) for shape in ((5, 4), (4, 3), (3,))]
    assert check_vjp(lambda *given: reference.affine_forward(*given)[0], backward, given, seed=1).verdict is Verdict.OK


def test_the_rectifier_has_its_published_values_and_the_gradient_of_differences():
    assert reference.relu_backward(np.array([5.0, -7]), reference.relu_forward(np.array([-1.0, 2]))[1]).tolist() == [0, -7]
    x = np.random.default_rng(3).normal(size=(3, 2, 4))
    assert check_vjp(lambda x: reference.relu_forward(x)[0], reference.relu_backward, [x], seed=1).verdict is Verdict.OK


def test_the_softmax_loss_has_its_published_values():
    loss, dx = reference.softmax_loss(np.array([[1.0, 2, 3], [0, 0, 0]]), np.array([2, 0]))
    assert loss == pytest.approx(0.7531091266, abs=5e-11)
    assert dx[1] == pytest.approx([-1 / 3, 1 / 6, 1 / 6], rel=1e-12)
    assert dx.sum(axis=1) == pytest.approx([0, 0], abs=1e-15)
    assert reference.softmax_loss(np.full((4, 5), 2.0), np.arange(4))[0] == pytest.approx(np.log(5), rel=1e-14)


def test_scores_far_out_keep_their_loss():
    loss, dx = reference.softmax_loss(np.array([[800.0, -800, 0], [-800, -800, -800]]), np.array([1, 2]))
    assert loss == pytest.approx((1600 + np.log(3)) / 2, rel=1e-14)
    assert dx == pytest.approx(np.array([[0.5, -0.5, 0], [1 / 6, 1 / 6, -1 / 3]]), rel=1e-14)


def test_the_softmax_gradient_agrees_with_differences():
    x, y = np.random.default_rng(4).normal(size=(5, 4)), np.array([0, 3, 1, 1, 2])
    check = check_gradient(lambda x: reference.softmax_loss(x, y)[0], lambda x: reference.softmax_loss(x, y)[1], x, seed=1)
    assert check.verdict is Verdict.OK


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("sizes", [[4, 3], [4, 6, 3], [3, 5, 4, 6, 2]])
def test_the_networks_gradients_agree_with_differences(activation, sizes):
    params, x, y = net(sizes)
    loss, grads = (lambda params, part=part: reference.mlp_loss_and_grads(params, x, y, activation)[part] for part in (0, 1))
    check = check_gradient(loss, grads, params, seed=1)
    assert check.verdict is Verdict.OK, check.message


def test_a_network_of_zeros_has_the_loss_of_equal_scores():
    params, x, y = net([4, 6, 3])
    zeros = {name: np.zeros_like(array) for name, array in params.items()}
    assert reference.mlp_loss_and_grads(zeros, x, y, "tanh")[0] == pytest.approx(1.0986122887, abs=5e-11)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_a_batch_written_twice_changes_nothing(activation):
    params, x, y = net([4, 6, 5, 3])
    loss, grads = reference.mlp_loss_and_grads(params, x, y, activation)
    twice, again = reference.mlp_loss_and_grads(params, np.concatenate([x, x]), np.concatenate([y, y]), activation)
    assert twice == pytest.approx(loss, rel=1e-14)
    assert all(again[name] == pytest.approx(grads[name], rel=1e-12, abs=1e-15) for name in params)


def test_norms_and_updates_have_their_published_values_in_the_order_of_the_layers():
    assert reference.layer_gradient_norms({"W1": np.array([[3.0, 4]]), "b1": np.array([9.0, 9])}).tolist() == [5]
    grads = {f"{letter}{layer}": np.full((1, 1), float(layer)) for layer in (10, 2, 11, 1, 9, 3, 8, 4, 7, 5, 6, 12) for letter in "bW"}
    assert reference.layer_gradient_norms(grads).tolist() == list(range(1, 13))
    assert reference.relative_updates(grads, grads, 0.25) == pytest.approx(np.full(12, 0.25))


@pytest.mark.parametrize(
    ("weights", "biases", "x", "wanted"),
    [([2, 2, 2], [-1, -1, -1], 0.5, [0.0625, 0.125, 0.25]), ([1, 1, 1], [0, 0, 0], 0.0, [0.0133520938, 0.0534083752, 0.2272660918])],
)
def test_chains_have_their_anchors(weights, biases, x, wanted):
    assert reference.chain_gradients(np.array(weights), np.array(biases), x, "sigmoid") == pytest.approx(wanted, rel=1e-8)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_a_chain_agrees_with_differences(activation):
    rng = np.random.default_rng(5)
    weights, biases = rng.uniform(0.5, 2, 6), rng.uniform(0.1, 0.5, 6)

    def output(shifts):
        return float(reference.phi(reference.preactivations_of_a_chain(weights, biases + shifts, 0.7, activation)[-1], activation))

    wanted = reference.numerical_gradient(output, np.zeros(6))  # a shift of b_l is a shift of z_l
    assert reference.chain_gradients(weights, biases, 0.7, activation) == pytest.approx(wanted, rel=1e-6)


def test_at_the_critical_weight_a_chain_neither_damps_nor_amplifies():
    assert reference.critical_weight(0.25) == 4
    slope = 0.19661193324148185  # of the sigmoid at z = 1
    weight = reference.critical_weight(slope)
    biases = 1 - weight * np.array([0.5, *[1 / (1 + np.exp(-1))] * 9])
    assert reference.chain_gradients(np.full(10, weight), biases, 0.5, "sigmoid") == pytest.approx(np.full(10, slope), rel=1e-12)


def test_the_curve_is_the_one_that_its_command_makes(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["make.py", str(tmp_path / "made.json")])
    runpy.run_path(str(FOLDER / "curves" / "make.py"), run_name="__main__")
    assert (tmp_path / "made.json").read_bytes() == (FOLDER / "curves" / "gradient-norms.json").read_bytes()


def test_the_curve_holds_the_gradients_by_z_of_differences():
    curves = json.loads((FOLDER / "curves" / "gradient-norms.json").read_text())["curves"]
    norms = {(curve["activation"], curve["of"]): np.array(curve["norms"]) for curve in curves}
    params, x, y = reference.deep_net()
    for layer in (1, 11, 20):
        for activation in ("sigmoid", "relu"):
            shift = params[f"b{layer}"]  # a shift of b_l is a shift of z_l

            def loss(shift, layer=layer, activation=activation):
                return reference.mlp_loss_and_grads({**params, f"b{layer}": shift}, x, y, activation)[0]

            # Of the sigmoid's first layer a difference would be rounding: 1e-10 of a loss of 1.
            if norms[activation, "dloss/dz_l"][layer - 1] > 1e-6:
                found = np.linalg.norm(reference.numerical_gradient(loss, shift, h=1e-4))
                assert norms[activation, "dloss/dz_l"][layer - 1] == pytest.approx(found, rel=1e-4)
    fading = norms["sigmoid", "dloss/dz_l"]
    assert fading[0] / fading[-1] < 1e-9
    assert 0.05 < norms["relu", "dloss/dz_l"][0] / norms["relu", "dloss/dz_l"][-1] < 20
