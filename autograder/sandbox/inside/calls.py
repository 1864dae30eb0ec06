"""Make calls of a student's functions: in the box for the grader, and outside for the solution and the catalogued mistakes."""

import importlib
import inspect
import itertools
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from typing import Any, TypeAlias

import numpy as np

from autograder.sandbox.inside.facts import CappedText, describe
from autograder.sandbox.inside.values import (
    BFLOAT16,
    MAX_HEADER_BYTES,
    Device,
    DType,
    Function,
    Handle,
    Rng,
    Room,
    Tensor,
    decode,
    encode,
)

Answer: TypeAlias = tuple[dict[str, Any], list[memoryview]]
_RESULT_BYTES = 96  # of an answer's header for each call, beside its values and the facts of its error


class Calls:
    """Makes calls of the functions in `names`, and keeps the objects that stay inside.

    A request for calls holds "calls": [{target, method, returns, after, args, kwargs}] and "values". `target` is a function's name or a
    handle's number; `args` counts how many of the values belong to the call and `kwargs` names the last of them. `returns` is "value",
    "handle" or a list of these. `after` asks for the arguments as the call left them. The answer is "results": [{error, printed}] and,
    for each call without an error, its value (and then its arguments) in "values".

    Args:
        names: where functions are looked up, anew for each call: the last definition counts.
        output_limit: characters of output kept for each call.
        catches: what counts as the called code's own failure.
        device: where tensors are put that come in.
    """

    def __init__(
        self, names: dict[str, Any], output_limit: int, catches: type[BaseException] = BaseException, *, device: str = "cpu"
    ) -> None:
        self.names = names
        self.output_limit = output_limit
        self.catches = catches
        self.device = device
        self.kept: dict[int, Any] = {}
        self.numbers = itertools.count(1)

    def make(self, request: dict[str, Any], buffers: Iterator[np.ndarray]) -> Answer:
        """Make the calls of one request, one after the other."""
        values = iter([decode(tree, buffers, inward=True) for tree in request["values"]])
        results: list[Any] = []
        trees: list[Any] = []
        raw: list[memoryview] = []
        calls = request["calls"]
        room = Room(MAX_HEADER_BYTES - 4096 - _RESULT_BYTES * len(calls))
        for call in calls:
            arguments = [self._inward(next(values)) for _ in range(call["args"])]
            start = len(raw)
            result, answered = self._call(call, arguments, raw, room)
            if len(calls) > 1:  # the next call may write into what this one gave
                raw[start:] = [memoryview(bytes(buffer)) for buffer in raw[start:]]
            results.append(result)
            trees.extend(answered)
        return {"results": results, "values": trees}, raw

    def define(self, request: dict[str, Any], _: Iterator[np.ndarray]) -> Answer:
        """Define the last function of the request's source and keep it."""
        names: dict[str, Any] = {"np": np}
        exec(request["source"], names)  # noqa: S102 - source text that the grader hands to the student
        function = next(value for value in reversed(names.values()) if callable(value))
        return {"results": [{"error": None, "printed": 0}], "values": [["h", self._keep(function)]]}, []

    def _call(self, call: dict[str, Any], arguments: list[Any], raw: list[memoryview], room: Room) -> tuple[dict[str, Any], list[Any]]:
        printed = CappedText(self.output_limit)
        start = len(raw)
        try:
            with redirect_stdout(printed), redirect_stderr(printed):
                target = self._target(call)
                named = call["kwargs"]
                plain = arguments[: len(arguments) - len(named)]
                value = target(*plain, **dict(zip(named, arguments[len(plain) :], strict=True)))
                trees = [self._outward(value, call["returns"], raw, room)]
                if call["after"]:
                    trees.append(["l", [encode(argument, raw, room) for argument in arguments]])
        except self.catches as error:
            del raw[start:]
            facts = describe(error) | {"misfit": self._misfit(error, call)}
            return {"error": facts if _fits(facts, room) else {"type": facts["type"][:16]}, "printed": printed.written}, []
        return {"error": None, "printed": printed.written}, trees

    def _target(self, call: dict[str, Any]) -> Any:
        target = self.kept[call["target"]] if isinstance(call["target"], int) else self.names[call["target"]]
        return getattr(target, call["method"]) if call["method"] else target

    def _keep(self, value: Any) -> int:
        number = next(self.numbers)
        self.kept[number] = value
        return number

    def _outward(self, value: Any, returns: Any, raw: list[memoryview], room: Room) -> Any:
        if returns == "handle":
            return ["h", self._keep(value)]
        if isinstance(returns, list) and isinstance(value, list | tuple) and len(value) == len(returns):
            return ["u", [self._outward(item, spec, raw, room) for item, spec in zip(value, returns, strict=True)]]
        return encode(value, raw, room)

    def _inward(self, value: Any) -> Any:
        match value:
            case Handle(number):
                return self.kept[number]
            case Rng(seed):
                return np.random.default_rng(seed)
            case DType(name):
                return getattr(sys.modules["torch"], name)
            case Device(name):
                return sys.modules["torch"].device(name)
            case Function(name):
                return getattr(importlib.import_module("autograder.gradients.examples"), name)
            case Tensor(name, array):
                torch = sys.modules["torch"]
                tensor = torch.from_numpy(array).to(self.device)
                return tensor.to(torch.bfloat16) if name == BFLOAT16 else tensor  # it came widened, which this undoes exactly
            case list():
                return [self._inward(item) for item in value]
            case tuple():
                return tuple(self._inward(item) for item in value)
            case dict():
                return {key: self._inward(item) for key, item in value.items()}
        return value

    def _misfit(self, error: BaseException, call: dict[str, Any]) -> str | None:
        """Why the call could not even begin: "missing", "not callable", the function's own signature, or None when it began."""
        name = call["target"]
        if call["method"] or not isinstance(name, str):
            return None
        if name not in self.names:
            return "missing"
        function = self.names[name]
        if not callable(function):
            return "not callable"
        if isinstance(error, TypeError):
            try:
                signature = inspect.signature(function)
            except (TypeError, ValueError):
                return None
            try:
                signature.bind(*[None] * (call["args"] - len(call["kwargs"])), **dict.fromkeys(call["kwargs"]))
            except TypeError:
                return f"{name}{signature}"[:200]
        return None


def _fits(facts: dict[str, Any], room: Room) -> bool:
    tree = encode([text for text in facts.values() if isinstance(text, str)], [], room)
    return bool(tree[0] == "l")
