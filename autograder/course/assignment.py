"""The noun of this package: an assignment as everything above it takes it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from autograder.model import Exercise, Limits, Notebook


@dataclass(frozen=True)
class Assignment:
    """An assignment with its notebooks read and validated.

    Args:
        id: name of its folder, such as "01-activations".
        title: a few words.
        summary: its goal in one sentence.
        hours: how long a student takes, roughly.
        kind: which box it needs; "torch" adds torch to what "numpy" has, and hides nothing of what differentiates.
        exercises: in the order of the notebook.
        limits: what one submission may use.
        folder: solutions/<id>, with checks.py, reference.py, mistakes.py and variants/.
        version: 64 hexadecimal digits that change with any file of `folder` and with the package's version.
        source: the solution notebook.
        release: the student notebook.
    """

    id: str
    title: str
    summary: str
    hours: float
    kind: Literal["numpy", "torch"]
    exercises: tuple[Exercise, ...]
    limits: Limits
    folder: Path
    version: str
    source: Notebook
    release: Notebook

    @property
    def points(self) -> float:
        """What the whole assignment is worth."""
        return sum(exercise.points for exercise in self.exercises)
