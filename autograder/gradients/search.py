"""Finds the steps at which one block's directional derivatives can be trusted: draws directions, shrinks, grows and redraws. No calls here.

The loop in check.py asks every block what it wants evaluated, has it evaluated in one batch, and hands the values back.
"""

import math
from dataclasses import dataclass
from enum import Enum, auto

import numpy as np

from autograder.gradients.directions import block_size, direction
from autograder.gradients.noise import Noise
from autograder.gradients.norms import rms
from autograder.gradients.oracle import Move
from autograder.gradients.points import Array
from autograder.gradients.richardson import DISTANCES, FIRST_STEP, GAP_NOISE, LARGEST_STEP, SHRINK, SMALLEST_STEP, Estimate, estimates

SMOOTH, ROUGH = 2e-7, 1e-6
"""Tolerances: where every pair of extrapolations agreed at the first step, and where one had to shrink it, mostly because of kinks."""
NOISE_OF_STEP = 30.0
"""Tolerance in units of eps_f / (h S): the slope's own noise is 4.1 of them, so this is more than seven standard deviations."""
NOISE_OF_GROWN = 100.0
"""The same where the step was made larger against noise: what is left of the truncation hides in the noise there."""
ENOUGH, FEWEST, REDRAWS = 6, 4, 2
"""Conclusive directions after which none is drawn again, and without which nothing is decided; rounds of drawing again."""


class State(Enum):
    """Where a direction stands."""

    PENDING = auto()
    DONE = auto()
    KINK = auto()
    EDGE = auto()
    STUCK = auto()


@dataclass
class Ray:
    """A direction with the step to try next and the best estimate so far."""

    along: Array
    step: float
    state: State = State.PENDING
    best: Estimate | None = None
    growing: bool = False


class BlockSearch:
    """The directions of one block.

    Args:
        number: of the block in the point.
        block: its value there.
        rng: source of directions.
        directions: how many are drawn.
        tolerance: on the relative error, which the derivatives must be good enough for; None takes `SMOOTH` or `ROUGH`.
        f0: value of the function at the point.
        noise: of its values, by the step.
    """

    def __init__(
        self, number: int, block: Array, rng: np.random.Generator, *, directions: int, tolerance: float | None, f0: float, noise: Noise
    ) -> None:
        self.number, self.noise, self.smooth, self.block = number, noise, True, block
        self.rays: list[Ray] = []
        self._rng, self._directions, self._f0 = rng, directions, f0
        self._tolerance, self._finest = tolerance, min(1.0, tolerance / SMOOTH if tolerance else 1.0)
        self._size = block_size(block)
        self._smallest = SMALLEST_STEP * (rms(block) / self._size or 1.0)  # f may vary on the scale of the block's entries after all
        self._redraws, self._grown = 0, False
        if block.size:
            self._draw(1, FIRST_STEP)  # a pilot: where it ends, the others begin

    def moves(self) -> list[Move]:
        """The points whose values are wanted next; none when the search is over."""
        return [Move({self.number: ray.along}, ray.step * far) for ray in self._pending() for far in DISTANCES]

    def take(self, values: Array) -> None:
        """Take the values of `moves`, in their order."""
        pending = self._pending()
        steps = np.array([ray.step for ray in pending])
        made = estimates(values.reshape(-1, len(DISTANCES)), self._f0, steps, self.noise.level + self.noise.growth * steps)
        before = [ray.best or found for ray, found in zip(pending, made, strict=True)]
        for ray, found in zip(pending, made, strict=True):
            if not ray.growing:
                ray.best = found
        scale = self.scale()
        for ray, found, last in zip(pending, made, before, strict=True):
            unit = self._finest * (scale or abs(found.slope))
            allowed = 0.1 * unit * (SMOOTH if ray.step >= FIRST_STEP else ROUGH)
            good, kinked = found.converged(allowed), found.jump > allowed
            if ray.growing:
                self._grow(ray, found, allowed, good=good and not kinked)
            elif good:
                ray.state = State.KINK if kinked else State.DONE
            else:  # the jump of a kink nearer than any step stays when the step shrinks; that of a discontinuity goes like 1 / h
                self._shrink(ray, found, kinked=kinked and last.jump / 2 <= found.jump <= 2 * last.jump)
        if not self._pending():
            self._go_on()

    def done(self) -> list[tuple[Ray, Estimate]]:
        """The conclusive directions, each with its estimate."""
        return [(ray, ray.best) for ray in self.rays if ray.state is State.DONE and ray.best is not None]

    def scale(self) -> float:
        """Root mean square of the slopes, the conclusive ones if there are any: the norm of the derivative in the block's own unit."""
        slopes = [best.slope for _, best in self.done()]
        return rms(np.array(slopes or [ray.best.slope for ray in self.rays if ray.best and math.isfinite(ray.best.slope)]))

    def base(self) -> float:
        """Tolerance where noise plays no part."""
        return self._tolerance or (SMOOTH if self.smooth else ROUGH)

    def _pending(self) -> list[Ray]:
        return [ray for ray in self.rays if ray.state is State.PENDING]

    def _draw(self, count: int, step: float) -> None:
        self.rays += [Ray(direction(self._rng, self.block.shape, self._size), step) for _ in range(count)]

    def _shrink(self, ray: Ray, found: Estimate, *, kinked: bool) -> None:
        if ray.step / SHRINK >= self._smallest:
            ray.step /= SHRINK
            self.smooth = False
        elif not math.isfinite(found.slope):
            ray.state = State.EDGE
        else:
            ray.state = State.KINK if kinked else State.STUCK

    @staticmethod
    def _grow(ray: Ray, found: Estimate, allowed: float, *, good: bool) -> None:
        """Take the estimate of a larger step, if it agrees with the known one: a dead relu comes alive at a large step."""
        assert ray.best is not None
        if good and abs(found.slope - ray.best.slope) <= GAP_NOISE * ray.best.doubt + allowed:
            ray.best, ray.state = found, State.DONE
        elif ray.step / SHRINK > ray.best.step:
            ray.step /= SHRINK
        else:
            ray.state = State.DONE

    def _go_on(self) -> None:
        """Nothing is pending: draw the rest, draw again, or try larger steps against noise."""
        done = self.done()
        if len(self.rays) < self._directions:
            self._draw(self._directions - len(self.rays), self._usual_step(done))
        elif len(done) < min(ENOUGH, self._directions) and self._redraws < REDRAWS:
            self._redraws += 1
            self._draw(self._directions, self._usual_step(done))
        elif self.smooth and not self._grown:
            self._grown = True
            wanted = self._growth(done)
            for ray, _ in done:
                if wanted > 1:
                    ray.state, ray.growing, ray.step = State.PENDING, True, min(LARGEST_STEP, FIRST_STEP * wanted)

    def _growth(self, done: list[tuple[Ray, Estimate]]) -> float:
        """How many times larger the first step had to be for noise to leave the tolerance as it is."""
        scale, doubt = self.scale(), float(np.median([best.doubt for _, best in done])) if done else 0.0
        wanted = NOISE_OF_STEP * doubt / scale / SMOOTH if scale else math.inf
        if wanted <= 1:
            return 1.0
        return float(SHRINK ** math.ceil(math.log(min(wanted * NOISE_OF_GROWN / NOISE_OF_STEP, LARGEST_STEP / FIRST_STEP), SHRINK)))

    @staticmethod
    def _usual_step(done: list[tuple[Ray, Estimate]]) -> float:
        return float(np.median([ray.step for ray, _ in done])) if done else FIRST_STEP
