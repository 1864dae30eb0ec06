"""The loop of a box: read a request, run the cell or make the calls it asks for, answer. In: socket and shell. Ends with the socket.

Requests carry "id", which the answer repeats, and "op":

| op | fields | answer |
|---|---|---|
| cell | name, source | error (see facts.describe) or null, printed |
| calls | calls, values: see calls.Calls | results, values |
| define | source | results, values: one handle |

Every answer is data for the grader to doubt. A MemoryError of our own, between the student's code and the answer, is told as one of the
student's: it is what they hold that left us none.
"""

import socket
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from typing import Any

import numpy as np

from autograder.sandbox.inside import frames
from autograder.sandbox.inside.calls import Answer, Calls
from autograder.sandbox.inside.facts import CappedText, describe


def serve(sock: socket.socket, shell: Any, output_limit: int, device: str = "cpu") -> None:
    """Answer requests until the grader closes the socket; tensors in them are put on `device`."""
    calls = Calls(shell.user_ns, output_limit, device=device)

    def cell(request: dict[str, Any], _: Iterator[np.ndarray]) -> Answer:
        printed = CappedText(output_limit)
        with redirect_stdout(printed), redirect_stderr(printed):
            error = shell.run_source(request["source"], request["name"])
        return {"error": error, "printed": printed.written}, []

    answers = {"cell": cell, "calls": calls.make, "define": calls.define}
    while True:
        try:
            request, buffers = frames.receive(sock)
        except frames.Closed:
            return
        try:
            answer, raw = answers[request["op"]](request, iter(buffers))
        except MemoryError as error:
            answer, raw = _no_memory(request, error), []
        frames.send(sock, {"id": request["id"], **answer}, raw)


def _no_memory(request: dict[str, Any], error: MemoryError) -> dict[str, Any]:
    result = {"error": describe(error), "printed": 0}
    return {"results": [result for _ in request["calls"]]} if request["op"] == "calls" else result
