"""Run a batch from the command line: which engine, what is shown meanwhile, and how it ends when it is interrupted."""

import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import typer

from autograder.errors import AutograderError

if TYPE_CHECKING:
    from autograder.config import Settings
    from autograder.engines.ledger import Ledger
    from autograder.engines.protocol import Engine, Job
    from autograder.engines.results import Results
    from autograder.model import Report

_ENDING = (signal.SIGINT, signal.SIGTERM)


class InterruptedBySignal(KeyboardInterrupt):
    """Ctrl-C, or a request to end; `exit_code` is what a shell makes of that signal."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.exit_code = 128 + number


@contextmanager
def interruptible() -> Iterator[None]:
    """Within, the first Ctrl-C or SIGTERM raises `InterruptedBySignal`, and further ones do not disturb how it ends."""

    def end(number: int, _frame: FrameType | None) -> None:
        for one in _ENDING:
            signal.signal(one, signal.SIG_IGN)
        raise InterruptedBySignal(number)

    before = {one: signal.signal(one, end) for one in _ENDING}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def make_engine(settings: "Settings", jobs: int | None, hidden: Sequence[Path], *, pages: bool, scheduler: str | None = None) -> "Engine":
    """The engine that the options name: a scheduler's, or a local one, by default with so many workers as this process may use CPUs."""
    if scheduler is not None:
        from autograder.engines.dask import DaskEngine  # noqa: PLC0415

        return DaskEngine(settings, scheduler, pages=pages)
    import os  # noqa: PLC0415

    from autograder.engines.local import LocalEngine  # noqa: PLC0415

    return LocalEngine(settings, workers=jobs or len(os.sched_getaffinity(0)), hidden=hidden, pages=pages)


def grade_all(
    results: "Results", ledger: "Ledger", engine: "Engine", jobs: "Sequence[Job]", what: str, *, json: bool, said: str
) -> "list[Report]":
    """Grade `jobs` into the folder, with progress or a JSON line for each; gives outlines of the reports, as they came.

    Args:
        results: the folder.
        ledger: its ledger, open.
        engine: grades them.
        jobs: to grade.
        what: in front of the progress.
        json: print a line for each report and no progress.
        said: how to go on when it is interrupted.

    Raises:
        typer.Exit: it was interrupted; what is done is in the tables, and how to go on was said.
        AutograderError: it can't be done or written; what was done is in the tables if they can be.
    """
    from autograder.cli import terminal  # noqa: PLC0415
    from autograder.cli.progress import progress  # noqa: PLC0415
    from autograder.engines.batch import grade_into  # noqa: PLC0415

    reports: list[Report] = []
    try:
        with interruptible():
            try:
                with progress(len(jobs), what, silent=json) as shown:
                    for report in grade_into(results, ledger, engine, jobs, shown.waiting):
                        reports.append(report)
                        shown.step(report)
                        if json:
                            terminal.print_report_json(report)
            except InterruptedBySignal as interrupted:
                results.summarise(reports)
                done = f"{len(reports)} of {len(jobs)} are done and stand in {results.folder}"
                typer.echo(f"autograder: interrupted; {done}. {said}", err=True)
                raise typer.Exit(interrupted.exit_code) from None
    except AutograderError:
        with suppress(AutograderError):  # what ended it is to be told, even where the tables can't be written either
            if reports:
                results.summarise(reports)
        raise
    return reports
