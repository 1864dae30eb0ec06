"""Trees and buffers to values. In: what came over the wire, from whoever. Out: plain values, or WireError; grammar in `values`."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from autograder.sandbox.inside.nouns import (
    BFLOAT16,
    DTYPES,
    INWARD,
    MAX_BUFFER_BYTES,
    MAX_DEPTH,
    MAX_KEY,
    MAX_NODES,
    MAX_TEXT,
    Handle,
    Opaque,
    Tensor,
    WireError,
    is_shape,
)

# An answer wraps values in the structure that was asked for, so it may be deeper and have more nodes than what is encoded.
_DEEPEST = 2 * MAX_DEPTH + 2
_MOST_NODES = 2 * MAX_NODES


def buffer_sizes(*trees: Any) -> Iterator[int]:
    """Bytes of each buffer that `trees`, of one message, announce, in order.

    Raises:
        WireError: a tree is malformed or too deep, or all together are too many or announce more bytes than allowed.
    """
    budget = [_MOST_NODES, MAX_BUFFER_BYTES]
    for tree in trees:
        yield from _sizes(tree, _DEEPEST, budget)


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
            if any(len(key) > MAX_KEY for key in items):
                raise WireError("a key is too long")
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
    if not is_shape(shape):
        raise WireError("impossible shape")
    return math.prod(shape)


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


def decode(tree: Any, buffers: Iterator[np.ndarray], *, inward: bool = False) -> Any:
    """Rebuild the value that `tree`, accepted by `buffer_sizes`, describes.

    Outside this gives plain data: a tensor becomes `Tensor`, an object in the box `Handle`, everything else that does not travel
    `Opaque`, and so does what is for the box alone: handed back to trusted code, it would be looked up there.

    Args:
        tree: of one value.
        buffers: uint8 arrays of the sizes that `buffer_sizes` gave. The arrays of the value are views of them.
        inward: decode for the box, where `Rng` and its like are meant.
    """
    if tree is None:
        return None
    tag = tree[0]
    if tag == "f":
        return next(buffers).view(np.float64).item()
    if tag == "a":
        return _array(tree[1], tree[2], next(buffers))
    if tag == "t":
        return Tensor(tree[1], _array(tree[1], tree[2], next(buffers)))
    if tag == "l":
        return [decode(item, buffers, inward=inward) for item in tree[1]]
    if tag == "u":
        return tuple(decode(item, buffers, inward=inward) for item in tree[1])
    if tag == "d":
        return {key: decode(item, buffers, inward=inward) for key, item in tree[1].items()}
    if tag == "h":
        return Handle(tree[1])
    if tag == "x":
        return Opaque(tree[1])
    if tag in INWARD:
        return INWARD[tag](tree[1]) if inward else Opaque(INWARD[tag].__name__)
    return tree[1]


def _array(name: str, shape: list[int], raw: np.ndarray) -> np.ndarray:
    if name == "bool":
        return np.asarray(raw != 0).reshape(shape)  # a byte of 2 would be neither True nor False
    if name == BFLOAT16:  # the upper half of a float32, so widening is exact
        wide = raw.view(np.uint16).astype(np.uint32) << 16
        return wide.view(np.float32).reshape(shape)
    return raw.view(DTYPES[name]).reshape(shape)
