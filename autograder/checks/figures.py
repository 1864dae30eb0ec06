"""Collect the lines of a report's figure: the student's beside the reference's, and bands for what is random. No points hang on it."""

from collections.abc import Callable, Mapping, Sequence
from types import ModuleType
from typing import Any

import numpy as np

from autograder.checks.kinds import ARRAY, Wanted
from autograder.checks.outcome import CheckEndedError
from autograder.checks.student import Student
from autograder.model import Band, Curve, Series


class Figure:
    """What a function decorated with @figure adds lines to."""

    def __init__(self, student: Student, reference: ModuleType) -> None:
        self._student, self._reference = student, reference
        self._yours: list[Series] = []
        self._right: list[Series] = []
        self._bands: list[Band] = []

    def line(self, label: str, x: Any, function: str, *args: Any) -> None:
        """Add function(*args) against `x` twice: the student's, left out when it can't be had, and the reference's.

        Args:
            label: of the line.
            x: where the points lie, as many as the function gives.
            function: name in the notebook and in reference.py.
            args: passed to it.
        """
        self.lines({label: lambda values: values}, x, function, *args)

    def lines(self, views: Mapping[str, Callable[[Any], Any]], x: Any, function: str, *args: Any, returns: Wanted = ARRAY) -> None:
        """Add what can be seen of function(*args), one line for each of `views`; the student's function is called once.

        Args:
            views: label of the line: what gives its points from the function's value.
            x: where the points lie, as many as each view gives.
            function: name in the notebook and in reference.py.
            args: passed to it.
            returns: the kind that the student's function should give.
        """
        value = getattr(self._reference, function)(*args)
        right = {label: np.asarray(view(value), np.float64) for label, view in views.items()}
        self._right += [_series(label, x, points) for label, points in right.items()]
        try:
            answer = getattr(self._student, function)(*args, returns=returns)
        except CheckEndedError:
            return
        for label, view in views.items():
            with np.errstate(all="ignore"):
                yours = np.asarray(view(answer), np.float64)
            if yours.shape == right[label].shape:
                self._yours.append(_series(label, x, yours))

    def walk(self, label: str, x: Any, path: Callable[[Callable[..., Any]], Any]) -> None:
        """Add a line whose points take several calls, each made with what came of the ones before.

        Args:
            label: of the line.
            x: where the points lie, as many as `path` gives.
            path: gives the points. It is given call(function, *args, returns=ARRAY), once for the reference's functions and once for the
                student's, whose values are of the right kind but of any shape.
        """

        def call(function: str, *args: Any, returns: Wanted = ARRAY) -> Any:  # noqa: ARG001 - the reference returns what it should
            return getattr(self._reference, function)(*args)

        self.measured(
            label, x, path(call), lambda student: path(lambda function, *args, **options: getattr(student, function)(*args, **options))
        )

    def measured(self, label: str, x: Any, right: Any, path: Callable[[Student], Any]) -> None:
        """Add a line of the reference's, and beside it what was measured on objects that stay in the box.

        Args:
            label: of the line.
            x: where the points lie.
            right: the reference's points.
            path: gives the student's points. It is given the student, whose values are of the right kind but of any shape.
        """
        right = np.asarray(right, np.float64)
        self._right.append(_series(label, x, right))
        try:
            with np.errstate(all="ignore"):
                yours = np.asarray(path(self._student), np.float64)
        except (CheckEndedError, IndexError, TypeError, ValueError):  # the latter of shapes that do not fit
            return
        if yours.shape == right.shape:
            self._yours.append(_series(label, x, yours))

    def drawn(self, function: str, calls: Sequence[tuple[Any, ...]], *, returns: Wanted = ARRAY) -> list[Any] | None:
        """What the student's function gives, to be passed on as an argument: weights, say. None when it can't be had.

        Args:
            function: its name.
            calls: the arguments of each call.
            returns: the kind that each should give.
        """
        answers: list[Any] | None = getattr(self._student, function).as_inputs(calls, returns=returns)
        return answers

    def band(self, label: str, x: Any, low: Any, high: Any, *, chance: float, made: str) -> None:
        """Shade where a line of this label lies but for chance.

        Args:
            label: of the line, whether it is there or not.
            x: where the points lie.
            low: lower ends, one for each of `x`.
            high: upper ends.
            chance: probability that a right line leaves the band anywhere, at most.
            made: where the band comes from, in words such as "an exact law".
        """
        self._bands.append(Band(label, _digits(x), _digits(low), _digits(high), chance, made))

    def curve(self, *, title: str, x: str, y: str, log_y: bool) -> Curve:
        """The figure as the report has it."""
        return Curve(title, x, y, log_y, tuple(self._yours), tuple(self._right), tuple(self._bands))


def _series(label: str, x: Any, y: np.ndarray) -> Series:
    """Six digits are more than a figure shows, and keep the report small."""
    points = tuple(float(f"{value:.6g}") if np.isfinite(value) else None for value in y.ravel())
    return Series(label, _digits(x), points)


def _digits(values: Any) -> tuple[float, ...]:
    return tuple(float(f"{value:.6g}") for value in np.ravel(values))
