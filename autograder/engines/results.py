"""The results folder: DIR/<student>/<assignment>/report.json and report.html, DIR/grades.csv and DIR/index.html about them all."""

import errno
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from autograder.errors import ExportError, UsageError
from autograder.exports import FORMATS
from autograder.exports.html_page import class_page
from autograder.model import Report
from autograder.report.codec import loads
from autograder.report.outline import outline
from autograder.sources import clean_name

REPORT = "report.json"


def not_writable(folder: Path, error: OSError) -> UsageError:
    """What to say of a results folder that can't be written to, before anything is graded: why, and what to do."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return UsageError(f"--out {folder}: {error.strerror}; make room there, or choose another folder")
    return UsageError(f"--out {folder}: {error.strerror}; choose a folder that you may write to")


def files_of(report: Report) -> dict[str, bytes]:
    """What stands in a report's folder, by name; the report itself last, so that where it stands the rest does too."""
    files = [FORMATS[name].of_report for name in ("html", "json")]
    return {file.name: file.write(report) for file in files if file is not None}


class Results:
    """Reports in a folder.

    Args:
        folder: made if it is missing.

    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def open_for_writing(self) -> None:
        """Make the folder if it is not there; found out before an hour of grading and not after it.

        Raises:
            UsageError: it can't be made or written to.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.folder):
                pass
        except OSError as error:
            raise not_writable(self.folder, error) from error

    def place_of(self, report: Report) -> Path:
        """The folder of a report."""
        return self.folder_of(report.student, report.assignment)

    def folder_of(self, student: str, assignment: str) -> Path:
        """Where a student's report on an assignment stands, or would."""
        return self.folder / clean_name(student) / clean_name(assignment)

    def add(self, report: Report, files: Mapping[str, bytes] | None = None) -> Path:
        """Write a report's own files, or those made of it before; they are whole or not there. Gives the path of its page.

        Raises:
            UsageError: they can't be written.
        """
        folder = self.place_of(report)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(f"{folder} can't be made: {error.strerror}") from error
        for name, content in (files or files_of(report)).items():
            _write_whole(folder / name, content)
        return folder / "report.html"

    def sweep(self) -> None:
        """Remove what a run that was killed in the middle of a file left. For the one run that writes here."""
        for form in ("*/*/.report.*", ".grades.csv.*", ".index.html.*"):
            for partial in self.folder.glob(form):
                partial.unlink(missing_ok=True)

    def find(self, student: str, assignment: str) -> Report | None:
        """The report that stands here for this student and assignment, if there is one that can be read."""
        path = self.folder_of(student, assignment) / REPORT
        try:
            return _report_in(path) if path.is_file() else None
        except ExportError:  # cut off, of another version, or not ours to read: as good as none
            return None

    def __iter__(self) -> Iterator[Report]:
        """Every report that stands here, sorted by place.

        Raises:
            UsageError: one can't be read; the message names it.
        """
        for path in sorted(self.folder.glob(f"*/*/{REPORT}")):
            try:
                yield _report_in(path)
            except ExportError as error:
                raise UsageError(f"{path}: {error}; grade this submission again, or remove the file") from error

    def summarise(self, known: Iterable[Report] = ()) -> list[Path]:
        """Write grades.csv and index.html about every report that can be read; gives those that can't, which cost the others nothing.

        Args:
            known: outlines of reports that stand here as they were added, which saves reading them.
        """
        reports, unreadable = list(known), []
        places = {self.place_of(report) / REPORT for report in reports}
        for path in sorted(self.folder.glob(f"*/*/{REPORT}")):
            if path in places:
                continue
            try:
                reports.append(outline(_report_in(path)))
            except ExportError:
                unreadable.append(path)
        table = FORMATS["csv"].of_class
        assert table is not None
        _write_whole(self.folder / table.name, table.write(reports))
        _write_whole(self.folder / "index.html", class_page(reports))
        return unreadable


def _report_in(path: Path) -> Report:
    try:
        return loads(path.read_bytes())
    except OSError as error:
        raise ExportError(f"{error.strerror}") from error


def _write_whole(path: Path, content: bytes) -> None:
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        partial.write_bytes(content)
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise UsageError(f"{path} can't be written: {error.strerror}") from error
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
