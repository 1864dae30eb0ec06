"""In 02-backprop a mistake costs its points once, and a wrong network is told where it goes wrong."""

from pathlib import Path

import pytest

from autograder.course import load

COURSE = Path(__file__).parents[2]


@pytest.fixture
def backprop(classroom):
    """The classroom of this assignment."""
    return type(classroom)(classroom.grader, load(COURSE, "02-backprop"))


@pytest.fixture
def graded(backprop):
    """Return a function: definitions in place of the solution's -> the report."""
    return lambda source: backprop.grade(backprop.grafted(source))


def test_a_wrong_affine_backward_costs_16_points_and_not_38(graded, reading):
    report = graded(
        "def affine_backward(dout, cache):\n    x, w = cache\n    g = dout / len(dout)\n    return g @ w.T, x.T @ g, g.sum(axis=0)"
    )
    assert report.score == 84
    assert reading.exercise(report, "affine-backward").earned == 0
    network = reading.exercise(report, "mlp-loss-and-grads")
    assert network.earned == network.points == 30
    follows = {check.follows for part in network.parts if part.name != "loss" for check in part.checks}
    assert follows == {"all three divided by the number of samples"}


def test_a_wrong_pass_is_told_the_first_wrong_layer_from_the_top_and_what_is_right(backprop, reading):
    def spoilt(cell):
        spoils = '    for layer in range(1, depth):\n        grads[f"W{layer}"] = grads[f"W{layer}"] + 0.001\n    return loss, grads'
        assert "    return loss, grads" in cell
        return cell.replace("    return loss, grads", spoils)

    report = backprop.grade(backprop.edited({"mlp-loss-and-grads-solution": spoilt}))
    part = reading.part(report, "any-depth", "mlp-loss-and-grads")
    params = {check.check: message.params for check in part.checks for message in check.messages if message.id == "value.layers"}
    told = params["test_gradients_with_each_activation"]
    assert (told["layer"], told["wrong"], told["right"]) == (2, "W2", "layer 3, b2, b1")
    told = params["test_gradient_norms_of_twenty_layers"]
    assert (told["layer"], told["wrong"]) == (19, "W19")


def test_the_report_draws_the_norms_beside_the_reference(graded):
    report = graded("def relu_forward(x):\n    return np.maximum(x, 0), x")
    [curve] = report.curves
    assert curve.log_y
    assert len(curve.yours) == len(curve.reference) == 4
    assert [line.y for line in curve.yours] == [line.y for line in curve.reference]
    fading = curve.reference[0].y
    assert len(fading) == 20
    assert fading[0] / fading[-1] < 1e-9
