"""The exports of fixed reports, byte for byte.

To take a change over: look at the file that the failure names, then copy it over the one in tests/golden. The reports themselves are
the JSON files there; edit them by hand.
"""

from pathlib import Path

import pytest

from autograder.exports import csv_grades, html_page, json_report, junit_xml

GOLDEN = Path(__file__).parents[1] / "golden"


def the_same(name, content, tmp_path):
    made = tmp_path / name
    made.write_bytes(content)
    kept = GOLDEN / name
    assert kept.exists() and kept.read_bytes() == content, f"{name} has changed; if it should have: cp {made} {kept}"  # noqa: PT018  (one message for both)


def test_json_of_a_fixed_report(report, tmp_path):
    the_same("report.json", json_report.write(report), tmp_path)


def test_page_of_a_fixed_report(report, tmp_path):
    the_same("report.html", html_page.student_page(report), tmp_path)


def test_page_of_a_fixed_class(classroom, tmp_path):
    the_same("class.html", html_page.class_page(classroom), tmp_path)


def test_table_of_a_fixed_class(classroom, tmp_path):
    the_same("grades.csv", csv_grades.write(classroom), tmp_path)


def test_junit_of_a_fixed_class(classroom, tmp_path):
    the_same("junit.xml", junit_xml.write(classroom), tmp_path)


def test_a_changed_export_says_where_the_new_bytes_are(tmp_path):
    with pytest.raises(AssertionError, match=r"grades\.csv has changed; if it should have: cp .*grades\.csv .*golden.grades\.csv"):
        the_same("grades.csv", b"new", tmp_path)
    assert (tmp_path / "grades.csv").read_bytes() == b"new"


@pytest.mark.parametrize("write", [csv_grades.write, html_page.class_page, junit_xml.write])
def test_the_order_that_reports_come_in_does_not_matter(classroom, write):
    assert write(classroom) == write(classroom[::-1]) == write(tuple(classroom[2:] + classroom[:2]))
