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
        """Standard output as JSON lines, those about students sorted by student: they are printed as they are done."""
        return sorted((json.loads(line) for line in self.out.splitlines()), key=lambda line: line.get("student", ""))


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
    """Workers are forks of the session's grader, which is warm; gives the students that were graded, sorted by run."""
    graded = []
    run = local.LocalEngine.run

    def listening(self, jobs, waiting):
        graded.extend(sorted(job.submission.student for job in jobs))
        return run(self, jobs, waiting)

    monkeypatch.setattr(local, "Grader", lambda *_: contextlib.nullcontext(classroom.grader))
    monkeypatch.setattr(local.LocalEngine, "run", listening)
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
