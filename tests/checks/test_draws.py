import itertools
import math

import numpy as np
import pytest

from autograder.checks.draws import ALIKE, INDEPENDENT, MOMENTS, NORMAL, OF_A_MOMENT, OF_A_SHAPE, Draws
from autograder.checks.outcome import CheckEndedError
from autograder.gradients.recipes import recipes
from autograder.report.messages import render

SHAPES = ((200, 80), (80, 200), (128, 128))
ALL = (*MOMENTS, *NORMAL, *INDEPENDENT)


def he(tests=ALL, shapes=SHAPES):
    return Draws([recipes(*shape)["he"] for shape in shapes], tests)


def normal(rng, shape):
    return rng.normal(0, math.sqrt(2 / shape[0]), shape)


def fault(draw, draws=None, seeds=(1, 2), shapes=SHAPES):
    first, second = ([draw(rng, shape) for shape in shapes] for rng in map(np.random.default_rng, seeds))
    return (draws or he(shapes=shapes)).fault("he_init", first, second)


def test_right_draws_pass():
    assert fault(normal) is None


@pytest.mark.parametrize(
    ("draw", "off", "got", "recipe"),
    [
        (lambda rng, s: rng.normal(0, 2 / s[0], s), "variance", 0.01, "normal with standard deviation 2 / fan_in (root forgotten)"),
        (
            lambda rng, s: rng.normal(0, (1 / s[0]) ** 0.5, s),
            "variance",
            0.5,
            "normal with variance 1 / fan_in (LeCun, or He without its 2)",
        ),
        (lambda rng, s: rng.normal(0, (2 / s[1]) ** 0.5, s), "variance", 2.5, "normal with variance 2 / fan_out (He with the wrong fan)"),
        (lambda rng, s: 1.5 * normal(rng, s), "variance", 2.25, None),
        (lambda rng, s: normal(rng, s) + 0.05, "mean", 0.5, None),
        (lambda rng, s: rng.random(s) * (2 / s[0]) ** 0.5, "mean", 0.5, "uniform from 0 to 1 times sqrt(2 / fan_in) (not centred)"),
        (lambda rng, s: rng.uniform(-1, 1, s) * (6 / s[0]) ** 0.5, "kurtosis", 1.8, "uniform within sqrt(6 / fan_in) (He, uniform)"),
        (lambda rng, s: np.zeros(s), "variance", 0.0, "zero"),
    ],
    ids=["no root", "LeCun", "fan_out", "no known recipe", "a mean", "positive", "uniform", "zero"],
)
def test_what_is_off_is_told_with_the_recipe_that_it_comes_of(draw, off, got, recipe):
    found = fault(draw)
    assert found.id == f"value.drawn_{off}"
    assert found.params["got"] == pytest.approx(got, rel=0.1)
    assert found.params["recipe"] == recipe
    assert render(found).startswith("`he_init` for fan_in = 200, fan_out = 80: ")
    assert ("It is what comes of this recipe: " in render(found)) == (recipe is not None)


def test_rows_that_repeat_are_told():
    found = fault(lambda rng, s: np.tile(normal(rng, s)[: s[0] // 2], (2, 1)), he(INDEPENDENT))
    assert found is None  # twice is not enough to be seen for sure
    found = fault(lambda rng, s: np.tile(normal(rng, s)[:1], (s[0], 1)), he(INDEPENDENT))
    assert "the entries of one matrix are not independent of each other" in render(found)


def test_the_same_draw_from_two_generators_is_told():
    found = fault(lambda rng, s: normal(np.random.default_rng(0), s))
    assert "`he_init`: two matrices that should be independent of each other are alike; their correlation is 1." in render(found)


def test_what_is_off_in_one_draw_alone_passes():
    right, wrong = ([normal(np.random.default_rng(seed), shape) * scale for shape in SHAPES] for seed, scale in ((1, 1), (2, 0.1)))
    assert he().fault("f", right, wrong) is None
    assert he().fault("f", wrong, right) is None
    assert he().fault("f", wrong, [0.1 * matrix for matrix in right]) is not None


def test_a_constant_matrix_is_never_a_pass():
    for test in ALL:
        assert he([test], SHAPES[:1]).fault("f", [np.full((200, 80), 0.3)], [np.full((200, 80), 0.3)]) is not None, test.id


def test_chance_adds_up_over_matrices_and_tests():
    assert he(MOMENTS).chance == pytest.approx(3 * 2 * OF_A_MOMENT**2, rel=1e-12)
    assert he(NORMAL).chance == pytest.approx(3 * OF_A_SHAPE**2, rel=1e-12)
    assert he(ALIKE).chance == pytest.approx(3 * OF_A_SHAPE, rel=1e-12)
    assert he().chance == pytest.approx(he(MOMENTS).chance + he(NORMAL).chance + he(INDEPENDENT).chance, rel=1e-12)


@pytest.mark.slow
def test_one_draw_leaves_its_bounds_as_often_as_stated():
    # At a hundred times the probability, so that it can be counted: the same bounds, wider open.
    from autograder.checks import draws

    rng, recipe, alpha, rounds = np.random.default_rng(7), recipes(60, 40)["he"], 100 * OF_A_MOMENT, 20_000
    outside = {"_mean": 0, "_variance": 0, "_kurtosis": 0}
    for _ in range(rounds):
        matrix = normal(rng, (60, 40))
        for name in outside:
            value, low, high = getattr(draws, name)(matrix, recipe, alpha)
            outside[name] += not low <= value <= high
    for name, count in outside.items():
        assert abs(count - alpha * rounds) < 5 * math.sqrt(alpha * rounds), name


DRAWS = """
    from autograder.gradients import recipes
    HE = Draws([recipes(*shape)["he"] for shape in ((200, 80), (80, 200))], MOMENTS + INDEPENDENT)
"""
CALL = """
    first, second = (student.init.many([(200, 80, probe.generator()), (80, 200, probe.generator())]) for _ in range(2))
    probe.drawn(first, second, HE)
"""
GOOD = "def init(i, o, rng): return rng.normal(0, (2 / i) ** 0.5, (i, o))"


@pytest.fixture
def run_draws(make_toy, answering):
    def run(source, declared="HE.chance", *, example=False, body=CALL):
        head = "from autograder.checks import *\n" + "\n".join(line.strip() for line in DRAWS.splitlines())
        lines = "".join(f"    {line.strip()}\n" for line in body.strip().splitlines())
        suite = make_toy(checks=f'{head}\n@check("double", chance={declared})\ndef test_it(student, probe):\n{lines}').suite()
        return suite, suite.run(suite.checks[0], answering(source), 3, example=example)

    return run


def test_a_check_tests_what_the_students_code_draws(run_draws):
    assert run_draws(GOOD)[1].messages == ()
    [message] = run_draws(GOOD.replace("** 0.5", ""))[1].messages
    assert message.id == "value.drawn_variance"
    assert message.params["name"] == "init"


def test_a_matrix_of_another_shape_or_that_is_not_finite_is_told_before_it_is_tested(run_draws):
    assert run_draws(GOOD.replace("(i, o))", "(o, i))"))[1].messages[0].id == "value.shape"
    assert run_draws(GOOD.replace("0.5, (i, o))", "0.5, (i, o)) / 0"))[1].messages[0].id == "value.not_finite"


def test_an_example_shows_no_draw_that_is_off_but_a_wrong_shape(run_draws):
    assert run_draws(GOOD.replace("** 0.5", ""), example=True)[1].messages == ()
    assert run_draws(GOOD.replace("(i, o))", "(o, i))"), example=True)[1].messages[0].id == "value.shape"


def test_a_suite_adds_up_what_its_checks_leave_to_chance(run_draws):
    suite, _ = run_draws(GOOD)
    assert suite.chance == pytest.approx(2 * (2 * OF_A_MOMENT**2 + OF_A_SHAPE**2 + OF_A_SHAPE), rel=1e-9)


def test_a_check_that_leaves_more_to_chance_than_it_declares_is_at_fault(run_draws):
    from autograder.errors import ChecksError

    with pytest.raises(ChecksError, match=r"check 'test_it' fails right code with a probability of 9.4e-08; it declares 1e-09"):
        run_draws(GOOD, declared="1e-9")
    with pytest.raises(ChecksError, match=r"it declares 4\.7e-08"):
        run_draws(GOOD, declared="HE.chance / 2", body=CALL)
    with pytest.raises(ChecksError, match="it declares"):
        run_draws(GOOD, body=CALL.strip() + "\nprobe.drawn(first, second, HE)")


def test_generators_differ_and_come_again_with_the_seed(probe):
    made = [[one.generator().seed for _ in range(3)] for one in (probe(1), probe(1), probe(2))]
    assert made[0] == made[1] != made[2]
    assert len(set(made[0])) == 3
    assert all(0 <= probe(seed, example=True).generator().seed < 10 for seed in range(9))


@pytest.mark.parametrize(
    ("got", "wrong"), [(np.zeros((2, 3)), None), (np.zeros((3, 2)), "value.shape"), (np.array([[1, 2, np.nan]] * 2), "value.not_finite")]
)
def test_a_shape_may_be_asked_for_alone(probe, got, wrong):
    if wrong is None:
        probe().shaped(got, (2, 3))
        return
    with pytest.raises(CheckEndedError) as caught:
        probe().shaped(got, (2, 3))
    assert [message.id for message in caught.value.messages] == [wrong]


def test_pairs_of_layers_are_tested_for_being_alike():
    rng = np.random.default_rng(5)
    layers = Draws([recipes(50, 50)["he"]], ALIKE)
    one, other = rng.normal(size=(2, 50, 50))
    assert layers.fault("f", [one], [other]) is None
    for alike in (one, -one, 3 * one + 1, one + other):
        assert layers.fault("f", [one], [alike]) is not None
    assert all(layers.fault("f", [a], [b]) is None for a, b in itertools.pairwise(rng.normal(size=(20, 50, 50))))
