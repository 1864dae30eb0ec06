"""What can travel between box and grader, and how much of it: the nouns and the caps of the wire format. Its grammar stands in `values`."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

MAX_DEPTH = 4
MAX_NODES = 20_000
MAX_TEXT = 64 << 10
MAX_KEY = 256
MAX_SIDES = 32
MAX_BUFFER_BYTES = 64 << 20
MAX_HEADER_BYTES = 1 << 20
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


INWARD: dict[str, type[Rng | DType | Device | Function]] = {"rng": Rng, "dtype": DType, "device": Device, "function": Function}


def is_shape(sides: Sequence[object]) -> bool:
    """True for a shape that both sides can make an array of, with room to spare.

    A side of 0 does not excuse the others: numpy refuses a shape whose other sides multiply to more than a machine word.
    """
    if len(sides) > MAX_SIDES:
        return False
    whole = [side for side in sides if type(side) is int and 0 <= side <= MAX_BUFFER_BYTES]
    return len(whole) == len(sides) and math.prod(max(side, 1) for side in whole) <= MAX_BUFFER_BYTES
