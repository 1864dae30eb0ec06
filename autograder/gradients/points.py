"""A point as a list of named float64 blocks, and back to the structure that the caller's function takes. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.gradients.verdict import CheckCannotGoOnError, Reason, Verdict

Array = NDArray[np.float64]


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


def has_few_digits(array: NDArray[Any]) -> bool:
    """It's of floats shorter than float64: half of the digits that a check looks at are missing."""
    return array.dtype.kind == "f" and array.dtype.itemsize < np.dtype(np.float64).itemsize


def as_array(value: Any) -> NDArray[Any] | str:
    """What numpy makes of a value that anybody may have made; where that's no array, what it is instead, say `None` or `a dict`."""
    what = f"a {type(value).__name__}"
    try:
        array = np.asarray(value)
    except Exception as error:  # noqa: BLE001  # a ragged list; or __array__ raises, as that of a tensor with a history does
        return f"a ragged {type(value).__name__}" if isinstance(value, list | tuple) else f"{what} that numpy can't read ({told(error)})"
    if array.dtype.kind == "O":
        return "None" if value is None else "an array of objects" if isinstance(value, np.ndarray) else what
    return array


def told(error: BaseException) -> str:
    """An exception's name and the first line of its text, if it has one."""
    try:
        text = str(error).strip().splitlines()
    except Exception:  # noqa: BLE001  # of an exception that can't even be printed
        text = []
    return f"{type(error).__name__}{': ' + text[0][:200] if text else ''}"


def as_float64(array: NDArray[Any]) -> Array:
    """A copy; a long double beyond the range becomes infinity."""
    with np.errstate(all="ignore"):
        return np.array(array, dtype=np.float64)


def read_point(value: Any, lone: str = "x") -> Point:
    """Copy a point into float64 blocks; refuse what has no small steps.

    Raises:
        CheckCannotGoOnError: a block is of integers or of no number, or is not finite.
        ValueError: it's nested or ragged, or two keys read the same.
    """
    pairs = named(value, lone)
    names = tuple(name for name, _ in pairs)
    if len(set(names)) < len(names):
        raise ValueError(f"the point's keys must differ as text (got {', '.join(names)})")
    return Point(names, tuple(_read_entries(name, item) for name, item in pairs), value)


def _read_entries(name: str, item: Any) -> Array:
    array = as_array(item)
    if isinstance(array, str) and isinstance(item, Mapping | list | tuple):
        raise ValueError(f"the point's block {name} is nested or ragged; pass a flat dict of arrays")  # noqa: TRY004  # float lists are fine
    if isinstance(array, str) or array.dtype.kind != "f":
        what = array if isinstance(array, str) else f"of dtype {array.dtype}"
        whole = not isinstance(array, str) and array.dtype.kind in "iub"
        why = "an integer has no small steps, x + h would be cut back to x" if whole else "it must be real floats"
        text = f"the point's block {name} is {what}: {why}; pass float64"
        raise CheckCannotGoOnError(Verdict.INCONCLUSIVE, Reason.POINT_DTYPE, text)
    block = as_float64(array)
    if not np.isfinite(block).all():
        raise CheckCannotGoOnError(Verdict.INCONCLUSIVE, Reason.POINT_NOT_FINITE, f"the point's block {name} holds NaN or infinity")
    return block


def read_gradient(value: Any, point: Point, lone: str = "x") -> list[Array]:
    """The gradient's blocks in the order of the point's, held to the point's structure, shapes and dtype.

    Raises:
        CheckCannotGoOnError: always a WRONG: the structure, a shape or a dtype differs, or an entry is not finite.
    """
    given = named(value, lone) if isinstance(value, Mapping) or is_sequence(value) or len(point.names) == 1 else []
    if len(point.names) == 1 and not isinstance(point.like, Mapping) and not is_sequence(point.like):
        given = [(point.names[0], value)]
    names = sorted(name for name, _ in given)
    if names != sorted(point.names):
        found = f"has blocks {', '.join(names)}" if given else "is None" if value is None else f"is a lone {type(value).__name__}"
        text = f"the gradient {found}; the point has {', '.join(point.names)}"
        raise CheckCannotGoOnError(Verdict.WRONG, Reason.GRADIENT_STRUCTURE, text)
    return [_read_block(name, dict(given)[name], block) for name, block in zip(point.names, point.blocks, strict=True)]


def _read_block(name: str, value: Any, block: Array) -> Array:
    array = as_array(value)
    if isinstance(array, str):
        raise CheckCannotGoOnError(
            Verdict.WRONG, Reason.GRADIENT_DTYPE, f"the gradient of {name} is {array}, it must be an array of float64"
        )
    if array.dtype.kind in "fiubc" and array.shape != block.shape:
        raise CheckCannotGoOnError(
            Verdict.WRONG, Reason.GRADIENT_SHAPE, f"the gradient of {name} has shape {array.shape}, {name} has shape {block.shape}"
        )
    if array.dtype.kind != "f" or has_few_digits(array):
        raise CheckCannotGoOnError(
            Verdict.WRONG, Reason.GRADIENT_DTYPE, f"the gradient of {name} is of dtype {array.dtype}, it must be float64"
        )
    made = as_float64(array)
    bad = int(np.count_nonzero(~np.isfinite(made)))
    if bad:
        what = "NaN" if np.isnan(made).any() else "infinity"
        raise CheckCannotGoOnError(
            Verdict.WRONG, Reason.GRADIENT_NOT_FINITE, f"the gradient of {name} holds {what} in {bad} of {made.size} entries"
        )
    return made
