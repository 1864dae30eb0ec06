"""Where a backward pass goes wrong: hold a network's gradients against the right ones, from the last layer to the first. Pure.

The pass runs from the last layer down, so what is wrong furthest up is the cause and the rest may only follow from it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from autograder.gradients.compare import Comparison, compare
from autograder.model import Message

SAME = 1e-6
"""Two factors closer than this are one."""

_NO_PATTERN = ("value.wrong", "value.far_off", "value.wrong_number", "value.wrong_entries")
"""Messages that only say that an array is wrong, which is told already."""

Gradients = Mapping[str, np.ndarray]


def wrong_layers(
    name: str, got: Gradients, want: Gradients, rtol: float, difference: Callable[[str, np.ndarray, np.ndarray], list[Message]]
) -> list[Message]:
    """What to tell of gradients by the parameters "W1", "b1", ..., "WL", "bL"; nothing when all are right.

    Args:
        name: whose result they are.
        got: finite or not, of any shapes, with the keys of `want`.
        want: the right ones.
        rtol: bound on the relative error of each array in the norm.
        difference: tells how one array, which it calls by the name given, differs from the right one.
    """
    compared: dict[str, Comparison | None] = {}
    for key in downwards(want):
        fits = got[key].shape == want[key].shape
        compared[key] = compare(got[key], want[key], tolerance=rtol) if fits else None
    wrong = [key for key, one in compared.items() if one is None or not one.ok]
    if not wrong:
        return []
    first = [key for key in wrong if _layer(key) == _layer(wrong[0])]
    right = told([key for key in compared if key not in wrong])
    where = Message("value.layers", {"name": name, "layer": _layer(wrong[0]), "wrong": " and ".join(first), "right": right})
    factors = [one.factor if one is not None else None for one in (compared[key] for key in wrong)]
    known = [factor for factor in factors if factor is not None]
    if len(known) == len(wrong) > 1 and max(known) - min(known) <= SAME * max(map(abs, known)):
        return [where, Message("value.layers_factor", {"factor": float(f"{known[0]:.6g}")})]
    pattern = difference(f'grads["{first[0]}"]', got[first[0]], want[first[0]])
    return [where, *(message for message in pattern if message.id not in _NO_PATTERN)]


def downwards(names: Iterable[str]) -> list[str]:
    """Names of parameters in the order in which a backward pass comes by them: W3, b3, W2, b2, W1, b1."""
    return sorted(names, key=lambda name: (-_layer(name), name))


def told(names: Sequence[str]) -> str:
    """Parameters in few words, whole layers as such: "layers 3 to 20, b2"; "" for none."""
    layers = sorted(_layer(name) for name in names if name.startswith("W") and f"b{_layer(name)}" in names)
    words: list[str] = []
    while layers:
        run = 1
        while run < len(layers) and layers[run] == layers[0] + run:
            run += 1
        words.append(f"layer {layers[0]}" if run == 1 else f"layers {layers[0]} to {layers[run - 1]}")
        whole = {f"{letter}{layer}" for layer in layers[:run] for letter in "Wb"}
        names = [name for name in names if name not in whole]
        del layers[:run]
    return ", ".join([*words, *names])


def _layer(name: str) -> int:
    return int(name[1:])
