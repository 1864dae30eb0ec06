"""How far a batch has come, on standard error: a live bar on a terminal, a plain line every few seconds elsewhere."""

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Column
from rich.text import Text

from autograder.cli.terminal import colour, numbers
from autograder.model import Report, Verdict

PLAIN_LINE_SECONDS = 5.0
REDRAW_SECONDS = 0.1
_LEAST_BAR, _MOST_BAR = 5, 20
_SPEED_WIDTH = 21
_FEW = 3
"""Done before a rate is told: the first ones wait for what is warmed up."""
_SLACK_SECONDS = 2.0
"""So much later than expected it is still called on time."""


class Count:
    """What is done of `total`, how fast it goes, and what the verdicts are.

    Args:
        total: jobs there are.
        clock: seconds that never go back.
    """

    def __init__(self, total: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.total, self.done = total, 0
        self.verdicts: Counter[Verdict] = Counter()
        self._clock = clock
        self._first = self._last = 0.0

    def add(self, verdict: Verdict) -> None:
        """One more is done."""
        self.done += 1
        self.verdicts[verdict] += 1
        self._last = self._clock()
        if self.done == 1:
            self._first = self._last

    @property
    def rate(self) -> float | None:
        """Jobs done a second since the first was; None while that says little."""
        seconds = self._clock() - self._first
        return (self.done - 1) / seconds if self.done >= _FEW and seconds > 0 else None

    @property
    def left(self) -> str:
        """The time it will take yet, as 0:01:23; empty while nobody knows: at first, and when what is left takes longer than it should."""
        if not self.rate:
            return ""
        seconds = (self.total - self.done) / self.rate
        overdue = self._clock() - self._last > seconds + _SLACK_SECONDS
        return "" if overdue else str(timedelta(seconds=max(1, round(seconds)))) if seconds else "0:00:00"

    def speed(self) -> str:
        """Rate and time left in words; empty at first."""
        if not self.rate:
            return ""
        return f"{self.rate:.1f}/s, {self.left} left" if self.left else f"waiting for {self.total - self.done} more"

    def counts(self) -> list[tuple[Verdict, str]]:
        """The verdicts that there are, best first, each with its number."""
        return numbers(self.verdicts)


class Shown:
    """What the caller tells of: a report that is done, or that it is still waiting.

    Args:
        count: to keep.
        draw: shows it; told if something is new.
    """

    def __init__(self, count: Count, draw: Callable[[bool], None]) -> None:
        self._count, self._draw = count, draw

    def step(self, report: Report) -> None:
        """One more is done."""
        self._count.add(report.verdict)
        self._draw(True)

    def waiting(self) -> None:
        """Nothing is new; time goes on."""
        self._draw(False)


@contextmanager
def progress(total: int, what: str, *, silent: bool = False) -> Iterator[Shown]:
    """Show how far `total` jobs have come; gives what to tell of each."""
    count = Count(total)
    if silent or not total:
        yield Shown(count, lambda _: None)
    elif sys.stderr.isatty():
        with _bar(count, what) as draw:
            yield Shown(count, draw)
    else:
        yield Shown(count, _lines(count, what))


@contextmanager
def _bar(count: Count, what: str) -> Iterator[Callable[[bool], None]]:
    console = Console(stderr=True)
    whole = 2 * len(str(count.total)) + 1
    width = max(_LEAST_BAR, min(_MOST_BAR, console.width // 2 - 30))  # on a narrow terminal the bar and then the verdicts give way
    room = console.width - sum((1, len(what), width, whole, _SPEED_WIDTH)) - 5  # between six columns
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(width),
        MofNCompleteColumn(table_column=Column(no_wrap=True, min_width=whole)),
        TextColumn("{task.fields[speed]}", table_column=Column(no_wrap=True, min_width=_SPEED_WIDTH)),
        _Verdicts(count, max(room, 1)),
    )
    # Not refreshed by itself: that would take a thread, and the workers are forks of this process.
    with Progress(*columns, console=console, transient=True, auto_refresh=False) as bar:
        task = bar.add_task(what, total=count.total, speed="warming up")
        bar.refresh()
        drawn = 0.0

        def draw(new: bool) -> None:  # noqa: FBT001 - a callback of one fact
            nonlocal drawn
            now = time.monotonic()
            if not new or count.done == count.total or now - drawn > REDRAW_SECONDS:
                drawn = now
                bar.update(task, completed=count.done, speed=count.speed() or ("" if count.done else "warming up"), refresh=True)

        yield draw


class _Verdicts(TextColumn):
    """The verdicts so far, in their colours, cut to `room` columns."""

    def __init__(self, count: Count, room: int) -> None:
        super().__init__("", table_column=Column(no_wrap=True, overflow="ellipsis", max_width=room))
        self._count = count

    def render(self, _task: object) -> Text:
        return Text("  ").join(Text(words, colour(verdict)) for verdict, words in self._count.counts())


def _lines(count: Count, what: str) -> Callable[[bool], None]:
    told = time.monotonic()

    def draw(_new: bool) -> None:  # noqa: FBT001 - a callback of one fact
        nonlocal told
        if time.monotonic() - told >= PLAIN_LINE_SECONDS:
            told = time.monotonic()
            facts = [f"{count.done} of {count.total}", count.speed(), ", ".join(words for _, words in count.counts())]
            sys.stderr.write(f"{what}: {'; '.join(filter(None, facts))}\n")
            sys.stderr.flush()

    return draw
