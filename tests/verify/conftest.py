"""Commands that grade with the session's warm grader."""

import contextlib

import pytest

from autograder.engines import local


@pytest.fixture
def kept_open(classroom, monkeypatch):
    """The engine takes the session's grader and leaves it open; gives the monkeypatch, to change more."""
    monkeypatch.setattr(local, "Grader", lambda *_: contextlib.nullcontext(classroom.grader))
    return monkeypatch
