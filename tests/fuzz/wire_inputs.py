"""Conversations to begin from: what honest boxes answer to real requests, and what dishonest ones may."""

import json
import math
import socket
import struct
import threading
import time
from dataclasses import replace

import shapes
from harness import instrumented
from peer import DEALS, EARLIER, ENDS, ID, Part, Script
from wire_frames import announced

with instrumented("autograder.sandbox", "autograder.checks"):
    import numpy as np

    from autograder.checks.kinds import ARRAY, HANDLE, INTEGER, NUMBER, returns
    from autograder.sandbox.box import Box
    from autograder.sandbox.inside.serve import serve
    from autograder.sandbox.inside.values import BFLOAT16, DTYPES, MAX_TEXT, Handle, Tensor
    from autograder.sandbox.session import BoxLine, Call, Session

RIGHT = np.array([1.0, -2.0, 0.5])
"""The right value of every call."""
X = np.arange(3.0)
CELL, DEFINE = "cell", "define"
PLANS = (
    ((Call("f", (X,)),),),
    (CELL, (Call("f", (1.5, "text", [1, (2, None)])),)),
    ((Call("f", (X,), after=True), Call("f"), Call("f", (), {"x": X}, after=True)),),
    ((Call("f", returns="handle"),), (Call(Handle(1), (X,), method="forward", returns=["value", "handle"]),)),
    ((Call("f", returns=returns((ARRAY, NUMBER, INTEGER, HANDLE))),), CELL),
    (DEFINE, (Call("f", (Handle(1),)),)),
    (tuple(Call("f", (float(i),)) for i in range(5)),),
    (CELL, CELL, (Call("f"),), (Call("f"),)),
)
WORDS = (
    *("a", "b", "d", "f", "h", "i", "l", "s", "t", "u", "x", "rng", "dtype", "device", "function", *DTYPES, BFLOAT16, "float128", "object"),
    *("id", "values", "results", "error", "printed", "type", "known", "text", "cell", "line", "module", "misfit"),
    *(ID.decode(), EARLIER.decode(), "MemoryError", "SystemExit", "ModuleNotFoundError", "missing", "not callable", "f(x)", "A" * 64),
    *(
        ["f"],
        ["a", "float64", [3]],
        ["a", "bool", [2, 2]],
        ["t", "bfloat16", [3]],
        ["a", "int16", [0, 7]],
        ["l", [["f"], None]],
        ["d", {"k": ["f"]}],
    ),
    *(["h", 1], ["x", "set"], ["rng", 5], ["dtype", "float32"], ["device", "cuda:7"], ["function", "cubic"], ["s", "x" * (MAX_TEXT + 1)]),
    *([1] * 33, [2**26] * 3, ["a", "float64", [0, 2**26, 2**26, 2**26]], [-1, -1], [True], [64 << 20], {"error": None, "printed": 0}),
)
FLOATS = (0.0, 1.0, -2.0, 0.5, 1.0 + 1e-10, 1.0 + 1e-8, math.nan, math.inf, -math.inf, 1e308, 5e-324)


def ask(session, request, seconds):
    """Make one request of a plan."""
    if request == CELL:
        return session.run_cell("x = 1", "f-solution", seconds)
    if request == DEFINE:
        return session.define("def f(x):\n    return x")
    return session.call(*request)


def _raises():
    raise ValueError("text")


DEEP = {"k": [(1, 2.5), {"x": [True, None]}], "": "text é \u2028"}
DOES = (
    *(lambda: RIGHT, lambda: 1.0, lambda: 1, lambda: None, lambda: True, lambda: "text", lambda: DEEP, lambda: {1}, _raises, lambda: 1 / 0),
    *(lambda: (RIGHT, 1.0, 1, object()), lambda: RIGHT * math.nan, lambda: list(RIGHT), lambda: Tensor(BFLOAT16, RIGHT)),
    *(
        lambda: [np.arange(4).reshape(2, 2).astype(dtype) for dtype in DTYPES.values()],
        lambda: np.zeros((0, 7)),
        lambda: Tensor("float16", RIGHT),
    ),
    lambda: np.arange(1500.0),
)


class _Shell:
    """What runs cells in a box, here without one."""

    def __init__(self, does):
        self.user_ns = {"f": lambda *_, **__: does()}

    def run_source(self, _source, _name):
        """A cell that does nothing."""


class _Tap(socket.socket):
    """Our end of a socket, noting what comes."""

    def recv_into(self, buffer, *arguments):
        """Receive, and note it."""
        count = super().recv_into(buffer, *arguments)
        self.noted += bytes(buffer[:count])
        return count


def recorded(plan, does):
    """The parts that the box's own program answers to `plan`, where each function is `does`."""
    ours, theirs = socket.socketpair()
    tap = _Tap(fileno=ours.detach())
    thread = threading.Thread(target=serve, args=(theirs, _Shell(does), 1000))
    thread.start()
    session = Session(BoxLine(Box(tap, -1), time.monotonic() + 60), 30.0)
    for request in plan:
        tap.noted = b""
        ask(session, request, 30.0)
        (length,) = struct.unpack_from("<I", tap.noted)
        header = tap.noted[4 : 4 + length]
        identity = json.loads(header)["id"].encode()
        yield Part(b"F", header.replace(identity, ID), tap.noted[4 + length :])
    session.close()
    thread.join()
    theirs.close()


def changed_part(part, rng):
    """Another part: other ids, buffers, bytes, or another header."""
    how = rng.randrange(12)
    if how == 0:
        return replace(part, letter=rng.choice((b"F", b"P", b"R")))
    if how == 1:
        swap = rng.choice(((ID, EARLIER), (EARLIER, ID), (ID, b"0123456789abcdef"), (b'"id"', b'"di"')))
        return replace(part, header=part.header.replace(*swap))
    if how == 2:
        return replace(part, header=shapes.bits(part.header, rng))
    if how == 3:
        return replace(part, payload=shapes.bits(part.payload, rng))
    if how == 4:
        return replace(part, payload=b"".join(struct.pack("=d", rng.choice(FLOATS)) for _ in range(rng.choice((1, 2, 3, 3, 9)))))
    if how == 5:
        return Part(b"R", part.content(announced) * 2 if rng.random() < 0.3 else shapes.bits(part.content(announced), rng))
    try:
        header = json.loads(part.header)
    except (ValueError, RecursionError):
        header = {"id": ID.decode(), "results": [{"error": None, "printed": 0}], "values": [["a", "float64", [3]]]}
    header = spoilt_header(header, rng) if how < 8 and isinstance(header, dict) else shapes.changed(header, rng, WORDS)
    return Part(rng.choice((b"P", b"P", part.letter)), shapes.written(header, rng), part.payload)


SIDES = (0, 1, 2, 3, 7, 1, 2, 3, -1, 2**26, 2**32, True, 1.0)
NUMBERS = (0, 1, 7, 2**63 - 1, -1, -(2**63), -(2**63) - 1, 2**63, 2**64 - 1, 2**64)
FIELDS = ("type", "known", "text", "cell", "line", "module", "misfit")


def grown(rng):
    """A conversation that begins as an honest box would, for some requests or all; what follows is wrong in one place, or in any."""
    number = rng.randrange(len(PLANS))
    honest = rng.choice((9, 1, 0, 2))
    parts = [Part.of(rng.choice((b"",) * 9 + (b"R{}",)))]
    for place, request in enumerate(PLANS[number]):
        header = _fitting(request, rng)
        if place >= honest:
            header = _any_header(rng) if rng.randrange(4) == 1 else spoilt_header(header, rng)
        payload = b"".join(struct.pack("=d", rng.choice(FLOATS)) for _ in range(rng.randrange(4)))
        parts.append(Part(rng.choice((b"P",) * 7 + (b"F",)), json.dumps(header).encode(), payload))
    return Script(number, rng.choice(DEALS), rng.choice(ENDS), rng.randrange(256), tuple(parts))


def _fitting(request, rng):
    """A header that answers `request` in form."""
    identity = {"id": ID.decode()}
    if request == CELL:
        return {**identity, "error": None if rng.randrange(3) else _error(rng), "printed": rng.randrange(9)}
    if request == DEFINE:
        return {**identity, "results": [{"error": None, "printed": 0}], "values": [["h", 1]]}
    results, values = [], []
    for call in request:
        error = _error(rng) if rng.randrange(8) == 1 else None
        results.append({"error": error, "printed": rng.randrange(9)})
        if error is None:
            values.append(_tree(rng, 3))
            values += [["l", [_tree(rng, 2) for _ in range(len(call.args) + len(call.kwargs))]]] * call.after
    return {**identity, "results": results, "values": values}


def _any_header(rng):
    """A header with the right names and anything in their places."""
    return {
        "id": rng.choice((ID.decode(),) * 6 + (EARLIER.decode(), "0123456789abcdef", 1, None, "")),
        "results": [{"error": _error(rng), "printed": _junk(rng)} for _ in range(rng.randrange(4))] if rng.randrange(3) else _junk(rng),
        "values": [_tree(rng, 3, doubtful=True) for _ in range(rng.randrange(4))] if rng.randrange(4) else _junk(rng),
        rng.choice(("error", "printed", "x")): _junk(rng),
    }


def spoilt_header(header, rng):
    """The header with one of its values, at any depth, made doubtful."""
    values = header.get("values")
    return {**header, "values": _spoilt(values, rng)} if isinstance(values, list) and values else shapes.changed(header, rng, WORDS)


def _spoilt(trees, rng):
    place = rng.randrange(len(trees))
    match trees[place]:
        case ["l" | "u" as tag, [_, *_] as items] if rng.randrange(3):
            spoilt = [tag, _spoilt(items, rng)]
        case _:
            spoilt = _tree(rng, 1, doubtful=True)
    return [*trees[:place], spoilt, *trees[place + 1 :]]


def _tree(rng, depth, *, doubtful=False):
    """A tree; a doubtful one may break any rule there is."""
    how = rng.randrange(14 if depth else 9)
    if doubtful and rng.randrange(6) == 0:
        return _junk(rng)
    if how in (0, 1):
        return ["f"]
    if how in (2, 3, 4):
        sides = [rng.choice(SIDES if doubtful else SIDES[:8]) for _ in range(rng.choice((1, 2, 0, 3, 4)))]
        return [rng.choice("aat"), rng.choice((*DTYPES, *([BFLOAT16] if doubtful else []))), sides]
    if how == 5:
        return rng.choice((None, ["b", True], ["b", False], ["t", BFLOAT16, [3]], ["a", "float64", [3]], ["a", "float64", []], ["h", 1]))
    if how == 6:
        return [rng.choice(("i", "h", "rng", "b", "x")), rng.choice(NUMBERS)] if doubtful else [rng.choice("ih"), rng.choice(NUMBERS[:4])]
    if how in (7, 8):
        return [rng.choice(("s", "x") if not doubtful else ("s", "x", "dtype", "device", "function")), _text(rng)]
    below = [_tree(rng, depth - 1, doubtful=doubtful) for _ in range(rng.choice((1, 2, 0, 3)))]
    return ["d", {_text(rng): one for one in below}] if how == 9 else [rng.choice("lu"), below]


def _error(rng):
    """What student code raised, in part."""
    return {name: _junk(rng) for name in FIELDS if rng.randrange(3) == 0} if rng.randrange(4) else _junk(rng)


def _text(rng):
    return rng.choice(TEXTS)


def _junk(rng):
    return rng.choice(shapes.EDGES if rng.randrange(2) else WORDS)


TEXTS = tuple(word for word in (*WORDS, *shapes.EDGES) if isinstance(word, str) and len(word) < 400)
