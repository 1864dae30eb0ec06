"""Collect the lines of a report's figure: the student's beside the reference's. No points hang on it."""

from types import ModuleType
from typing import Any

import numpy as np

from autograder.checks.outcome import CheckEndedError
from autograder.checks.student import Student
from autograder.model import Curve, Series


class Figure:
    """What a function decorated with @figure adds lines to."""

    def __init__(self, student: Student, reference: ModuleType) -> None:
        self._student, self._reference = student, reference
        self._yours: list[Series] = []
        self._right: list[Series] = []

    def line(self, label: str, x: Any, function: str, *args: Any) -> None:
        """Add function(*args) against `x` twice: the student's, left out when it can't be had, and the reference's.

        Args:
            label: of the line.
            x: where the points lie, as many as the function gives.
            function: name in the notebook and in reference.py.
            args: passed to it.
        """
        right = np.asarray(getattr(self._reference, function)(*args), np.float64)
        self._right.append(_series(label, x, right))
        try:
            yours = getattr(self._student, function)(*args)
        except CheckEndedError:
            return
        if yours.shape == right.shape:
            self._yours.append(_series(label, x, yours))

    def curve(self, *, title: str, x: str, y: str, log_y: bool) -> Curve:
        """The figure as the report has it."""
        return Curve(title, x, y, log_y, tuple(self._yours), tuple(self._right))


def _series(label: str, x: Any, y: np.ndarray) -> Series:
    """Six digits are more than a figure shows, and keep the report small."""
    points = tuple(float(f"{value:.6g}") if np.isfinite(value) else None for value in y.ravel())
    return Series(label, tuple(float(f"{value:.6g}") for value in np.ravel(x)), points)
