"""The ledger of a results folder: what was asked for and what is done, in DIR/.autograder/ledger.jsonl; one run at a time writes it.

One JSON object a line, written as it happens; nothing is ever changed. Of lines about the same job the last counts.

| line | says |
|---|---|
| {"asked": JOB} | it is to be graded; what was done for it before counts no more |
| {"done": JOB, "report": SHA-256 of report.json, "verdict": …, "score": …} | its files stand in the folder; written after they do |

JOB is [student, assignment, assignment's version, SHA-256 of the file that was handed in]. A line that was cut off says nothing. No file is
flushed to the disk itself: any of our processes may be killed at any time and nothing is lost; after a power cut a report that does not
fit its line is graded again.
"""

import fcntl
import hashlib
import json
import os
import socket
from collections.abc import Sequence
from types import TracebackType
from typing import IO, Self, TypeAlias

from autograder.engines.protocol import Job
from autograder.engines.results import REPORT, Results, not_writable
from autograder.errors import UsageError
from autograder.model import Json, Report

FOLDER = ".autograder"
"""No student's folder: their names never begin with a dot."""
Entry: TypeAlias = tuple[str, str, str, str]


class Ledger:
    """The ledger of one results folder, open for this run alone.

    Args:
        results: the folder.

    Raises, when entered:
        UsageError: another run writes into the folder, or it can't be written to.
    """

    def __init__(self, results: Results) -> None:
        self._results = results
        self._folder = results.folder / FOLDER
        self._done: dict[Entry, str] = {}

    def __enter__(self) -> Self:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._lock = open(self._folder / "lock", "a+", encoding="utf-8")
            self._take_lock()
            self._results.sweep()
            path = self._folder / "ledger.jsonl"
            before = path.read_bytes() if path.exists() else b""
            self._file: IO[bytes] = open(path, "ab", buffering=0)
        except OSError as error:
            raise not_writable(self._results.folder, error) from error
        for line in before.split(b"\n"):
            self._read(line)
        if before and not before.endswith(b"\n"):
            self._write_bytes(b"\n")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._file.close()
        self._lock.close()

    def is_done(self, job: Job) -> bool:
        """True if this very job is done and its report stands as it was written. A fault of ours is never done."""
        wanted = self._done.get(entry(job))
        path = self._results.folder_of(job.submission.student, job.assignment.id) / REPORT
        try:
            return wanted is not None and path.is_file() and _digest(path.read_bytes()) == wanted
        except OSError:  # not ours to read: as good as none
            return False

    def ask(self, jobs: Sequence[Job]) -> None:
        """Write down what is to be graded.

        Raises:
            UsageError: it can't be written.
        """
        lines: list[dict[str, Json]] = []
        for job in jobs:
            self._done.pop(entry(job), None)
            lines.append({"asked": list(entry(job))})
        self._write(*lines)

    def add(self, job: Job, report: Report, content: bytes) -> None:
        """Write down that a job is done, once its files stand.

        Raises:
            UsageError: it can't be written.
        """
        digest = _digest(content)
        self._write({"done": list(entry(job)), "report": digest, "verdict": report.verdict.value, "score": report.score})
        if report.score is not None:
            self._done[entry(job)] = digest

    def _take_lock(self) -> None:
        try:
            # Of the kind that a process holds and its forks do not, and that ends with it; fcntl(2), "Advisory record locking".
            fcntl.lockf(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):
            self._lock.seek(0)
            holder = self._lock.read(200).strip() or "unknown"
            self._lock.close()
            folder = self._results.folder
            raise UsageError(f"--out {folder}: another run writes into it ({holder}); wait for it, or choose another folder") from None
        self._lock.truncate(0)
        self._lock.write(f"process {os.getpid()} on {socket.gethostname()}")
        self._lock.flush()

    def _read(self, line: bytes) -> None:
        try:
            said = json.loads(line)
            of = said.get("asked") or said.get("done")
            student, assignment, version, content = map(str, of)
        except (ValueError, TypeError, AttributeError):  # cut off, or nothing of ours
            return
        key = student, assignment, version, content
        if "done" in said and said.get("score") is not None:
            self._done[key] = str(said.get("report"))
        else:
            self._done.pop(key, None)

    def _write(self, *lines: dict[str, Json]) -> None:
        self._write_bytes(b"".join(json.dumps(line).encode() + b"\n" for line in lines))

    def _write_bytes(self, content: bytes) -> None:
        try:
            while content:
                content = content[self._file.write(content) :]
        except OSError as error:
            raise UsageError(f"{self._folder / 'ledger.jsonl'} can't be written: {error.strerror}") from error


def entry(job: Job) -> Entry:
    """What a job is known by."""
    submission = job.submission
    content = submission.content if submission.content is not None else repr(submission.fault).encode()
    return submission.student, job.assignment.id, job.assignment.version, _digest(content)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
