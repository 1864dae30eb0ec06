"""A mistake is named when the student's values are its values, and by nothing less; what follows from it is credited, and nothing more."""

import numpy as np
import pytest

from autograder.checks.collection import Check
from autograder.checks.diagnosis import Answered, _is_finite, _is_one_number, same_exchanges
from autograder.checks.student import Exchange
from autograder.checks.trusted import EndlessError, Solution, bound_lines
from autograder.model import Verdict
from autograder.sandbox.inside.values import Handle
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


TWO_CHECKS = """
from autograder.checks import check

@check("double")
def test_double(student, reference, probe):
    z = probe.uniform(1, 5, probe.shape(2))
    probe.compare(student.double(z), reference.double(z))

@check("double")
def test_double_of_two(student, reference, probe):
    probe.compare(student.double(np.full(3, 2.0)), np.full(3, 4.0))

@check("double")
def test_double_left_of_zero(student, reference, probe):
    z = probe.uniform(-5, -1, probe.shape(2))
    probe.compare(student.double(z), reference.double(z))

@check("quad")
def test_quad(student, reference, probe):
    z = probe.uniform(-5, 5, probe.shape(1))
    probe.compare(student.quad(z), reference.quad(z))
"""


def names_in_double(make_toy, grade_toy, source):
    toy = make_toy(checks="import numpy as np\n" + TWO_CHECKS)
    report = grade_toy(toy, toy.hand_in(double=source, quad="def quad(z):\n    return 4 * z"))
    return [(check.verdict, check.mistake, check.counterexample is not None) for check in report.exercises[0].parts[0].checks]


def test_a_mistake_that_explains_all_failed_checks_and_passes_the_passed_ones_is_named(make_toy, grade_toy):
    named = names_in_double(make_toy, grade_toy, "def double(z):\n    return 2.0 + z")
    assert named == [(Verdict.FAILED, "adds 2", False), (Verdict.PASSED, None, False), (Verdict.FAILED, "adds 2", False)]


def test_a_mistake_that_explains_some_of_the_failed_checks_is_not_named(make_toy, grade_toy):
    named = names_in_double(make_toy, grade_toy, "def double(z):\n    return np.where(z < 0, 0 * z, 2.0 + z)")
    assert [name for _, name, _ in named] == [None, None, None]
    assert named[0][2]


def test_a_mistake_that_would_fail_a_passed_check_is_not_named(make_toy, grade_toy):
    named = names_in_double(make_toy, grade_toy, "def double(z):\n    return np.where(z < 0, 2.0 * z, 2.0 + z)")
    assert [name for _, name, _ in named] == [None, None, None]


def test_a_mistake_that_does_not_explain_a_later_exercise_leaves_no_other_name_there(classroom, reading):
    """sigmoid_grad is asked for twice. In the tails an overflow alone would be another mistake of the catalogue."""
    wrong = "def sigmoid_grad(z):\n    return np.where(np.abs(z) > 600, np.nan, {}(z) * (1 - z))"
    report = classroom.grade(classroom.grafted(wrong.format("sigmoid")))
    first = {check.mistake for part in reading.exercise(report, "sigmoid-grad").parts for check in part.checks}
    later = {check.mistake for part in reading.exercise(report, "sigmoid-tails").parts for check in part.checks}
    assert len(first - {None}) == 1
    assert later == {None}


def test_within_an_exercise_a_right_derivative_of_a_wrong_function_is_credited_and_the_function_is_not(classroom, reading):
    source = "def tanh(z):\n    return 2 * sigmoid(z) - 1\n\ndef tanh_grad(z):\n    return 1 - tanh(z) ** 2"
    report = classroom.grade(classroom.grafted(source))
    wrong, right = (reading.part(report, name, "tanh-grad") for name in ("tanh", "grad"))
    assert (wrong.earned, right.earned) == (0, right.points)
    [name] = {check.mistake for check in wrong.checks}
    assert {check.follows for check in right.checks} == {name}
    assert {check.counterexample for check in right.checks} == {None}


def test_two_functions_of_one_exercise_may_each_have_a_mistake_of_its_own(classroom, reading):
    source = "def tanh(z):\n    return 2 * sigmoid(z) - 1\n\ndef tanh_grad(z):\n    return 1 - np.tanh(z)"
    report = classroom.grade(classroom.grafted(source))
    names = [{check.mistake for check in reading.part(report, name, "tanh-grad").checks} for name in ("tanh", "grad")]
    assert all(len(found) == 1 for found in names)
    assert names[0] != names[1]
    assert None not in names[0] | names[1]


def test_a_check_that_follows_in_a_part_that_fails_promises_no_points(classroom, reading):
    source = "def elu(z, alpha):\n    return np.where(z > 0, z, alpha * np.exp(z) - 1)\n\n"
    source += "def elu_grad(z, alpha):\n    return np.where(z > 0, 1, elu(z, alpha) + alpha)"
    part = reading.part(classroom.grade(classroom.grafted(source)), "extremes", "elu")
    assert part.earned == 0
    assert not any("you get the points" in sentence for sentence in reading.sentences(part.checks))
    assert any("your own work here is right" in sentence for sentence in reading.sentences(part.checks))


@pytest.mark.parametrize(
    ("of", "part", "source"),
    [
        ("best-case", "layers", "def best_case(depth):\n    return 0.25 * depth\n\ndef layers_to_shrink(factor):\n    return 0"),
        ("best-case", "product", "def sigmoid_grad(z):\n    return z * (1 - z)\n\ndef best_case(depth):\n    return 0"),
        (
            "dead-zone",
            "share",
            "def sigmoid_grad(z):\n    return np.full(np.shape(z), 0.25)\n\ndef saturated_share(z, threshold):\n    return 0.0",
        ),
        (
            "sigmoid-tails",
            "values",
            "def sigmoid(z):\n    return np.tanh(z)\n\ndef sigmoid_grad(z):\n    return np.full(np.shape(z), -1 + 1e-12)",
        ),
    ],
)
def test_one_number_for_every_question_is_no_right_code_on_top_of_a_mistake(classroom, reading, of, part, source):
    """Right code would give just that number on top of the mistake, but so does a line that anybody can write."""
    failed = reading.part(classroom.grade(classroom.grafted(source)), part, of)
    assert failed.earned == 0
    assert not any(check.follows for check in failed.checks)


def test_what_follows_without_showing_code_is_told_what_it_follows_from(classroom, reading):
    source = "def sigmoid_grad(z):\n    return np.full(np.shape(z), 0.25)"
    [share] = reading.part(classroom.grade(classroom.grafted(source)), "share", "dead-zone").checks
    assert (share.verdict, share.mistake, share.counterexample) == (Verdict.FAILED, "always 0.25", None)


def test_one_number_is_credited_where_the_function_shows_elsewhere_what_it_is(classroom, reading):
    """On tanh in place of the sigmoid s(z) s(-z) is -1 all along the tails."""
    source = "def sigmoid(z):\n    return np.tanh(z)\n\ndef sigmoid_grad(z):\n    return sigmoid(z) * sigmoid(-np.asarray(z))"
    tails = reading.part(classroom.grade(classroom.grafted(source)), "values", "sigmoid-tails")
    assert tails.earned == tails.points


def test_right_code_that_never_ends_on_a_mistake_is_given_up():
    session = Solution(["def forever():\n    while True:\n        pass"]).session()
    with pytest.raises(EndlessError, match="more than 500 lines"), bound_lines(500):
        session.call(Call("forever"))
    with bound_lines(500):
        sum(range(1000))


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
        ((np.ones(2), Handle(1)), (np.ones(2), Handle(7))),
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
        (Handle(1), 1),
    ],
    ids=str,
)
def test_values_that_differ_are_not_and_comparing_them_never_breaks(left, right):
    assert not same(left, right)
    assert not same(right, left)


def test_beside_finite_values_one_that_is_not_is_finite():
    assert _is_finite(exchange(((np.zeros(2), np.zeros(3)), np.inf)))
    assert _is_finite(exchange({"W": np.array([np.nan, 1.0]), "b": np.ones(2)}))


@pytest.mark.parametrize("value", [1.0, np.ones(2), (1.0, {"w": np.ones((2, 2)), "b": np.ones(2)}), (np.ones(2), Handle(3))], ids=str)
def test_finite_values_are_evidence(value):
    assert _is_finite(exchange(value))


@pytest.mark.parametrize("value", [np.nan, np.array([np.inf, 1.0]), (np.nan, {"w": np.array([np.nan, 1.0])})], ids=str)
def test_what_is_not_finite_is_no_evidence(value):
    assert not _is_finite(exchange(value))


@pytest.mark.parametrize(
    ("value", "one"),
    [
        (np.full(3, 0.5), True),
        ((np.full(3, 0.5), {"norm": 0.5}), True),
        ((np.full(3, 0.5), np.inf), True),
        ((np.full(3, 0.5), 1.0), False),
        ((np.array([0.5, 0.25]), np.inf), False),
        (Handle(3), False),
    ],
    ids=str,
)
def test_one_number_in_all_of_several_values_is_one_number_and_what_is_not_finite_hides_none(value, one):
    answered = Answered(Check("test_f", "f", "values", None), 0, (exchange(value),))
    assert _is_one_number([answered]) is one


def test_the_same_exception_is_the_same_and_another_is_not():
    assert same_exchanges([exchange(type="ValueError")], [exchange(type="ValueError", text="in other words")])
    assert not same_exchanges([exchange(type="ValueError")], [exchange(type="TypeError")])
    assert not same_exchanges([exchange(type="TypeError")], [exchange(type="TypeError", misfit="f(z)")])
    assert not same_exchanges([exchange(type="ValueError")], [exchange(3.0)])


def test_more_calls_or_fewer_are_not_the_same():
    assert not same_exchanges([exchange(1.0)], [exchange(1.0), exchange(1.0)])
    assert not same_exchanges([Exchange(Call("f"), None)], [Exchange(Call("f"), None)])
