"""Run the command line in this process, with the session's warm grader in the engine's place."""

import contextlib
import json
import sys
from dataclasses import dataclass

import pytest

from autograder import cli
from autograder.engines import local


@dataclass
class Ran:
    """What a run of the command line left."""

    code: int
    out: str
    err: str

    def lines(self):
        """Standard output as JSON lines."""
        return [json.loads(line) for line in self.out.splitlines()]


@pytest.fixture
def run(capsys, monkeypatch, tmp_path, course):
    """Return a function: arguments -> Ran. The course is found upward from the current folder; files go below tmp_path."""
    monkeypatch.chdir(course)
    monkeypatch.setenv("AUTOGRADER_SECRET", "a secret for the tests of the command line")
    monkeypatch.delenv("AUTOGRADER_DEVICE", raising=False)

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["autograder", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = capsys.readouterr()
        return Ran(ended.value.code or 0, out, err)

    return call


@pytest.fixture
def warm(classroom, monkeypatch):
    """Grading in this process takes the session's grader, which is warm."""
    graded = []

    class Listening:
        def grade(self, submission, assignment):
            graded.append(submission.student)
            return classroom.grader.grade(submission, assignment)

    monkeypatch.setattr(local, "Grader", lambda *_: contextlib.nullcontext(Listening()))
    return graded


@pytest.fixture
def handed_in(classroom, tmp_path):
    """A folder with a right notebook, a wrong one and a blank."""
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "ada.ipynb").write_bytes(classroom.solution())
    (folder / "bob.ipynb").write_bytes(classroom.grafted("def relu(z):\n    return (np.asarray(z) > 0) * 1.0"))
    (folder / "cleo.ipynb").write_bytes(classroom.blank())
    return folder
