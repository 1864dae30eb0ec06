"""The decorators by which an author says what a function is: a check, a figure, a mistake. They mark and change nothing."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import pytest

Function = TypeVar("Function", bound=Callable[..., Any])
CHECK_MARK, FIGURE_MARK = "autograder_check", "autograder_figure"


def check(exercise: str, *, part: str = "values", chance: float = 0.0) -> Callable[[Function], Function]:
    """This test decides on `part` of `exercise`; a part is passed when all its checks pass.

    Args:
        exercise: its id.
        part: its name.
        chance: probability that the test fails right code, at most: the sum of draws.Draws.chance over what it tests with probe.drawn.
    """
    return getattr(pytest.mark, CHECK_MARK)(exercise=exercise, part=part, chance=chance)  # type: ignore[no-any-return]


def figure(title: str, *, x: str, y: str, log_y: bool = False) -> Callable[[Function], Function]:
    """This function draws a figure of the report: it takes the fixture `figure` and adds lines to it.

    Args:
        title: above the figure.
        x: label of the horizontal axis.
        y: label of the vertical axis.
        log_y: logarithmic vertical axis.
    """

    def mark(function: Function) -> Function:
        function.__test__ = True  # type: ignore[attr-defined]
        return getattr(pytest.mark, FIGURE_MARK)(title=title, x=x, y=y, log_y=log_y)(function)  # type: ignore[no-any-return]

    return mark


def mistake(exercise: str, name: str, *, hint: str, fails: Sequence[str]) -> Callable[[Function], Function]:
    """This function, which bears a student's function's name, is a mistake that people make.

    mistakes.py is read, never run (see course.mistakes), so the decorator does nothing; it is here so that the file is plain Python.

    Args:
        exercise: where the mistake is made.
        name: what the student is told, such as "the slope is on the wrong side".
        hint: a sentence that helps without giving the answer.
        fails: the parts of the exercise that it fails.
    """
    del exercise, name, hint, fails
    return lambda function: function
