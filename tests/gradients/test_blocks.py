"""The sentence for each way in which a gradient of many blocks can be wrong."""

import doctest
import sys

import numpy as np
import pytest

from autograder.gradients import compare_blocks, reference_tolerance
from autograder.gradients.compare import compare
from autograder.gradients.tolerances import invariant_tolerance

RNG = np.random.default_rng(0)
RIGHT = {"W1": RNG.normal(size=(4, 6)), "b1": RNG.normal(size=6), "W2": RNG.normal(size=(4, 4)), "b2": RNG.normal(size=6)}
SIZES = {"batch size": 5, "number of classes": 3}


class Refusing:
    """As a tensor that still requires its gradient."""

    def __array__(self, *arguments, **options):
        raise RuntimeError("call detach() first")


def times(factor, *names):
    return {name: block * factor if not names or name in names else block for name, block in RIGHT.items()}


def with_block(name, value):
    return RIGHT | {name: value}


CASES = [
    (times(5), "exactly 5 times too large in every block: is the division by the batch size missing?"),
    (times(1 / 5), "exactly 5 times too small in every block: is it divided by the batch size once too often?"),
    (
        times(3, "W1", "b1"),
        "exactly 3 times too large in W1 and b1: is the division by the number of classes missing?; the other blocks are right",
    ),
    (times(2), "exactly 2 times too large in every block"),
    (times(-1), "the sign is wrong in every block"),
    (times(-2, "b2"), "exactly 2 times too large and of the wrong sign in b2; the other blocks are right"),
    (times(0, "b1"), "b1 is zero throughout; the other blocks are right"),
    (with_block("W2", RIGHT["W2"].T), "W2 is transposed; the other blocks are right"),
    (with_block("W1", RIGHT["W1"][::-1]), "W1 has the right slices along axis 0 in the wrong order; the other blocks are right"),
    (with_block("W1", RIGHT["W1"][:, ::-1]), "W1 has the right slices along axis 1 in the wrong order; the other blocks are right"),
    (RIGHT | {"b1": RIGHT["b2"], "b2": RIGHT["b1"]}, "b1 holds the values of b2; b2 holds the values of b1; the other blocks are right"),
    ({name: RIGHT[name] for name in ("W1", "b1", "W2")}, "b2 is missing (found: W1, b1, W2)"),
    ({f"d{name}": block for name, block in RIGHT.items()}, "W1 is missing (found: dW1, db1, dW2, db2)"),
    (times(1 + 1e-7, "W1"), "W1 is off by 1.0e-07 of its size: was it computed in float32?; the other blocks are right"),
    (times(1 + 1e-4, "W1"), "W1 is off by 1.0e-04 of its size; the other blocks are right"),
    (RIGHT | {"W3": np.ones(2)}, "there are blocks that don't belong: W3"),
    (with_block("b1", RIGHT["b1"][None]), r"b1 has shape (1, 6), wanted is (6,)"),
    (with_block("b1", np.ones(6, dtype=int)), "b1 is of dtype int64, wanted are floats"),
    (with_block("b1", [[1.0], [2.0, 3.0]]), "b1 is a ragged list"),
    (with_block("b1", None), "b1 is of dtype object, wanted are real numbers"),
    (with_block("b1", np.full(6, np.longdouble("1e4000"))), "b1 holds infinity in 6 of 6 entries"),
    (with_block("b1", Refusing()), "b1 is no array (RuntimeError: call detach() first)"),
    (with_block("b1", RIGHT["b1"] * np.nan), "b1 holds NaN in 6 of 6 entries"),
    (with_block("b1", np.full(6, np.inf)), "b1 holds infinity in 6 of 6 entries"),
    (None, "W1 is missing"),
]


@pytest.mark.parametrize(("got", "message"), CASES, ids=[message for _, message in CASES])
def test_each_pattern_has_its_sentence(got, message):
    result = compare_blocks(got, RIGHT, sizes=SIZES)
    assert not result.ok
    assert result.message == message


ONE = {"W": np.array([[1.0, -2.0]]), "b": np.array([3.0])}


@pytest.mark.parametrize(
    ("got", "message"),
    [
        ({"W": 5 * ONE["W"], "b": 5 * ONE["b"]}, "exactly 5 times too large in every block: is the division by the batch size missing?"),
        ({"W": ONE["W"], "b": -ONE["b"]}, "the sign is wrong in b; the other blocks are right"),
        ({"W": 5 * ONE["W"], "b": 2 * ONE["b"]}, "exactly 5 times too large in W; b is 2 times the right value"),
        ({"W": -ONE["W"] + 1, "b": -ONE["b"]}, None),
    ],
)
def test_one_entry_alone_takes_part_in_a_factor_that_others_have(got, message):
    found = compare_blocks(got, ONE, sizes=SIZES).message
    assert found == message if message else found.endswith("; the sign of b is wrong")


def test_a_block_that_is_rightly_zero_says_nothing_about_a_factor():
    right = RIGHT | {"dead": np.zeros(3)}
    got = {name: 5 * block for name, block in right.items()}
    assert compare_blocks(got, right).message == "exactly 5 times too large in every block"


@pytest.mark.parametrize("tolerance", [-1e-9, float("nan"), float("inf"), 1.0])
def test_a_tolerance_that_passes_everything_or_nothing_is_refused(tolerance):
    with pytest.raises(ValueError, match="tolerance must be at least 0 and below 1"):
        compare_blocks(RIGHT, RIGHT, tolerance=tolerance)


def test_the_tolerance_is_the_callers():
    off = times(1 + 1e-6, "W1")
    assert not compare_blocks(off, RIGHT).ok
    assert compare_blocks(off, RIGHT, tolerance=1e-5).ok


def test_sizes_are_positive():
    with pytest.raises(ValueError, match=r"sizes must be positive \(got 0 for the batch size\)"):
        compare_blocks(RIGHT, RIGHT, sizes={"batch size": 0})


@pytest.mark.parametrize(("cosine", "word"), [(0.95, "nearly the right direction"), (0.85, "another direction")])
def test_a_direction_is_nearly_right_from_a_cosine_of_0_9_on(cosine, word):
    across = np.array([cosine, (1 - cosine**2) ** 0.5])
    assert compare_blocks({"w": across}, {"w": np.array([1.0, 0.0])}).message.startswith(f"w has {word} (cosine {cosine}")


def test_a_direction_that_is_nearly_right_is_told_apart_from_another_one():
    off = RNG.normal(size=(4, 6))
    near = compare_blocks(with_block("W1", RIGHT["W1"] + 0.1 * off), RIGHT).message
    assert near.startswith("W1 has nearly the right direction (cosine 0.9")
    assert compare_blocks(with_block("W1", off), RIGHT).message.startswith("W1 has another direction (cosine ")
    holes = RIGHT["W1"] * (RIGHT["W1"] > 0)
    assert f"zero in {int((RIGHT['W1'] < 0).sum())} entries that are not" in compare_blocks(with_block("W1", holes), RIGHT).message


def test_a_block_that_must_be_zero():
    right = {"a": np.zeros(3), "b": np.ones(3)}
    assert compare_blocks({"a": np.ones(3) * 0.5, "b": np.ones(3)}, right).message == "a must be zero; the other blocks are right"


def test_different_factors_are_told_block_by_block():
    got = times(5, "W1") | {"b1": RIGHT["b1"] / 5}
    assert compare_blocks(got, RIGHT, sizes=SIZES).message == (
        "exactly 5 times too large in W1; exactly 5 times too small in b1; the other blocks are right"
    )


def test_right_gradients_have_no_message():
    result = compare_blocks({name: block * (1 + 1e-12) for name, block in RIGHT.items()}, RIGHT)
    assert (result.ok, result.message) == (True, "")
    assert compare_blocks([RIGHT["W1"]], (RIGHT["W1"],)).ok
    assert compare_blocks(RIGHT["W1"], RIGHT["W1"]).ok


def test_rho_cosine_and_zeros_of_a_comparison():
    want = np.array([3.0, 4.0, 0.0])
    found = compare(np.array([6.0, 0.0, 0.0]), want)
    assert found.rho == pytest.approx(18 / 25)
    assert found.cosine == pytest.approx(18 / 30)
    assert found.zeros == 1
    assert compare(want * 1e200, want * 2e200).rho == pytest.approx(0.5)
    assert compare(want, want).rho is None
    assert compare(np.full(3, np.nan), want).rho is None


def test_want_must_be_finite():
    with pytest.raises(ValueError, match="right values are not finite"):
        compare_blocks({"a": np.ones(1)}, {"a": np.array([np.nan])})


def test_tolerances_by_dtype_and_depth():
    assert reference_tolerance() == reference_tolerance(np.float64, 50) == 1e-9
    assert reference_tolerance(np.float32, 20) == pytest.approx(3e-5)
    assert invariant_tolerance(20) == pytest.approx(2e-11)
    with pytest.raises(ValueError, match="no tolerance is known for float16, only for float64 and float32"):
        reference_tolerance(np.float16)
    for tolerance in (lambda: reference_tolerance(depth=0), lambda: invariant_tolerance(0)):
        with pytest.raises(ValueError, match=r"depth must be at least 1 \(got 0\)"):
            tolerance()


def test_the_example_in_the_docstring_runs():
    assert doctest.testmod(sys.modules["autograder.gradients.blocks"]) == (0, 3)
