import pytest

from autograder.checks.scoring import score
from autograder.errors import AssignmentError
from autograder.model import CheckResult, Exercise, Verdict

EXERCISE = Exercise("elu", "ELU", ("elu",), {"value": 5.0, "grad": 8.5})


def results(**verdicts):
    return [
        CheckResult(f"test_{part}_{number}", "elu", part, verdict)
        for part, listed in verdicts.items()
        for number, verdict in enumerate(listed)
    ]


def test_a_part_is_earned_when_all_its_checks_pass():
    [report] = score([EXERCISE], results(value=[Verdict.PASSED] * 3, grad=[Verdict.PASSED]))
    assert (report.earned, report.points, report.verdict) == (13.5, 13.5, Verdict.PASSED)


@pytest.mark.parametrize("bad", [verdict for verdict in Verdict if verdict is not Verdict.PASSED])
def test_one_check_that_does_not_pass_costs_the_whole_part_and_no_other(bad):
    [report] = score([EXERCISE], results(value=[Verdict.PASSED, bad, Verdict.PASSED], grad=[Verdict.PASSED]))
    assert [part.earned for part in report.parts] == [0.0, 8.5]
    assert report.earned == 8.5
    assert report.verdict is report.parts[0].verdict is bad


def test_the_worst_verdict_is_the_one_that_is_told():
    [report] = score([EXERCISE], results(value=[Verdict.FAILED, Verdict.TIME_LIMIT], grad=[Verdict.ERROR]))
    assert [part.verdict for part in report.parts] == [Verdict.TIME_LIMIT, Verdict.ERROR]
    assert report.verdict is Verdict.TIME_LIMIT


def test_a_part_without_a_check_is_not_given_away():
    with pytest.raises(AssignmentError, match="exercise 'elu': no check decides on part 'grad'"):
        score([EXERCISE], results(value=[Verdict.PASSED]))
