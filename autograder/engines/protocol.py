"""What every engine takes and gives: jobs in; each with its report out, as soon as it is done. Nothing is run here."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeAlias

from autograder.config import Settings
from autograder.course.assignment import Assignment
from autograder.model import Report, Submission

TRIES = 3
"""A submission that ended whoever graded it is given to another one twice; then it is flagged for a person to look at, and never scored."""
Lane: TypeAlias = Literal["cpu", "gpu"]


@dataclass(frozen=True)
class Job:
    """One submission and the assignment it is graded as."""

    submission: Submission
    assignment: Assignment


@dataclass(frozen=True)
class Graded:
    """A job that is done.

    Attributes:
        job: as it was given.
        report: the same whichever engine made it, but for its timing.
        files: what stands in a results folder for it, by name; made where it was graded, for that costs as much as writing a report's
            JSON. Empty where nobody asked for it.
    """

    job: Job
    report: Report
    files: Mapping[str, bytes] = field(default_factory=dict)


def _at_ease() -> None:
    """Nothing to do meanwhile."""


class Engine(Protocol):
    """Grades jobs, here or elsewhere, several at a time.

    Whoever grades gets one job after the other and the next only when the caller has asked for what comes after its last one: by then that
    one is in a safe place. A fault of ours is tried again, `TRIES` times in all; no job is left out and none comes twice.
    """

    def run(self, jobs: Sequence[Job], waiting: Callable[[], None] = _at_ease) -> Iterator[Graded]:
        """Grade `jobs`; gives each when it is done, in no promised order. To close the iterator ends whatever is still running.

        Args:
            jobs: what to grade.
            waiting: called at least once a second while nothing is done.

        Raises:
            AssignmentError: an assignment's own files are at fault.
            GraderError: nothing can be graded, or nothing more; what was given holds.
        """
        ...


def lane(job: Job, settings: Settings) -> Lane:
    """Who may grade `job`: a worker that holds a GPU, which torch alone has a use for, or one that holds none."""
    return "gpu" if settings.gpus and job.assignment.kind == "torch" else "cpu"
