"""The student's functions as a check sees them: names to call, values back. What was called and what came back is written down."""

import builtins
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.checks.kinds import ARRAY, Wanted, bounded, convert, returns
from autograder.checks.outcome import CheckEndedError
from autograder.model import Message, Verdict
from autograder.sandbox.inside.hidden import HiddenError
from autograder.sandbox.inside.values import Handle
from autograder.sandbox.session import BoxEndedError, Call, Failure, Outcome, Reason, Session

_EXCEPTIONS = frozenset(
    name
    for module in (builtins, np.exceptions, np.linalg)
    for name, value in vars(module).items()
    if isinstance(value, type) and issubclass(value, BaseException)
) | {"OutOfMemoryError"}  # torch's
"""Names of exceptions that may be shown. Whatever else the box calls one could be made of the input it was asked about."""


@dataclass(frozen=True)
class Exchange:
    """One call and what came of it: an outcome, or None when the box ended instead. `value` is the outcome's as the check got it."""

    call: Call
    outcome: Outcome | None
    value: Any = None

    @property
    def name(self) -> str:
        """What was called, as messages name it."""
        return name_of(self.call)


@dataclass(frozen=True)
class Definition(Handle):
    """A function of the check's own that stands in the box. `name` is what messages call it, `source` the text that defines it last."""

    name: str
    source: str


def name_of(call: Call) -> str:
    """What `call` calls: a function by its name, an object's method by that method's, a check's own function by what it is about."""
    if isinstance(call.target, Definition):
        return call.target.name
    return call.method or ("the object" if isinstance(call.target, Handle) else call.target)


class Student:
    """`student.relu_grad(z)` calls relu_grad in the box and gives its value; anything else that happens ends the check.

    Args:
        session: to the box, or to a namespace of our own when a check is replayed.
        call_seconds: for the message that names the limit.
        output_bytes: characters of output beyond which a function is written down in `loud`; None for any number.
        inputs: what another run of the check had for `inputs`, to be given again; None to ask this student's code.

    Attributes:
        exchanges: every call, and what came of it.
        inputs: what StudentFunction.as_inputs gave, in order.
    """

    def __init__(
        self, session: Session, call_seconds: float, output_bytes: int | None = None, inputs: Sequence[list[Any] | None] | None = None
    ) -> None:
        self._session, self._call_seconds, self._output_bytes = session, call_seconds, output_bytes
        self._given = None if inputs is None else iter(inputs)
        self.inputs: list[list[Any] | None] = []
        self.exchanges: list[Exchange] = []
        self.box_ended: Reason | None = None
        self.loud: dict[str, None] = {}

    def __getattr__(self, name: str) -> "StudentFunction":
        if name.startswith("__"):
            raise AttributeError(name)
        return StudentFunction(self, name)

    def define(self, source: str, name: str) -> "StudentFunction":
        """A function of the check's own in the box, for what has to be done there with objects that stay there.

        It is no more to be trusted than the student's code: what it gives is a value to compare, like any other.

        Args:
            source: Python that defines it last. It imports what it needs.
            name: of the student's that messages speak of when it fails or gives a wrong value.

        Raises:
            CheckEndedError: the box ended.
        """
        try:
            handle = self._session.define(source)
        except BoxEndedError as ended:
            self.box_ended = ended.reason
            raise self._ended(ended.reason, name) from None
        return StudentFunction(self, Definition(handle.id, name, source))

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
            raise self._ended(ended.reason, name_of(calls[0])) from None
        values = []
        for call, outcome in zip(calls, map(bounded, outcomes), strict=True):
            name = name_of(call)
            number = len(self.exchanges)
            self.exchanges.append(Exchange(call, outcome))
            if self._output_bytes is not None and outcome.printed > self._output_bytes:
                self.loud[name] = None
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

    def take(self, calls: Sequence[Call], wanted: Wanted) -> list[Any] | None:
        """As StudentFunction.as_inputs."""
        if self._given is not None:
            values = next(self._given, None)
        else:
            before = len(self.exchanges)
            try:
                values = self.make(calls, wanted)
            except CheckEndedError:
                values = None
            del self.exchanges[before:]
        self.inputs.append(values)
        return values

    def _ended(self, reason: Reason, name: str) -> CheckEndedError:
        number = len(self.exchanges) - 1
        if reason == "time":
            message = Message("call.time_limit", {"name": name, "seconds": self._call_seconds})
            return CheckEndedError(Verdict.TIME_LIMIT, message, exchange=number)
        if reason == "memory":
            return CheckEndedError(Verdict.MEMORY_LIMIT, Message("call.memory_limit", {"name": name}), exchange=number)
        message = Message("call.protocol", {"name": name}) if reason == "protocol" else Message("call.died", {"name": name})
        return CheckEndedError(Verdict.ERROR, message, exchange=number)


class StudentFunction:
    """One function of the student's, by name, or one that was defined in the box."""

    def __init__(self, student: Student, target: str | Definition) -> None:
        self._student, self._target = student, target

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

    def as_inputs(self, points: Sequence[tuple[Any, ...]], *, returns: Wanted = ARRAY) -> list[Any] | None:
        """What it gives for each of `points`, to be passed on to another function; None where it can't be had, which ends nothing.

        It is not judged, and no evidence of any mistake: when the check is replayed, these very values are given again.
        """
        return self._student.take([self._call(point, {}, returns, after=False) for point in points], returns)

    def _call(self, args: tuple[Any, ...], kwargs: dict[str, Any], wanted: Wanted, *, after: bool) -> Call:
        return Call(self._target, args, kwargs, returns=returns(wanted), after=after)


def _failed(name: str, failure: Failure, number: int) -> CheckEndedError:
    """The verdict and message for what student code raised. No text of the exception: it could carry what the check put in.

    `cell`, `line`, `wanted` and `module` are the box's words too; `wording` replaces them by what stands in the notebook.
    """
    verdict = Verdict.ERROR
    kind = failure.type if failure.type in _EXCEPTIONS else "an exception of its own"
    message = Message("call.exception", {"name": name, "type": kind, "cell": failure.cell, "line": failure.line, "code": None})
    if failure.misfit == "missing":
        message = Message("call.missing", {"name": name, "candidates": ""})
    elif failure.misfit == "not callable":
        message = Message("call.not_callable", {"name": name})
    elif failure.misfit is not None:
        message = Message("call.signature", {"name": name, "wanted": failure.misfit})
    elif failure.type == "MemoryError":
        verdict, message = Verdict.MEMORY_LIMIT, Message("call.memory_limit", {"name": name})
    elif failure.type == "SystemExit":
        message = Message("call.exit", {"name": name})
    elif failure.type == HiddenError.__name__:
        verdict = Verdict.FORBIDDEN
        message = Message("call.hidden", {"name": name, "module": failure.module, "cell": failure.cell, "line": failure.line, "code": None})
    elif failure.type == "ModuleNotFoundError" and failure.module:
        verdict, message = Verdict.ENVIRONMENT, Message("call.missing_module", {"name": name, "module": failure.module})
    elif failure.type == "ImportError" and failure.module:
        verdict, message = Verdict.ENVIRONMENT, Message("call.import", {"name": name, "module": failure.module})
    return CheckEndedError(verdict, message, exchange=number)
