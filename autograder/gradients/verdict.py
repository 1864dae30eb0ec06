"""What a gradient check comes to: the verdict, why, and the figures behind it, block by block. Values only; nothing is computed here."""

from dataclasses import dataclass
from enum import StrEnum

from autograder.gradients.special import chi2_cdf


class Verdict(StrEnum):
    """OK is certain to the tolerance told, but for `miss_probability`; WRONG is certain.

    INCONCLUSIVE says that this point can't tell, so that another is drawn: it's never a fail by itself.
    """

    OK = "ok"
    WRONG = "wrong"
    INCONCLUSIVE = "inconclusive"


class Reason(StrEnum):
    """Why a verdict is what it is; one for each way in which a check can end."""

    AGREES = "agrees"
    """The gradient agrees with the differences. OK."""
    ZERO = "zero"
    """Both are zero to within rounding. OK."""
    EMPTY = "empty"
    """There is no entry to differentiate by. OK for one block of several, else INCONCLUSIVE."""
    DISAGREES = "disagrees"
    """The gradient is not that of the function. WRONG."""
    VALUE_NOT_SCALAR = "value is no number"
    """The function returned an array, None or another thing that is not one real number. WRONG."""
    VALUE_NOT_FINITE = "value not finite"
    """The function returned NaN or infinity at the point. WRONG."""
    VALUE_SHAPE = "value of the wrong shape"
    """The function returned an array of another shape than the cotangent or the Jacobian wants. WRONG."""
    RAISED = "raised"
    """The function raised an exception at the point. WRONG."""
    MUTATES = "mutates"
    """The function wrote into its argument. WRONG."""
    GRADIENT_RAISED = "gradient raised"
    """The gradient raised an exception. WRONG."""
    GRADIENT_MUTATES = "gradient mutates"
    """The gradient wrote into its argument. WRONG."""
    GRADIENT_STRUCTURE = "gradient of the wrong structure"
    """The gradient has other blocks than the point. WRONG."""
    GRADIENT_SHAPE = "gradient of the wrong shape"
    """A block of the gradient has another shape than the block of the point. WRONG."""
    GRADIENT_DTYPE = "gradient of the wrong dtype"
    """A block of the gradient is not float64. WRONG."""
    GRADIENT_NOT_FINITE = "gradient not finite"
    """The gradient holds NaN or infinity. WRONG."""
    POINT_DTYPE = "point of the wrong dtype"
    """The point is of integers or of another kind that has no small steps. INCONCLUSIVE."""
    POINT_NOT_FINITE = "point not finite"
    """The point holds NaN or infinity. INCONCLUSIVE."""
    NONDETERMINISTIC = "another value on each call"
    """Two calls at one point gave two values. INCONCLUSIVE."""
    LOW_PRECISION = "too few digits"
    """The values have fewer digits than float64 has: float32 inside, or rounded. INCONCLUSIVE."""
    NOISE = "noise"
    """Rounding in the value drowns the derivative. INCONCLUSIVE."""
    KINK = "kink"
    """The function has a kink at the point. INCONCLUSIVE."""
    NO_STEP = "no step fits"
    """Even over the smallest steps the differences disagree: jumps or kinks all around, or sizes that need a step each. INCONCLUSIVE."""
    EDGE = "edge of the domain"
    """The function is not finite, or raises, next to the point. INCONCLUSIVE."""

    @property
    def of_function(self) -> bool:
        """It's a fault of the function, whatever its gradient is."""
        return self in {Reason.VALUE_NOT_SCALAR, Reason.VALUE_NOT_FINITE, Reason.VALUE_SHAPE, Reason.RAISED, Reason.MUTATES}


NAN = float("nan")


@dataclass(frozen=True)
class BlockCheck:
    """How one block, an array of the point, fared.

    Attributes:
        block: its name: the key of a dictionary, `[2]` in a sequence, `x` for a lone array.
        verdict: of this block alone.
        reason: why.
        message: the same as a sentence with the figures.
        error: relative error of the gradient in the norm of the block; NaN where none could be measured.
        tolerance: bound that the error was held against; NaN likewise.
        directions: how many directions were conclusive.
        step: the smallest step taken along them, in units of the block's root mean square.
        factor: c when the gradient is c times the right one to within the tolerance along every direction, else None.
    """

    block: str
    verdict: Verdict
    reason: Reason
    message: str
    error: float = NAN
    tolerance: float = NAN
    directions: int = 0
    step: float = NAN
    factor: float | None = None

    def miss_probability(self, error: float) -> float:
        """Probability that a gradient with this relative error of the block would have passed the check just made.

        The error e of a gradient is seen along Gaussian directions u as <e, u>, which is normal with variance |e|**2 whatever e
        looks like, so it stays below the tolerance with the probability that chi-square with `directions` degrees stays below
        directions * (tolerance / error)**2.
        """
        if not self.directions or not error > 0:
            return 1.0
        return chi2_cdf(self.directions * (self.tolerance / error) ** 2, self.directions)


@dataclass(frozen=True)
class GradientCheck:
    """What a check of a gradient found. The worst block speaks for all: wrong before inconclusive before ok.

    Attributes:
        verdict: of the whole gradient.
        reason: why, of the block named.
        message: the same as a sentence with the figures.
        error: relative error of that block; NaN where none could be measured.
        tolerance: bound that it was held against.
        block: name of that block; None where the verdict is not about one.
        seed: replays the very same check when it's passed in.
        calls: how often the function was called.
        noise: standard deviation of the rounding in its values, as measured, in units of the value.
        blocks: all blocks, in the order of the point.
    """

    verdict: Verdict
    reason: Reason
    message: str
    error: float
    tolerance: float
    block: str | None
    seed: int
    calls: int
    noise: float = NAN
    blocks: tuple[BlockCheck, ...] = ()

    @property
    def ok(self) -> bool:
        """The verdict is OK; an inconclusive check is not ok."""
        return self.verdict is Verdict.OK


class CheckCannotGoOnError(Exception):
    """A check is decided before any difference is taken. Raised deep, made a result once, by the function that was called."""

    def __init__(self, verdict: Verdict, reason: Reason, message: str) -> None:
        super().__init__(verdict, reason, message)
        self.verdict, self.reason, self.message = verdict, reason, message
