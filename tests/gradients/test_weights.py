"""Right weights pass at the stated rate, every wrong recipe is caught and named."""

import numpy as np
import pytest

from autograder.gradients import Recipe, check_weights, recipes
from autograder.gradients.recipes import TRUNCATED, UNIFORM, nearest_recipes
from autograder.gradients.statistics import kurtosis, largest_singular_value
from autograder.gradients.weights import variance_bounds

SHAPES = [(200, 80), (60, 150)]
SQUARE = [(64, 64), (100, 100)]
NAMES = list(recipes(2, 3))


def right(name, shapes=SHAPES):
    return [recipes(*shape)[name] for shape in shapes]


HE = right("he")


def draw(rng, shape, name):
    recipe = recipes(*shape)[name]
    if recipe.kurtosis == TRUNCATED:
        z = rng.normal(size=4 * shape[0] * shape[1])
        return z[np.abs(z) < 2][: shape[0] * shape[1]].reshape(shape) * (2 / shape[0]) ** 0.5
    if recipe.kurtosis == UNIFORM:
        return recipe.mean + rng.uniform(-1, 1, size=shape) * (3 * recipe.variance) ** 0.5
    return rng.normal(size=shape) * recipe.variance**0.5


def drawn(name, shapes=SHAPES, seed=0):
    rng = np.random.default_rng(seed)
    return [draw(rng, shape, name) for shape in shapes]


@pytest.mark.parametrize("name", NAMES)
def test_every_recipe_is_named_and_only_the_right_one_passes(name):
    check = check_weights(drawn(name, seed=NAMES.index(name)), HE)
    assert check.ok == (name == "he")
    assert check.recipe == name
    assert (check.message == "") == (name == "he")
    if name != "he":
        assert check.message.endswith(f"; they look {recipes(2, 3)[name].meaning}")


SAME_ON_SQUARES = [
    {"he", "he_fan_out"},
    {"lecun", "xavier", "lecun_fan_out"},
    {"lecun_uniform", "xavier_uniform"},
    {"lecun_no_root", "xavier_no_root"},
]


@pytest.mark.parametrize("wanted", ["he", "xavier", "lecun", "xavier_uniform"])
@pytest.mark.parametrize("name", NAMES)
def test_recipes_that_are_the_same_on_square_matrices_are_named_together(name, wanted):
    same = next((group for group in SAME_ON_SQUARES if name in group), {name})
    check = check_weights(drawn(name, SQUARE, NAMES.index(name)), right(wanted, SQUARE))
    if wanted in same:
        assert (check.ok, check.recipe, check.message) == (True, wanted, "")
        return
    told = [recipe.meaning for recipe in recipes(2, 3).values() if recipe.name in same]
    assert check.message.endswith(f"; they look {' or '.join(told)}")
    assert check.recipe in same


def test_he_in_place_of_a_readout_by_xavier_is_told():
    check = check_weights(drawn("he"), [HE[0], right("xavier")[1]])
    assert check.message.startswith("matrix 2: standard deviation over the right one 1.8")
    assert check.message.endswith("; they look normal with variance 2 / fan_in (He)")


def test_no_recipe_is_blamed_for_a_repeated_seed():
    xavier = right("xavier", SQUARE)
    layers = [np.random.default_rng(0).normal(size=shape) * recipe.variance**0.5 for shape, recipe in zip(SQUARE, xavier, strict=True)]
    check = check_weights(layers, xavier)
    assert (check.ok, check.recipe) == (False, "xavier")
    assert check.message.startswith("matrices 1 and 2: correlation 1, right is -")
    assert "they look" not in check.message
    mine = [Recipe("mine", "a little above Xavier", recipe.variance * 1.01) for recipe in xavier]
    check = check_weights(layers, mine)
    assert check.message.startswith("matrices 1 and 2: correlation 1, right is -")
    assert "they look" not in check.message


def test_a_borderline_deviation_is_not_given_another_name():
    off = drawn("he", SQUARE[:1])[0]
    off = off / off.std() * (2 / 64) ** 0.5 * 1.05
    check = check_weights([off], right("he", SQUARE[:1]), alpha=0.01)
    assert (check.ok, check.recipe) == (False, "he")
    assert "they look" not in check.message


def test_a_transposed_matrix_does_not_pass():
    check = check_weights([draw(np.random.default_rng(0), (200, 80), "he").T], HE[:1])
    assert (check.ok, check.message) == (False, "matrix 1 has shape (80, 200), wanted is (fan_in, fan_out) = (200, 80)")


def test_a_recipe_of_ones_own_fits_any_shape():
    mine = Recipe("mine", "normal with standard deviation 0.3", 0.09)
    layers = [np.random.default_rng(number).normal(size=shape) * 0.3 for number, shape in enumerate(SHAPES)]
    assert check_weights(layers, [mine, mine]).ok
    assert check_weights(layers, [mine, mine]).recipe is None


def test_right_weights_fail_at_most_as_often_as_stated():
    rng = np.random.default_rng(0)
    failed = sum(not check_weights([draw(rng, shape, "he") for shape in SHAPES], HE, alpha=0.1).ok for _ in range(120))
    assert 1 <= failed <= 22


def test_the_bounds_of_the_standard_deviation_are_those_of_chi_square():
    he = recipes(64, 64)["he"]
    assert [bound**0.5 for bound in variance_bounds(4096, he, 1e-6)] == pytest.approx([0.946, 1.054], abs=2e-3)
    assert [bound**0.5 for bound in variance_bounds(65536, he, 1e-6)] == pytest.approx([0.9865, 1.0135], abs=2e-4)


def test_the_stated_deviation_is_caught():
    layers = drawn("he", seed=1)
    low, high = check_weights(layers, HE).deviation
    assert -0.1 < low < 0 < high < 0.1
    for error in (low, high):
        assert not check_weights([layers[0] * (1 + error), layers[1]], HE).ok


def test_a_uniform_recipe_can_be_the_right_one():
    assert check_weights(drawn("he_uniform"), right("he_uniform")).ok
    check = check_weights(drawn("he"), right("he_uniform"))
    assert "kurtosis" in check.message


def test_equal_rows_are_caught():
    rng = np.random.default_rng(0)
    rows = np.tile(rng.normal(size=(1, 80)) * 0.1, (200, 1))
    assert "largest singular value over the usual one" in {test.name for test in check_weights([rows], HE[:1]).tests if not test.ok}


@pytest.mark.parametrize("shape", [(64, 64), (200, 80)])
def test_orthogonal_matrices_are_not_normal_ones(shape):
    q = np.linalg.qr(np.random.default_rng(0).normal(size=shape))[0] * 2**0.5
    check = check_weights([q], right("he", [shape]))
    assert [test.name for test in check.tests if not test.ok] == ["largest singular value over the usual one"]
    assert "they look" not in check.message


@pytest.mark.parametrize("shape", [(1, 200), (2, 100), (12, 12), (30, 60)])
def test_the_largest_singular_value_of_normal_entries_lies_in_its_bounds(shape):
    rng = np.random.default_rng(0)
    for alpha, most in ((0.1, 30), (1e-3, 3)):
        outside = 0
        for _ in range(1000):
            found, low, high = largest_singular_value(rng.normal(size=shape), alpha)
            outside += not low <= found <= high
        assert outside <= most
    assert largest_singular_value(rng.normal(size=(64, 64)), 1e-6)[1:] == pytest.approx((0.82, 1.34), abs=0.01)


def test_nothing_known_is_not_named():
    rng = np.random.default_rng(0)
    odd = [rng.standard_t(3, size=shape) * 0.37 for shape in SHAPES]
    assert nearest_recipes(odd) == ()
    check = check_weights(odd, HE)
    assert check.recipe is None
    assert "they look" not in check.message


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        (np.full((20, 20), np.nan), "matrix 1 holds NaN, infinity or entries above 1e+75"),
        (np.full((20, 20), -np.inf), "matrix 1 holds NaN, infinity or entries above 1e+75"),
        (np.full((20, 20), -1e100), "matrix 1 holds NaN, infinity or entries above 1e+75"),
        (np.full((20, 20), 1j), "matrix 1 is no array of real numbers"),
        ([[1.0] * 300, [2.0]], "matrix 1 is no array of real numbers"),
        ([["a"] * 20] * 20, "matrix 1 is no array of real numbers"),
        (np.ones((3, 3)), "matrix 1 has 9 entries, 100 are the fewest that can be tested"),
        (np.ones(400), r"matrix 1 has shape (400,), wanted are two axes"),
    ],
)
def test_weights_that_can_not_be_tested_never_pass(matrix, message):
    check = check_weights([matrix], [Recipe("mine", "any", 0.1)])
    assert (check.ok, check.message) == (False, message)


def test_constant_weights_never_pass():
    square = right("he", [(20, 20)])
    assert not check_weights([np.full((20, 20), 0.1)], square).ok
    assert not check_weights([np.zeros((20, 20))] * 2, square * 2).ok
    assert check_weights([np.zeros((20, 20))] * 2, square * 2).recipe == "zero"


def test_integers_and_single_rows_are_tested_like_others():
    assert not check_weights([np.arange(400).reshape(20, 20)], right("he", [(20, 20)])).ok
    assert check_weights([draw(np.random.default_rng(0), (1, 400), "normal")], right("normal", [(1, 400)])).ok


def test_arguments_have_ranges():
    with pytest.raises(ValueError, match=r"each matrix needs its recipe \(got 2 and 1\)"):
        check_weights([np.ones((20, 20))] * 2, HE[:1])
    with pytest.raises(ValueError, match="right recipes have a variance above 0"):
        check_weights([np.ones((20, 20))], [recipes(20, 20)["zero"]])
    for alpha in (0, 1e-200, 1, np.nan):
        with pytest.raises(ValueError, match=r"alpha must lie between 1e-10 and 0\.5"):
            check_weights([np.ones((200, 80))], HE[:1], alpha=alpha)
    with pytest.raises(ValueError, match=r"fan_in and fan_out must be at least 1 \(got 0, 3\)"):
        recipes(0, 3)


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
