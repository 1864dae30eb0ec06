"""Right weights pass at the stated rate, every wrong recipe is caught and named."""

import numpy as np
import pytest

from autograder.gradients import Recipe, check_weights, recipes
from autograder.gradients.recipes import UNIFORM, nearest_recipe
from autograder.gradients.statistics import kurtosis
from autograder.gradients.weights import variance_bounds

SHAPES = [(200, 80), (60, 150)]
HE = [recipes(*shape)[0] for shape in SHAPES]
NAMES = [recipe.name for recipe in recipes(2, 3)]


def draw(rng, shape, number):
    recipe = recipes(*shape)[number]
    if "cut at two" in recipe.name:
        z = rng.normal(size=4 * shape[0] * shape[1])
        return z[np.abs(z) < 2][: shape[0] * shape[1]].reshape(shape) * (2 / shape[0]) ** 0.5
    if recipe.kurtosis == UNIFORM:
        return recipe.mean + rng.uniform(-1, 1, size=shape) * (3 * recipe.variance) ** 0.5
    return rng.normal(size=shape) * recipe.variance**0.5


@pytest.mark.parametrize("number", range(len(NAMES)), ids=NAMES)
def test_every_recipe_is_named_and_only_the_right_one_passes(number):
    rng = np.random.default_rng(number)
    check = check_weights([draw(rng, shape, number) for shape in SHAPES], HE)
    assert check.ok == (number == 0)
    assert check.recipe == NAMES[number]
    assert (check.message == "") == (number == 0)
    if number:
        assert check.message.endswith(f"; they look {NAMES[number]}")


def test_right_weights_fail_at_most_as_often_as_stated():
    rng = np.random.default_rng(0)
    failed = sum(not check_weights([draw(rng, shape, 0) for shape in SHAPES], HE, alpha=0.1).ok for _ in range(120))
    assert 1 <= failed <= 22


def test_the_bounds_of_the_standard_deviation_are_those_of_chi_square():
    he = recipes(64, 64)[0]
    assert [bound**0.5 for bound in variance_bounds(4096, he, 1e-6)] == pytest.approx([0.946, 1.054], abs=2e-3)
    assert [bound**0.5 for bound in variance_bounds(65536, he, 1e-6)] == pytest.approx([0.9865, 1.0135], abs=2e-4)


def test_the_stated_deviation_is_caught():
    rng = np.random.default_rng(1)
    right = [draw(rng, shape, 0) for shape in SHAPES]
    low, high = check_weights(right, HE).deviation
    assert -0.1 < low < 0 < high < 0.1
    for error in (low, high):
        assert not check_weights([right[0] * (1 + error), right[1]], HE).ok


def test_a_uniform_recipe_can_be_the_right_one():
    uniform = next(number for number, name in enumerate(NAMES) if name.startswith("uniform within sqrt(6 / fan_in)"))
    rng = np.random.default_rng(2)
    right = [recipes(*shape)[uniform] for shape in SHAPES]
    assert check_weights([draw(rng, shape, uniform) for shape in SHAPES], right).ok
    check = check_weights([draw(rng, shape, 0) for shape in SHAPES], right)
    assert "kurtosis" in check.message


def test_the_same_seed_for_each_layer_is_caught():
    layers = [np.random.default_rng(0).normal(size=shape) * (2 / shape[0]) ** 0.5 for shape in SHAPES]
    check = check_weights(layers, HE)
    assert not check.ok
    assert check.message.startswith("matrices 1 and 2: correlation 1, right is -")


def test_equal_rows_are_caught():
    rng = np.random.default_rng(0)
    rows = np.tile(rng.normal(size=(1, 80)) * 0.1, (200, 1))
    assert "largest singular value over the usual one" in {test.name for test in check_weights([rows], HE[:1]).tests if not test.ok}


def test_nothing_known_is_not_named():
    rng = np.random.default_rng(0)
    odd = [rng.standard_t(3, size=shape) * 0.37 for shape in SHAPES]
    assert nearest_recipe(odd) is None
    check = check_weights(odd, HE)
    assert check.recipe is None
    assert "they look" not in check.message


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        (np.full((20, 20), np.nan), "matrix 1 holds NaN or infinity"),
        (np.ones((3, 3)), "matrix 1 has 9 entries, 100 are the fewest that can be tested"),
        (np.ones(400), r"matrix 1 has shape (400,), wanted are two axes"),
    ],
)
def test_weights_that_can_not_be_tested_never_pass(matrix, message):
    check = check_weights([matrix], HE[:1])
    assert (check.ok, check.message) == (False, message)


def test_constant_weights_never_pass():
    assert not check_weights([np.full((20, 20), 0.1)], HE[:1]).ok
    assert not check_weights([np.zeros((20, 20))] * 2, [recipes(20, 20)[0]] * 2).ok


def test_arguments_have_ranges():
    with pytest.raises(ValueError, match=r"each matrix needs its recipe \(got 2 and 1\)"):
        check_weights([np.ones((20, 20))] * 2, HE[:1])
    with pytest.raises(ValueError, match="recipes must have a variance, and alpha must lie between 0 and 1"):
        check_weights([np.ones((20, 20))], [Recipe("zero", 0.0)])


def test_the_kurtosis_bounds_hold_in_simulation():
    rng = np.random.default_rng(0)
    outside = 0
    for _ in range(2000):
        found, low, high = kurtosis(rng.normal(size=(40, 25)), 3.0, 0.02)
        outside += not low <= found <= high
    assert 20 <= outside <= 62


def test_the_kurtosis_bounds_against_scipy():
    from scipy import stats

    matrix = np.random.default_rng(0).normal(size=(40, 25))
    for stretch in (0.8, 1.0, 1.15):
        bent = np.sign(matrix) * np.abs(matrix) ** stretch
        p = stats.kurtosistest(bent, axis=None).pvalue
        found, low, high = kurtosis(bent, 3.0, 0.01)
        assert (p > 0.01) == (low <= found <= high)
