"""The results folder: DIR/<student>/<assignment>/report.json and report.html, DIR/grades.csv and DIR/index.html about them all."""

import os
from collections.abc import Iterator
from pathlib import Path

from autograder.errors import UsageError
from autograder.exports import FORMATS
from autograder.exports.html_page import class_page
from autograder.model import Report
from autograder.report.codec import loads
from autograder.sources import clean_name

REPORT = "report.json"


class Results:
    """Reports in a folder.

    Args:
        folder: made if it is missing.

    Raises:
        UsageError: it can't be made or written to.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(f"--out {folder}: {error.strerror}; choose a folder that you may write to") from error

    def add(self, report: Report) -> Path:
        """Write a report's own files; they are whole or not there. Gives the path of its page."""
        folder = self.folder / clean_name(report.student) / report.assignment
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("html", "json"):  # the report last: where it stands the rest does too
            file = FORMATS[name].of_report
            assert file is not None
            _write_whole(folder / file.name, file.write(report))
        return folder / "report.html"

    def find(self, student: str, assignment: str) -> Report | None:
        """The report that stands here for this student and assignment, if there is one that can be read."""
        path = self.folder / clean_name(student) / assignment / REPORT
        return loads(path.read_bytes()) if path.is_file() else None

    def __iter__(self) -> Iterator[Report]:
        for path in sorted(self.folder.glob(f"*/*/{REPORT}")):
            yield loads(path.read_bytes())

    def summarise(self) -> None:
        """Write grades.csv and index.html about every report that stands here."""
        reports = list(self)
        table = FORMATS["csv"].of_class
        assert table is not None
        _write_whole(self.folder / table.name, table.write(reports))
        _write_whole(self.folder / "index.html", class_page(reports))


def _write_whole(path: Path, content: bytes) -> None:
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        partial.write_bytes(content)
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise UsageError(f"{path} can't be written: {error.strerror}") from error
