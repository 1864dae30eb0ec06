"""The reference of 06-residual against numbers, derivatives, torch's autograd and laws that were found without it."""

import importlib.util
import json
import math
import runpy
import sys
from pathlib import Path

import numpy as np
import pytest

from autograder.gradients import check_vjp
from autograder.gradients.laws import residual_law

FOLDER = Path(__file__).parents[2] / "solutions" / "06-residual"
SPEC = importlib.util.spec_from_file_location("reference_06_residual", FOLDER / "reference.py")
assert SPEC is not None
assert SPEC.loader is not None
reference = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(reference)

CURVES = json.loads((FOLDER / "curves" / "gradient-norms.json").read_text())
SMALL = {"W1": [[1, 0, -1], [0, 1, 1]], "b1": [0, 0.5, 0], "W2": [[1, 2], [0, 1], [3, -1]], "b2": [0.1, 0]}
BY_HAND = {"W1": [[1, -1], [0, 1]], "b1": [0, 0], "W2": [[1, 0], [2, -1]], "b2": [0, 0]}


def arrays(params):
    return {name: np.array(value, dtype=float) for name, value in params.items()}


def random_block(seed, *sizes):
    batch, width, hidden = sizes
    rng = np.random.default_rng(seed)
    shapes = {"W1": (width, hidden), "b1": (hidden,), "W2": (hidden, width), "b2": (width,)}
    return (
        rng.normal(size=(batch, width)),
        {name: rng.normal(size=shape) for name, shape in shapes.items()},
        rng.normal(size=(batch, width)),
    )


def test_the_block_has_its_published_values():
    x, params = np.array([[1.0, -1.0]]), arrays(SMALL)
    out, cache = reference.residual_forward(x, params, 0.5)
    assert out == pytest.approx(np.array([[1.55, 0.0]]), rel=1e-14)
    assert reference.residual_forward(x, params)[0] == pytest.approx(np.array([[2.1, 1.0]]), rel=1e-14)
    dx, grads = reference.residual_backward(np.ones((1, 2)), cache)
    assert dx.tolist() == [[2.5, 1]]
    assert grads["b2"].tolist() == [0.5, 0.5]


def test_the_example_by_hand_is_right():
    out, cache = reference.residual_forward(np.array([[1.0, 2.0], [-1.0, 1.0]]), arrays(BY_HAND), 0.5)
    assert out.tolist() == [[2.5, 1.5], [1, 0]]
    dx, grads = reference.residual_backward(np.eye(2), cache)
    assert dx.tolist() == [[0.5, 1], [0.5, 0.5]]
    assert grads["W2"].tolist() == [[0.5, 0], [0.5, 1]]
    assert grads["W1"].tolist() == [[0.5, 1.5], [1, 1.5]]


@pytest.mark.parametrize("alpha", [1.0, -1.5, 0.3])
@pytest.mark.parametrize("sizes", [(3, 4, 6), (5, 4, 4)])
def test_the_gradients_of_a_block_agree_with_differences(alpha, sizes):
    x, params, _ = random_block(1, *sizes)

    def forward(x, *values):
        return reference.residual_forward(x, dict(zip(reference.BLOCK, values, strict=True)), alpha)

    def backward(dout, *given):
        dx, grads = reference.residual_backward(dout, forward(*given)[1])
        return (dx, *(grads[name] for name in reference.BLOCK))

    checked = check_vjp(lambda *given: forward(*given)[0], backward, [x, *params.values()], seed=2)
    assert checked.ok, checked


def test_a_branch_that_is_switched_off_is_not_there():
    x, params, dout = random_block(2, 3, 4, 5)
    out, cache = reference.residual_forward(x, params, 0.0)
    dx, grads = reference.residual_backward(dout, cache)
    assert np.array_equal(out, x)
    assert np.array_equal(dx, dout)
    assert not any(grad.any() for grad in grads.values())


def test_the_bounds_have_their_published_values():
    assert reference.weyl_bounds(np.diag([0.1, -0.2])) == pytest.approx((0.8, 1.2), rel=1e-14)
    assert reference.weyl_bounds(-np.eye(3)) == (0, 2)
    assert reference.weyl_bounds(np.array([[0.0, 9.0], [0.0, 0.0]])) == (0, 10)
    assert reference.stack_bounds(0.1, 2) == pytest.approx((0.81, 1.21), rel=1e-14)
    assert reference.stack_bounds(0.1, 30) == pytest.approx((0.0424, 17.449), rel=1e-3)


@pytest.mark.parametrize("size", [0.05, 0.3, 2.0])
def test_all_singular_values_lie_within_the_bounds(size):
    rng, product, depth = np.random.default_rng(4), np.eye(5), 7
    for _ in range(depth):
        w = rng.normal(size=(5, 5))
        w *= size / np.linalg.norm(w, 2)
        low, high = reference.weyl_bounds(w)
        values = np.linalg.svd(np.eye(5) + w, compute_uv=False)
        assert low <= values.min() <= values.max() <= high
        product = product @ (np.eye(5) + w)
    if size < 1:
        low, high = reference.stack_bounds(size, depth)
        values = np.linalg.svd(product, compute_uv=False)
        assert low <= values.min() <= values.max() <= high


def test_the_growth_has_its_anchors():
    assert reference.expected_growth(1, 3) == 8
    assert reference.expected_growth(0.1, 100) == pytest.approx(2.7048, rel=1e-4)
    assert reference.expected_growth(0, 7) == 1


@pytest.mark.parametrize("alpha", [0.0, 0.5, 1.0])
def test_the_growth_is_the_mean_of_the_exact_law(alpha):
    logarithms, probabilities = residual_law(64, alpha).points
    assert np.exp(logarithms) @ probabilities == pytest.approx(reference.expected_growth(alpha, 1), rel=1e-6)


def test_the_norms_are_those_that_torch_finds():
    torch = pytest.importorskip("torch")
    x, first, cotangent = random_block(5, 3, 4, 4)
    second = random_block(6, 3, 4, 4)[1]
    w = np.random.default_rng(7).normal(size=(4, 4))
    layers = [("residual", first, -0.7), ("tanh",), ("plain", second), ("linear", w, 0.5)]

    def branch(value, params):
        return torch.relu(value @ params["W1"] + params["b1"]) @ params["W2"] + params["b2"]

    first, second = ({name: torch.tensor(value) for name, value in params.items()} for params in (first, second))
    flow = [torch.tensor(x, requires_grad=True)]
    flow.append(flow[0] - 0.7 * branch(flow[0], first))
    flow.append(torch.tanh(flow[1]))
    flow.append(branch(flow[2], second))
    flow.append(flow[3] @ torch.tensor(w) + 0.5)
    gradients = torch.autograd.grad((torch.tensor(cotangent) * flow[-1]).sum(), flow)
    assert reference.gradient_norms(layers, x, cotangent) == pytest.approx([float(one.norm()) for one in gradients], rel=1e-12)


def test_the_norms_have_their_published_values():
    params = arrays({"W1": [[1, 0], [0, 1]], "b1": [0, 0], "W2": [[1, 3], [2, 4]], "b2": [0, 0]})
    x, cotangent = np.array([[1.0, -1.0]]), np.array([[1.0, 0.0]])
    assert reference.gradient_norms([("residual", params, 1.0)], x, cotangent).tolist() == [2, 1]
    assert reference.plain_forward(x, params)[0].tolist() == [[1, 3]]


def test_what_is_no_layer_is_refused():
    with pytest.raises(ValueError, match="no layer: 'conv'"):
        reference.network_forward([("conv",)], np.ones((1, 1)))


@pytest.mark.slow
def test_the_curves_are_those_that_their_command_makes(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["make.py", str(tmp_path / "made.json")])
    runpy.run_path(str(FOLDER / "curves" / "make.py"), run_name="__main__")
    assert (tmp_path / "made.json").read_bytes() == (FOLDER / "curves" / "gradient-norms.json").read_bytes()


def test_the_curves_say_how_they_were_made():
    assert {"nets", "seed", "depth", "width", "version", "by", "method"} <= CURVES["made"].keys()
    assert (CURVES["made"]["depth"], CURVES["made"]["width"]) == (100, 64)
    assert [[curve["kind"] for curve in panel["curves"]] for panel in CURVES["panels"]] == [list(reference.KINDS)] * 2


def curve(recipe, kind):
    [panel] = [panel for panel in CURVES["panels"] if panel["recipe"] == recipe]
    [found] = [one for one in panel["curves"] if one["kind"] == kind]
    return found


@pytest.mark.parametrize(
    ("recipe", "kind", "factor"),
    [
        ("default", "plain", 1 / 18),
        ("default", "residual", 1 + 1 / 18),
        ("default", "scaled", 1 + 1 / 1800),
        ("he", "plain", 1.0),
        ("he", "residual", 2.0),
        ("he", "scaled", 1.01),
        ("he", "zero", 1.0),
    ],
)
def test_the_two_panels_follow_the_law_that_the_text_gives(recipe, kind, factor):
    """The mean of the squared ratio over a block: of a lognormal the median of the root is lower by half the variance of its logarithm."""
    found = curve(recipe, kind)
    mean = math.log(found["median"][0]) + found["log_sd_at_0"] ** 2  # ln E r^2 = 2 median + 2 sd^2, for its root half of it
    sampling = 5 * 1.6 * max(found["log_sd_at_0"], 0.002) / math.sqrt(CURVES["made"]["nets"])  # of a median, and of the sd beside it
    assert mean == pytest.approx(50 * math.log(factor), abs=sampling * (1 + found["log_sd_at_0"]))


def test_the_two_panels_tell_opposite_stories():
    assert curve("default", "plain")["high"][0] < 1e-60
    assert 5 < curve("default", "residual")["median"][0] < 25
    assert 1e-3 < curve("he", "plain")["median"][0] < 1.5
    assert curve("he", "residual")["low"][0] > 1e13
    assert all(curve(recipe, "zero")["median"] == [1.0] * 11 for recipe in ("default", "he"))
