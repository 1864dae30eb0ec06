"""What check_gradient promises: right code passes, wrong code fails, by blocks, at any scale, replayably, in batches."""

import doctest
import math
import sys

import numpy as np
import pytest
from gradient_nets import ACTIVATIONS, LOSSES, Net
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.gradients import BlockCheck, Reason, Verdict, check_gradient

RNG = np.random.default_rng(0)
POINT = {"W": RNG.normal(size=(4, 3)), "b": RNG.normal(size=3)}
DATA, LABELS = RNG.normal(size=(7, 4)), RNG.normal(size=(7, 3))


def loss(p):
    return float(np.sum((np.tanh(DATA @ p["W"] + p["b"]) - LABELS) ** 2))


def gradient(p):
    a = np.tanh(DATA @ p["W"] + p["b"])
    delta = 2 * (a - LABELS) * (1 - a * a)
    return {"W": DATA.T @ delta, "b": delta.sum(axis=0)}


def test_a_right_gradient_is_ok_in_every_block():
    check = check_gradient(loss, gradient, POINT)
    assert check.ok
    assert check.reason is Reason.AGREES
    assert [block.block for block in check.blocks] == ["W", "b"]
    assert all(block.error <= 1e-9 and block.tolerance == 2e-7 and block.directions == 8 for block in check.blocks)
    assert check.message.startswith(f"{check.block}: the gradient and the differences along 8 directions differ by a relative error of ")


@pytest.mark.parametrize("loss_name", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_right_nets_pass_and_an_error_of_1e_5_in_one_block_is_named(activation, loss_name):
    net = Net(np.random.default_rng(7), [5, 12, 11, 4], activation, loss=loss_name)
    right = net.gradient(net.parameters)
    assert check_gradient(net.loss, right, net.parameters).verdict is Verdict.OK
    for name in right:
        check = check_gradient(net.loss, right | {name: right[name] * (1 + 1e-5)}, net.parameters)
        assert (check.verdict, check.block, check.reason) == (Verdict.WRONG, name, Reason.DISAGREES)
        assert [block.block for block in check.blocks if block.verdict is not Verdict.OK] == [name]


def test_a_constant_factor_is_told():
    right = gradient(POINT)
    check = check_gradient(loss, {"W": right["W"] * 5, "b": right["b"]}, POINT)
    assert check.blocks[0].factor == pytest.approx(5, rel=1e-6)
    assert check.message.endswith("it's 5 times the right one")
    assert check_gradient(loss, {"W": RNG.normal(size=(4, 3)), "b": right["b"]}, POINT).blocks[0].factor is None


def test_a_gradient_of_nothing_but_zeros_is_wrong_in_every_block():
    check = check_gradient(loss, {name: np.zeros_like(block) for name, block in POINT.items()}, POINT)
    assert [block.verdict for block in check.blocks] == [Verdict.WRONG, Verdict.WRONG]


def test_one_wrong_entry_of_ten_thousand_is_caught():
    x = np.random.default_rng(3).normal(size=10_000)
    wrong = 3 * x**2
    wrong[1234] = 0
    assert check_gradient(lambda x: float(np.sum(x**3)), wrong, x).verdict is Verdict.WRONG


def test_a_block_without_influence_is_zero_and_any_gradient_of_it_is_wrong():
    point = {"a": np.ones(3), "unused": np.ones(4)}

    def f(p):
        return float(np.sum(p["a"] ** 2)) + 1.0

    assert check_gradient(f, {"a": 2 * point["a"], "unused": np.zeros(4)}, point).blocks[1].reason is Reason.ZERO
    check = check_gradient(f, {"a": 2 * point["a"], "unused": np.full(4, 1e-9)}, point)
    assert (check.verdict, check.block, check.error) == (Verdict.WRONG, "unused", math.inf)


def test_a_gradient_of_about_the_size_of_the_rounding_is_inconclusive():
    check = check_gradient(lambda x: 1.0 + float(np.sum(x)) * 1e-14, np.full(3, 1e-14), np.ones(3))
    assert (check.verdict, check.reason) == (Verdict.INCONCLUSIVE, Reason.NOISE)


@pytest.mark.parametrize("like", [tuple, list])
def test_sequences_of_arrays_are_blocks(like):
    kinds = []

    def f(p):
        kinds.append(type(p))
        return float(np.sum(p[0] ** 2) * np.sum(p[1]))

    x = like([np.array([1.0, 2.0]), np.array([[3.0]])])
    right = like([2 * x[0] * 3.0, np.array([[5.0]])])
    check = check_gradient(f, right, x)
    assert check.ok
    assert [block.block for block in check.blocks] == ["[0]", "[1]"]
    assert set(kinds) == {like}


def test_a_number_and_a_list_of_numbers_are_points():
    assert check_gradient(math.sin, math.cos, 0.3).ok
    assert check_gradient(lambda x: float(np.sum(np.square(x))), [2.0, 4.0], [1.0, 2.0]).ok


def test_the_same_seed_replays_the_same_check_and_a_fresh_one_is_told():
    first = check_gradient(loss, gradient, POINT)
    assert check_gradient(loss, gradient, POINT, seed=first.seed) == first
    other = check_gradient(loss, gradient, POINT)
    assert other.seed != first.seed
    assert other.error != first.error


def test_an_object_with_many_is_asked_in_few_batches_and_gives_the_same_result():
    class Batches:
        sizes = ()

        def many(self, points):
            self.sizes += (len(points),)
            return [loss(point) for point in points]

    batches = Batches()
    check = check_gradient(batches, gradient, POINT, seed=5)
    assert check == check_gradient(loss, gradient, POINT, seed=5)
    assert len(batches.sizes) <= 8
    assert sum(batches.sizes) == check.calls <= 140


def test_a_large_batch_is_cut(monkeypatch):
    monkeypatch.setattr("autograder.gradients.oracle.BATCH_BYTES", 5 * 8 * 15)
    sizes = []

    class Batches:
        def many(self, points):
            sizes.append(len(points))
            return [loss(point) for point in points]

    assert check_gradient(Batches(), gradient, POINT).ok
    assert max(sizes) == 5


def test_what_an_object_with_many_raises_passes_through():
    class Transport:
        def many(self, points):
            raise TimeoutError("the box is gone")

    with pytest.raises(TimeoutError, match="the box is gone"):
        check_gradient(Transport(), gradient, POINT)


def test_the_cost_does_not_grow_with_the_size_of_the_block():
    calls = [check_gradient(lambda x: float(np.sum(np.sin(x))), np.cos(np.ones(n)), np.ones(n)).calls for n in (3, 30_000)]
    assert calls[0] == calls[1] <= 90


def test_the_miss_probability_is_that_of_chi_square():
    block = BlockCheck("x", Verdict.OK, Reason.AGREES, "", error=0.0, tolerance=1e-7, directions=8)
    assert block.miss_probability(1e-6) == pytest.approx((8 / 100 / 2) ** 4 / 24, rel=0.05)
    assert block.miss_probability(0) == 1
    rng = np.random.default_rng(0)
    passed = np.mean(np.mean(rng.normal(size=(100_000, 8)) ** 2, axis=1) * 2e-7**2 <= 1e-7**2)
    assert block.miss_probability(2e-7) == pytest.approx(passed, abs=0.003)


def test_directions_and_tolerance_have_ranges():
    with pytest.raises(ValueError, match=r"directions must be a whole number, at least 4 \(got 3\)"):
        check_gradient(loss, gradient, POINT, directions=3)
    with pytest.raises(ValueError, match=r"tolerance must lie between 0 and 1 \(got 0\)"):
        check_gradient(loss, gradient, POINT, tolerance=0)


def test_a_looser_tolerance_is_kept():
    right = gradient(POINT)
    off = {name: block * 1.001 for name, block in right.items()}
    assert check_gradient(loss, off, POINT).verdict is Verdict.WRONG
    assert check_gradient(loss, off, POINT, tolerance=0.01).blocks[0].tolerance == 0.01
    assert check_gradient(loss, off, POINT, tolerance=0.01).ok


MATRIX = np.array([[3.0, 1.0, 0.0], [1.0, 2.0, -1.0], [0.0, -1.0, 4.0]])
SCALES = st.floats(-8, 8).map(lambda power: 10.0**power)


@settings(deadline=None)
@given(scale=SCALES, size=SCALES, seed=st.integers(0, 2**32))
def test_the_check_of_an_exact_quadratic_is_ok_at_any_scale(scale, size, seed):
    x = size * np.random.default_rng(seed).normal(size=3)
    check = check_gradient(lambda x: float(scale * (x @ MATRIX @ x) / 2), lambda x: scale * (MATRIX @ x), x)
    assert check.verdict is Verdict.OK, check.message


@settings(deadline=None, max_examples=60)
@given(
    scale=SCALES,
    error=st.sampled_from([0.0, 1e-5, 1e-3, 1.0, -2.0]),
    offset=st.sampled_from([0.0, 1.0, 1e3]),
    jump=st.sampled_from([0.0, 0.1]),
    seed=st.integers(0, 2**32),
)
def test_scaling_function_and_gradient_together_never_changes_the_verdict(scale, error, offset, jump, seed):
    at = float(POINT["b"][0]) - 1e-5  # a kink, next to the point

    def f(p):
        return loss(p) + offset + jump * max(float(p["b"][0]) - at, 0.0)

    right = gradient(POINT)
    right["b"][0] += jump
    wrong = {name: block * (1 + error) for name, block in right.items()}
    plain = check_gradient(f, wrong, POINT, seed=seed)
    scaled = check_gradient(lambda p: scale * f(p), {name: scale * block for name, block in wrong.items()}, POINT, seed=seed)
    assert plain.verdict is scaled.verdict is (Verdict.WRONG if error else Verdict.OK), (plain, scaled)


@settings(deadline=None, max_examples=30)
@given(scale=SCALES, jump=st.sampled_from([1e-3, 1.0, 30.0]), seed=st.integers(0, 2**32))
def test_scaling_never_hides_a_kink_at_the_point(scale, jump, seed):
    at = float(POINT["b"][0])
    check = check_gradient(
        lambda p: scale * (loss(p) + jump * max(float(p["b"][0]) - at, 0.0)),
        {n: scale * g for n, g in gradient(POINT).items()},
        POINT,
        seed=seed,
    )
    assert (check.verdict, check.reason, check.block) == (Verdict.INCONCLUSIVE, Reason.KINK, "b")


@settings(deadline=None, max_examples=60)
@given(
    activation=st.sampled_from(sorted(ACTIVATIONS)),
    depth=st.integers(1, 4),
    batch=st.integers(1, 40),
    which=st.integers(0, 7),
    shape=st.sampled_from(["noise", "factor", "one entry", "zero sum"]),
    seed=st.integers(0, 2**32),
)
def test_a_planted_relative_error_of_1e_4_in_any_single_block_is_always_wrong(activation, depth, batch, which, shape, seed):  # noqa: PLR0917  # hypothesis names them
    rng = np.random.default_rng(seed)
    net = Net(rng, [int(width) for width in rng.integers(2, 12, depth)] + [3], activation, batch=batch)
    right = net.gradient(net.parameters)
    name = sorted(right)[which % len(right)]
    block = right[name]
    error = {"factor": block, "one entry": np.zeros_like(block), "noise": rng.normal(size=block.shape)}.get(
        shape, rng.normal(size=block.shape)
    )
    if shape == "one entry":
        error.flat[int(rng.integers(block.size))] = 1.0
    if shape == "zero sum" and block.size > 1:
        error = error - error.mean()
    size = np.linalg.norm(block)
    wrong = right | {name: block + (1e-4 * size / np.linalg.norm(error) if size else 1.0) * error}
    if not size and not error.any():  # a dead block, and an error that is a factor of it
        wrong = right | {name: np.ones_like(block)}
    check = check_gradient(net.loss, wrong, net.parameters)
    assert check.verdict is Verdict.WRONG, check
    assert check.block == name


@pytest.mark.parametrize("module", ["check", "vjp", "jacobian"])
def test_the_examples_in_the_docstrings_run(module):
    found = doctest.testmod(sys.modules[f"autograder.gradients.{module}"])
    assert found.attempted > 0
    assert found.failed == 0


def test_a_batch_must_answer_each_point():
    class Short:
        def many(self, points):
            return [1.0] * (len(points) - 1)

    with pytest.raises(ValueError, match=r"many must answer each point \(got 0 values for 1 points\)"):
        check_gradient(Short(), gradient, POINT)


@pytest.mark.parametrize("size", [1e150, 1e300])
def test_a_gradient_that_overflows_is_wrong(size):
    right = gradient(POINT)
    assert check_gradient(loss, right | {"b": np.full(3, size)}, POINT).verdict is Verdict.WRONG
    assert check_gradient(loss, right | {"b": np.array([size, -size, size])}, POINT).verdict is Verdict.WRONG
