"""Which of the two is wrong, the function or its derivative? Holds both against a reference and against each other.

A derivative by differences of the student's own function tells a wrong derivative from the right derivative of a wrong function, which a
comparison with the reference alone can't.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from autograder.gradients.blocks import BlocksComparison, compare_blocks
from autograder.gradients.compare import TOLERANCE
from autograder.gradients.points import is_sequence
from autograder.gradients.verdict import GradientCheck, Verdict
from autograder.gradients.vjp import check_vjp


class Finding(StrEnum):
    """The four diagnoses, and that none could be made."""

    RIGHT = "both the function and its derivative are right"
    WRONG_DERIVATIVE = "your function is right, your derivative is wrong"
    OTHER_FUNCTION = "you differentiated correctly, but another function"
    BOTH_WRONG = "your function is wrong, and your derivative isn't its derivative: mend the function first"
    UNDECIDED = "your function could not be differentiated at this point"


@dataclass(frozen=True)
class Diagnosis:
    """What was found out about a function and its derivative.

    Attributes:
        finding: which of the two is wrong.
        message: the finding and what is known about it.
        forward: the function against the reference; None where it gave no value.
        backward: the derivative against differences of the student's own function.
    """

    finding: Finding
    message: str
    forward: BlocksComparison | None
    backward: GradientCheck


def diagnose(
    f: Any,
    backward: Any,
    inputs: Sequence[Any],
    *,
    reference: Any,
    cotangent: Any = None,
    wrt: Sequence[int] | None = None,
    tolerance: float = TOLERANCE,
    seed: int | None = None,
) -> Diagnosis:
    """Tell a wrong function from a wrong derivative.

    Args:
        f: the student's function, as in check_vjp.
        backward: the student's derivative, as in check_vjp.
        inputs: arguments of f.
        reference: the right function of the same arguments.
        cotangent: as in check_vjp; leave it out.
        wrt: as in check_vjp.
        tolerance: bound on the relative error of f against the reference.
        seed: as in check_vjp.

    Raises:
        ValueError: as check_vjp.

    Examples:
        >>> import numpy as np
        >>> x = [np.array([0.5, -1.0])]
        >>> diagnose(np.sin, lambda dout, x: dout * np.cos(x), x, reference=np.tanh).finding.value
        'you differentiated correctly, but another function'
    """
    backed = check_vjp(f, backward, inputs, cotangent, wrt=wrt, seed=seed)
    copies = tuple(item.copy() if isinstance(item, np.ndarray) else item for item in inputs)
    forward = None
    with np.errstate(all="ignore"):
        right = reference(*(item.copy() if isinstance(item, np.ndarray) else item for item in inputs))
        try:
            got = f.many([copies])[0] if hasattr(f, "many") else f(*copies)
        except Exception:
            if hasattr(f, "many"):  # a transport with verdicts of its own
                raise
        else:
            forward = compare_blocks(_named(got), _named(right), tolerance=tolerance)
    agrees = forward is not None and forward.ok
    if backed.verdict is Verdict.INCONCLUSIVE or backed.reason.of_function or forward is None:
        finding = Finding.UNDECIDED
    elif backed.verdict is Verdict.OK:
        finding = Finding.RIGHT if agrees else Finding.OTHER_FUNCTION
    else:
        finding = Finding.WRONG_DERIVATIVE if agrees else Finding.BOTH_WRONG
    told = [finding.value]
    if forward is not None and not forward.ok:
        told.append(f"the function: {forward.message}")
    if backed.verdict is not Verdict.OK:
        told.append(backed.message if backed.reason.of_function else f"the derivative: {backed.message}")
    return Diagnosis(finding, "; ".join(told), forward, backed)


def _named(outputs: Any) -> Any:
    return {f"output {number}": item for number, item in enumerate(outputs)} if is_sequence(outputs) else {"the output": outputs}
