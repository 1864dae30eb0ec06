"""Weights that a student's code drew go back into the student's own curve, and what is wrong with the one is not held against the other."""

from pathlib import Path

import pytest

from autograder import course
from autograder.checks.diagnosis import Answered
from autograder.checks.judging import Judge
from autograder.checks.student import Student
from autograder.model import Verdict

ROOT = Path(__file__).parents[2]
ANOTHER_STREAM = "def he_init(fan_in, fan_out, rng):\n    return rng.normal(0, math.sqrt(2 / fan_in), (fan_out, fan_in)).T"
UNKNOWN = "def he_init(fan_in, fan_out, rng):\n    return rng.normal(0, 1.3 * math.sqrt(1 / fan_in), (fan_in, fan_out))"
NONE = "def he_init(fan_in, fan_out, rng):\n    raise NotImplementedError"
CHECK = "test_curve_of_weights_that_he_init_drew"


@pytest.fixture(scope="module")
def judge():
    return Judge(course.load(ROOT, "04-initialization"))


@pytest.fixture
def answers(judge):
    """Return a function: grafts -> what each check of the curve's exercise came to for the solution with them."""

    def ask(*grafts):
        answered = []
        for check in judge.suite.checks:
            if check.exercise == "gradient-norm-curve":
                student = Student(judge._solution.session(list(grafts)), 0.0)
                ended = judge.suite.run(check, student, seed=5)
                passed = ended.verdict is Verdict.PASSED
                answered.append(Answered(check, 5, tuple(student.exchanges), passed, tuple(student.inputs)))
        return answered

    return ask


@pytest.mark.parametrize(
    "he_init", [ANOTHER_STREAM, UNKNOWN, NONE, UNKNOWN.replace("(fan_in, fan_out))", "fan_in)"), UNKNOWN.replace("1.3", "1e9")]
)
def test_no_he_init_costs_the_curve_a_point(answers, he_init):
    assert all(one.passed for one in answers(he_init))


@pytest.mark.parametrize("he_init", [ANOTHER_STREAM, UNKNOWN, NONE])
def test_a_mistake_in_the_curve_is_named_whatever_drew_the_weights(judge, answers, he_init):
    exercise = next(one for one in judge.assignment.exercises if one.id == "gradient-norm-curve")
    for mistake in [one for one in judge._mistakes if one.exercise == exercise.id][:3]:
        answered = answers(he_init, f"{mistake.prelude}\n{mistake.source}")
        failed = {one.check.id for one in answered if not one.passed}
        assert (CHECK in failed) == (he_init is not NONE)
        found = judge.diagnostician.diagnose(exercise, answered, [])
        assert {check: diagnosis.mistake.name for check, diagnosis in found.items()} == dict.fromkeys(failed, mistake.name)
