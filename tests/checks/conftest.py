"""Assignments of two short exercises with checks of the test's own, and students that answer in this process."""

from dataclasses import replace
from textwrap import dedent

import pytest

from autograder.checks.collection import Suite
from autograder.checks.probe import Probe
from autograder.checks.student import Student
from autograder.checks.trusted import Solution
from autograder.course import Assignment
from autograder.course.handing_in import as_ipynb
from autograder.model import Cell, Exercise, Limits, Notebook, Submission

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


@pytest.fixture
def answering():
    """Return a function: source -> a student who answers by it, in this process."""
    return lambda source: Student(Solution([IMPORTS, dedent(source)]).session(), 1.0)


@pytest.fixture
def run_check(make_toy, answering):
    """Return a function: body of a check, a student's source -> how the check ends."""

    def run(body, source="", seed=1, head=""):
        lines = dedent(body).strip().splitlines()
        text = "import numpy as np, pytest\nfrom autograder.checks import *\n" + dedent(head)
        text += '\n@check("double")\ndef test_it(student, reference, probe):\n' + "".join(f"    {line}\n" for line in lines)
        suite = make_toy(checks=text).suite()
        return suite.run(suite.checks[0], answering(source), seed)

    return run


@pytest.fixture
def probe(answering):
    """Return a function: seed, example -> a probe."""
    return lambda seed=1, **options: Probe(seed, answering(""), **options)
