import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.checks.probe import SMALL_WIDTHS, WIDTHS, Probe

SEEDS = range(40)
numbers = st.floats(-1e4, 1e4).map(lambda number: round(number, 3))


@pytest.mark.parametrize("example", [False, True])
@pytest.mark.parametrize("ndim", [0, 1, 2, 3])
def test_widths_of_a_shape_all_differ_so_that_a_transpose_can_not_hide(probe, ndim, example):
    for seed in SEEDS:
        shape = probe(seed, example=example).shape(ndim)
        assert len(shape) == ndim == len(set(shape))
        assert set(shape) <= set(SMALL_WIDTHS if example else WIDTHS)
        assert all(type(width) is int for width in shape)


def test_the_same_seed_draws_the_same_and_another_one_something_else(probe):
    def everything(probe):
        return [
            probe.shape(2),
            probe.uniform(-1, 1, (3,)).tolist(),
            probe.normal((3,)).tolist(),
            probe.integers(0, 100, (3,)).tolist(),
            probe.magnitudes(1, 1e4, (3,)).tolist(),
            probe.number(0, 1),
            probe.integer(0, 1 << 40),
            probe.choice("abcdefgh"),
        ]

    assert everything(probe(7)) == everything(probe(7))
    assert everything(probe(7))[1:7] != everything(probe(8))[1:7]
    assert everything(probe(7, example=True)) == everything(probe(7, example=True))


@pytest.mark.parametrize(("low", "high"), [(-15, 15), (0, 1), (-1, 0), (2, 3), (-7, -6)])
def test_uniform_stays_in_its_range_and_off_the_kink(probe, low, high):
    drawn = np.concatenate([probe(seed).uniform(low, high, (500,), keep=0.2) for seed in range(4)])
    assert drawn.dtype == np.float64
    assert low <= drawn.min()
    assert drawn.max() <= high
    assert np.abs(drawn).min() >= 0.2
    if low < 0 < high:
        assert drawn.min() < 0 < drawn.max()


def test_uniform_keeps_off_the_kink_by_a_thousandth_unless_told_otherwise(probe):
    assert np.abs(probe().uniform(-0.002, 0.002, (2000,))).min() >= 1e-3


def test_normal_is_normal_and_off_the_kink(probe):
    drawn = probe().normal((20_000,))
    assert abs(drawn.mean()) < 0.05
    assert abs(drawn.std() - 1) < 0.05
    assert np.abs(drawn).min() >= 1e-3


def test_integers_are_int64_below_the_upper_bound(probe):
    drawn = probe().integers(-3, 3, (500,))
    assert drawn.dtype == np.int64
    assert set(drawn.tolist()) == {-3, -2, -1, 0, 1, 2}


def test_magnitudes_have_both_signs_and_every_size(probe):
    drawn = probe().magnitudes(1e-3, 1e3, (1000,))
    size = np.abs(drawn)
    assert size.min() >= 1e-3
    assert size.max() <= 1e3
    assert np.count_nonzero(drawn < 0) == 500
    assert 0.4 < np.mean(size < 1) < 0.6  # log-uniform: half of them below the middle of the exponents
    assert probe().magnitudes(2, 3).shape == ()


def test_a_number_is_a_python_float_and_an_integer_a_python_int(probe):
    assert type(probe().number(0, 1)) is float
    assert type(probe().integer(0, 9)) is int
    assert {probe(seed).integer(0, 3) for seed in SEEDS} == {0, 1, 2}
    assert all(2 <= probe(seed).number(2, 2.5) <= 2.5 for seed in SEEDS)
    assert probe().number(3, 3) == 3


def test_choice_gives_each_of_the_options(probe):
    assert {probe(seed).choice(["relu", "tanh", "sigmoid"]) for seed in SEEDS} == {"relu", "tanh", "sigmoid"}


# --- examples that may be published ---


def test_an_example_is_made_of_small_whole_numbers_that_are_not_0(probe):
    for draw in (lambda probe: probe.uniform(-15, 15, (50,)), lambda probe: probe.normal((50,))):
        drawn = np.concatenate([draw(probe(seed, example=True)) for seed in range(5)])
        assert drawn.dtype == np.float64
        assert set(drawn.tolist()) == {-3, -2, -1, 1, 2, 3}
    integers = np.concatenate([probe(seed, example=True).integers(-9, 9, (50,)) for seed in range(5)])
    assert integers.dtype == np.int64
    assert set(integers.tolist()) == {-3, -2, -1, 1, 2, 3}


def test_an_example_of_a_range_far_from_0_takes_what_is_nearest_to_0(probe):
    assert set(probe(example=True).uniform(800, 1000, (200,)).tolist()) == {800, 801, 802, 803}
    assert set(probe(example=True).uniform(-60, -40, (200,)).tolist()) == {-40, -41, -42, -43}
    assert set(probe(example=True).integers(0, 1, (20,)).tolist()) == {0}


def test_numbers_of_an_example_have_few_digits(probe):
    for seed in SEEDS:
        number = probe(seed, example=True).number(0.1, 0.9)
        assert 0.1 <= number <= 0.9
        assert len(str(number)) <= 4
    assert {probe(seed, example=True).integer(4, 90) for seed in SEEDS} == {4, 5, 6}


@given(low=numbers, width=st.floats(1e-3, 1e4), seed=st.integers(0, 99))
def test_an_example_stays_in_the_range_that_was_asked_for(low, width, seed):
    high = low + width
    probe = Probe(seed, None, example=True)
    for drawn in (probe.uniform(low, high, (5,)), probe.number(low, high)):
        assert np.all((low <= drawn) & (drawn <= high))
    size = np.abs(probe.magnitudes(abs(low) + 0.01, abs(low) + 0.01 + width, (5,)))
    assert np.all((abs(low) + 0.01 <= size) & (size <= abs(low) + 0.01 + width + 1e-9))
