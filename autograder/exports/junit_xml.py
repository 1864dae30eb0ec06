"""The JUnit export: a class or one report for a CI page; one suite a submission, one case a part. Only what strict readers accept.

A wrong value is a failure; a crash, a limit or a missing package is an error; what was not attempted is skipped. Points stand in the
suite's properties `points` and `max_points`, because properties of a case break strict readers.
"""

from collections.abc import Sequence
from itertools import count
from xml.etree import ElementTree as ET

from autograder.exports import order
from autograder.model import Message, PartReport, Report, Verdict
from autograder.report.messages import render
from autograder.report.plain import visible

_OUTCOMES = {Verdict.PASSED: None, Verdict.FAILED: "failure", Verdict.NOT_ATTEMPTED: "skipped"}


def write(reports: Sequence[Report]) -> bytes:
    """The reports as UTF-8 XML, without characters that XML 1.0 forbids; (classname, name) is unique in the whole file."""
    root = ET.Element("testsuites", {"name": "autograder"})
    taken: set[tuple[str, str]] = set()
    for report in order.by_student(reports):
        root.append(_suite(report, taken))
    _count(root)
    ET.indent(root)
    content: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return content + b"\n"


def _suite(report: Report, taken: set[tuple[str, str]]) -> ET.Element:
    stem = f"{report.student}.{report.assignment}"
    suite = ET.Element("testsuite", {"name": visible(f"{report.student}: {report.title}")})
    properties = ET.SubElement(suite, "properties")
    for name, value in (("points", order.points(report.score)), ("max_points", order.points(report.max_score))):
        ET.SubElement(properties, "property", {"name": name, "value": value})
    about = [render(message) for message in report.messages]
    bad_parts = False
    for exercise in report.exercises:
        for part in exercise.parts:
            bad_parts = bad_parts or part.verdict is not Verdict.PASSED
            case = _unique_case(f"{stem}.{exercise.id}", part.name, taken)
            suite.append(_with_outcome(case, part.verdict, _said(part) or about))
    if report.verdict is not Verdict.PASSED and not bad_parts:
        # Turned away without a word on any exercise: but for a case of its own the suite would look fine.
        case = _unique_case(stem, "notebook", taken)
        suite.append(_with_outcome(case, report.verdict, about))
    notes = [*report.messages, *(error.message for error in report.cell_errors), *report.repairs]
    if notes:
        ET.SubElement(suite, "system-out").text = visible("\n".join(render(note) for note in notes))
    _count(suite)
    return suite


def _unique_case(classname: str, name: str, taken: set[tuple[str, str]]) -> ET.Element:
    where, plain = visible(classname), visible(name)
    names = (plain if number == 1 else f"{plain} ({number})" for number in count(1))
    shown = next(candidate for candidate in names if (where, candidate) not in taken)
    taken.add((where, shown))
    return ET.Element("testcase", {"name": shown, "classname": where})


def _with_outcome(case: ET.Element, verdict: Verdict, said: list[str]) -> ET.Element:
    outcome = _OUTCOMES.get(verdict, "error")
    if outcome is not None:
        found = ET.SubElement(case, outcome, {"message": visible(said[0] if said else verdict.value.replace("_", " "))})
        if outcome != "skipped":
            found.set("type", verdict.value)
            found.text = visible("\n".join(said))
    return case


def _said(part: PartReport) -> list[str]:
    found: list[str] = []
    for check in part.checks:
        if check.verdict is Verdict.PASSED:
            continue
        found += [render(message) for message in check.messages]
        if check.mistake is not None:
            found.append(render(Message("part.mistake", {"name": check.mistake})))
        if check.hint is not None:
            found.append(check.hint)
        if check.counterexample is not None:
            example = check.counterexample
            found.append(f"{example.cell}\nyour output: {example.yours}\nright output: {example.right}")
    return list(dict.fromkeys(found))


def _count(suite: ET.Element) -> None:
    # Readers want the counts before the cases, as attributes of the suite and of the whole.
    suite.set("tests", str(sum(1 for _ in suite.iter("testcase"))))
    for name, outcome in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(name, str(sum(1 for _ in suite.iter(outcome))))
