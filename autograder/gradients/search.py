"""Finds the steps at which one block's directional derivatives can be trusted: draws directions, shrinks, grows and redraws. No calls here.

The loop in check.py asks every block what it wants evaluated, has it evaluated in one batch, and hands the values back.
"""

import math
from dataclasses import dataclass
from enum import Enum, auto

import numpy as np

from autograder.gradients import richardson
from autograder.gradients.directions import direction
from autograder.gradients.oracle import Move
from autograder.gradients.points import Array
from autograder.gradients.richardson import DISTANCES, FIRST_STEP, GAP_NOISE, LARGEST_STEP, SHRINK, SMALLEST_STEP, Estimate

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
        f0: value of the function at the point.
        noise: standard deviation of its rounding.
    """

    def __init__(self, number: int, block: Array, rng: np.random.Generator, *, directions: int, f0: float, noise: float) -> None:
        self.number, self.noise, self.smooth = number, noise, True
        self.rays: list[Ray] = []
        self._block, self._rng, self._directions, self._f0 = block, rng, directions, f0
        self._redraws, self._grown = 0, False
        if block.size:
            self._draw(1, FIRST_STEP)  # a pilot: where it ends, the others begin

    def moves(self) -> list[Move]:
        """The points whose values are wanted next; none when the search is over."""
        return [Move({self.number: ray.along}, ray.step * far) for ray in self._pending() for far in DISTANCES]

    def take(self, values: Array) -> None:
        """Take the values of `moves`, in their order."""
        pending, small = self._pending(), ROUGH * self.scale()
        sixes = values.reshape(-1, len(DISTANCES))
        made = [richardson.estimate(six, self._f0, ray.step, self.noise, small) for ray, six in zip(pending, sixes, strict=True)]
        for ray, found in zip(pending, made, strict=True):
            if not ray.growing:
                ray.best = found
        scale = self.scale()
        for ray, found in zip(pending, made, strict=True):
            self._judge(ray, found, scale or abs(found.slope))
        if not self._pending():
            self._go_on()

    def done(self) -> list[Ray]:
        """The conclusive directions."""
        return [ray for ray in self.rays if ray.state is State.DONE]

    def scale(self) -> float:
        """Root mean square of the slopes, the conclusive ones if there are any: the norm of the derivative in the block's own unit."""
        rays = self.done() or [ray for ray in self.rays if ray.best is not None and ray.best.finite]
        slopes = np.array([ray.best.slope for ray in rays if ray.best is not None])
        biggest = float(np.max(np.abs(slopes), initial=0.0))
        return biggest * float(np.sqrt(np.mean((slopes / biggest) ** 2))) if biggest else 0.0

    def need(self, step: float) -> float:
        """Tolerance that the noise asks for at this step."""
        scale = self.scale()
        many = NOISE_OF_STEP if step <= FIRST_STEP else NOISE_OF_GROWN
        return many * self.noise / step / scale if scale else math.inf

    def base(self) -> float:
        """Tolerance where noise plays no part."""
        return SMOOTH if self.smooth else ROUGH

    def _pending(self) -> list[Ray]:
        return [ray for ray in self.rays if ray.state is State.PENDING]

    def _draw(self, count: int, step: float) -> None:
        self.rays += [Ray(direction(self._rng, self._block), step) for _ in range(count)]

    def _judge(self, ray: Ray, made: Estimate, scale: float) -> None:
        allowed = 0.1 * scale * (SMOOTH if ray.step >= FIRST_STEP else ROUGH)
        good = richardson.converged(made, allowed, self.noise)
        if ray.growing:
            assert ray.best is not None
            known = GAP_NOISE * self.noise / ray.best.step + allowed  # a dead relu comes alive at a large step
            if good and not made.kinked and abs(made.slope - ray.best.slope) <= known:
                ray.best, ray.state = made, State.DONE
            elif ray.step / SHRINK > ray.best.step:
                ray.step /= SHRINK
            else:
                ray.state = State.DONE
        elif good:
            ray.state = State.KINK if made.kinked else State.DONE
        elif ray.step / SHRINK >= SMALLEST_STEP:
            ray.step /= SHRINK
            self.smooth = False
        else:
            ray.state = State.STUCK if made.finite else State.EDGE

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
            wanted = self.need(FIRST_STEP) / SMOOTH
            if wanted > 1:
                wanted = min(wanted * NOISE_OF_GROWN / NOISE_OF_STEP, LARGEST_STEP / FIRST_STEP)
                growth = SHRINK ** math.ceil(math.log(wanted, SHRINK))
                for ray in done:
                    ray.state, ray.growing, ray.step = State.PENDING, True, min(LARGEST_STEP, FIRST_STEP * growth)

    @staticmethod
    def _usual_step(done: list[Ray]) -> float:
        return float(np.median([ray.step for ray in done])) if done else FIRST_STEP
