"""Judges one frame: that it reads the same in any pieces, and that what it holds re-encodes to what came. Knows no conversations."""

import itertools
import json
import struct
import time
from dataclasses import replace

from demands import FindingError, demand, demand_text
from harness import instrumented
from peer import Wired

with instrumented("autograder.sandbox", "autograder.checks"):
    import numpy as np

    from autograder.sandbox.inside import frames
    from autograder.sandbox.inside.values import (
        BFLOAT16,
        DTYPES,
        MAX_HEADER_BYTES,
        MAX_TEXT,
        Handle,
        Opaque,
        Tensor,
        WireError,
        buffer_sizes,
        decode,
        encode,
    )

PATIENT_SECONDS = 4.0
TRAILING = "bytes after the end of the frame"


def judge_frame(script, content):
    """Read `content` whole and as the script deals it out."""
    whole, left = _read(replace(script, deal="whole"), content)
    kind, told, raw = whole
    if len(content) < 4:
        demand(kind == "closed", "a frame without its length is not cut off", kind, told)
    elif (length := struct.unpack_from("<I", content)[0]) > MAX_HEADER_BYTES:
        demand(kind == "refused", "a header beyond the limit is not refused", kind, told)
    elif len(content) < 4 + length:
        demand(kind == "closed", "a frame without its header is not cut off", kind, told)
    elif kind == "closed":
        wanted = announced(content[4 : 4 + length])
        demand(len(content) < 4 + length + wanted, "a frame that is whole is called cut off", wanted)
    if script.deal != "whole":
        dealt, _ = _read(script, content)
        surplus = kind == "refused" and told == TRAILING and dealt[0] == "frame"  # the rest came later: `pending` will tell
        demand(surplus or _alike(whole, dealt), "a frame reads differently in pieces", whole[:2], dealt[:2])
    if kind != "frame":
        return
    demand(type(told) is dict, "a header that is no object", told)
    json.dumps(told, ensure_ascii=False).encode()  # a lone surrogate could not be written down later
    sizes = [len(buffer) for buffer in raw]
    came = content[4 + length :]
    demand(left == len(came) - sum(sizes), "bytes taken that belong to no frame, or left that do", left, told)
    rest = iter(raw)
    values = [decode(tree, rest) for tree in told.get("values", [])]
    demand(next(rest, None) is None, "buffers left over", told)
    for one, other in itertools.combinations(_arrays(values)[:6], 2):
        demand(not np.may_share_memory(one, other), "two values share memory", one, other)
    pieces = []
    again = [written(value, pieces) for value in values]
    trees = list(map(_outward, told.get("values", [])))
    demand(json.dumps(again) == json.dumps(trees), "values that re-encode to another tree", again, told)
    demand([len(piece) for piece in pieces] == sizes, "values that re-encode to other buffers", told)
    for piece in pieces:
        sent, came = came[: len(piece)], came[len(piece) :]
        if type(piece) is Truths:
            sent = bytes(byte != 0 for byte in sent)
        demand(piece == sent, "values that re-encode to other bytes", told, piece[:40], sent[:40])
    for value in values:
        _demand_travels(value)


class Truths(bytes):
    """The buffer of an array of bools; of a byte that came only the truth is kept."""


def _read(script, content):
    """What `frames.receive` makes of the content, dealt out as the script says, as (kind, header or words, buffers); and what it left."""
    with Wired.pair(replace(script, end="close", parts=()), announced) as wired:
        wired.say(content)
        try:
            header, raw = frames.receive(wired, time.monotonic() + PATIENT_SECONDS)
        except WireError as error:
            return ("refused", str(error), []), wired.drain()
        except frames.Closed:
            return ("closed", "", []), wired.drain()
        return ("frame", header, raw), wired.drain()


def _alike(one, other):
    return (
        one[0] == other[0]
        and json.dumps(one[1]) == json.dumps(other[1])
        and [buffer.tobytes() for buffer in one[2]] == [buffer.tobytes() for buffer in other[2]]
    )


def announced(header):
    """Bytes of buffers that a header asks for; 0 where it is none."""
    try:
        values = json.loads(header.decode()).get("values", [])
        return sum(buffer_sizes(*values)) if isinstance(values, list) else 0
    except Exception:  # noqa: BLE001 - only a help to make frames; what the decoder thinks of it is judged elsewhere
        return 0


def _outward(tree):
    """The tree as the grader may see it: what is for the box alone becomes something that does not travel."""
    match tree:
        case ["rng" | "dtype" | "device" | "function" as tag, _]:
            return ["x", {"rng": "Rng", "dtype": "DType", "device": "Device", "function": "Function"}[tag]]
        case ["l" | "u", items]:
            return [tree[0], list(map(_outward, items))]
        case ["d", items]:
            return ["d", {key: _outward(item) for key, item in items.items()}]
    return tree


def written(value, pieces):
    """The tree of a decoded value, told by the table in `values` and not by its encoder; the bytes of its buffers go to `pieces`."""
    kind = type(value)
    if value is None:
        return None
    if kind is bool:
        return ["b", value]
    if kind is int:
        demand(-(2**63) <= value < 2**63, "an int beyond 64 bits", value)
        return ["i", value]
    if kind is float:
        pieces.append(struct.pack("=d", value))
        return ["f"]
    if kind is str:
        demand_text(value, MAX_TEXT, "a text")
        return ["s", value]
    if kind is np.ndarray:
        return ["a", *_array(value, pieces)]
    if kind is Tensor:
        demand(value.array.dtype.name == {BFLOAT16: "float32"}.get(value.dtype, value.dtype), "a tensor of another dtype", value)
        name, sides = _array(value.array, pieces)
        if value.dtype == BFLOAT16:
            wide = np.frombuffer(pieces.pop(), np.uint32)
            demand(not (wide & 0xFFFF).any(), "a bfloat16 with digits of its own", value)
            pieces.append((wide >> 16).astype(np.uint16).tobytes())
        return ["t", value.dtype if value.dtype == BFLOAT16 else name, sides]
    if kind is list or kind is tuple:
        return ["l" if kind is list else "u", [written(item, pieces) for item in value]]
    if kind is dict:
        demand(all(type(key) is str and len(key) <= 256 for key in value), "a dict with other keys than short texts", list(value)[:5])
        return ["d", {key: written(item, pieces) for key, item in value.items()}]
    if kind is Handle:
        demand(type(value.id) is int and 0 <= value.id < 2**64, "a handle beyond 64 bits", value)
        return ["h", value.id]
    if kind is Opaque:
        demand_text(value.type, MAX_TEXT, "a type's name")
        return ["x", value.type]
    raise FindingError(f"a value of the type {kind.__name__}")


def _array(array, pieces):
    demand(DTYPES.get(array.dtype.name) == array.dtype, "an array of a dtype that does not travel", array.dtype)
    demand(array.flags.c_contiguous and array.flags.aligned and array.flags.writeable, "an array unlike one of our own", array.flags)
    pieces.append((Truths if array.dtype == bool else bytes)(array.tobytes()))
    return array.dtype.name, list(array.shape)


def _demand_travels(value):
    """What came out can go in again, and comes out the same: checks hand values back."""
    buffers = []
    tree = encode(value, buffers)
    raw = [np.frombuffer(bytearray(buffer), np.uint8) for buffer in buffers]
    demand([one.nbytes for one in raw] == list(buffer_sizes(tree)), "a value is encoded with other buffers than announced", value)
    second = decode(tree, iter(raw))
    pieces, others = [], []
    again = written(second, pieces)
    if again == written(value, others):  # else it was too deep or too much, and says so
        nan = any(np.isnan(array).any() for array in _arrays([value]) if array.dtype == np.float32)  # bfloat16 has one NaN for all
        demand(pieces == others or nan, "a value that changes on its way back in", value, second)
    else:
        demand(any(isinstance(one, Opaque) for one in _leaves([second])), "a value that becomes another on its way back in", value, second)


def _leaves(values):
    for value in values:
        if isinstance(value, list | tuple | dict):
            yield from _leaves(value.values() if isinstance(value, dict) else value)
        else:
            yield value


def _arrays(values):
    return [leaf.array if isinstance(leaf, Tensor) else leaf for leaf in _leaves(values) if isinstance(leaf, Tensor | np.ndarray)]
