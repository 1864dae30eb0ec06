import numpy as np
import pytest

from autograder.checks.kinds import ARRAY, HANDLE, INTEGER, NUMBER
from autograder.checks.outcome import CheckEndedError
from autograder.checks.student import Student
from autograder.model import Verdict
from autograder.sandbox.inside.values import Rng
from autograder.sandbox.session import BoxEndedError, Failure, Outcome

SOURCE = """
def double(z):
    return 2 * z

def cached(z, *, scale=1):
    return scale * z, {"z": z}

def back(dout, cache):
    return dout * cache["z"]

def spoils(z):
    z[0] = 7
    return z.sum()

def picky(z):
    if z > 2:
        raise ValueError(z)
    return z
"""


class ScriptedSession:
    """Answers as it was told to."""

    def __init__(self, *answers):
        self.answers = list(answers)

    def call(self, *calls):
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return [answer] * len(calls)


def failing(**fields):
    failure = Failure(**{"type": "ValueError", "known": True, "text": "the secret", **fields})
    with pytest.raises(CheckEndedError) as ended:
        Student(ScriptedSession(Outcome(failure=failure)), 1.0).relu(1)
    [message] = ended.value.messages
    return ended.value.verdict, message.id, message.params


def test_a_call_gives_the_value_and_is_written_down(answering):
    student = answering(SOURCE)
    assert student.double(np.array([1, 2])).tolist() == [2.0, 4.0]
    assert student.double(3, returns=INTEGER) == 6
    assert [(one.name, one.value.tolist() if number == 0 else one.value) for number, one in enumerate(student.exchanges)] == [
        ("double", [2.0, 4.0]),
        ("double", 6),
    ]
    assert student.exchanges[0].outcome.value.dtype == np.int64
    assert student.exchanges[0].call.args[0].tolist() == [1, 2]


def test_what_a_function_does_to_its_arguments_stays_with_it(answering):
    student, z = answering(SOURCE), np.array([1.0, 2.0])
    assert student.spoils(z, returns=NUMBER) == 9
    assert z.tolist() == [1, 2]


def test_the_arguments_as_the_call_left_them_come_when_asked_for(answering):
    value, [left] = answering(SOURCE).spoils(np.array([1.0, 2.0]), returns=NUMBER, after=True)
    assert value == 9
    assert left.tolist() == [7, 2]


def test_arguments_by_name_reach_the_function(answering):
    out, handle = answering(SOURCE).cached(np.array([1.0]), returns=(ARRAY, HANDLE), scale=3)
    assert out.tolist() == [3.0]
    assert handle.id == 1


def test_an_object_that_stays_there_can_be_passed_back(answering):
    student = answering(SOURCE)
    _, cache = student.cached(np.array([3.0]), returns=(ARRAY, HANDLE))
    assert student.back(np.array([2.0]), cache).tolist() == [6.0]


def test_many_calls_go_in_one_message_and_end_at_the_first_that_fails(answering):
    student = answering(SOURCE)
    assert student.picky.many([(1,), (2,)], returns=INTEGER) == [1, 2]
    with pytest.raises(CheckEndedError) as ended:
        student.picky.many([(1,), (5,), (2,)], returns=INTEGER)
    assert ended.value.exchange == 3
    assert len(student.exchanges) == 4


def test_what_is_no_function_of_the_students_is_an_attribute_error(answering):
    with pytest.raises(AttributeError):
        _ = answering(SOURCE).__wrapped__


@pytest.mark.parametrize(
    ("fields", "verdict", "message_id"),
    [
        ({}, Verdict.ERROR, "call.exception"),
        ({"misfit": "missing"}, Verdict.ERROR, "call.missing"),
        ({"misfit": "not callable"}, Verdict.ERROR, "call.not_callable"),
        ({"misfit": "relu()"}, Verdict.ERROR, "call.signature"),
        ({"type": "MemoryError"}, Verdict.MEMORY_LIMIT, "call.memory_limit"),
        ({"type": "MemoryError", "known": False}, Verdict.MEMORY_LIMIT, "call.memory_limit"),
        ({"type": "SystemExit"}, Verdict.ERROR, "call.exit"),
        ({"type": "ModuleNotFoundError", "module": "scipy"}, Verdict.ENVIRONMENT, "call.missing_module"),
        ({"type": "ImportError", "module": "numpy"}, Verdict.ENVIRONMENT, "call.import"),
        ({"type": "ImportError"}, Verdict.ERROR, "call.exception"),
        ({"type": "HiddenError", "module": "torch"}, Verdict.FORBIDDEN, "call.hidden"),
        ({"type": "HiddenError"}, Verdict.FORBIDDEN, "call.hidden"),
        ({"type": "HiddenError", "misfit": "missing"}, Verdict.ERROR, "call.missing"),
    ],
)
def test_each_way_to_fail_has_its_verdict_and_message(fields, verdict, message_id):
    assert failing(**fields)[:2] == (verdict, message_id)


def test_no_text_of_an_exception_is_passed_on():
    assert "the secret" not in str(failing())


@pytest.mark.parametrize(("type_", "shown"), [("LinAlgError", True), ("AxisError", True), ("ZeroDivisionError", True), ("E12345", False)])
def test_an_exceptions_name_is_shown_if_python_or_numpy_gave_it_whatever_the_box_says(type_, shown):
    assert failing(type=type_, known=True)[2]["type"] == (type_ if shown else "an exception of its own")


@pytest.mark.parametrize(
    ("reason", "verdict", "message_id"),
    [
        ("time", Verdict.TIME_LIMIT, "call.time_limit"),
        ("memory", Verdict.MEMORY_LIMIT, "call.memory_limit"),
        ("died", Verdict.ERROR, "call.died"),
        ("protocol", Verdict.ERROR, "call.protocol"),
        ("closed", Verdict.ERROR, "call.died"),
    ],
)
def test_each_end_of_a_box_has_its_verdict_and_message(reason, verdict, message_id):
    student = Student(ScriptedSession(BoxEndedError(reason)), 1.5)
    with pytest.raises(CheckEndedError) as ended:
        student.relu(1)
    assert (ended.value.verdict, ended.value.messages[0].id) == (verdict, message_id)
    assert student.box_ended == reason
    assert student.exchanges[-1].outcome is None


def test_a_function_that_prints_more_than_it_may_is_written_down_once():
    student = Student(ScriptedSession(*[Outcome(1.0, printed=101)] * 2, Outcome(1.0, printed=100)), 1.0, 100)
    for name in ("noisy", "noisy", "quiet"):
        getattr(student, name)(1)
    assert list(student.loud) == ["noisy"]


def test_a_refused_value_names_its_call():
    with pytest.raises(CheckEndedError) as ended:
        Student(ScriptedSession(Outcome("text")), 1.0).relu(1)
    assert ended.value.exchange == 0


def test_what_is_taken_as_inputs_is_no_evidence_and_is_given_again_in_a_replay(answering):
    student = answering("draw = lambda n, rng: rng.normal(size=n)\ndouble = lambda z: 2 * z")
    [drawn] = student.draw.as_inputs([(3, Rng(1))])
    student.double(drawn)
    assert [exchange.name for exchange in student.exchanges] == ["double"]
    replayed = Student(answering("draw = lambda n, rng: 1 / 0")._session, 1.0, inputs=student.inputs)
    [again] = replayed.draw.as_inputs([(3, Rng(1))])
    assert np.array_equal(again, drawn)
    assert replayed.draw.as_inputs([(3, Rng(1))]) is None  # the first run took no more


@pytest.mark.parametrize("source", ["draw = lambda n: 1 / 0", "draw = lambda n: 'no'", "other = 1"])
def test_inputs_that_can_not_be_had_end_nothing(answering, source):
    student = answering(source)
    assert student.draw.as_inputs([(3,), (4,)]) is None
    assert student.exchanges == []
    assert student.inputs == [None]


DEFINED = """
import math


def helper(x):
    return math.sqrt(x)


def outer(cache, x):
    return helper(x) * cache["z"]
"""


def test_a_check_s_own_function_is_called_on_what_stays_in_the_box(answering):
    student = answering(SOURCE)
    _, cache = student.cached(np.array([3.0]), returns=(ARRAY, HANDLE))
    outer = student.define(DEFINED, "cached")
    assert outer(cache, 4.0).tolist() == [6.0]
    assert student.exchanges[-1].name == "cached"
    assert student.exchanges[-1].call.target != "cached"  # no call of the student's own, and none that a mistake is looked for in


def test_a_value_that_a_check_s_own_function_gives_is_the_student_s(answering):
    student = answering(SOURCE)
    with pytest.raises(CheckEndedError) as ended:
        student.define("def nothing(x):\n    pass", "the block")(1)
    assert [message.params["name"] for message in ended.value.messages] == ["the block"]


def test_a_box_that_ends_before_a_function_stands_in_it_has_its_verdict_and_message():
    class Ended:
        def define(self, source):
            raise BoxEndedError("time")

    student = Student(Ended(), 1.5)
    with pytest.raises(CheckEndedError) as ended:
        student.define("def f():\n    pass", "ResidualBlock")
    assert (ended.value.verdict, ended.value.messages[0].params["name"]) == (Verdict.TIME_LIMIT, "ResidualBlock")
    assert student.box_ended == "time"
