"""The sentence that tells how a gradient is wrong when no named mistake fits. In: comparisons of blocks. Out: text. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from autograder.gradients.blocks import BlockComparison

SAME = 1e-6
"""Two factors closer than this are one."""
NEAR = 0.9
"""Cosine from which on a direction is called nearly right."""
SMALL, SINGLE = 1e-3, 1e-5
"""Relative errors below which an error is called small, and below which float32 may have made it."""


def sentence(blocks: Sequence[BlockComparison], sizes: Mapping[str, int]) -> str:
    """What is wrong, the plainest pattern first: contract, one factor, another block, zeros, transpose, order, angle."""
    for block in blocks:
        if block.problem is not None:
            return block.problem
    wrong = [block for block in blocks if not block.ok and block.comparison is not None]
    where = "every block" if len(wrong) == len(blocks) > 1 else _listed([block.block for block in wrong])
    rest = "" if len(wrong) == len(blocks) else "; the other blocks are right"
    factors = [factor for block in wrong if (factor := _factor(block)) is not None]
    if len(factors) == len(wrong) and _is_one(factors) and abs(factors[0] - 1) > SMALL:
        return f"{_of_factor(sum(factors) / len(factors), where, sizes)}{rest}"
    return "; ".join(_of_block(block) for block in wrong) + rest


def _factor(block: BlockComparison) -> float | None:
    """The factor that explains the block. One entry alone always has one, which means little until other blocks have the same."""
    found = block.comparison
    assert found is not None
    return found.rho or None if found.entries == 1 else found.factor


def _is_one(factors: Sequence[float]) -> bool:
    return max(factors) - min(factors) <= SAME * max(map(abs, factors))


def _of_factor(factor: float, where: str, sizes: Mapping[str, int]) -> str:
    if abs(factor + 1) <= SAME:
        return f"the sign is wrong in {where}"
    size = abs(factor)
    sign = " and of the wrong sign" if factor < 0 else ""
    if size > 1:
        told = f"exactly {size:.6g} times too large{sign} in {where}"
        guesses = [f"is the division by the {name} missing?" for name, number in sizes.items() if abs(size / number - 1) <= SAME]
    else:
        told = f"exactly {1 / size:.6g} times too small{sign} in {where}"
        guesses = [f"is it divided by the {name} once too often?" for name, number in sizes.items() if abs(size * number - 1) <= SAME]
    return f"{told}: {' or '.join(guesses)}" if guesses else told


def _of_block(block: BlockComparison) -> str:
    found = block.comparison
    assert found is not None
    if block.equals is not None:
        return f"{block.block} holds the values of {block.equals}"
    if found.error < SMALL:
        doubt = ": was it computed in float32?" if found.error < SINGLE else ""
        return f"{block.block} is off by {found.error:.1e} of its size{doubt}"
    if found.rho == 0 and found.cosine is None:
        return f"{block.block} is zero throughout"
    if found.transposed:
        return f"{block.block} is transposed"
    if found.permuted is not None:
        return f"{block.block} has the right slices along axis {found.permuted} in the wrong order"
    if found.entries > 1 and found.factor is not None:
        return _of_factor(found.factor, block.block, {})
    if found.entries == 1 and found.rho:
        told = f"{block.block} is {found.rho:.3g} times the right value"
        return f"the sign of {block.block} is wrong" if abs(found.rho + 1) <= SAME else told
    zeros = f", zero in {found.zeros} entries that are not" if found.zeros else ""
    if found.cosine is None or found.rho is None:
        return f"{block.block} must be zero"
    near = "nearly the right direction" if found.cosine >= NEAR else "another direction"
    return f"{block.block} has {near} (cosine {found.cosine:.3f}, {found.rho:.3g} times the right length along it){zeros}"


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
