"""Toys for engines: a class of one assignment, and a record of what is graded that forked workers write too."""

import contextlib
import os
from collections import Counter

import pytest

from autograder.engines import local
from autograder.engines.protocol import Job
from autograder.model import Submission
from autograder.pipeline import Grader


@pytest.fixture
def jobs(classroom):
    """Four submissions: right, wrong, blank, no notebook."""
    wrong = classroom.grafted("def relu(z):\n    return np.square(z)")
    contents = {"ada": classroom.solution(), "bob": wrong, "cleo": classroom.blank(), "dan": b"junk"}
    return [Job(Submission(name, f"{name}.ipynb", content), classroom.assignment) for name, content in contents.items()]


@pytest.fixture
def kept_open(classroom, monkeypatch):
    """The engine takes the session's grader, which is warm, and leaves it open."""
    monkeypatch.setattr(local, "Grader", lambda *_: contextlib.nullcontext(classroom.grader))


@pytest.fixture
def tried(monkeypatch, tmp_path):
    """Return a function that gives how often each student's submission was begun, by whichever process."""
    record = tmp_path / "tried"
    record.mkdir()
    grade = Grader.grade

    def writing(self, submission, assignment):
        with open(record / submission.student, "a") as file:
            file.write(f"{os.getpid()}\n")
        return grade(self, submission, assignment)

    monkeypatch.setattr(Grader, "grade", writing)
    return lambda: Counter({path.name: len(path.read_text().split()) for path in record.iterdir()})


@pytest.fixture
def instead(monkeypatch):
    """Return a function: students -> what is done in place of grading theirs."""
    grade = Grader.grade

    def put(deeds):
        def grading(self, submission, assignment):
            deed = deeds.get(submission.student)
            return deed(submission, assignment) or grade(self, submission, assignment) if deed else grade(self, submission, assignment)

        monkeypatch.setattr(Grader, "grade", grading)

    return put
