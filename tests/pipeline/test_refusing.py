"""Where not even the first box can be made, nothing is graded: that is the machine's fault, and no submission's bad luck."""

import contextlib
import logging

import pytest

from autograder.config import demo_settings
from autograder.errors import SandboxError
from autograder.model import Submission, Verdict
from autograder.pipeline import Grader


class Failing:
    """A keeper that makes no box."""

    kind, tier = "numpy", "B"
    versions = ()

    def wait(self):
        """At once."""

    def spawn(self, _limits):
        raise SandboxError("a layer of the box is missing: Landlock: this kernel has none")


@pytest.fixture
def grader():
    with Grader(demo_settings()) as grader:
        grader._keepers["numpy"] = Failing(), contextlib.ExitStack()
        yield grader


def test_where_no_box_was_ever_made_the_grader_refuses_and_tries_no_second_time(classroom, grader, caplog):
    submission = Submission("ada", "ada.ipynb", classroom.solution())
    with caplog.at_level(logging.DEBUG), pytest.raises(SandboxError, match="a layer of the box is missing: Landlock"):
        grader.grade(submission, classroom.assignment)
    assert caplog.records == []


def test_what_takes_no_box_is_told_all_the_same(classroom, grader):
    assert grader.grade(Submission("cleo", "cleo.ipynb", classroom.blank()), classroom.assignment).verdict is Verdict.NOT_ATTEMPTED
    assert grader.grade(Submission("dan", "dan.ipynb", b"junk"), classroom.assignment).verdict is Verdict.ERROR


def test_where_boxes_were_made_before_it_is_tried_again_with_a_new_keeper(classroom, grader, caplog):
    grader._boxed.add("numpy")
    report = grader.grade(Submission("ada", "ada.ipynb", classroom.solution()), classroom.assignment)
    assert (report.score, report.verdict) == (100, Verdict.PASSED)
    assert [record.message for record in caplog.records] == [
        "01-activations, ada: try 1 of 3: a layer of the box is missing: Landlock: this kernel has none"
    ]
