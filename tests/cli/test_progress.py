import io
import re
import sys
import threading
from dataclasses import replace

import pytest

from autograder.cli import progress as module
from autograder.cli.progress import Count, progress
from autograder.model import Verdict


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self):
        return True


@pytest.fixture
def reports(classroom):
    """A report that passed and one that failed."""
    report = classroom.grade(classroom.blank())
    return [replace(report, verdict=verdict) for verdict in (Verdict.PASSED, Verdict.FAILED)]


def test_on_a_terminal_it_is_a_bar_with_the_verdicts_and_without_a_thread(monkeypatch, reports):
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "140")
    before = threading.active_count()
    with progress(2, "grading") as shown:
        assert "warming up" in screen.getvalue()
        shown.waiting()
        for report in reports:
            shown.step(report)
        assert threading.active_count() == before
    assert all(words in screen.getvalue() for words in ("grading", "2/2", "1 passed", "1 failed"))


def test_elsewhere_it_is_a_plain_line_now_and_then(monkeypatch, capsys, reports):
    with progress(2, "grading") as shown:
        shown.step(reports[0])
        assert capsys.readouterr().err == ""
        monkeypatch.setattr(module, "PLAIN_LINE_SECONDS", 0.0)
        shown.waiting()
        shown.step(reports[1])
    assert capsys.readouterr().err == "grading: 1 of 2; 1 passed\ngrading: 2 of 2; 1 passed, 1 failed\n"


@pytest.mark.parametrize("total", [0, 2])
def test_it_can_be_silent_and_says_nothing_of_nothing(capsys, reports, total):
    with progress(total, "grading", silent=bool(total)) as shown:
        shown.waiting()
        shown.step(reports[0])
    assert capsys.readouterr() == ("", "")


def test_the_rate_counts_from_the_first_that_is_done_and_not_from_the_start():
    now = [100.0]
    count = Count(1000, lambda: now[0])
    assert (count.rate, count.left, count.speed()) == (None, "", "")
    for second in (200.0, 200.5, 201.0):
        now[0] = second
        count.add(Verdict.PASSED)
    assert count.rate == 2.0
    assert count.left == "0:08:18"
    assert count.speed() == "2.0/s, 0:08:18 left"


def test_verdicts_are_counted_best_first():
    count = Count(3)
    for verdict in (Verdict.TIME_LIMIT, Verdict.PASSED, Verdict.TIME_LIMIT):
        count.add(verdict)
    assert [words for _, words in count.counts()] == ["1 passed", "2 time limit"]


def test_the_last_one_is_waited_for_and_said_to_take_no_time_only_when_it_is_done():
    now = [100.0]
    count = Count(11, lambda: now[0])
    for _ in range(10):
        now[0] += 0.1
        count.add(Verdict.PASSED)
    assert count.speed() == "10.0/s, 0:00:01 left"
    now[0] += 9.0
    assert (count.left, count.speed()) == ("", "waiting for 1 more")
    count.add(Verdict.TIME_LIMIT)
    assert count.left == "0:00:00"


@pytest.mark.parametrize("columns", [60, 80, 100])
def test_on_a_narrow_terminal_the_bar_and_the_verdicts_give_way_and_no_line_is_too_long(monkeypatch, reports, columns):
    screen = Terminal()
    ticks = iter(range(10_000))
    monkeypatch.setattr(module, "Count", lambda total: Count(total, lambda: next(ticks) / 50))
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", str(columns))
    with progress(2000, "grading") as shown:
        for verdict in Verdict:
            for _ in range(100):
                shown.step(replace(reports[0], verdict=verdict))
        shown.waiting()
        frames = re.sub(r"\x1b\[[?0-9;]*[A-Za-z]", "", screen.getvalue()).replace("\n", "\r").split("\r")
    assert max(map(len, frames)) <= columns
    assert "1000/2000" in frames[-1]
    assert re.search(r" \d+\.\d/s, 0:0\d:\d\d left  100.*…$", frames[-1])
