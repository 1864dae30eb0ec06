"""grade(): the only module that joins the stages. Submission and Assignment in, Report out; the same in, the same out, but for timing."""

import contextlib
import hashlib
import hmac
import logging
import os
import time
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from autograder import notebook as notebooks
from autograder.checks.judging import Judge, Seeds
from autograder.config import Settings
from autograder.course.assignment import Assignment
from autograder.errors import GraderError, SandboxError, SubmissionError, UsageError
from autograder.model import Limits, Message, Notebook, Report, Submission
from autograder.report import build
from autograder.sandbox.keeper import Box, Keeper

TRIES = 3
"""A fault of ours is tried again twice before a person has to look."""
_PUBLIC_KEY = b"counter-examples are drawn from this"
_log = logging.getLogger(__name__)


class Grader:
    """Grades submissions of any assignment, one at a time. Boxes and collected checks are made once and kept until the end.

    A process that is forked from its own may use its copy once it is `ready`: what was warmed up is shared. When boxes fail there it raises
    and does not mend them, which is for the first one to do.

    Args:
        settings: secret and device.
        hidden: folders that student code must not see, such as the course.
    """

    def __init__(self, settings: Settings, hidden: Sequence[Path] = ()) -> None:
        self._settings, self._hidden = settings, tuple(hidden)
        self._keepers: dict[str, tuple[Keeper, contextlib.ExitStack]] = {}
        self._judges: list[Judge] = []
        self._boxed: set[str] = set()
        self._process = os.getpid()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End every box. The grader may be used again: it starts new ones."""
        for kind in list(self._keepers):
            self._end(kind)

    def prepare(self, assignment: Assignment) -> None:
        """Start what `assignment` will need; the box warms up while the caller does something else.

        Raises:
            AssignmentError: the assignment's checks can't be used.
            SandboxError: this machine can't make a box.
        """
        self._keeper(assignment)
        self._judge(assignment)

    @property
    def boxed(self) -> frozenset[str]:
        """The kinds of which this machine could make a box."""
        return frozenset(self._boxed)

    def ready(self) -> None:
        """Wait until what was prepared is warm.

        Raises:
            AssignmentError: a solution's own code raised.
            SandboxError: this machine can't make a box.
        """
        for judge in self._judges:
            judge.warm()  # while the boxes' libraries are imported, on another CPU
        for keeper, _ in self._keepers.values():
            keeper.wait()

    def mend(self, lost: str | None = None) -> bool:
        """Start again what has ended of what was prepared, and what makes boxes of the kind `lost`; waits until it is warm.

        True if there was anything: processes that were forked before can make no more boxes.

        Raises:
            SandboxError: it could not be started.
        """
        mended = [keeper.mend(lost=kind == lost) for kind, (keeper, _) in self._keepers.items()]
        return any(mended)

    def flag(self, submission: Submission, assignment: Assignment) -> Report:
        """The report on a submission that ended a grading process at each try: no score, for a person to look at."""
        report = build.fault(assignment, submission, hash_of(submission, assignment))
        return self._under(report, assignment, {})

    def grade(self, submission: Submission, assignment: Assignment) -> Report:
        """The report on one submission. Never raises for what a submission holds.

        Raises:
            AssignmentError: the assignment's own files are at fault.
            SandboxError: this machine can't make a box at all; or boxes failed in a forked process.
        """
        started = time.perf_counter()
        self.prepare(assignment)
        self._keeper(assignment).wait()
        ready = time.perf_counter()
        try:
            report = self._report(submission, assignment)
        except SubmissionError as error:
            report = build.rejected(assignment, submission, Message(error.message_id, error.params))
        done = time.perf_counter()
        return self._under(report, assignment, {"waited_for_box": ready - started, "graded": done - ready})

    def _under(self, report: Report, assignment: Assignment, timing: Mapping[str, float]) -> Report:
        keeper = self._keeper(assignment)
        device = device_for(assignment, self._settings)
        return build.under(report, device=device, environment=keeper.versions, tier=keeper.tier, timing=timing)

    def _report(self, submission: Submission, assignment: Assignment) -> Report:
        if submission.content is None:
            return _unread(assignment, submission)
        notebook = notebooks.repair(notebooks.read(submission.content), assignment.release)
        digest = notebooks.submission_hash(notebook)
        for number in range(1, TRIES + 1):
            try:
                judgement = self._judge(assignment).judge(notebook, self._boxes(assignment), self._seeds(assignment, digest))
                return build.judged(assignment, submission, notebook, digest, judgement)
            except UsageError:
                raise
            except Exception as error:  # one submission that we can't handle must not cost the others theirs
                if isinstance(error, SandboxError) and (assignment.kind not in self._boxed or self._process != os.getpid()):
                    raise  # no bad luck of this submission's: a layer is missing here; or not ours to mend
                _log.error("%s, %s: try %d of %d: %s", assignment.id, submission.student, number, TRIES, _cause(error))
                if isinstance(error, SandboxError):  # the zygote may be gone: the next try gets a new one
                    self._end(assignment.kind)
        return build.fault(assignment, submission, digest)

    def _boxes(self, assignment: Assignment) -> "_Boxes":
        return _Boxes(self._keeper(assignment), self._boxed)

    def _keeper(self, assignment: Assignment) -> Keeper:
        if assignment.kind not in self._keepers:
            closing = contextlib.ExitStack()
            keeper = Keeper(assignment.kind, secrets=self._hidden, device=device_for(assignment, self._settings))
            self._keepers[assignment.kind] = closing.enter_context(keeper), closing
        return self._keepers[assignment.kind][0]

    def _end(self, kind: str) -> None:
        if kind in self._keepers:
            self._keepers.pop(kind)[1].close()

    def _judge(self, assignment: Assignment) -> Judge:
        """The judge of exactly this assignment: two of one version may differ in limits or points that a course sets."""
        for judge in self._judges:
            if judge.assignment == assignment:
                return judge
        self._judges.append(Judge(assignment))
        return self._judges[-1]

    def _seeds(self, assignment: Assignment, digest: str) -> Seeds:
        """Secret inputs follow from the secret and from what was handed in: another notebook, other inputs; the same one, the same."""
        key = self._settings.secret.reveal()
        return Seeds(
            secret=lambda check: _draw(key, assignment.version, digest, check),
            public=lambda check, number: _draw(_PUBLIC_KEY, assignment.version, digest, check, str(number)),
        )


def _unread(assignment: Assignment, submission: Submission) -> Report:
    """The report on what has no content: what a student handed in unreadably earns nothing; what this machine withholds has no score."""
    if submission.fault is None:
        return build.fault(assignment, submission)
    if submission.fault.id == "source.withheld":
        return build.fault(assignment, submission, message=submission.fault)
    return build.rejected(assignment, submission, submission.fault)


@dataclass(frozen=True)
class _Boxes:
    """A keeper that writes down of which kinds this machine could make a box."""

    keeper: Keeper
    boxed: set[str]

    def spawn(self, limits: Limits) -> Box:
        """See Keeper."""
        box = self.keeper.spawn(limits)
        self.boxed.add(self.keeper.kind)
        return box


def _cause(error: Exception) -> str:
    """A fault of ours that was raised on purpose says enough; of any other, the place is needed."""
    if isinstance(error, GraderError):
        return str(error)
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {error} ({last.filename}, line {last.lineno})"


def _draw(key: bytes, *words: str) -> int:
    return int.from_bytes(hmac.digest(key, "\n".join(words).encode(), hashlib.sha256)[:8], "big")


def device_for(assignment: Assignment, settings: Settings) -> str:
    """What `assignment` is graded on: a GPU serves torch alone."""
    return settings.device if assignment.kind == "torch" else "cpu"


def hash_of(submission: Submission, assignment: Assignment) -> str:
    """The hash that a report on `submission` would bear; empty for one that would be rejected."""
    if submission.content is None:
        return ""
    try:
        return notebooks.submission_hash(notebooks.repair(notebooks.read(submission.content), assignment.release))
    except SubmissionError:
        return ""


def infer_assignment(notebook: Notebook, assignments: Sequence[Assignment]) -> Assignment | None:
    """The assignment whose release shares the most cells with `notebook`; None when none shares any."""
    ids = {cell.grade_id for cell in notebook.cells if cell.grade_id}
    shared = [len(ids & {cell.grade_id for cell in assignment.release.cells if cell.grade_id}) for assignment in assignments]
    most = max(shared, default=0)
    return assignments[shared.index(most)] if most else None
