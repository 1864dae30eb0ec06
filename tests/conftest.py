"""What tests of several folders share: the real course, one warm grader over it, and hand-ins made from its solution."""

import json
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from autograder.config import demo_settings
from autograder.course import Assignment, load
from autograder.course.grafting import graft_notebook
from autograder.course.handing_in import as_ipynb
from autograder.model import Report, Submission
from autograder.pipeline import Grader
from autograder.report.codec import dumps
from autograder.report.messages import render

COURSE = Path(__file__).parents[1]


@dataclass
class Classroom:
    """A course's assignment, a grader that is warm, and students."""

    grader: Grader
    assignment: Assignment

    def with_limits(self, **limits):
        """The same classroom with other limits."""
        return Classroom(self.grader, replace(self.assignment, limits=replace(self.assignment.limits, **limits)))

    def solution(self):
        """The right notebook, as a file."""
        return as_ipynb(self.assignment.source)

    def blank(self):
        """The notebook as it was handed out."""
        return as_ipynb(self.assignment.release)

    def edited(self, edits, extra=()):
        """The right notebook with cells changed: grade_id -> function of the cell's source; `extra` cells come last."""
        cells = [replace(cell, source=edits.get(cell.grade_id, str)(cell.source)) for cell in self.assignment.source.cells]
        return as_ipynb(replace(self.assignment.source, cells=(*cells, *extra)))

    def grafted(self, source):
        """The right notebook with the definitions of `source` in place of its own."""
        return as_ipynb(graft_notebook(self.assignment.source, [one.solution_cell for one in self.assignment.exercises], source))

    def grade(self, content, student="student"):
        """The report on a file, or on a ready Submission."""
        submission = content if isinstance(content, Submission) else Submission(student, f"{student}.ipynb", content)
        return self.grader.grade(submission, self.assignment)


def exercise(report, name):
    """The report's exercise of that name."""
    return next(one for one in report.exercises if one.id == name)


def part(report, name, of):
    """The part `name` of the exercise `of`."""
    return next(one for one in exercise(report, of).parts if one.name == name)


@dataclass
class Reading:
    """How a test reads a report."""

    exercise = staticmethod(exercise)
    part = staticmethod(part)

    @staticmethod
    def earned(report):
        """Points by exercise."""
        return {one.id: one.earned for one in report.exercises}

    @staticmethod
    def ids(checks):
        """Message ids of checks, each once."""
        return list(dict.fromkeys(message.id for check in checks for message in check.messages))

    @staticmethod
    def sentences(checks):
        """What checks say, each sentence once."""
        return list(dict.fromkeys(render(message) for check in checks for message in check.messages))

    @staticmethod
    def bytes_but_timing(report: Report):
        """report.json without what may differ between two runs."""
        return dumps(replace(report, timing={}))


@pytest.fixture(scope="session")
def reading():
    """Ways to look into a report."""
    return Reading()


@pytest.fixture(scope="session")
def course():
    """The folder of the real course."""
    return COURSE


@pytest.fixture(scope="session")
def real_assignment():
    """The first assignment of the real course."""
    return load(COURSE, "01-activations")


@pytest.fixture(scope="session")
def classroom(real_assignment):
    """One warm grader over the real course, with the demonstration's secret."""
    with Grader(demo_settings(), hidden=[COURSE]) as grader:
        yield Classroom(grader, real_assignment)


@pytest.fixture(scope="session")
def honest(classroom, reading):
    """The report on the solution as it is before anything hostile was graded, without timing."""
    return reading.bytes_but_timing(classroom.grade(classroom.solution(), "honest"))


@pytest.fixture
def nobody_else_suffers(classroom, reading, honest):
    """After a hostile submission an honest one gets what it would have got before, byte for byte."""
    yield
    report = classroom.grade(classroom.solution(), "honest")
    assert report.score == 100
    assert reading.bytes_but_timing(report) == honest


@pytest.fixture(scope="session")
def schema():
    """The published form of a report."""
    return json.loads((COURSE / "autograder" / "report" / "report.schema.json").read_text())
