"""Each hostile submission gets what it earns, learns nothing, leaves nothing, and costs the honest one beside it nothing."""

from dataclasses import replace

import pytest

from autograder.exports import FORMATS
from autograder.model import Verdict

from . import traces
from .cases import all_cases
from .desk import TOKEN

CASES = all_cases()


@pytest.fixture(params=CASES, ids=lambda case: case.name)
def case(request):
    """Each case in turn."""
    return request.param


def test_an_attack_gains_nothing_and_costs_others_nothing(case, hall, tally, course):
    assignment = replace(hall.assignment, limits=replace(hall.assignment.limits, **case.limits))
    before = (hall.front.facts(), hall.back.facts(), traces.digest(course))
    reports, neighbours = {}, []
    for submission in case.submissions():
        report, *honest = hall.grade(submission, assignment)
        reports[submission.student] = report
        neighbours += honest

    gained = _points(reports) - _points_without(case, hall, assignment)
    written = _written(list(reports.values()))
    leaks = [text for text in (TOKEN, *case.absent) if text.encode() in written]
    survivors = [*traces.boxes(hall.keeper_process, hall.idle), *traces.left_behind()]
    after = (hall.front.facts(), hall.back.facts(), traces.digest(course))
    _count(tally, case, reports, (max(gained, 0), len(leaks), len(survivors)))
    tally.restarts += sum(one["pid"] != other["pid"] for one, other in zip(before[:2], after[:2], strict=True))

    assert gained <= 0
    assert leaks == []
    assert survivors == []
    assert after == before
    assert [text for text in case.present if text.encode() not in written] == []
    for report in neighbours:
        assert report.score == report.max_score
        assert hall.but_timing(report) == hall.expected
    assert set(reports) == set(case.students)
    for name, expected in case.students.items():
        _assert_is(reports[name], expected)


def _assert_is(report, expected):
    assert report.verdict is not Verdict.GRADER_FAULT
    told = {message.id for message in _messages(report)}
    assert (report.verdict.value, report.score) == (expected.verdict, expected.points), sorted(told)
    assert set(expected.says) <= told
    verdicts = {exercise.id: exercise.verdict.value for exercise in report.exercises}
    assert {name: verdicts[name] for name in expected.exercises} == expected.exercises


def _messages(report):
    yield from (*report.messages, *report.repairs)
    yield from (error.message for error in report.cell_errors)
    for exercise in report.exercises:
        for part in exercise.parts:
            for check in part.checks:
                yield from check.messages


def _points(reports):
    return sum(report.score or 0.0 for report in reports.values())


def _points_without(case, hall, assignment):
    return _points({one.student: hall.alone(one, assignment) for one in case.without(assignment.release)})


def _written(reports):
    """Everything that is written about the reports, in each format."""
    written = b""
    for form in FORMATS.values():
        written += form.of_class.write(reports) if form.of_class else b""
        written += b"".join(form.of_report.write(report) for report in reports) if form.of_report else b""
    return written


def _count(tally, case, reports, found):
    tally.attacks[case.group] += 1
    for column, number in zip((tally.gained, tally.leaked, tally.survived), found, strict=True):
        column[case.group] += number
    verdicts = ", ".join(dict.fromkeys(report.verdict.value for report in reports.values())) or "nothing to grade"
    gained, leaked, survived = found
    figures = f"{_points(reports):5g} points, gained {gained:g}, leaked {leaked}, survived {survived}"
    tally.lines.append(f"{case.name:<34} {figures}: {verdicts}")
