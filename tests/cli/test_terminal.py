import io
import sys
import threading

import pytest
from rich.console import Console

from autograder.cli import terminal


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self):
        return True


def test_on_a_terminal_progress_is_a_bar_without_a_thread(monkeypatch):
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    before = threading.active_count()
    with terminal.progress(3, "grading") as step:
        step()
        assert threading.active_count() == before
        step()
    assert "grading" in screen.getvalue()
    assert "2/3" in screen.getvalue()


def test_elsewhere_progress_is_a_line_now_and_then(monkeypatch, capsys):
    monkeypatch.setattr(terminal, "PLAIN_LINE_SECONDS", 0.0)
    with terminal.progress(2, "grading") as step:
        step()
        step()
    assert capsys.readouterr().err == "grading: 1 of 2\ngrading: 2 of 2\n"


def test_progress_can_be_silent(capsys):
    with terminal.progress(2, "grading", silent=True) as step:
        step()
    assert capsys.readouterr() == ("", "")


def test_colour_is_for_terminals_alone(monkeypatch):
    assert terminal.console().no_color
    assert terminal.console().width == terminal.PLAIN_WIDTH
    monkeypatch.setattr(sys, "stdout", Terminal())
    assert isinstance(terminal.console(), Console)


@pytest.mark.parametrize(("score", "shown"), [(100.0, "100"), (97.5, "97.5"), (0.0, "0"), (None, "-")])
def test_points_are_shown_without_needless_digits(classroom, score, shown):
    from dataclasses import replace

    assert terminal.score(replace(classroom.grade(classroom.blank()), score=score)) == shown
