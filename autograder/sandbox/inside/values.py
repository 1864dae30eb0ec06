"""Values to and from the wire: a small JSON tree that describes, and raw buffers that carry. Used on both sides of the box.

A tree is None or a list that starts with a tag:

| tree | value |
|---|---|
| null | None |
| ["b", true] ["i", 3] ["s", "text"] | bool, int of 64 bits, str |
| ["f"] | float: the next buffer, 8 bytes; so NaN and inf travel as well |
| ["a", "float64", [2, 3]] | numpy array or numpy scalar: the next buffer |
| ["t", "bfloat16", [2, 3]] | torch tensor: the next buffer |
| ["l", [...]] ["u", [...]] ["d", {...}] | list, tuple, dict with str keys |
| ["h", 7] | a handle: an object that stays in the box |
| ["x", "set"] | something that can't travel; its type's name |
| ["rng", 5] ["dtype", "float32"] ["device", "cpu"] ["function", "cubic"] | inward only: made anew in the box |

There is no pickle here, and no branch that turns bytes into code.
"""

import math
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

MAX_DEPTH = 4
MAX_NODES = 20_000
MAX_TEXT = 64 << 10
MAX_BUFFER_BYTES = 64 << 20
DTYPES = {
    name: np.dtype(name)
    for name in (
        *("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
        *("float16", "float32", "float64", "complex64", "complex128"),
    )
}
BFLOAT16 = "bfloat16"


class WireError(Exception):
    """What came over the wire is not what the format allows."""


@dataclass(frozen=True)
class Handle:
    """An object that stays in the box; only its number travels."""

    id: int


@dataclass(frozen=True)
class Tensor:
    """A torch tensor as seen from outside: its values as a numpy array (bfloat16 widened to float32) and its own dtype's name."""

    dtype: str
    array: np.ndarray


@dataclass(frozen=True)
class Opaque:
    """A value of a kind that does not travel; `type` is what it calls itself."""

    type: str


@dataclass(frozen=True)
class Rng:
    """Inward: numpy.random.default_rng(seed)."""

    seed: int


@dataclass(frozen=True)
class DType:
    """Inward: a torch dtype by name."""

    name: str


@dataclass(frozen=True)
class Device:
    """Inward: a torch device by name."""

    name: str


@dataclass(frozen=True)
class Function:
    """Inward: a public example function by name."""

    name: str


_INWARD: dict[str, Callable[[Any], Any]] = {"rng": Rng, "dtype": DType, "device": Device, "function": Function}


def encode(value: Any, buffers: list[memoryview]) -> Any:
    """Describe `value` as a tree and append its buffers.

    Args:
        value: anything; what can't travel becomes an "x" tree, so this never refuses a value.
        buffers: receives the raw bytes, in the order in which `decode` will want them.
    """
    return _encode(value, buffers, MAX_DEPTH, [MAX_NODES])


def _encode(value: Any, buffers: list[memoryview], depth: int, budget: list[int]) -> Any:
    budget[0] -= 1
    if budget[0] < 0:
        return ["x", "a collection of more than 20000 values"]
    kind = type(value)
    if value is None:
        return None
    if kind is bool:
        return ["b", value]
    if kind is int:
        return ["i", value] if -(2**63) <= value < 2**63 else ["x", "int beyond 64 bits"]
    if kind is float:
        return _buffer(["f"], np.float64(value), buffers)
    if kind is str:
        return ["s", value[:MAX_TEXT].encode("utf-8", "replace").decode()]  # a lone surrogate could not be written anywhere later
    if isinstance(value, np.ndarray | np.generic):
        return _encode_array(value, buffers)
    if isinstance(value, list | tuple | dict):
        return _encode_collection(value, buffers, depth, budget) if depth else ["x", f"{kind.__name__} nested too deep"]
    if isinstance(value, Handle):
        return ["h", value.id]
    for tag, inward in _INWARD.items():
        if kind is inward:
            return [tag, value.seed if tag == "rng" else value.name]
    if kind.__module__.partition(".")[0] == "torch" and hasattr(value, "detach"):
        return _encode_tensor(value, buffers)
    return ["x", kind.__name__[:80]]


def _encode_array(value: Any, buffers: list[memoryview]) -> Any:
    # asarray of a subclass gives the plain array: a lying __array__ or dtype property has no say in what is sent.
    plain = np.asarray(np.ndarray.view(value, np.ndarray) if isinstance(value, np.ndarray) else value)
    if plain.dtype.name not in DTYPES:
        return ["x", f"array of dtype {plain.dtype.name[:40]}"]
    native = plain.astype(plain.dtype.newbyteorder("="), order="C", copy=False)
    return _buffer(["a", native.dtype.name, list(native.shape)], native, buffers)


def _encode_tensor(value: Any, buffers: list[memoryview]) -> Any:
    plain = value.detach().cpu().contiguous()
    name = str(plain.dtype).removeprefix("torch.")
    if name == BFLOAT16:
        return _buffer(["t", name, list(plain.shape)], plain.view(sys.modules["torch"].int16).numpy(), buffers)
    if name not in DTYPES:
        return ["x", f"tensor of dtype {name[:40]}"]
    return _buffer(["t", name, list(plain.shape)], plain.numpy(), buffers)


def _encode_collection(value: Any, buffers: list[memoryview], depth: int, budget: list[int]) -> Any:
    if isinstance(value, dict):
        if not all(type(key) is str and len(key) <= 256 for key in value):
            return ["x", "dict with keys that are not short strings"]
        return ["d", {key: _encode(item, buffers, depth - 1, budget) for key, item in value.items()}]
    if len(value) > MAX_NODES:
        return ["x", f"{type(value).__name__} of more than {MAX_NODES} items"]
    return ["l" if isinstance(value, list) else "u", [_encode(item, buffers, depth - 1, budget) for item in value]]


def _buffer(tree: list[Any], array: Any, buffers: list[memoryview]) -> list[Any]:
    buffers.append(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
    return tree


def buffer_sizes(tree: Any) -> Iterator[int]:
    """Bytes of each buffer that `tree` announces, in order.

    Raises:
        WireError: the tree is malformed, too deep, too long, or announces more bytes than allowed.
    """
    budget = [MAX_NODES, MAX_BUFFER_BYTES]
    yield from _sizes(tree, MAX_DEPTH, budget)


def _sizes(tree: Any, depth: int, budget: list[int]) -> Iterator[int]:
    budget[0] -= 1
    if budget[0] < 0:
        raise WireError("too many values")
    if tree is None:
        return
    if type(tree) is not list or not tree or type(tree[0]) is not str:
        raise WireError("a value is not described as a tagged list")
    match tree:
        case ["f"]:
            yield _spend(8, budget)
        case ["a" | "t", str(name), list(shape)]:
            yield _spend(_itemsize(name, tree[0]) * _count(shape), budget)
        case ["l" | "u", list(items)]:
            for item in items:
                yield from _sizes(item, _deeper(depth), budget)
        case ["d", dict(items)]:
            for item in items.values():
                yield from _sizes(item, _deeper(depth), budget)
        case _:
            _check_scalar(tree)


def _deeper(depth: int) -> int:
    if depth == 0:
        raise WireError("values nested too deep")
    return depth - 1


def _spend(size: int, budget: list[int]) -> int:
    budget[1] -= size
    if budget[1] < 0:
        raise WireError(f"more than {MAX_BUFFER_BYTES} bytes of values")
    return size


def _itemsize(name: str, tag: str) -> int:
    if name == BFLOAT16 and tag == "t":
        return 2
    if name not in DTYPES:
        raise WireError("unknown dtype")
    return DTYPES[name].itemsize


def _count(shape: list[Any]) -> int:
    if len(shape) > 32 or not all(type(side) is int and 0 <= side <= MAX_BUFFER_BYTES for side in shape):
        raise WireError("impossible shape")
    return math.prod(shape)  # Python ints: no overflow; numpy's own limit on the product is checked by the byte cap


def _check_scalar(tree: list[Any]) -> None:
    match tree:
        case ["b", bool()]:
            return
        case ["i", int(number)] if type(number) is int and -(2**63) <= number < 2**63:
            return
        case ["h" | "rng", int(number)] if type(number) is int and 0 <= number < 2**64:
            return
        case ["s" | "x" | "dtype" | "device" | "function", str(text)] if len(text) <= MAX_TEXT:
            return
    raise WireError("a value is not described by a known tag")


def decode(tree: Any, buffers: Iterator[np.ndarray]) -> Any:
    """Rebuild the value that `tree` describes from `buffers`: uint8 arrays of the sizes that `buffer_sizes` gave.

    Outside this gives plain data: arrays are fresh and belong to the caller, a tensor becomes `Tensor`, an object in the box
    `Handle`, everything else that does not travel `Opaque`.
    """
    if tree is None:
        return None
    tag = tree[0]
    if tag == "f":
        return float(next(buffers).view(np.float64)[0])
    if tag == "a":
        return next(buffers).view(DTYPES[tree[1]]).reshape(tree[2])
    if tag == "t":
        return _decode_tensor(tree[1], tree[2], next(buffers))
    if tag == "l":
        return [decode(item, buffers) for item in tree[1]]
    if tag == "u":
        return tuple(decode(item, buffers) for item in tree[1])
    if tag == "d":
        return {key: decode(item, buffers) for key, item in tree[1].items()}
    if tag == "h":
        return Handle(tree[1])
    if tag == "x":
        return Opaque(tree[1])
    if tag in _INWARD:
        return _INWARD[tag](tree[1])
    return tree[1]


def _decode_tensor(name: str, shape: list[int], raw: np.ndarray) -> Tensor:
    if name == BFLOAT16:  # the upper half of a float32, so widening is exact
        wide = raw.view(np.uint16).astype(np.uint32) << 16
        return Tensor(name, wide.view(np.float32).reshape(shape))
    return Tensor(name, raw.view(DTYPES[name]).reshape(shape))
