"""Boxes for one submission, one after the other: run the notebook's cells in a fresh one, again after each that ended."""

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from autograder.model import CellError, Limits, Message, Verdict
from autograder.sandbox.inside.hidden import HiddenError
from autograder.sandbox.keeper import Box
from autograder.sandbox.session import BoxEndedError, BoxLine, Failure, Reason, Session

MOST_BOXES_LOST_TO_CELLS = 3
"""So many cells may end their box before what has not run by then is left unrun."""
_PLACE = re.compile(r" \(<cell [^>]*>, line [0-9]+\)$")


class OutOfTimeError(Exception):
    """The submission has used all its seconds: there is no box any more."""


class Spawner(Protocol):
    """Makes boxes; a sandbox.keeper.Keeper."""

    def spawn(self, limits: Limits) -> Box:
        """A fresh box."""
        ...


@dataclass(frozen=True)
class CodeCell:
    """A cell to run: its name in messages, and its source."""

    name: str
    source: str


class Sitting:
    """The boxes of one submission.

    Args:
        keeper: makes them.
        cells: to run in each, in order.
        limits: of time, memory and output.
        clock: seconds that never go back.
    """

    def __init__(self, keeper: Spawner, cells: Sequence[CodeCell], limits: Limits, clock: Callable[[], float] = time.monotonic) -> None:
        self._keeper, self._cells, self._limits = keeper, cells, limits
        self._clock = clock
        self._deadline = clock() + limits.submission_seconds
        self._session: Session | None = None
        self._errors: dict[str, CellError] = {}
        self._ending: set[str] = set()
        self._ran: set[str] = set()
        self._died: set[str] = set()

    @property
    def cell_errors(self) -> Mapping[str, CellError]:
        """Cells that did not run to their end, by name."""
        return self._errors

    @property
    def out_of_time(self) -> bool:
        """True once the submission has used all its seconds."""
        return self._clock() >= self._deadline

    def session(self) -> Session:
        """The live session; a new box with the cells run when there is none.

        Raises:
            OutOfTimeError: the submission's time was up before the cells were through.
            SandboxError: no box could be made.
        """
        while self._session is None:
            if self.out_of_time:
                raise OutOfTimeError
            session = Session(BoxLine(self._keeper.spawn(self._limits), self._deadline), self._limits.call_seconds)
            if self._run_cells(session):
                self._session = session
        return self._session

    def fresh(self) -> Session:
        """A session to a new box, whatever the last one is like."""
        self.end()
        return self.session()

    def end(self) -> None:
        """End the live session, if there is one."""
        if self._session is not None:
            self._session.close()
            self._session = None

    def _run_cells(self, session: Session) -> bool:
        """Run the cells; False when one ended the box. That one is left out the next time."""
        until = self._clock() + self._limits.cells_seconds
        for cell in self._cells:
            if cell.name in self._ending:
                continue
            if len(self._ending) >= MOST_BOXES_LOST_TO_CELLS and cell.name not in self._ran:
                self._note(cell, Verdict.ERROR, Message("cell.not_run", {}))
                continue
            try:
                outcome = session.run_cell(cell.source, cell.name, max(until - self._clock(), 0.0))
            except BoxEndedError as ended:
                if ended.reason == "died" and cell.name not in self._died:
                    # Once is no proof: the machine may have killed it, short of memory.
                    self._died.add(cell.name)
                    return False
                if cell.name not in self._ran or not self.out_of_time:  # one that ran before is not to blame for the time of the others
                    self._ending.add(cell.name)
                    self._note(cell, *self._ended(ended.reason))
                return False
            self._ran.add(cell.name)
            if outcome.failure is not None:
                self._note(cell, *_failed(outcome.failure, cell))
            elif outcome.printed > self._limits.output_bytes:
                self._note(cell, Verdict.OUTPUT_LIMIT, Message("cell.output_limit", {"limit_bytes": self._limits.output_bytes}))
        return True

    def _note(self, cell: CodeCell, verdict: Verdict, message: Message) -> None:
        self._errors.setdefault(cell.name, CellError(cell.name, verdict, message))

    def _ended(self, reason: Reason) -> tuple[Verdict, Message]:
        if reason == "time":
            seconds = min(self._limits.cells_seconds, self._limits.submission_seconds)
            return Verdict.TIME_LIMIT, Message("cell.time_limit", {"seconds": seconds})
        if reason == "memory":
            return Verdict.MEMORY_LIMIT, Message("cell.memory_limit", {})
        if reason == "protocol":
            return Verdict.ERROR, Message("cell.protocol")
        return Verdict.ERROR, Message("cell.died", {})


def _failed(failure: Failure, cell: CodeCell) -> tuple[Verdict, Message]:
    """What a cell raised. Cells run before any secret is in the box, so the exception's own text may be shown."""
    if failure.type == "SyntaxError" and failure.cell is None:  # else the cell ran, and compiled something itself
        reason = _PLACE.sub("", failure.text)
        return Verdict.ERROR, Message("cell.syntax", {"line": failure.line, "text": _line_of(cell, failure.line), "reason": reason})
    line = failure.line if failure.cell == cell.name else None
    if failure.type == "SystemExit":
        return Verdict.ERROR, Message("cell.exit", {})
    if failure.type == "MemoryError":
        return Verdict.MEMORY_LIMIT, Message("cell.memory_limit", {})
    if failure.type == HiddenError.__name__:
        return Verdict.FORBIDDEN, Message("cell.hidden", {"module": failure.module, "line": line})
    if failure.type == "ModuleNotFoundError" and failure.module:
        return Verdict.ENVIRONMENT, Message("cell.missing_module", {"module": failure.module})
    if failure.type == "ImportError" and failure.module:
        return Verdict.ENVIRONMENT, Message("cell.import", {"module": failure.module, "line": line})
    return Verdict.ERROR, Message("cell.exception", {"type": failure.type, "line": line, "text": failure.text})


def _line_of(cell: CodeCell, line: int | None) -> str | None:
    lines = cell.source.split("\n")
    return lines[line - 1].strip() if line is not None and 0 < line <= len(lines) else None
