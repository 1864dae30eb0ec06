"""grade() is a function of its arguments: the same in, the same out but for timing; a fault of ours is tried again and never scored."""

import logging
import re
import signal
from dataclasses import replace

import jsonschema
import pytest

from autograder import pipeline
from autograder.checks.collection import Suite
from autograder.checks.judging import Judge
from autograder.config import Secret, Settings, demo_settings
from autograder.course.handing_in import as_ipynb
from autograder.errors import AssignmentError, ChecksError, SandboxError
from autograder.model import Message, Submission, Verdict
from autograder.pipeline import Grader, hash_of, infer_assignment
from autograder.report.codec import dumps, loads, to_json
from autograder.report.messages import render

WRONG = "def sigmoid(z):\n    return np.tanh(z)\n\ndef relu(z):\n    return np.square(z)\n\ndef elu(z, alpha):\n    raise ValueError(z)"


@pytest.fixture(scope="module")
def wrong(classroom):
    """A notebook with a named mistake, an unnamed one and an exception, graded."""
    return classroom.grade(classroom.grafted(WRONG))


def test_the_same_submission_gives_the_same_report_but_for_timing(classroom, reading, wrong):
    again = classroom.grade(classroom.grafted(WRONG))
    assert reading.bytes_but_timing(again) == reading.bytes_but_timing(wrong)
    assert again.timing != wrong.timing
    assert dumps(again) != reading.bytes_but_timing(again)


def test_a_grader_that_starts_anew_gives_the_same_report_and_replaces_a_zygote_that_died(classroom, reading, wrong, course):
    submission = Submission("student", "student.ipynb", classroom.grafted(WRONG))
    with Grader(demo_settings(), hidden=[course]) as other:
        first = other.grade(submission, classroom.assignment)
        keeper = other._keepers["numpy"][0]
        keeper.spawn = raising(SandboxError("the zygote is gone"))
        again = other.grade(submission, classroom.assignment)
        assert other._keepers["numpy"][0] is not keeper
    assert reading.bytes_but_timing(first) == reading.bytes_but_timing(again) == reading.bytes_but_timing(wrong)


def raising(error):
    def spawn(_limits):
        raise error

    return spawn


def test_outputs_and_metadata_that_an_editor_adds_change_nothing(classroom, honest, reading):
    content = classroom.solution().replace(b'"outputs": []', b'"outputs": [{"output_type": "stream", "name": "stdout", "text": "1"}]')
    assert content != classroom.solution()
    assert reading.bytes_but_timing(classroom.grade(content, "honest")) == honest


def drawn_inputs(classroom, secret, monkeypatch, content=None):
    """What the box was asked when `content` was graded with `secret`, as bytes."""
    asked = []
    judge = Judge(classroom.assignment)
    run = judge.suite.run

    def listening(check, student, seed, **options):
        ended = run(check, student, seed, **options)
        asked.extend(repr(exchange.call.args) for exchange in student.exchanges)
        return ended

    monkeypatch.setattr(judge.suite, "run", listening)
    grader = Grader(Settings(Secret(secret)))
    grader._keepers, grader._judges = classroom.grader._keepers, [judge]
    report = grader.grade(Submission("s", "s.ipynb", content or classroom.solution()), classroom.assignment)
    return report, asked


def shared_arrays(inputs, others):
    """Arrays of non-integers that both were asked with; small whole numbers may meet by chance, and the extremes are written down."""
    return [text for text in inputs if text in others and "array" in text and re.search(r"\.\d{3}", text)]


def test_another_secret_draws_other_inputs_and_right_code_gets_the_same_score(classroom, monkeypatch):
    one, inputs = drawn_inputs(classroom, b"the first of two secrets", monkeypatch)
    other, others = drawn_inputs(classroom, b"the second of two secrets", monkeypatch)
    again, same = drawn_inputs(classroom, b"the first of two secrets", monkeypatch)
    assert one.score == other.score == again.score == 100
    assert inputs == same
    assert shared_arrays(inputs, others) == []


def test_another_notebook_draws_other_inputs(classroom, monkeypatch):
    changed = classroom.edited({"relu-grad-solution": lambda source: source + "\n# a remark"})
    _, inputs = drawn_inputs(classroom, b"the first of two secrets", monkeypatch)
    report, others = drawn_inputs(classroom, b"the first of two secrets", monkeypatch, changed)
    assert report.score == 100
    assert shared_arrays(inputs, others) == []


def test_a_secret_stands_in_no_report(classroom, wrong):
    secret = demo_settings().secret.reveal()
    assert secret not in dumps(wrong)
    assert b"hides nothing" not in repr(demo_settings()).encode()


@pytest.mark.parametrize("kind", ["wrong", "right", "blank", "rejected", "fault"])
def test_every_report_is_of_the_published_form(classroom, schema, wrong, kind, monkeypatch):
    made = {
        "wrong": lambda: wrong,
        "right": lambda: classroom.grade(classroom.solution()),
        "blank": lambda: classroom.grade(classroom.blank()),
        "rejected": lambda: classroom.grade(b"no notebook"),
        "fault": lambda: faulty(classroom, ChecksError("broken"), 3, monkeypatch)[0],
    }
    report = made[kind]()
    jsonschema.validate(to_json(report), schema)
    assert loads(dumps(report)) == report


def test_a_report_says_under_what_it_was_made(classroom, wrong):
    assert wrong.device == "cpu"
    assert wrong.tier in ("A", "B", "B2")
    assert set(wrong.environment) >= {"python", "numpy"}
    assert wrong.version == classroom.assignment.version
    assert len(wrong.submission_hash) == 64
    assert set(wrong.timing) == {"waited_for_box", "graded"}


def test_named_unnamed_and_raising_are_told_apart(reading, wrong):
    [values] = [one for one in reading.exercise(wrong, "sigmoid").parts if one.name == "values"]
    assert {check.mistake for check in values.checks} == {"tanh in place of the sigmoid"}
    assert all(check.hint for check in values.checks)
    unnamed = reading.part(wrong, "relu", "relu-grad")
    assert {check.mistake for check in unnamed.checks} == {None}
    assert sum(check.counterexample is not None for check in unnamed.checks) == 1
    assert reading.ids(reading.part(wrong, "value", "elu").checks) == ["call.exception_shown"]


def test_what_a_function_raised_over_a_secret_input_is_not_shown(reading, wrong):
    """`raise ValueError(z)`: only the public example, drawn for the report, shows the text."""
    for check in reading.part(wrong, "value", "elu").checks:
        assert all("array" not in render(message) and "[" not in render(message) for message in check.messages)


# --- faults of ours ---


def faulty(classroom, error, times, monkeypatch):
    """The report when judging raises `error` so many times before it works, and how often it was tried."""
    tries = []
    judge = Judge.judge

    def failing(self, *arguments):
        tries.append(1)
        if len(tries) <= times:
            raise error
        return judge(self, *arguments)

    monkeypatch.setattr(Judge, "judge", failing)
    report = classroom.grade(classroom.solution())
    return report, len(tries)


@pytest.mark.parametrize("error", [ChecksError("check 'x' raised KeyError"), RuntimeError("a bug of ours"), MemoryError()], ids=type)
def test_a_fault_of_ours_is_tried_three_times_then_flagged_without_a_score(classroom, error, monkeypatch, caplog):
    report, tries = faulty(classroom, error, 99, monkeypatch)
    assert tries == pipeline.TRIES == 3
    assert report.score is None
    assert report.verdict is Verdict.GRADER_FAULT
    assert report.messages == (Message("grader.fault"),)
    assert all(one.earned is None and one.verdict is Verdict.GRADER_FAULT for one in report.exercises)
    assert [record.levelno for record in caplog.records] == [logging.ERROR] * 3
    assert "01-activations, student: try 3 of 3: " in caplog.text
    assert str(error) in caplog.text


def test_a_fault_that_passes_costs_nothing(classroom, honest, reading, monkeypatch):
    report, tries = faulty(classroom, ChecksError("once"), 2, monkeypatch)
    assert tries == 3
    assert report.score == 100
    assert reading.bytes_but_timing(replace(report, student="honest", submission="honest.ipynb")) == honest


def test_a_bug_of_ours_is_logged_with_its_place(classroom, monkeypatch, caplog):
    faulty(classroom, RuntimeError("a bug of ours"), 1, monkeypatch)
    assert "RuntimeError: a bug of ours (" in caplog.text
    assert "test_grading.py, line " in caplog.text


def test_a_fault_of_the_assignment_is_raised_not_scored(classroom, monkeypatch):
    with pytest.raises(AssignmentError, match="nobody can earn this"):
        faulty(classroom, AssignmentError("nobody can earn this"), 99, monkeypatch)


def test_a_box_that_the_machine_kills_under_a_cell_costs_no_points(classroom, honest, reading, monkeypatch):
    """As the kernel does when memory runs out: nobody is blamed for dying once."""
    keeper = classroom.grader._keepers["numpy"][0]
    spawn, boxes = keeper.spawn, []

    def remembering(limits):
        boxes.append(spawn(limits))
        if len(boxes) == 1:
            signal.pidfd_send_signal(boxes[0].pidfd, signal.SIGKILL)
        return boxes[-1]

    monkeypatch.setattr(keeper, "spawn", remembering)
    report = classroom.grade(classroom.solution(), "honest")
    assert len(boxes) == 2
    assert reading.bytes_but_timing(report) == honest


def test_a_box_that_the_machine_kills_under_a_check_costs_no_points(classroom, honest, reading, monkeypatch):
    keeper = classroom.grader._keepers["numpy"][0]
    spawn, boxes = keeper.spawn, []
    monkeypatch.setattr(keeper, "spawn", lambda limits: boxes.append(spawn(limits)) or boxes[-1])
    run, seen = Suite.run, []

    def killing(self, check, student, seed, **options):
        seen.append(check.id)
        if len(seen) == 5:
            signal.pidfd_send_signal(boxes[-1].pidfd, signal.SIGKILL)
        return run(self, check, student, seed, **options)

    monkeypatch.setattr(Suite, "run", killing)
    report = classroom.grade(classroom.solution(), "honest")
    assert len(boxes) == 2
    assert seen[4] == seen[5]
    assert reading.bytes_but_timing(report) == honest


# --- around it ---


def test_a_course_may_change_points_and_limits_of_an_assignment_it_graded_before(classroom, reading):
    first, *rest = classroom.assignment.exercises
    dearer = replace(classroom.assignment, exercises=(replace(first, parts={"values": 50.0, "extremes": 50.0}), *rest))
    report = classroom.grader.grade(Submission("s", "s.ipynb", classroom.solution()), dearer)
    assert reading.exercise(report, "sigmoid").earned == 100
    assert report.score == report.max_score == 192
    assert classroom.grade(classroom.solution()).score == 100


def test_a_submission_without_content_is_told_why(classroom):
    report = classroom.grade(Submission("s", "s.ipynb", None, Message("source.unreadable", {"name": "s.ipynb", "reason": "denied"})))
    assert render(report.messages[0]) == "`s.ipynb` could not be read: denied. Hand it in again."
    assert report.score == 0
    assert report.submission_hash == ""


def test_what_whoever_grades_may_not_read_has_no_score(classroom):
    withheld = Message("source.withheld", {"name": "s.ipynb", "reason": "Permission denied"})
    report = classroom.grade(Submission("s", "s.ipynb", None, withheld))
    assert (report.score, report.verdict, report.messages) == (None, Verdict.GRADER_FAULT, (withheld,))


def test_the_hash_of_a_submission_is_that_of_its_report(classroom, wrong):
    assert hash_of(Submission("s", "s.ipynb", classroom.grafted(WRONG)), classroom.assignment) == wrong.submission_hash
    assert hash_of(Submission("s", "s.ipynb", b"junk"), classroom.assignment) == ""
    assert hash_of(Submission("s", "s.ipynb", None), classroom.assignment) == ""


def test_the_assignment_is_told_from_the_cells(classroom):
    assignment = classroom.assignment
    other = replace(assignment, id="other", release=replace(assignment.release, cells=assignment.release.cells[:3]))
    assert infer_assignment(assignment.source, [other, assignment]) is assignment
    assert infer_assignment(replace(assignment.source, cells=()), [other, assignment]) is None


def test_the_blank_is_not_attempted_and_gets_nothing(classroom):
    report = classroom.grade(as_ipynb(classroom.assignment.release))
    assert report.score == 0
    assert report.verdict is Verdict.NOT_ATTEMPTED
    assert report.curves == ()
    assert {one.verdict for one in report.exercises} == {Verdict.NOT_ATTEMPTED}


def test_imitating_a_mistake_in_one_check_alone_buys_nothing(classroom, reading):
    """A sigmoid that is wrong only far out, by the values of a catalogued mistake, does not make wrong later code count as right."""
    report = classroom.grade(
        classroom.grafted(
            "def sigmoid(z):\n"
            "    z = np.asarray(z, float)\n"
            "    if z.ndim == 1 and np.abs(z).min() >= 800:\n"
            "        return np.tanh(z)\n"
            "    e = np.exp(-np.abs(z))\n"
            "    return np.where(z >= 0, 1 / (1 + e), e / (1 + e))\n"
            "def sigmoid_grad(z):\n    return -np.tanh(np.asarray(z, float)) ** 2\n",
        )
    )
    assert reading.part(report, "values", "sigmoid-grad").earned == 0
    assert reading.part(report, "values", "sigmoid-tails").earned == 0


def test_nan_on_top_of_a_mistake_is_not_credited(classroom, reading):
    report = classroom.grade(
        classroom.grafted(
            "def sigmoid(z):\n    e = np.exp(np.asarray(z, float))\n    return e / (1 + e)\n"
            "def sigmoid_grad(z):\n"
            "    z = np.asarray(z, float)\n"
            "    s = 1 / (1 + np.exp(-z))\n"
            "    return np.where(np.abs(z) > 15, np.nan, s * (1 - s))\n",
        )
    )
    assert reading.part(report, "values", "sigmoid-tails").earned == 0
