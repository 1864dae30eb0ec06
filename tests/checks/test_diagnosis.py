"""A mistake is named when the student's values are its values, and by nothing less; what follows from it is credited, and nothing more."""

import numpy as np
import pytest

from autograder.checks.diagnosis import same_exchanges
from autograder.checks.student import Exchange
from autograder.model import Verdict
from autograder.sandbox.session import Call, Failure, Outcome

ADDS = "def double(z):\n    return [[x + 2 for x in row] for row in np.atleast_2d(z)] if np.ndim(z) == 2 else [x + 2 for x in z]"


@pytest.fixture
def found(make_toy, grade_toy, reading):
    """Return a function: cells of the toy -> its report's checks by exercise."""

    def grade(**cells):
        toy = make_toy()
        report = grade_toy(toy, toy.hand_in(**cells))
        return report, {one.id: one.parts[0].checks[0] for one in report.exercises}

    return grade


def test_a_mistake_is_named_however_it_is_written(found):
    report, checks = found(double=ADDS)
    assert checks["double"].mistake == "adds 2"
    assert checks["double"].hint == "Try 5."
    assert checks["double"].verdict is Verdict.FAILED
    assert checks["double"].counterexample is None
    assert report.score == 50


def test_later_right_code_that_calls_it_is_credited_and_says_what_it_follows_from(found, reading):
    report, checks = found(double=ADDS)
    assert checks["quad"].verdict is Verdict.PASSED
    assert checks["quad"].follows == "adds 2"
    assert checks["quad"].mistake is None
    assert reading.sentences([checks["quad"]]) == [
        "This follows from an earlier mistake (adds 2, in Double); your own work here is right, and you get the points."
    ]
    assert report.exercises[1].earned == 50


def test_later_code_that_does_not_call_it_is_right_by_itself(found):
    _, checks = found(double=ADDS, quad="def quad(z):\n    return 4 * z")
    assert checks["quad"].verdict is Verdict.PASSED
    assert checks["quad"].follows is None


def test_later_wrong_code_is_not_credited(found):
    report, checks = found(double=ADDS, quad="def quad(z):\n    return double(z) * 2")
    assert checks["quad"].verdict is Verdict.FAILED
    assert checks["quad"].follows is None
    assert report.score == 0


def test_two_mistakes_are_both_named(found):
    report, checks = found(double="def double(z):\n    return np.square(z)", quad="def quad(z):\n    return double(double(double(z)))")
    assert checks["double"].mistake == "squares"
    assert checks["quad"].mistake == "doubles three times"
    assert report.score == 0


def test_an_earlier_mistake_without_a_name_carries_nothing_forward(found):
    report, checks = found(double="def double(z):\n    return np.asarray(z) * 2.5")
    assert checks["double"].mistake is None
    assert checks["quad"].verdict is Verdict.FAILED
    assert checks["quad"].follows is None
    assert report.score == 0


def test_values_that_differ_in_the_seventh_digit_are_another_mistake(found):
    _, checks = found(double="def double(z):\n    return (np.asarray(z) + 2.0) * (1 + 1e-7)")
    assert checks["double"].mistake is None
    assert checks["double"].counterexample is not None


def test_a_right_answer_is_never_held_against_the_catalogue(found):
    report, checks = found(quad="def quad(z):\n    return 4.0 * np.asarray(z)")
    assert report.score == 100
    assert {check.mistake for check in checks.values()} == {None}


def test_a_sigmoid_that_is_wrong_costs_its_own_points_and_not_those_of_a_grad_that_calls_it(classroom, reading):
    """The real course: sigmoid_grad as s (1 - s) of the student's own sigmoid, which is tanh."""
    source = "def sigmoid(z):\n    return np.tanh(z)\n\ndef sigmoid_grad(z):\n    return sigmoid(z) * sigmoid(-np.asarray(z))"
    report = classroom.grade(classroom.grafted(source))
    assert reading.exercise(report, "sigmoid").earned == 0
    for name in ("sigmoid-grad", "sigmoid-tails"):
        grad = reading.exercise(report, name)
        assert grad.earned == grad.points
        assert {check.follows for part in grad.parts for check in part.checks} <= {"tanh in place of the sigmoid", None}
    assert any(check.follows for part in reading.exercise(report, "sigmoid-grad").parts for check in part.checks)


# --- when values are the same ---


def exchange(value=None, **failure):
    outcome = Outcome(failure=Failure(**{"type": "ValueError", "known": True, "text": "", **failure})) if failure else Outcome(value)
    return Exchange(Call("f"), outcome, value)


def same(left, right):
    return same_exchanges([exchange(left)], [exchange(right)])


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (np.ones(3), np.ones(3) * (1 + 1e-12)),
        (np.ones(3), np.ones(3, np.float32)),
        (np.array([np.nan, 1.0]), np.array([np.nan, 1.0])),
        (np.array([np.inf, -np.inf]), np.array([np.inf, -np.inf])),
        (np.full(2, 1e-200), np.full(2, 1e-200)),
        (np.zeros((0, 2)), np.zeros((0, 2))),
        (3, 3.0),
        ([np.ones(2), 1], [np.ones(2), 1.0]),
        ({"w": np.ones(2)}, {"w": np.ones(2)}),
        ("relu", "relu"),
        (None, None),
    ],
    ids=str,
)
def test_equal_values_are_the_same(left, right):
    assert same(left, right)
    assert same(right, left)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (np.ones(3), np.ones(3) * (1 + 1e-7)),
        (np.ones(3), np.ones((3, 1))),
        (np.array([np.nan, 1.0]), np.array([1.0, np.nan])),
        (np.array([np.inf]), np.array([-np.inf])),
        (np.array([np.nan]), np.array([np.inf])),
        (np.full(2, 1e-200), np.full(2, 2e-200)),
        (np.full(2, 1e200), np.full(2, 2e200)),
        (np.zeros(2), np.full(2, 1e-300)),
        (np.ones(2), None),
        (np.ones(2), "text"),
        (np.ones(2), [1.0, 2.0]),
        ("text", np.ones(2)),
        (np.array([1j]), np.array([1j])),
        ([1, 2], [1, 2, 3]),
        ({"w": 1}, {"b": 1}),
        ([[1, 2], [3]], np.ones((2, 2))),
        (True, "True"),
    ],
    ids=str,
)
def test_values_that_differ_are_not_and_comparing_them_never_breaks(left, right):
    assert not same(left, right)
    assert not same(right, left)


def test_the_same_exception_is_the_same_and_another_is_not():
    assert same_exchanges([exchange(type="ValueError")], [exchange(type="ValueError", text="in other words")])
    assert not same_exchanges([exchange(type="ValueError")], [exchange(type="TypeError")])
    assert not same_exchanges([exchange(type="TypeError")], [exchange(type="TypeError", misfit="f(z)")])
    assert not same_exchanges([exchange(type="ValueError")], [exchange(3.0)])


def test_more_calls_or_fewer_are_not_the_same():
    assert not same_exchanges([exchange(1.0)], [exchange(1.0), exchange(1.0)])
    assert not same_exchanges([Exchange(Call("f"), None)], [Exchange(Call("f"), None)])
