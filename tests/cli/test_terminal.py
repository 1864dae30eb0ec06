import io
import sys

import pytest
from rich.console import Console

from autograder.cli import terminal


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self):
        return True


def test_colour_is_for_terminals_alone(monkeypatch):
    assert terminal.console().no_color
    assert terminal.console().width == terminal.PLAIN_WIDTH
    monkeypatch.setattr(sys, "stdout", Terminal())
    assert isinstance(terminal.console(), Console)


@pytest.mark.parametrize(("score", "shown"), [(100.0, "100"), (97.5, "97.5"), (0.0, "0"), (None, "-")])
def test_points_are_shown_without_needless_digits(classroom, score, shown):
    from dataclasses import replace

    assert terminal.score(replace(classroom.grade(classroom.blank()), score=score)) == shown
