"""check_vjp: does this backward function belong to this forward function? In: both, and inputs. Out: a GradientCheck by inputs."""

import copy
from collections.abc import Sequence
from numbers import Integral
from typing import Any

import numpy as np

from autograder.gradients.check import DIRECTIONS, ended, require_entries, require_options, run
from autograder.gradients.directions import fresh_seed
from autograder.gradients.oracle import Oracle, low_precision, raised, same
from autograder.gradients.points import Array, Point, is_sequence, read_gradient, read_point
from autograder.gradients.verdict import CheckCannotGoOnError, GradientCheck, Reason, Verdict


class Projection:
    """The number <cotangent, outputs>, whose gradient is what backward must return.

    Args:
        cotangent: an array, or a tuple of arrays for several outputs; None draws a Gaussian one of the first outputs' shapes.
        rng: it's drawn from.
    """

    def __init__(self, cotangent: Any, rng: np.random.Generator) -> None:
        self._rng = rng
        self._tuple = is_sequence(cotangent)
        self._parts = None if cotangent is None else _parts_of(cotangent)

    @property
    def cotangent(self) -> Any:
        """A copy of the cotangent in the structure of the outputs."""
        assert self._parts is not None
        copies = tuple(part.copy() for part in self._parts)
        return copies if self._tuple else copies[0]

    def __call__(self, outputs: Any) -> float:
        """Project outputs.

        Raises:
            CheckCannotGoOnError: they are not float64, or not of the cotangent's shapes.
        """
        several = is_sequence(outputs)
        arrays = [_array(output) for output in (outputs if several else [outputs])]
        for array in arrays:
            if array.dtype.kind not in "fiub":
                text = f"the function must return real arrays (got {type(outputs).__name__} of dtype {array.dtype})"
                raise CheckCannotGoOnError(Verdict.WRONG, Reason.VALUE_SHAPE, text)
            if array.dtype.kind == "f" and array.dtype.itemsize < np.dtype(np.float64).itemsize:
                raise low_precision(f"the function returns {array.dtype}")
        if self._parts is None:
            self._tuple = several
            self._parts = [np.asarray(self._rng.standard_normal(array.shape)) for array in arrays]
        if [array.shape for array in arrays] != [part.shape for part in self._parts]:
            got, want = ([array.shape for array in some] for some in (arrays, self._parts))
            text = f"the function returns shape {_told(got)}, the cotangent has shape {_told(want)}"
            raise CheckCannotGoOnError(Verdict.WRONG, Reason.VALUE_SHAPE, text)
        return float(sum(np.vdot(part, array) for part, array in zip(self._parts, arrays, strict=True)))


def check_vjp(
    f: Any,
    backward: Any,
    inputs: Sequence[Any],
    cotangent: Any = None,
    *,
    wrt: Sequence[int] | None = None,
    directions: int = DIRECTIONS,
    tolerance: float | None = None,
    seed: int | None = None,
) -> GradientCheck:
    """Hold a backward function against central differences of its forward function.

    Leave the cotangent out, so that a Gaussian one is drawn. Under a cotangent of ones a backward function that ignores it passes, and
    so does one that returns 0 for softmax or batch norm.

    Args:
        f: maps the inputs to an array or a tuple of arrays. An object with `.many(points)`, a list of tuples of inputs to a list of
            outputs, is called in batches instead, and what it raises passes through.
        backward: maps (cotangent, *inputs) to the gradient of sum(cotangent * f(*inputs)): one array where one input is differentiated
            by, else a tuple in the order of `wrt`. It's called once.
        inputs: arguments of f.
        cotangent: of the shape of f's output; a tuple for several outputs; None draws one from the seed.
        wrt: numbers of the inputs that backward differentiates by, all if None. The others, labels say, are passed on as they are.
        directions: drawn for each input.
        tolerance: as in check_gradient.
        seed: of the directions and the cotangent; None draws a fresh one, which the result tells.

    Returns:
        As check_gradient; the blocks are called `inputs[0]`, `inputs[1]` and so on.

    Raises:
        ValueError: an option is out of range, inputs is no list or tuple, wrt names no input, or the cotangent is zero, not finite or
            not of real arrays.

    Examples:
        >>> import numpy as np
        >>> check_vjp(np.tanh, lambda dout, x: dout * (1 - np.tanh(x) ** 2), [np.array([0.5, -1.0])], seed=1).verdict.value
        'ok'
        >>> check_vjp(np.tanh, lambda dout, x: 1 - np.tanh(x) ** 2, [np.array([0.5, -1.0])], seed=1).verdict.value
        'wrong'
    """
    require_options(directions, tolerance)
    chosen = _chosen(inputs, wrt)
    drawn = fresh_seed(seed)
    projection = Projection(cotangent, np.random.default_rng([drawn, 1]))
    oracle: Oracle | None = None

    def arrange(blocks: Sequence[Array]) -> tuple[Any, ...]:
        given = dict(zip(chosen, blocks, strict=True))
        return tuple(given[number] if number in given else _copy(item) for number, item in enumerate(inputs))

    try:
        point = _read_inputs(inputs, chosen)
        require_entries(point)
        oracle = Oracle(f, point, arrange=arrange, reduce=projection)
        f0 = oracle.at_the_point()
        handed = (projection.cotangent, *arrange([block.copy() for block in point.blocks]))
        answer = _ask(backward, handed, (projection.cotangent, *arrange(point.blocks)))
        if len(chosen) == 1 and is_sequence(answer) and len(answer) == 1:
            answer = answer[0]
        structure = answer if len(chosen) == 1 else list(answer) if isinstance(answer, list | tuple) else answer
        gradient = _read_gradient(structure, point)
        return run(oracle, point, gradient, f0, directions=directions, tolerance=tolerance, seed=drawn)
    except CheckCannotGoOnError as end:
        return ended(end, drawn, oracle)


def _chosen(inputs: Sequence[Any], wrt: Sequence[int] | None) -> list[int]:
    if not isinstance(inputs, list | tuple):
        text = f"inputs must be a list or tuple of f's arguments, as in [x] for one of them (got {type(inputs).__name__})"
        raise ValueError(text)  # noqa: TRY004  # one kind of error for whatever the caller did wrong
    wanted = f"wrt must list inputs by number, 0 to {len(inputs) - 1}, each once (got {wrt!r})"
    if wrt is not None and not (isinstance(wrt, Sequence) and all(isinstance(number, Integral) for number in wrt)):
        raise ValueError(wanted)
    chosen = list(range(len(inputs))) if wrt is None else [int(number) for number in wrt]
    if not chosen or not all(0 <= number < len(inputs) for number in chosen) or len(set(chosen)) < len(chosen):
        raise ValueError(wanted)
    return chosen


def _array(output: Any) -> np.ndarray:
    try:
        return np.asarray(output)
    except Exception as error:  # noqa: BLE001  # a ragged list, or an object whose __array__ raises
        text = f"the function returned a {type(output).__name__} that is no array ({type(error).__name__})"
        raise CheckCannotGoOnError(Verdict.WRONG, Reason.VALUE_SHAPE, text) from None


def _read_inputs(inputs: Sequence[Any], chosen: Sequence[int]) -> Point:
    points = [read_point(np.asarray(inputs[number]), f"inputs[{number}]") for number in chosen]
    return Point(tuple(point.names[0] for point in points), tuple(point.blocks[0] for point in points), tuple(points))


def _read_gradient(answer: Any, point: Point) -> list[Array]:
    """One gradient for each input that is differentiated by.

    Raises:
        CheckCannotGoOnError: another number of them, or as in read_gradient.
    """
    parts = [answer] if len(point.names) == 1 else answer
    if not isinstance(parts, list) or len(parts) != len(point.names):
        found = f"{len(parts)} results" if isinstance(parts, list) else f"one {type(parts).__name__}"
        text = f"backward returned {found}, it must return the gradients of {', '.join(point.names)}"
        raise CheckCannotGoOnError(Verdict.WRONG, Reason.GRADIENT_STRUCTURE, text)
    lone = [Point((name,), (block,), block) for name, block in zip(point.names, point.blocks, strict=True)]
    return [read_gradient(part, one)[0] for part, one in zip(parts, lone, strict=True)]


def _ask(backward: Any, handed: tuple[Any, ...], pristine: tuple[Any, ...]) -> Any:
    try:
        with np.errstate(all="ignore"):
            answer = backward(*handed)
    except (Exception, SystemExit) as error:
        if hasattr(backward, "many"):  # a transport with verdicts of its own
            raise
        raise raised("backward", error, Reason.GRADIENT_RAISED) from None
    if not same([*_flat(handed)], [*_flat(pristine)]):
        raise CheckCannotGoOnError(
            Verdict.WRONG, Reason.GRADIENT_MUTATES, "backward writes into its arguments; it must leave them as they are"
        )
    return answer


def _flat(arguments: tuple[Any, ...]) -> list[Any]:
    return [part for item in arguments for part in (item if isinstance(item, tuple) else (item,))]


def _parts_of(cotangent: Any) -> list[Array]:
    given = [np.asarray(part) for part in (cotangent if is_sequence(cotangent) else [cotangent])]
    if any(part.dtype.kind not in "fiub" for part in given):
        raise ValueError(f"the cotangent must be a real array, or a tuple of some (got {type(cotangent).__name__})")
    parts = [part.astype(np.float64) for part in given]
    if not all(np.isfinite(part).all() for part in parts):
        raise ValueError("the cotangent must be finite")
    if any(part.size for part in parts) and not any(part.any() for part in parts):
        raise ValueError("the cotangent is zero, under which every backward function is right")
    return parts


def _copy(item: Any) -> Any:
    """A copy of what f could write into; other objects, generators and handles say, are themselves."""
    return copy.deepcopy(item) if isinstance(item, np.ndarray | list | dict | set) else item


def _told(shapes: list[tuple[int, ...]]) -> str:
    return ", ".join(str(shape) for shape in shapes)
