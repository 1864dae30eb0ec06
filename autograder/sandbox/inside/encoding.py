"""Values to trees and buffers. In: any object, a student's too. Out: what `decoding` reads; the grammar stands in `values`."""

import struct
import sys
from collections.abc import Iterable
from typing import Any

import numpy as np

from autograder.sandbox.inside.nouns import (
    BFLOAT16,
    DTYPES,
    INWARD,
    MAX_BUFFER_BYTES,
    MAX_DEPTH,
    MAX_HEADER_BYTES,
    MAX_KEY,
    MAX_NODES,
    MAX_TEXT,
    Handle,
    Tensor,
    is_shape,
)

# Upper bounds of what JSON takes: the longest tagged list without text or sides is ["t","complex128",[]], ; a side has at most
# eight digits; a control character becomes six.
_NODE_BYTES, _SIDE_BYTES, _CHARACTER_BYTES = 32, 10, 6
_FLOAT = struct.Struct("=d")


class Room:
    """What is left of the caps for one message, shared by all its values: an honest answer must never break the format.

    Args:
        header_bytes: for the trees of the values, JSON overhead included.
    """

    def __init__(self, header_bytes: int = MAX_HEADER_BYTES - 4096) -> None:
        self.nodes, self.header_bytes, self.buffer_bytes = MAX_NODES, header_bytes, MAX_BUFFER_BYTES
        self.exhausted = False
        """True once a value was refused because it took more than was left."""

    def take(self, *, nodes: int = 0, header_bytes: int = 0, buffer_bytes: int = 0) -> None:
        """Use up some of the room.

        Raises:
            NoRoomError: there is not as much; says of what.
        """
        self.nodes -= nodes
        self.header_bytes -= header_bytes
        self.buffer_bytes -= buffer_bytes
        if self.nodes < 0:
            raise NoRoomError(f"a collection of more than {MAX_NODES} values")
        if self.buffer_bytes < 0:
            raise NoRoomError(f"more than {MAX_BUFFER_BYTES >> 20} MiB of values")
        if self.header_bytes < 0:
            raise NoRoomError("more text or structure than can travel")

    def take_text(self, text: str) -> None:
        """Use up what `text` takes at most."""
        self.take(header_bytes=_CHARACTER_BYTES * len(text))


class NoRoomError(Exception):
    """A value takes more than its message has room for."""


def encode(value: Any, buffers: list[memoryview], room: Room | None = None) -> Any:
    """Describe `value` as a tree and append its buffers.

    Args:
        value: anything; what can't travel becomes an "x" tree, so this refuses no value.
        buffers: receives the raw bytes, in the order in which `decode` will want them. They may be views of the value.
        room: what the message has left, reduced by what this value takes; None for a message of its own.
    """
    room = room or Room()
    start = len(buffers)
    before = room.nodes, room.header_bytes, room.buffer_bytes
    try:
        return _encode(value, buffers, MAX_DEPTH, room)
    except NoRoomError as full:
        room.exhausted = True
        del buffers[start:]
        room.nodes, room.header_bytes, room.buffer_bytes = before
        return ["x", str(full)]


def _encode(value: Any, buffers: list[memoryview], depth: int, room: Room) -> Any:
    room.take(nodes=1, header_bytes=_NODE_BYTES)
    # By type and not by isinstance: an object may claim any __class__.
    kind = type(value)
    if value is None:
        return None
    if kind is bool:
        return ["b", value]
    if kind is int:
        return ["i", value] if -(2**63) <= value < 2**63 else _opaque("int beyond 64 bits", room)
    if kind is float:
        room.take(buffer_bytes=8)
        buffers.append(memoryview(_FLOAT.pack(value)))
        return ["f"]
    if kind is str:
        return _text("s", value, room) if len(value) <= MAX_TEXT else _opaque(f"str of more than {MAX_TEXT} characters", room)
    if issubclass(kind, np.ndarray | np.generic):
        return _encode_array(value, buffers, room)
    if issubclass(kind, list | tuple | dict):
        return _encode_collection(value, buffers, depth, room) if depth else _opaque(f"{kind.__name__} nested too deep", room)
    if kind is Handle:
        return _number("h", value.id, room)
    if kind is Tensor:
        return _encode_widened(value, buffers, room)
    for tag, inward in INWARD.items():
        if kind is inward:
            return _number(tag, value.seed, room) if tag == "rng" else _text(tag, value.name, room)
    torch = sys.modules.get("torch")
    if torch is not None and issubclass(kind, torch.Tensor):
        return _encode_tensor(torch, value, buffers, room)
    return _opaque(kind.__name__, room)


def _opaque(what: str, room: Room) -> list[Any]:
    return _text("x", what[:80], room)


def _text(tag: str, text: str, room: Room) -> list[Any]:
    room.take_text(text)
    return [tag, text.encode("utf-8", "replace").decode()]  # a lone surrogate could not be written anywhere later


def _number(tag: str, number: Any, room: Room) -> list[Any]:
    return [tag, number] if type(number) is int and 0 <= number < 2**64 else _opaque(f"{tag} beyond 64 bits", room)


def _encode_array(value: Any, buffers: list[memoryview], room: Room) -> Any:
    # The plain array below a subclass: a lying shape, dtype or __array__ has no say in what is sent.
    plain = np.ndarray.view(value, np.ndarray) if issubclass(type(value), np.ndarray) else np.asarray(value)
    if plain.dtype == np.longdouble:  # as wide as the machine has it: what is right in it is right in float64 too
        plain = plain.astype(np.float64)
    name = plain.dtype.name
    if name not in DTYPES:
        return _opaque(f"array of dtype {name[:40]}", room)
    return _buffer(["a", name, list(plain.shape)], plain, buffers, room)


def _encode_tensor(torch: Any, value: Any, buffers: list[memoryview], room: Room) -> Any:
    plain = torch.Tensor.detach(value)
    name = str(plain.dtype).removeprefix("torch.")
    if plain.layout != torch.strided or (name not in DTYPES and name != BFLOAT16):
        return _opaque(f"{str(plain.layout).removeprefix('torch.')} tensor of dtype {name[:40]}", room)
    plain = plain.cpu().resolve_conj().resolve_neg()
    array = (plain.view(torch.int16) if name == BFLOAT16 else plain).numpy()
    return _buffer(["t", name, list(array.shape)], array, buffers, room)


def _encode_widened(tensor: Tensor, buffers: list[memoryview], room: Room) -> Any:
    """A tensor that the grader holds as an array; where its dtype is narrower, rounded to it."""
    if tensor.dtype == BFLOAT16:
        wide = np.asarray(tensor.array, np.float32)
        bits = wide.view(np.uint32)
        rounded = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16  # to nearest, ties to even
        array = np.where(np.isnan(wide), 0x7FC0, rounded).astype(np.uint16)
    elif tensor.dtype in DTYPES:
        array = np.asarray(tensor.array, DTYPES[tensor.dtype])
    else:
        return _opaque(f"tensor of dtype {tensor.dtype[:40]}", room)
    return _buffer(["t", tensor.dtype, list(array.shape)], array, buffers, room)


def _encode_collection(value: Any, buffers: list[memoryview], depth: int, room: Room) -> Any:
    # By the methods of list, tuple and dict themselves: those of a subclass may never end.
    if issubclass(type(value), dict):
        items = list(dict.items(value))
        if not all(_is_key(key) for key, _ in items):
            return _opaque("dict with keys that are not short strings", room)
        for key, _ in items:
            room.take_text(key)
        return ["d", {key: _encode(item, buffers, depth - 1, room) for key, item in items}]
    if issubclass(type(value), list):
        return ["l", _encode_items(list.__iter__(value), buffers, depth, room)]
    return ["u", _encode_items(tuple.__iter__(value), buffers, depth, room)]


def _encode_items(items: Iterable[Any], buffers: list[memoryview], depth: int, room: Room) -> list[Any]:
    return [_encode(item, buffers, depth - 1, room) for item in items]


def _is_key(key: Any) -> bool:
    if type(key) is not str or len(key) > MAX_KEY:
        return False
    try:
        key.encode()
    except UnicodeEncodeError:  # two such keys could become one on the way
        return False
    return True


def _buffer(tree: list[Any], array: Any, buffers: list[memoryview], room: Room) -> list[Any]:
    """`tree`, with the bytes of `array` appended to `buffers`: native byte order, C order."""
    if not is_shape(array.shape):
        return _opaque(f"array with {array.ndim} axes and {array.size} entries", room)
    room.take(header_bytes=_SIDE_BYTES * array.ndim, buffer_bytes=array.nbytes)
    native = np.ascontiguousarray(array, array.dtype.newbyteorder("="))
    buffers.append(native.reshape(-1).view(np.uint8).data)
    return tree
