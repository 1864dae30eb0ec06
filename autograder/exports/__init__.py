"""Reports -> bytes, one format a file; `FORMATS` is what `autograder export` offers. Above report, below pipeline."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from autograder.exports import csv_grades, html_page, json_report, junit_xml
from autograder.model import Report


@dataclass(frozen=True)
class ReportFile:
    """A file that stands beside each report."""

    name: str
    write: Callable[[Report], bytes]


@dataclass(frozen=True)
class ClassFile:
    """A file about all the reports at once."""

    name: str
    write: Callable[[Sequence[Report]], bytes]


@dataclass(frozen=True)
class Format:
    """A format to export to: what it is good for, and the files it makes."""

    description: str
    of_class: ClassFile | None = None
    of_report: ReportFile | None = None


FORMATS: Mapping[str, Format] = {
    "csv": Format("one table of the class for a spreadsheet", of_class=ClassFile("grades.csv", csv_grades.write)),
    "html": Format(
        "a page for each student and one for the class",
        of_class=ClassFile("index.html", html_page.class_page),
        of_report=ReportFile("report.html", html_page.student_page),
    ),
    "json": Format("each report whole, as report.schema.json describes it", of_report=ReportFile("report.json", json_report.write)),
    "junit": Format("test results for a CI page", of_class=ClassFile("junit.xml", junit_xml.write)),
}
"""Every format by the name that the command line knows it by."""
