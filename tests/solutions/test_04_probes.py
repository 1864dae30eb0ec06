"""What 04-initialization asks with: batches and widths that hide no mistake, slopes clear of the kink of relu, seeds that differ."""

import itertools
from pathlib import Path

import numpy as np
import pytest

from autograder.checks.judging import Judge
from autograder.course import load

COURSE = Path(__file__).parents[2]
SEEDS = range(8)
CURVES = ("preactivation_scale", "gradient_norm_curve")
OWN = "test_curve_of_weights_that_he_init_drew"
"""Its weights are the student's, so no kink can be kept clear."""


@pytest.fixture(scope="module")
def judge():
    return Judge(load(COURSE, "04-initialization"))


@pytest.fixture(scope="module")
def asked(judge):
    """By function, the arguments of each call that the checks make."""
    calls = {}
    for check, seed in itertools.product(judge.suite.checks, SEEDS):
        if check.id != OWN:
            for exchange in judge.diagnostician.replay(check, seed, ())[1]:
                calls.setdefault(exchange.call.target, []).append(exchange.call.args)
    return calls


def nets(asked):
    """(widths, weights, x, v, activation) of each net."""
    for name in CURVES:
        for weights, x, *v, activation in asked[name]:
            yield [x.shape[1], *(matrix.shape[1] for matrix in weights)], weights, x, v, activation


def test_batches_are_of_3_5_or_7_samples(asked):
    assert {len(x) for _, _, x, _, _ in nets(asked)} == {3, 5, 7}


def test_widths_all_differ_in_one_net_and_are_all_equal_in_another_and_a_single_layer_is_asked_for(asked):
    kinds = {(len(widths), len(set(widths))) for widths, *_ in nets(asked)}
    assert {(2, 2), (4, 4), (3, 1), (4, 1), (5, 1)} <= kinds
    assert {different for _, different in kinds} <= {1, 2, 4}


def test_every_activation_is_asked_for_with_every_kind_of_net(asked):
    for name in CURVES:
        kinds = {(activation, len(weights) == 1) for weights, *_, activation in asked[name]}
        assert kinds == set(itertools.product(("relu", "tanh", "sigmoid"), (False, True)))


def test_no_pre_activation_is_near_the_kink_and_both_signs_are_met(judge, asked):
    reference = judge.suite._plugin.reference
    for _, weights, x, _, activation in nets(asked):
        for z in reference.preactivations(weights, x, activation)[:-1]:
            assert np.abs(z).min() >= 1e-3
            assert (z > 0).any()
            assert (z < 0).any()


def test_cotangents_have_both_signs(asked):
    cotangents = [v for _, _, _, [*given], _ in nets(asked) for v in given]
    assert all((v > 0).any() and (v < 0).any() for v in cotangents if v.size > 8)
    assert len(cotangents) > 90


@pytest.mark.parametrize("name", ["xavier_init", "he_init"])
def test_the_two_draws_of_a_matrix_come_from_generators_of_their_own(asked, name):
    seeds = [rng.seed for fan_in, fan_out, rng in asked[name] if fan_in * fan_out > 1000]
    assert len(set(seeds)) == 2 * 3 * len(SEEDS)  # of three shapes; two checks draw with the same ones here, for they run by one seed


def test_fans_differ_so_that_no_recipe_by_another_fan_can_hide(asked):
    for name in ("xavier_init", "he_init"):
        shapes = {(fan_in, fan_out) for fan_in, fan_out, _ in asked[name]}
        assert any(fan_in > 2 * fan_out for fan_in, fan_out in shapes)
        assert any(fan_out > 2 * fan_in for fan_in, fan_out in shapes)
        assert any(fan_in == fan_out for fan_in, fan_out in shapes)


def test_the_variance_to_average_with_stays_where_it_is_asked_for(asked):
    assert all(0.05 <= q <= 2 for _, q in asked["kappa"])
    assert all(0.7 <= sigma_w2 <= 2 and depth >= 1 for _, sigma_w2, depth in asked["mean_field_factors"])
    assert {1} < {depth for *_, depth in asked["mean_field_factors"]}
