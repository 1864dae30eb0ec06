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

from autograder.sandbox.inside.decoding import buffer_sizes, decode
from autograder.sandbox.inside.encoding import Room, encode
from autograder.sandbox.inside.nouns import (
    BFLOAT16,
    DTYPES,
    MAX_BUFFER_BYTES,
    MAX_DEPTH,
    MAX_HEADER_BYTES,
    MAX_NODES,
    MAX_TEXT,
    Device,
    DType,
    Function,
    Handle,
    Opaque,
    Rng,
    Tensor,
    WireError,
)

__all__ = [
    "BFLOAT16",
    "DTYPES",
    "MAX_BUFFER_BYTES",
    "MAX_DEPTH",
    "MAX_HEADER_BYTES",
    "MAX_NODES",
    "MAX_TEXT",
    "DType",
    "Device",
    "Function",
    "Handle",
    "Opaque",
    "Rng",
    "Room",
    "Tensor",
    "WireError",
    "buffer_sizes",
    "decode",
    "encode",
]
