"""The student's functions as a check sees them: names to call, values back. What was called and what came back is written down."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from autograder.checks.kinds import ARRAY, Wanted, convert, returns
from autograder.checks.outcome import CheckEndedError
from autograder.model import Message, Verdict
from autograder.sandbox.session import BoxEndedError, Call, Failure, Outcome, Session


@dataclass(frozen=True)
class Exchange:
    """One call and what came of it: an outcome, or None when the box ended instead. `value` is the outcome's as the check got it."""

    call: Call
    outcome: Outcome | None
    value: Any = None


class Student:
    """`student.relu_grad(z)` calls relu_grad in the box and gives its value; anything else that happens ends the check.

    Args:
        session: to the box, or to a namespace of our own when a check is replayed.
        call_seconds: for the message that names the limit.
        output_bytes: characters a call may print before it is told.
    """

    def __init__(self, session: Session, call_seconds: float) -> None:
        self._session, self._call_seconds = session, call_seconds
        self.exchanges: list[Exchange] = []
        self.box_ended: str | None = None

    def __getattr__(self, name: str) -> "StudentFunction":
        if name.startswith("__"):
            raise AttributeError(name)
        return StudentFunction(self, name)

    def make(self, calls: Sequence[Call], wanted: Wanted) -> list[Any]:
        """Make `calls` in one message and convert what comes back.

        Raises:
            CheckEndedError: student code raised, returned another kind of value, or the box ended.
        """
        try:
            outcomes = self._session.call(*calls)
        except BoxEndedError as ended:
            self.box_ended = ended.reason
            self.exchanges.append(Exchange(calls[0], None))
            raise self._ended(ended.reason, str(calls[0].target)) from None
        values = []
        for call, outcome in zip(calls, outcomes, strict=True):
            name = str(call.target)
            number = len(self.exchanges)
            self.exchanges.append(Exchange(call, outcome))
            if outcome.failure is not None:
                raise _failed(name, outcome.failure, number)
            try:
                value = convert(outcome.value, wanted, name)
            except CheckEndedError as refused:
                refused.exchange = number
                raise
            self.exchanges[number] = Exchange(call, outcome, value)
            values.append(value if not call.after else (value, outcome.after))
        return values

    def _ended(self, reason: str, name: str) -> CheckEndedError:
        number = len(self.exchanges) - 1
        if reason == "time":
            return CheckEndedError(
                Verdict.TIME_LIMIT, Message("call.time_limit", {"name": name, "seconds": self._call_seconds}), exchange=number
            )
        return CheckEndedError(Verdict.ERROR, Message("call.died", {"name": name}), exchange=number)


class StudentFunction:
    """One function of the student's, by name."""

    def __init__(self, student: Student, name: str) -> None:
        self._student, self._name = student, name

    def __call__(self, *args: Any, returns: Wanted = ARRAY, after: bool = False, **kwargs: Any) -> Any:
        """Call it with fresh copies of `args`.

        Args:
            args: arrays, numbers, strings, lists, dicts, handles.
            returns: the kind wanted back, or a tuple of kinds.
            after: also give the arguments as the call left them: (value, arguments).
            kwargs: further arguments by name.
        """
        return self._student.make([self._call(args, kwargs, returns, after=after)], returns)[0]

    def many(self, points: Sequence[tuple[Any, ...]], *, returns: Wanted = ARRAY) -> list[Any]:
        """Call it once for each tuple of arguments, in one message."""
        return self._student.make([self._call(point, {}, returns, after=False) for point in points], returns)

    def _call(self, args: tuple[Any, ...], kwargs: dict[str, Any], wanted: Wanted, *, after: bool) -> Call:
        return Call(self._name, args, kwargs, returns=returns(wanted), after=after)


def _failed(name: str, failure: Failure, number: int) -> CheckEndedError:
    """The verdict and message for what student code raised. No text of the exception: it could carry what the check put in."""
    if failure.misfit in ("missing", "not callable"):
        message, verdict = Message("call.missing", {"name": name, "candidates": ""}), Verdict.ERROR
    elif failure.misfit is not None:
        message, verdict = Message("call.signature", {"name": name, "wanted": failure.misfit}), Verdict.ERROR
    elif failure.type == "MemoryError" and failure.known:
        message, verdict = Message("call.memory_limit", {"name": name}), Verdict.MEMORY_LIMIT
    elif failure.module is not None and failure.type in ("ModuleNotFoundError", "ImportError"):
        message, verdict = Message("call.missing_module", {"name": name, "module": failure.module}), Verdict.ENVIRONMENT
    else:
        kind = failure.type if failure.known else "an exception of its own"
        message = Message("call.exception", {"name": name, "type": kind, "cell": failure.cell, "line": failure.line, "code": None})
        verdict = Verdict.ERROR
    return CheckEndedError(verdict, message, exchange=number)
