"""Compare a gradient of many blocks with the right one, and put what is wrong in one sentence. In: two structures. Out: a value."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.gradients.compare import TOLERANCE, Comparison, compare
from autograder.gradients.patterns import sentence
from autograder.gradients.points import named


@dataclass(frozen=True)
class BlockComparison:
    """How one block compares.

    Attributes:
        block: its name.
        ok: within the tolerance.
        problem: what is wrong before any value is looked at: missing, shape, dtype or NaN; else None.
        comparison: of the values; None where there is a problem.
        equals: name of another block of the right gradient that these values are, else None.
    """

    block: str
    ok: bool
    problem: str | None = None
    comparison: Comparison | None = None
    equals: str | None = None


@dataclass(frozen=True)
class BlocksComparison:
    """How a gradient compares, block by block.

    Attributes:
        ok: every block is.
        message: one sentence on what is wrong; empty when nothing is.
        blocks: in the order of the right gradient.
    """

    ok: bool
    message: str
    blocks: tuple[BlockComparison, ...]


def compare_blocks(got: Any, want: Any, *, tolerance: float = TOLERANCE, sizes: Mapping[str, int] | None = None) -> BlocksComparison:
    """Compare structures of arrays: shape, kind of dtype and finiteness first, then the norm of each block.

    Args:
        got: array, dictionary, or list or tuple of arrays. Anything else is a problem of the block, not an error.
        want: the right values, finite, of the structure wanted.
        tolerance: bound on the relative error of each block in the Frobenius norm.
        sizes: names of the numbers that a factor could be, say {"batch size": 5}; make them differ.

    Raises:
        ValueError: `want` is not finite, the tolerance is no number from 0 to 1, or a size is not positive.

    Examples:
        >>> import numpy as np
        >>> right = {"W": np.array([[1.0, 2.0]]), "b": np.array([3.0, 1.0])}
        >>> compare_blocks({name: 5 * block for name, block in right.items()}, right, sizes={"batch size": 5}).message
        'exactly 5 times too large in every block: is the division by the batch size missing?'
    """
    for size, number in (sizes or {}).items():
        if not number > 0:
            raise ValueError(f"sizes must be positive (got {number} for the {size})")
    wanted = [(name, np.asarray(block)) for name, block in named(want)]
    given = dict(named(got))
    made = []
    for name, right in wanted:
        problem = _problem(name, given, right)
        if problem is not None:
            made.append(BlockComparison(name, ok=False, problem=problem))
            continue
        mine = np.asarray(given[name])
        result = compare(mine, right, tolerance=tolerance)
        equals = None if result.ok else _twin(mine, name, wanted, tolerance)
        made.append(BlockComparison(name, result.ok, None, result, equals))
    extra = sorted(set(given) - {name for name, _ in wanted})
    ok = all(block.ok for block in made) and not extra
    if extra and all(block.ok for block in made):
        return BlocksComparison(ok, f"there are blocks that don't belong: {', '.join(extra)}", tuple(made))
    telling = [block for block, (_, right) in zip(made, wanted, strict=True) if not block.ok or right.any()]  # 0 is right times anything
    return BlocksComparison(ok, "" if ok else sentence(telling, sizes or {}), tuple(made))


def _problem(name: str, given: Mapping[str, Any], right: np.ndarray) -> str | None:
    if name not in given:
        return f"{name} is missing" + (f" (found: {', '.join(given)})" if set(given) - {"x"} else "")
    try:
        mine = np.asarray(given[name])
    except Exception as error:  # noqa: BLE001  # a ragged list, or an object whose __array__ raises
        return f"{name} is no array ({type(error).__name__}: {error})" if not isinstance(given[name], list) else f"{name} is a ragged list"
    if mine.dtype.kind not in "fiub":
        return f"{name} is of dtype {mine.dtype}, wanted are real numbers"
    if mine.shape != right.shape:
        return f"{name} has shape {mine.shape}, wanted is {right.shape}"
    if right.dtype.kind == "f" and mine.dtype.kind != "f":
        return f"{name} is of dtype {mine.dtype}, wanted are floats"
    with np.errstate(over="ignore"):
        mine = mine.astype(np.float64)  # a longer float may hold what this one can't
    bad = int(np.count_nonzero(~np.isfinite(mine)))
    if bad:
        return f"{name} holds {'NaN' if np.isnan(mine).any() else 'infinity'} in {bad} of {mine.size} entries"
    return None


def _twin(mine: np.ndarray, name: str, wanted: list[tuple[str, np.ndarray]], tolerance: float) -> str | None:
    for other, right in wanted:
        if other != name and right.shape == mine.shape and right.any() and compare(mine, right, tolerance=tolerance).ok:
            return other
    return None
