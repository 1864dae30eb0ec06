"""What 02-backprop asks with: batches and widths that hide no mistake, losses of order one, slopes that the kink of relu leaves alone."""

import itertools
import runpy
from pathlib import Path

import numpy as np
import pytest

from autograder.checks.judging import Judge
from autograder.course import load

COURSE = Path(__file__).parents[2]
SEEDS = range(12)
DEEPEST = 6
"""Of the nets whose inputs are held to the rules; deeper ones are for the norms alone."""


@pytest.fixture(scope="module")
def asked():
    """By function, the arguments of each call that the checks make, check by check."""
    judge = Judge(load(COURSE, "02-backprop"))
    calls = {}
    for check, seed in itertools.product(judge.suite.checks, SEEDS):
        for exchange in judge.diagnostician.replay(check, seed, ())[1]:
            calls.setdefault(exchange.call.target, {}).setdefault((check.id, seed), []).append(exchange.call.args)
    return calls


def nets(asked):
    """(widths, params, x, y, activation) of each net of ordinary depth."""
    for calls in asked["mlp_loss_and_grads"].values():
        for params, x, y, activation in calls:
            if len(params) // 2 <= DEEPEST:
                yield [x.shape[1], *(params[f"b{layer}"].size for layer in range(1, len(params) // 2 + 1))], params, x, y, activation


def test_batches_are_of_3_5_or_7_samples_and_never_as_many_as_a_layer_has_units(asked):
    batches = set()
    for widths, _, x, _, _ in nets(asked):
        batches.add(len(x))
        assert len(x) not in widths
    assert batches == {3, 5, 7}


def test_nets_have_all_widths_different_in_one_probe_and_all_equal_in_another(asked):
    kinds = {(len(widths), len(set(widths))) for widths, *_ in nets(asked)}
    assert {different for _, different in kinds} <= {1, *(count for count, _ in kinds)}
    assert {(3, 3), (3, 1), (4, 4), (5, 1)} <= kinds


def test_the_affine_layer_is_asked_with_all_sizes_different_and_with_a_square_weight(asked):
    shapes = {(*x.shape, w.shape[1]) for calls in asked["affine_forward"].values() for x, w, _ in calls}
    assert any(len(set(shape)) == 3 for shape in shapes)
    assert any(inputs == units != batch for batch, inputs, units in shapes)


def test_cotangents_and_inputs_have_both_signs_and_are_not_near_0(asked):
    given = [cotangent for calls in asked["relu_backward"].values() for cotangent, _ in calls]
    given += [x for calls in asked["relu_forward"].values() for (x,) in calls]
    for values in given:
        assert np.abs(values).min() >= 1e-3
        assert (values < 0).any()
        assert (values > 0).any()


def test_losses_are_of_order_one_and_no_relu_is_near_its_kink(asked):
    reference = runpy.run_path(str(COURSE / "solutions" / "02-backprop" / "reference.py"))
    for _, params, x, y, activation in nets(asked):
        assert 0.1 <= reference["mlp_loss_and_grads"](params, x, y, activation)[0] <= 1e3
        if activation == "relu":
            assert all(np.abs(z).min() >= 1e-3 for z in reference["preactivations"](params, x, activation)[:-1])
