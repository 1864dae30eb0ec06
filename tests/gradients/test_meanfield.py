"""Means of infinite width against published figures and simulated nets, batch norm and recurrences included."""

import math

import numpy as np
import pytest

from autograder.gradients import (
    batch_norm_factor,
    batch_weight_norms,
    draw_norms,
    linear_batch_norm_factor,
    mean_field,
    memory_path,
    recurrent_bound,
    residual_batch_norm_curve,
)

NORMAL = np.random.default_rng(1).normal(size=200_000)


def sigmoid(z):
    return 0.5 * (1 + np.tanh(z / 2))


def sech2(z):
    return 1 - np.tanh(z) ** 2


def test_mean_field_of_known_activations():
    field = mean_field(sigmoid, lambda z: sigmoid(z) * (1 - sigmoid(z)), 60)
    assert (field.q[-1], field.chi[-1]) == pytest.approx((0.26469, 0.05572), abs=1e-5)
    assert 3 * field.kurtosis[-1] - 1 == pytest.approx(2.063, abs=1e-3)
    tanh = mean_field(np.tanh, sech2, 200, weight=25 / 9)
    assert (tanh.q[-1], tanh.chi[-1]) == pytest.approx((1.17848, 1.20983), abs=1e-5)
    relu = mean_field(lambda z: np.maximum(z, 0), lambda z: (z > 0) * 1.0, 3, weight=2.0)
    assert relu.chi == pytest.approx(np.ones(3), abs=1e-12)
    assert relu.kurtosis == pytest.approx(2 * np.ones(3), abs=1e-6)
    assert relu.laws(64)[0].cumulants[1] == pytest.approx(5 / 64, rel=1e-5)


def test_biases_add_to_the_mean_square():
    field = mean_field(np.tanh, sech2, 200, bias=0.3)
    without = mean_field(np.tanh, sech2, 200)
    assert field.q[1] - without.q[1] == pytest.approx(0.3)
    assert field.q[-1] == pytest.approx(0.3 + np.mean(np.tanh(field.q[-1] ** 0.5 * NORMAL) ** 2), abs=2e-3)
    assert field.chi[-1] < without.chi[-1]


def test_mean_field_lies_near_simulated_sigmoid_nets():
    width, depth = 64, 8
    field = mean_field(sigmoid, lambda z: sigmoid(z) * (1 - sigmoid(z)), depth)
    norms = draw_norms(
        lambda m, n, rng: rng.standard_normal((m, n)) * m**-0.5,
        [width] * (depth + 1),
        sigmoid,
        lambda z: sigmoid(z) * (1 - sigmoid(z)),
        np.random.default_rng(0),
        of="deltas",
        nets=300,
    )
    ratios = 2 * np.log(norms[:, 0] / norms[:, -1])
    laws = field.laws(width)[: depth - 1]
    assert np.mean(ratios) == pytest.approx(sum(law.cumulants[0] for law in laws), abs=0.15)
    assert np.var(ratios) == pytest.approx(sum(law.cumulants[1] for law in laws), rel=0.35)


def test_the_mean_norms_of_weights_over_a_batch():
    rng, depth, width = np.random.default_rng(0), 6, 128
    x, v = rng.normal(size=(4, width)) + 0.7, rng.normal(size=(4, 10))
    found = np.zeros(depth)
    for _ in range(300):
        outputs, matrices = [x], []
        for layer in range(depth):
            matrices.append(rng.normal(size=(width, 10 if layer == depth - 1 else width)) * (2 / width) ** 0.5)
            outputs.append(np.maximum(outputs[-1] @ matrices[-1], 0))
        delta = v
        for layer in range(depth - 1, -1, -1):
            found[layer] += np.sum((outputs[layer].T @ delta) ** 2) / 300
            delta = (outputs[layer] > 0) * (delta @ matrices[layer].T)
    want = batch_weight_norms(x, v, depth)
    assert found == pytest.approx(want, rel=0.12)
    assert abs(want[0] / want[-1] - 1) > 0.1  # unlike one sample's, whose curve is flat
    opposite = batch_weight_norms(np.array([[3.0, 4.0], [-3.0, -4.0]]), np.ones((2, 1)), 2)  # no unit lives for both
    assert opposite == pytest.approx([50, 50])
    assert batch_weight_norms(x[:1], v[:1], 3) == pytest.approx([np.sum(x[0] ** 2) * np.sum(v[0] ** 2)] * 3)


def test_a_residual_stream_with_batch_norm_grows_by_1_for_each_branch():
    assert residual_batch_norm_curve(5) == pytest.approx(5 / np.arange(1, 6))
    assert residual_batch_norm_curve(1).tolist() == [1.0]
    rng, width, batch, depth = np.random.default_rng(0), 128, 256, 6
    factor = batch_norm_factor(lambda z: np.maximum(z, 0), lambda z: (z > 0) * 1.0)
    found = np.zeros(depth)
    for _ in range(6):
        x, kept = rng.normal(size=(batch, width)), []
        for _ in range(depth - 1):
            first, second = rng.normal(size=(2, width, width)) * width**-0.5
            z = x @ first
            branch = np.maximum(z, 0) @ second
            deviation = branch.std(axis=0)
            normal = (branch - branch.mean(axis=0)) / deviation
            kept.append((first, second, z, normal, deviation))
            x = x + normal
        delta = rng.normal(size=x.shape)
        last = np.sum(delta**2)
        squares = [last]
        for first, second, z, normal, deviation in reversed(kept):
            back = (delta - delta.mean(axis=0) - normal * (delta * normal).mean(axis=0)) / deviation
            delta = delta + ((back @ second.T) * (z > 0)) @ first.T
            squares.append(np.sum(delta**2))
        found += np.array(squares[::-1]) / last / 6
    assert found == pytest.approx(residual_batch_norm_curve(depth, factor), rel=0.06)


def test_batch_norm_blows_gradients_up():
    assert batch_norm_factor(lambda z: np.maximum(z, 0), lambda z: (z > 0) * 1.0) == pytest.approx(math.pi / (math.pi - 1), rel=1e-6)
    assert batch_norm_factor(np.tanh, sech2) == pytest.approx(1.1778, abs=1e-4)
    assert linear_batch_norm_factor(16) == pytest.approx(14 / 13)


def test_recurrences():
    q = np.linalg.qr(np.random.default_rng(0).normal(size=(6, 6)))[0]
    assert recurrent_bound(0.9 * q, 30) == pytest.approx(0.9**30, rel=1e-12)
    assert np.linalg.norm(np.linalg.matrix_power(0.9 * q, 30), 2) == pytest.approx(0.9**30, rel=1e-12)
    assert recurrent_bound(q, 3, steepest=0.25) == pytest.approx(1 / 64)
    assert [memory_path(bias, 1) for bias in (0, 1, 5)] == pytest.approx([0.5, 0.7311, 0.9933], abs=1e-4)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: mean_field(np.tanh, sech2, 0), "depth, weight and q must be positive, bias not negative"),
        (lambda: mean_field(np.tanh, sech2, 2, bias=-0.1), r"bias not negative \(got 2, 1.0, 1.0, -0.1\)"),
        (lambda: mean_field(np.tanh, sech2, 2, weight=math.nan), r"must be positive, bias not negative \(got 2, nan"),
        (lambda: batch_norm_factor(np.ones_like, np.zeros_like), r"phi must vary \(got a variance of \d"),
        (lambda: linear_batch_norm_factor(3), "batch must be above 3"),
        (lambda: batch_weight_norms(np.zeros((2, 3)), np.ones((2, 1)), 2), r"none 0 \(got 2, shapes \(2, 3\) and \(2, 1\)\)"),
        (lambda: batch_weight_norms(np.ones((2, 3)), np.ones((3, 1)), 2), "N samples of x and v are needed"),
        (lambda: batch_weight_norms(np.ones((2, 3)), np.ones((2, 1)), 0), "depth >= 1"),
        (lambda: residual_batch_norm_curve(0), r"depth must be at least 1 \(got 0\)"),
        (lambda: recurrent_bound(np.ones((2, 3)), 1), r"a square matrix and steps >= 0 are needed \(got shape \(2, 3\), 1\)"),
        (lambda: memory_path(1.0, -1), "steps must not be negative"),
    ],
)
def test_ranges(make, message):
    with pytest.raises(ValueError, match=message):
        make()
