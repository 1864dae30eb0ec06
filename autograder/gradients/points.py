"""A point as a list of named float64 blocks, and back to the structure that the caller's function takes. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.gradients.verdict import CheckCannotGoOnError, Reason, Verdict

Array = NDArray[np.float64]
LOWEST_ITEMSIZE = 8
"""Bytes of a float64: a gradient of fewer has lost half of the digits that the check looks at."""


@dataclass(frozen=True)
class Point:
    """Named blocks and the kind of container they came in.

    Attributes:
        names: of the blocks, in order.
        blocks: float64 arrays, private copies.
        like: the caller's container, as a pattern to rebuild.
    """

    names: tuple[str, ...]
    blocks: tuple[Array, ...]
    like: Any

    def rebuild(self, blocks: Sequence[Array]) -> Any:
        """The caller's structure, holding these arrays."""
        if isinstance(self.like, Mapping):
            return dict(zip(self.like, blocks, strict=True))
        if is_sequence(self.like):
            return tuple(blocks) if isinstance(self.like, tuple) else list(blocks)
        return blocks[0]


def is_sequence(value: Any) -> bool:
    """A list or tuple of arrays, each a block; a list of plain numbers is one array."""
    return isinstance(value, list | tuple) and any(isinstance(item, np.ndarray) for item in value)


def named(value: Any, lone: str = "x") -> list[tuple[str, Any]]:
    """The blocks of a structure with their names, as they are."""
    if isinstance(value, Mapping):
        return [(str(key), item) for key, item in value.items()]
    if is_sequence(value):
        return [(f"{'' if lone == 'x' else lone}[{number}]", item) for number, item in enumerate(value)]
    return [(lone, value)]


def read_point(value: Any, lone: str = "x") -> Point:
    """Copy a point into float64 blocks; refuse what has no small steps.

    Raises:
        CheckCannotGoOnError: a block is of integers or of no number, or is not finite.
    """
    names, blocks = [], []
    for name, item in named(value, lone):
        array = np.asarray(item)
        if array.dtype.kind != "f":
            what = "an integer has no small steps, x + h would be cut back to x" if array.dtype.kind in "iub" else "it must be real floats"
            raise CheckCannotGoOnError(
                Verdict.INCONCLUSIVE, Reason.POINT_DTYPE, f"the point's block {name} is of dtype {array.dtype}: {what}; pass float64"
            )
        if not np.isfinite(array).all():
            raise CheckCannotGoOnError(Verdict.INCONCLUSIVE, Reason.POINT_NOT_FINITE, f"the point's block {name} holds NaN or infinity")
        names.append(name)
        blocks.append(np.array(array, dtype=np.float64))
    return Point(tuple(names), tuple(blocks), value)


def read_gradient(value: Any, point: Point, lone: str = "x") -> list[Array]:
    """The gradient's blocks in the order of the point's, held to the point's structure, shapes and dtype.

    Raises:
        CheckCannotGoOnError: always a WRONG: the structure, a shape or a dtype differs, or an entry is not finite.
    """
    given = dict(named(value, lone)) if isinstance(value, Mapping) or is_sequence(value) or len(point.names) == 1 else {}
    if len(point.names) == 1 and not isinstance(point.like, Mapping) and not is_sequence(point.like):
        given = {point.names[0]: value}
    if set(given) != set(point.names):
        found = f"blocks {', '.join(sorted(given))}" if given else f"a lone {type(value).__name__}"
        raise CheckCannotGoOnError(
            Verdict.WRONG, Reason.GRADIENT_STRUCTURE, f"the gradient has {found}; the point has {', '.join(point.names)}"
        )
    return [_read_block(name, given[name], block) for name, block in zip(point.names, point.blocks, strict=True)]


def _read_block(name: str, value: Any, block: Array) -> Array:
    try:
        array = np.asarray(value)
    except ValueError:  # a ragged list
        array = np.empty(0, dtype=object)
    if array.dtype.kind in "fiubc" and array.shape != block.shape:
        raise CheckCannotGoOnError(
            Verdict.WRONG, Reason.GRADIENT_SHAPE, f"the gradient of {name} has shape {array.shape}, {name} has shape {block.shape}"
        )
    if array.dtype.kind != "f" or array.dtype.itemsize < LOWEST_ITEMSIZE:
        raise CheckCannotGoOnError(
            Verdict.WRONG, Reason.GRADIENT_DTYPE, f"the gradient of {name} is of dtype {array.dtype}, it must be float64"
        )
    array = np.array(array, dtype=np.float64)
    bad = int(np.count_nonzero(~np.isfinite(array)))
    if bad:
        what = "NaN" if np.isnan(array).any() else "infinity"
        raise CheckCannotGoOnError(
            Verdict.WRONG, Reason.GRADIENT_NOT_FINITE, f"the gradient of {name} holds {what} in {bad} of {array.size} entries"
        )
    return array
