"""The solution's functions in this process, with some replaced by a mistake: what a failed check is replayed against."""

import ast
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from types import CodeType, FrameType
from typing import Any

import numpy as np

from autograder.errors import ChecksError
from autograder.sandbox.inside.calls import Calls
from autograder.sandbox.inside.values import decode
from autograder.sandbox.session import BoxEndedError, Reason, Session

_NOT_NEEDED = "matplotlib"  # three quarters of a second to import, and nothing is drawn here
_OURS = ("<solution cell", "<mistake>")

_MOST_LINES = 300_000
"""Lines of the course's code that a bounded replay may run: a right loop need not end on a mistaken function. Unlike seconds, lines are the
same on every machine."""


class EndlessError(BaseException):
    """The course's code ran more lines than it may. Not an Exception, so that the code itself doesn't catch it."""


@contextmanager
def bound_lines(most: int = _MOST_LINES) -> Iterator[None]:
    """Let the course's code run `most` lines within; then it ends.

    Raises:
        EndlessError: it ran more.
    """
    left = most

    def count(frame: FrameType, event: str, argument: object) -> Any:  # noqa: ARG001 - signature of sys.settrace
        nonlocal left
        if not frame.f_code.co_filename.startswith(_OURS):
            return None
        left -= 1
        if left < 0:
            raise EndlessError(f"more than {most} lines")
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        yield
    finally:
        sys.settrace(before)


class Solution:
    """The trusted code of an assignment.

    Args:
        cells: sources of the given and the solution cells, in order.
    """

    def __init__(self, cells: Sequence[str]) -> None:
        self._cells = [_compile(cell, f"<solution cell {number}>") for number, cell in enumerate(cells, 1)]

    def session(self, grafts: Sequence[str] = ()) -> Session:
        """A session with a fresh namespace of the solution, in which the definitions of `grafts` stand in for those of their names."""
        names: dict[str, Any] = {"__name__": "solution"}
        for code in (*self._cells, *(_compile(source, "<mistake>") for source in grafts)):
            try:
                exec(code, names)  # noqa: S102 - the course's own code, from its solutions folder
            except Exception as error:
                raise ChecksError(f"the solution's own code raised {type(error).__name__}: {error} ({code.co_filename})") from error
        if "torch" in sys.modules:
            sys.modules["torch"].set_num_threads(1)  # as in a box; and no process forked from this one waits for a thread that is not there
        return Session(_TrustedLine(names), call_seconds=0.0)


class _TrustedLine:
    """Makes the calls here, with values copied as if they had travelled."""

    def __init__(self, names: dict[str, Any]) -> None:
        self._calls = Calls(names, output_limit=0, catches=Exception)

    def ask(
        self,
        request: dict[str, Any],
        trees: list[Any],
        buffers: Sequence[memoryview],
        seconds: float,  # noqa: ARG002 - trusted code ends
    ) -> tuple[dict[str, Any], list[Any]]:
        copies = iter([np.frombuffer(bytearray(buffer), np.uint8) for buffer in buffers])
        handlers = {"calls": self._calls.make, "define": self._calls.define}
        answer, raw = handlers[request["op"]]({**request, "values": trees}, copies)
        rest = iter([np.frombuffer(bytearray(buffer), np.uint8) for buffer in raw])
        return answer, [decode(tree, rest) for tree in answer.get("values", [])]

    def close(self, reason: Reason) -> BoxEndedError:
        return BoxEndedError(reason)


@cache
def _compile(source: str, name: str) -> CodeType:
    try:
        tree = ast.parse(source, name)
    except SyntaxError as error:
        raise ChecksError(f"{name}: {error}") from error
    tree.body = [statement for statement in tree.body if not _imports_plots(statement)]
    return compile(tree, name, "exec")


def _imports_plots(statement: ast.stmt) -> bool:
    match statement:
        case ast.Import(names):
            return any(alias.name.partition(".")[0] == _NOT_NEEDED for alias in names)
        case ast.ImportFrom(module=str(module)):
            return module.partition(".")[0] == _NOT_NEEDED
    return False
