"""The order of judging, what ends an exercise, what was not tried, and budgets."""

import pytest

from autograder.checks import judging
from autograder.checks.collection import Suite
from autograder.checks.judging import Judge
from autograder.checks.trusted import Solution
from autograder.errors import AssignmentError, ChecksError
from autograder.model import Verdict
from autograder.pipeline import Grader
from autograder.sandbox.keeper import Keeper

FIGURE = """
@figure("A figure", x="z", y="f")
def lines(figure):
    figure.line("double", 1.0, "double", 1.0)
"""
CHECK = "from autograder.checks import check, figure\n"


def checks_of(report):
    return {check.check: check for one in report.exercises for part in one.parts for check in part.checks}


def test_figures_are_drawn_before_any_secret_is_asked(make_toy, grade_toy):
    """A student whose code remembers what it was asked, and draws it: the figure shows nothing of the checks."""
    checks = CHECK + FIGURE + make_checks()
    toy = make_toy(checks=checks)
    memory = (
        "seen = [0.0]\ndef double(z):\n    seen.append(float(np.sum(z)))\n    return seen[-2] if np.ndim(z) == 0 else np.asarray(z) * 2.0"
    )
    report = grade_toy(toy, toy.hand_in(double=memory))
    assert report.exercises[0].earned == 50
    assert report.curves[0].yours[0].y == (0.0,)


def make_checks():
    return """
@check("double")
def test_double(student, reference, probe):
    z = probe.uniform(-5, 5, probe.shape(2))
    probe.compare(student.double(z), reference.double(z))

@check("quad")
def test_quad(student, reference, probe):
    z = probe.uniform(-5, 5, probe.shape(1))
    probe.compare(student.quad(z), reference.quad(z))
"""


def test_answers_too_large_to_keep_are_judged_and_not_explained(make_toy, grade_toy, monkeypatch):
    """Squares is a mistake that has a name; with room for fewer numbers than a check asks for it is wrong without one."""
    for room, name in ((1000, "squares"), (3, None)):
        monkeypatch.setattr(judging, "MOST_KEPT", room)
        toy = make_toy()
        check = checks_of(grade_toy(toy, toy.hand_in(double="def double(z):\n    return np.square(z)")))["test_double"]
        assert (check.verdict, check.mistake) == (Verdict.FAILED, name)


def counted(toy, grade_toy, monkeypatch, submission):
    """The report, and how many boxes it took."""
    boxes = []
    spawn = Keeper.spawn
    monkeypatch.setattr(Keeper, "spawn", lambda self, limits: boxes.append(1) or spawn(self, limits))
    return grade_toy(toy, submission), len(boxes)


def test_one_box_does_for_a_whole_submission(make_toy, grade_toy, monkeypatch):
    toy = make_toy()
    report, boxes = counted(toy, grade_toy, monkeypatch, toy.hand_in())
    assert (report.score, boxes) == (100, 1)


def test_an_isolated_exercise_gets_a_box_of_its_own(make_toy, grade_toy, monkeypatch):
    toy = make_toy(isolate=("quad",))
    spoils = "calls = []\ndef double(z):\n    calls.append(1)\n    return np.asarray(z) * (2.0 if len(calls) < 4 else 3.0)"
    report, boxes = counted(toy, grade_toy, monkeypatch, toy.hand_in(double=spoils))
    assert (report.score, boxes) == (100, 2)


def test_where_an_example_follows_nobody_is_asked_to_make_an_input(make_toy, grade_toy, reading):
    toy = make_toy()
    report = grade_toy(toy, toy.hand_in(double="def double(z):\n    return 1 / 0", quad="def quad(z):\n    return 4 * z"))
    [check] = report.exercises[0].parts[0].checks
    assert check.counterexample is not None
    assert reading.sentences([check]) == [
        "`double` stopped with ZeroDivisionError in line 2: `return 1 / 0`. Start there, with the input below."
    ]


def test_a_guess_about_the_type_of_numbers_goes_where_the_mistake_has_a_name(make_toy, grade_toy, reading):
    toy = make_toy()
    report = grade_toy(toy, toy.hand_in(double="def double(z):\n    return np.square(z).astype(np.float32).astype(np.float32)"))
    assert "value.dtype" in reading.ids(report.exercises[0].parts[0].checks)
    whole = "import numpy as np\nfrom autograder.checks import check\n" + make_checks().replace(
        "probe.uniform(-5, 5,", "probe.integers(1, 5,"
    )
    toy = make_toy(checks=whole)
    report = grade_toy(toy, toy.hand_in(double="def double(z):\n    return np.square(z)"))
    [check] = report.exercises[0].parts[0].checks
    assert check.mistake == "squares"
    assert "value.dtype" not in reading.ids([check])


def test_a_blank_takes_no_box(make_toy, grade_toy, monkeypatch):
    toy = make_toy()
    blank = "raise NotImplementedError"
    cells = {name: f"def {name}(z):\n    {blank}" for name in ("double", "quad")}
    report, boxes = counted(toy, grade_toy, monkeypatch, toy.hand_in(**cells))
    assert (report.score, report.verdict, boxes) == (0, Verdict.NOT_ATTEMPTED, 0)


@pytest.mark.parametrize(
    ("cell", "extra", "verdict"),
    [
        ("def double(z):\n    raise NotImplementedError", "", Verdict.NOT_ATTEMPTED),
        ("def double(z):\n    raise NotImplementedError\n\n", "", Verdict.NOT_ATTEMPTED),
        ("def double(z):\n    raise NotImplementedError", "print(1)", Verdict.NOT_ATTEMPTED),
        ("def double(z):\n    raise NotImplementedError", "double(3)", Verdict.NOT_ATTEMPTED),
        ("def double(z):\n    raise NotImplementedError", "def doubled(z): return 2 * z", Verdict.NOT_ATTEMPTED),
        ("def double(z):\n    raise NotImplementedError", "def double(z): return 2 * z", Verdict.PASSED),
        ("def double(z):\n    raise NotImplementedError", "double = lambda z: 2 * z", Verdict.PASSED),
        ("def double(z):\n    raise NotImplementedError", "if True:\n    def double(z): return 2 * z", Verdict.PASSED),
        ("def double(z):\n    raise NotImplementedError  # hm", "", Verdict.ERROR),
        ("", "", Verdict.ERROR),
    ],
)
def test_what_counts_as_tried_is_decided_from_the_text_alone(make_toy, grade_toy, cell, extra, verdict):
    toy = make_toy()
    report = grade_toy(toy, toy.hand_in(double=cell, extra=extra))
    assert report.exercises[0].verdict is verdict


def test_the_first_time_limit_ends_its_exercise_and_no_other(make_toy, grade_toy):
    checks = CHECK + make_checks() + '\n@check("double")\ndef test_again(student):\n    student.double(1)\n'
    toy = make_toy(checks=checks, limits={"call_seconds": 0.3})
    report = grade_toy(toy, toy.hand_in(double="def double(z):\n    while True: pass", quad="def quad(z):\n    return 4 * z"))
    assert [check.verdict for check in report.exercises[0].parts[0].checks] == [Verdict.TIME_LIMIT] * 2
    assert report.exercises[1].earned == 50
    assert report.timing["graded"] < 2


def test_when_the_submissions_time_is_up_the_rest_is_told_so(make_toy, grade_toy, reading):
    toy = make_toy(limits={"call_seconds": 5.0, "cells_seconds": 5.0, "submission_seconds": 0.7})
    report = grade_toy(toy, toy.hand_in(double="def double(z):\n    while True: pass", quad="def quad(z):\n    return 4 * z"))
    sentences = reading.sentences(checks_of(report).values())
    assert {one.verdict for one in report.exercises} == {Verdict.TIME_LIMIT}
    assert len(sentences) == 1
    assert sentences[0].startswith("The notebook used up the 0.7 seconds that a submission may take")
    assert report.cell_errors == ()
    assert report.timing["graded"] < 3


def test_a_cell_that_uses_up_all_the_time_is_the_one_that_is_blamed(make_toy, grade_toy, reading):
    toy = make_toy(limits={"cells_seconds": 5.0, "submission_seconds": 0.5})
    report = grade_toy(toy, toy.hand_in(double="while True: pass"))
    assert [error.cell for error in report.cell_errors] == ["double-solution"]
    assert report.score == 0
    assert reading.ids(checks_of(report).values()) == ["call.submission_time_limit"]


def test_time_that_the_figure_takes_is_the_submissions_own(make_toy, grade_toy):
    toy = make_toy(checks=CHECK + FIGURE + make_checks(), limits={"call_seconds": 0.2})
    slow = "def double(z):\n    while np.ndim(z) == 0: pass\n    return np.asarray(z) * 2.0"
    report = grade_toy(toy, toy.hand_in(double=slow))
    assert report.score == 100
    assert report.curves[0].yours == ()


def test_the_checks_of_a_part_stand_together_and_no_check_is_lost(make_toy, grade_toy):
    parts = {"double": {"values": 30.0, "edges": 20.0}}
    checks = (
        CHECK
        + make_checks()
        + '\n@check("double", part="edges")\ndef test_edge(student, probe):\n    probe.compare(student.double(0), 0)\n'
    )
    toy = make_toy(checks=checks, parts=parts)
    report = grade_toy(toy, toy.hand_in(double="def double(z):\n    return np.where(np.asarray(z) == 0, 1, np.asarray(z) * 2.0)"))
    assert [(part.name, part.earned) for part in report.exercises[0].parts] == [("values", 30.0), ("edges", 0.0)]
    assert report.score == 30 + report.exercises[1].earned


@pytest.mark.parametrize(
    ("checks", "said"),
    [
        ('@check("double")\ndef test_double(): pass', "no check decides on part 'values' of exercise 'quad'"),
        (
            make_checks() + '\n@check("double", part="vlaues")\ndef test_x(): pass',
            "test_x decides on part 'vlaues' of exercise 'double', which",
        ),
        (
            make_checks() + '\n@check("duoble")\ndef test_x(): pass',
            "test_x decides on part 'values' of exercise 'duoble', which there is not",
        ),
    ],
)
def test_checks_and_parts_that_do_not_match_are_refused_before_anything_is_graded(make_toy, checks, said):
    toy = make_toy(checks=CHECK + checks)
    with pytest.raises(AssignmentError) as raised:
        Judge(toy.assignment)
    assert said in str(raised.value)
    assert str(toy.folder / "checks.py") in str(raised.value)


def test_an_authors_bug_is_tried_three_times_then_flagged_with_its_check_named(make_toy, grade_toy, caplog):
    toy = make_toy(checks=CHECK + make_checks().replace("probe.compare(student.quad", "probe.compera(student.quad"))
    report = grade_toy(toy, toy.hand_in())
    assert report.verdict is Verdict.GRADER_FAULT
    assert report.score is None
    assert [record.getMessage() for record in caplog.records] == [
        f"00-toy, student: try {number} of 3: check 'test_quad' raised AttributeError: 'Probe' object has no attribute 'compera'"
        for number in (1, 2, 3)
    ]


def test_a_bug_in_a_check_that_a_blank_never_meets_does_not_touch_the_blank(make_toy, grade_toy):
    toy = make_toy(checks=CHECK + make_checks().replace("probe.compare(student.quad", "probe.compera(student.quad"))
    report = grade_toy(toy, toy.hand_in(quad="def quad(z):\n    raise NotImplementedError"))
    assert report.verdict is Verdict.NOT_ATTEMPTED
    assert report.score == 50


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("1 / 0", "the solution's own code raised ZeroDivisionError: division by zero (<solution cell 1>)"),
        ("def (", "<solution cell 1>: invalid syntax"),
    ],
)
def test_a_solution_that_does_not_run_is_our_fault(cell, said):
    with pytest.raises(ChecksError) as raised:
        Solution([cell]).session()
    assert said in str(raised.value)


def test_the_solution_runs_without_matplotlib():
    session = Solution(["import math, matplotlib.pyplot as plt\nfrom matplotlib import cm", "def f(): return 1"]).session()
    assert session is not None


def test_an_assignment_is_collected_once_for_all_its_submissions(make_toy, classroom, monkeypatch):
    made = []
    init = Suite.__init__
    monkeypatch.setattr(Suite, "__init__", lambda self, folder: made.append(folder) or init(self, folder))
    toy = make_toy()
    grader = Grader(classroom.grader._settings)
    grader._keepers = classroom.grader._keepers
    assert [grader.grade(toy.hand_in(), toy.assignment).score for _ in range(3)] == [100, 100, 100]
    assert len(made) == 1


def test_a_solution_that_can_not_run_here_is_told_before_anybody_is_graded(make_toy):
    judge = Judge(make_toy().assignment)
    judge.warm()
    judge._solution = Solution(["import a_module_that_is_nowhere"])
    with pytest.raises(AssignmentError, match="ModuleNotFoundError: No module named 'a_module_that_is_nowhere'"):
        judge.warm()
