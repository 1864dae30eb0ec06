"""The JSON export: one report, in the form that report.schema.json publishes."""

from autograder.model import Report
from autograder.report import codec


def write(report: Report) -> bytes:
    """The report as UTF-8 JSON; raises as `codec.dumps` does."""
    return codec.dumps(report)
