"""What a worker says of its machine when it is asked by `autograder doctor`. That it tries the layers for real is for the slow tests."""

import pytest

from autograder.engines import survey
from autograder.errors import GraderError


def test_a_checkup_is_what_the_process_said_that_tried(monkeypatch):
    monkeypatch.setattr(survey, "_PROGRAM", 'print(\'{{"tier": "B", "problems": ["seccomp: off"], "devices": 2}}\') # {!r}')
    assert survey.check_up() == survey.Checkup("B", ("seccomp: off",), 2)


def test_a_machine_that_can_not_be_looked_at_says_why(monkeypatch):
    monkeypatch.setattr(survey, "_PROGRAM", "raise SystemExit('no such module') # {!r}")
    with pytest.raises(GraderError, match=r"^it could not be looked at: no such module$"):
        survey.check_up()
