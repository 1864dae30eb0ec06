import dataclasses
from xml.etree import ElementTree as ET

import pytest

from autograder.exports import junit_xml
from autograder.model import CheckResult, ExerciseReport, PartReport, Verdict


def suites(reports):
    return ET.fromstring(junit_xml.write(reports))


def outcome(report, verdict):
    part = PartReport("p", 2.0, 0.0, verdict, (CheckResult("c", "x", "p", verdict),))
    changed = dataclasses.replace(report, verdict=verdict, exercises=(ExerciseReport("x", "X", 2.0, 0.0, verdict, (part,)),))
    (case,) = suites([changed]).iter("testcase")
    return [child.tag for child in case]


@pytest.mark.parametrize(
    ("verdict", "tags"),
    [
        (Verdict.PASSED, []),
        (Verdict.FAILED, ["failure"]),
        (Verdict.NOT_ATTEMPTED, ["skipped"]),
        *[(verdict, ["error"]) for verdict in Verdict if verdict not in (Verdict.PASSED, Verdict.FAILED, Verdict.NOT_ATTEMPTED)],
    ],
)
def test_a_wrong_value_is_a_failure_a_crash_is_an_error_nothing_written_is_skipped(report, verdict, tags):
    assert outcome(report, verdict) == tags


def test_points_are_properties_of_the_suite_alone(report):
    (suite,) = suites([report])
    found = {item.get("name"): item.get("value") for item in suite.find("properties")}
    assert found == {"points": "64", "max_points": "100"}
    assert suite[0].tag == "properties"
    assert not [case for case in suite.iter("testcase") if case.find("properties") is not None]


def test_counts_add_up(classroom):
    root = suites(classroom)
    for element in [root, *root.findall("testsuite")]:
        assert int(element.get("tests")) == len(list(element.iter("testcase")))
        assert int(element.get("failures")) == len(list(element.iter("failure")))
        assert int(element.get("errors")) == len(list(element.iter("error")))
        assert int(element.get("skipped")) == len(list(element.iter("skipped")))
    assert int(root.get("tests")) == 5 * 18


def test_the_message_names_mistake_hint_and_example(report):
    (suite,) = suites([report])
    failure = next(
        case for case in suite.iter("testcase") if case.get("classname").endswith(".sigmoid") and case.get("name") == "extremes"
    )[0]
    assert failure.get("type") == "failed"
    assert failure.get("message").startswith("`sigmoid` returned nan in 3 of 12 entries")
    assert "We recognise this one: e^z / (1 + e^z) overflows for large z." in failure.text
    assert "For which sign of z" in failure.text
    assert "your output: array([0. , 0.5, nan])" in failure.text


def test_a_notebook_that_was_turned_away_is_an_error_that_says_why(classroom):
    rejected = next(report for report in classroom if report.student == "Fen Trial")
    (suite,) = suites([rejected])
    assert all("it looks like `02-backprop`" in case.find("error").get("message") for case in suite.iter("testcase"))
    (bare,) = suites([dataclasses.replace(rejected, exercises=())])
    (case,) = bare.iter("testcase")
    assert case.get("name") == "notebook"
    assert case.find("error") is not None


def test_two_submissions_of_one_student_keep_their_cases_apart(report):
    cases = [(case.get("classname"), case.get("name")) for case in suites([report, report, report]).iter("testcase")]
    assert len(set(cases)) == len(cases) == 3 * 18
    assert ("Noor Sample.01-activations.elu", "grad (3)") in cases


def test_notes_on_the_notebook_are_the_suites_output(report):
    (suite,) = suites([report])
    assert "imports `seaborn`" in suite.find("system-out").text
    assert suite[-1].tag == "system-out"


def test_a_class_without_reports_is_an_empty_file_that_parses():
    assert suites([]).get("tests") == "0"
