"""Talk to a live box: run cells, make calls, get values. Outside the box; believes nothing but what the wire format allows.

What student code does is a value here (an `Outcome`). The one exception is `BoxEndedError`: the box is gone or no longer to be talked to,
and whoever holds the session decides whether a new one is worth its time.
"""

import json
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeAlias

from autograder.errors import ChecksError, SandboxError
from autograder.sandbox.box import Box
from autograder.sandbox.inside import frames
from autograder.sandbox.inside.values import MAX_HEADER_BYTES, Handle, Room, WireError, decode, encode

Reason: TypeAlias = Literal["time", "memory", "died", "protocol", "closed"]
Returns: TypeAlias = 'Literal["value", "handle"] | list[Returns]'
MAX_PRINTED = 1 << 62
_HEADER_RESERVE = 4096  # of a request, beside its calls and values


@dataclass(frozen=True)
class Call:
    """One call of something in the box. `target` is a function's name or a handle; `method` an attribute of it to call instead."""

    target: str | Handle
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    method: str | None = None
    returns: Returns = "value"
    after: bool = False


@dataclass(frozen=True)
class Failure:
    """What student code raised. Every text is the student's: raw, untrusted, and after a secret went in not to be shown.

    `misfit` is "missing", "not callable", or the function's own signature when the call did not fit it.
    """

    type: str
    known: bool
    text: str
    cell: str | None = None
    line: int | None = None
    module: str | None = None
    misfit: str | None = None


@dataclass(frozen=True)
class Outcome:
    """What came of a call or a cell. `after` holds the arguments as the call left them, if asked for; `printed` counts characters."""

    value: Any = None
    failure: Failure | None = None
    after: tuple[Any, ...] | None = None
    printed: int = 0


class BoxEndedError(Exception):
    """The box gives no more answers.

    `reason`: "time" (a deadline passed), "memory" (the kernel ended it at its limit), "died" (it ended otherwise), "protocol" (it broke the
    format), "closed" (we ended it).
    """

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


class Line(Protocol):
    """Carries one request to whatever answers it, and the answer back."""

    def ask(
        self, request: dict[str, Any], trees: list[Any], buffers: Sequence[memoryview], seconds: float
    ) -> tuple[dict[str, Any], list[Any]]:
        """The answer's header and decoded values. Raises BoxEndedError when there is none."""
        ...

    def close(self, reason: Reason) -> BoxEndedError:
        """End the line for this reason; gives the exception to raise."""
        ...


class Session:
    """A conversation over a line: cells and calls out, outcomes back.

    Args:
        line: a `BoxLine`, or one to trusted code in this process.
        call_seconds: wall clock for one message of calls, unless the call says otherwise.
    """

    def __init__(self, line: Line, call_seconds: float) -> None:
        self._line, self._call_seconds = line, call_seconds
        self._defined: dict[str, Handle] = {}

    def run_cell(self, source: str, name: str, seconds: float) -> Outcome:
        """Run one cell within `seconds`; the outcome has no value."""
        answer, _ = self._line.ask({"op": "cell", "name": name, "source": source}, [], [], seconds)
        return _outcome(answer, ())

    def call(self, *calls: Call, seconds: float | None = None) -> list[Outcome]:
        """Make the calls one after the other, in one message, within `seconds` for all together.

        Raises:
            BoxEndedError: no answer came, or none that the format allows.
            SandboxError: no answer came, and not by the student's doing.
            ChecksError: an argument is of a kind that does not travel, or the calls are too many for one message.
        """
        buffers: list[memoryview] = []
        request = {"op": "calls", "calls": [_describe(call) for call in calls]}
        room = Room(MAX_HEADER_BYTES - _HEADER_RESERVE - len(json.dumps(request)))
        if room.header_bytes < 0:
            raise ChecksError(f"{len(calls)} calls are too many for one message")
        trees = [_encode_argument(call, value, buffers, room) for call in calls for value in (*call.args, *call.kwargs.values())]
        if room.exhausted:  # arguments too large: what a student gave back once, so never a fault of the grader
            raise self._line.close("protocol")
        answer, values = self._line.ask(request, trees, buffers, self._call_seconds if seconds is None else seconds)
        results = answer.get("results")
        if not isinstance(results, list) or len(results) != len(calls):
            raise self._line.close("protocol")
        outcomes, rest = [], list(values)
        for call, result in zip(calls, results, strict=True):
            wanted = 0 if not isinstance(result, dict) or result.get("error") is not None else 1 + call.after
            if len(rest) < wanted:
                raise self._line.close("protocol")
            outcome = _outcome(result, tuple(rest[:wanted]))
            if wanted == 2 and (outcome.after is None or len(outcome.after) != len(call.args) + len(call.kwargs)):
                raise self._line.close("protocol")
            outcomes.append(outcome)
            del rest[:wanted]
        if rest:
            raise self._line.close("protocol")
        return outcomes

    def define(self, source: str) -> Handle:
        """Define the one function of `source` (the grader's own text) in the box, unless it stands there already."""
        if source not in self._defined:
            _, values = self._line.ask({"op": "define", "source": source}, [], [], self._call_seconds)
            if len(values) != 1 or not isinstance(values[0], Handle):
                raise self._line.close("protocol")
            self._defined[source] = values[0]
        return self._defined[source]

    def close(self) -> None:
        """End the conversation, and the box with it."""
        self._line.close("closed")


class BoxLine:
    """The line to a box. Kills it at the first breach of a deadline or of the format: after that nothing it says would mean anything.

    Args:
        box: belongs to this line from now on.
        deadline: time.monotonic() after which nothing is waited for any more.
    """

    def __init__(self, box: Box, deadline: float) -> None:
        self._box, self._deadline = box, deadline
        self._open = True

    def ask(
        self, request: dict[str, Any], trees: list[Any], buffers: Sequence[memoryview], seconds: float
    ) -> tuple[dict[str, Any], list[Any]]:
        """See `Line`. One deadline holds for sending and receiving together.

        Raises:
            SandboxError: the box ended because what it lives in ended; no fault of the student's.
        """
        if not self._open:
            raise BoxEndedError("closed")
        deadline = min(time.monotonic() + seconds, self._deadline)
        sock = self._box.socket
        request_id = secrets.token_hex(8)
        try:
            if frames.pending(sock):  # an answer to no question: forged, or the end
                raise self._died() if frames.ended(sock) else self.close("protocol")
            frames.send(sock, {**request, "id": request_id, "values": trees}, buffers, deadline)
            answer, raw = frames.receive(sock, deadline)
            if answer.get("id") != request_id:
                raise self.close("protocol")
            rest = iter(raw)
            return answer, [decode(tree, rest) for tree in answer.get("values", [])]
        except frames.DeadlinePassed:
            raise self.close("time") from None
        except frames.Closed:
            raise self._died() from None
        except WireError:
            raise self.close("protocol") from None

    def _died(self) -> BoxEndedError | SandboxError:
        foreign = self._box.host_is_ending()
        ended = self.close("memory" if self._box.is_out_of_memory() else "died")
        return SandboxError("the process that boxes are forked from ended under a box") if foreign else ended

    def close(self, reason: Reason) -> BoxEndedError:
        """Kill the box."""
        if self._open:
            self._open = False
            self._box.kill()
        return BoxEndedError(reason)


def _encode_argument(call: Call, value: Any, buffers: list[memoryview], room: Room) -> Any:
    tree = encode(value, buffers, room)
    if not room.exhausted and (what := _opaque_in(tree)):
        name = call.target if isinstance(call.target, str) else f"handle {call.target.id}"
        raise ChecksError(f"call of {name}: an argument can't travel to the box: {what}")
    return tree


def _opaque_in(tree: Any) -> str | None:
    """What can't travel of an argument; None when it is whole. A student's function must get what the check meant or nothing."""
    match tree:
        case ["x", str(what)]:
            return what
        case ["l" | "u", list(items)]:
            return next(filter(None, map(_opaque_in, items)), None)
        case ["d", dict(items)]:
            return next(filter(None, map(_opaque_in, items.values())), None)
    return None


def _describe(call: Call) -> dict[str, Any]:
    return {
        "target": call.target.id if isinstance(call.target, Handle) else call.target,
        "method": call.method,
        "args": len(call.args) + len(call.kwargs),
        "kwargs": list(call.kwargs),
        "returns": call.returns,
        "after": call.after,
    }


def _outcome(result: Any, values: tuple[Any, ...]) -> Outcome:
    """An answer's fields, each taken only if it is of its type; a forged one can say no more than an honest one."""
    fields = result if isinstance(result, dict) else {}
    printed = fields.get("printed")
    printed = printed if type(printed) is int and 0 <= printed <= MAX_PRINTED else 0
    error = fields.get("error")
    if error is not None or not isinstance(result, dict):
        return Outcome(failure=_failure(error if isinstance(error, dict) else {}), printed=printed)
    after = values[1] if len(values) > 1 else None
    return Outcome(values[0] if values else None, None, tuple(after) if isinstance(after, list) else None, printed)


def _failure(error: dict[str, Any]) -> Failure:
    def text(key: str, longest: int) -> str | None:
        value = error.get(key)
        return value[:longest] if isinstance(value, str) else None

    kind = text("type", 80) or "Exception"
    module = text("module", 80) or ""
    line = error.get("line")
    return Failure(
        type=kind if kind.isidentifier() else "Exception",
        known=error.get("known") is True,
        text=text("text", 500) or "",
        cell=text("cell", 200),
        line=line if type(line) is int and 0 < line < 1_000_000 else None,
        module=module if all(part.isidentifier() for part in module.split(".")) else None,
        misfit=text("misfit", 200),
    )
