"""What tests of several folders share: the real course with one warm grader over it, hand-ins made from its solution, and toys."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from textwrap import dedent

import pytest

from autograder.checks.collection import Suite
from autograder.config import demo_settings
from autograder.course import Assignment, load
from autograder.course.grafting import graft_notebook
from autograder.course.handing_in import as_ipynb
from autograder.model import Cell, Exercise, Limits, Notebook, Report, Submission
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


# --- toys: assignments of two short exercises ---

IMPORTS = "import numpy as np"
REFERENCE = "import numpy as np\n\ndef double(z):\n    return 2.0 * z\n\ndef quad(z):\n    return 4.0 * z\n"
SOLUTIONS = {
    "double": "def double(z):\n    return np.asarray(z) * 2.0",
    "quad": "def quad(z):\n    return double(double(z))",
}
CHECKS = """
from autograder.checks import check

@check("double")
def test_double(student, reference, probe):
    z = probe.uniform(-5, 5, probe.shape(2))
    probe.compare(student.double(z), reference.double(z))

@check("quad")
def test_quad(student, reference, probe):
    z = probe.uniform(-5, 5, probe.shape(1))
    probe.compare(student.quad(z), reference.quad(z))
"""
MISTAKES = """
import numpy as np
from autograder.checks import mistake

@mistake("double", "adds 2", hint="Try 5.", fails=("values",))
def double(z):
    return np.asarray(z) + 2.0

@mistake("double", "squares", hint="Try 3.", fails=("values",))
def double(z):
    return np.square(z)

@mistake("quad", "doubles once", hint="Twice, please.", fails=("values",))
def quad(z):
    return double(z)

@mistake("quad", "doubles three times", hint="Count.", fails=("values",))
def quad(z):
    return double(double(double(z)))
"""


class Toy:
    """An assignment made of texts."""

    def __init__(self, folder, *, checks=CHECKS, mistakes=MISTAKES, reference=REFERENCE, parts=None, isolate=(), limits=None):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in {"checks.py": checks, "mistakes.py": mistakes, "reference.py": reference}.items():
            (folder / name).write_text(dedent(text))
        exercises = tuple(
            Exercise(name, name.capitalize(), (name,), (parts or {}).get(name, {"values": 50.0}), isolate=name in isolate)
            for name in SOLUTIONS
        )
        stubs = {name: f"def {name}(z):\n    raise NotImplementedError" for name in SOLUTIONS}
        self.assignment = Assignment(
            id="00-toy",
            title="A toy",
            summary="Double.",
            hours=0.1,
            kind="numpy",
            exercises=exercises,
            limits=Limits(**(limits or {})),
            folder=folder,
            version=f"{abs(hash(str(folder))):064x}",
            source=notebook(SOLUTIONS),
            release=notebook(stubs),
        )

    def suite(self):
        """Its checks, collected."""
        return Suite(self.folder)

    def hand_in(self, extra="", **cells):
        """The right notebook with some solution cells replaced, and a cell of the student's own at the end."""
        made = notebook({**SOLUTIONS, **cells})
        return Submission("student", "toy.ipynb", as_ipynb(replace(made, cells=(*made.cells, Cell("code", extra)))))


def notebook(solutions):
    """A notebook with these solution cells."""
    cells = [Cell("code", IMPORTS, "imports", locked=True)]
    for name, source in solutions.items():
        cells += [Cell("code", source, f"{name}-solution", solution=True), Cell("code", f"{name}(1)", name, locked=True, points=50.0)]
    return Notebook(tuple(cells))


@pytest.fixture
def make_toy(tmp_path):
    """Return a function that makes an assignment; its keywords are those of Toy."""
    made = []

    def make(**texts):
        made.append(Toy(tmp_path / f"toy-{len(made)}", **texts))
        return made[-1]

    return make


@pytest.fixture
def grade_toy(classroom):
    """Return a function: toy, hand-in -> report, by the warm grader."""
    return lambda toy, submission: classroom.grader.grade(submission, toy.assignment)
