"""Submissions that this machine can't grade because a library is not installed: the others are graded, and these are told by name."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from autograder.engines.protocol import Job


@dataclass(frozen=True)
class Lacking:
    """Jobs that wait for an installation. They get no report and no score, so that --resume takes them for what they are: still to do.

    Attributes:
        library: that is not installed.
        jobs: that need it; sorted as they are told.
    """

    library: str
    jobs: tuple["Job", ...]

    @property
    def install(self) -> str:
        """The line that installs it."""
        return f"pip install 'gradient-autograder[{'torch' if self.library == 'torch' else 'grade'}]'"

    def outlook(self, of: int) -> str:
        """What to expect of a run over `of` submissions, for who can still stop it and install the library first."""
        return f"{self.library} is not installed: {len(self.jobs)} of {of} submissions need it and are left out ({self.install})"

    def outcome(self) -> str:
        """Who was left out, and how to have them graded."""
        names = ", ".join(f"{job.submission.student} ({job.assignment.id})" for job in self.jobs)
        return f"not graded, for {self.library} is not installed: {names}. {self.install}, then run the same command with --resume"


def set_apart(jobs: "Sequence[Job]") -> "tuple[list[Job], Lacking | None]":
    """`jobs` that can be graded here, and those that can't be for want of a library, told by the kind of their assignment."""
    from autograder.sandbox.policy import missing_library  # noqa: PLC0415

    missing = {kind: missing_library(kind) for kind in {job.assignment.kind for job in jobs}}
    waiting = sorted((job for job in jobs if missing[job.assignment.kind]), key=lambda job: (job.assignment.id, job.submission.student))
    library = missing[waiting[0].assignment.kind] if waiting else None
    lacking = Lacking(library, tuple(waiting)) if library else None
    return [job for job in jobs if not missing[job.assignment.kind]], lacking
