"""A course is held against itself: what is right must get full marks, what is wrong must be caught and named."""

import json
from dataclasses import replace

import pytest
import typer

from autograder.checks.judging import Judge
from autograder.cli import running
from autograder.cli import verify as command
from autograder.demo import classroom as demo_class
from autograder.model import Message, Verdict
from autograder.verify import cases, faults, lookalikes

HALF = """
@mistake("double", "halves in between", hint="Look.", fails=("values",))
def double(z):
    return np.asarray(z) + 2.0 * 1.0
"""


@pytest.fixture
def found(classroom):
    """Return a function: toy -> what is wrong with how each of its cases is graded, by label."""

    def find(toy):
        made = cases(toy.assignment)
        return {case.label: list(faults(case, classroom.grader.grade(case.submission, toy.assignment))) for case in made}

    return find


def test_a_course_that_holds_has_no_faults(make_toy, found):
    toy = make_toy()
    (toy.folder / "variants").mkdir()
    (toy.folder / "variants" / "sums.py").write_text("def double(z):\n    return [a + a for a in z] if isinstance(z, list) else z + z\n")
    assert found(toy) == {
        "solution": [],
        "blank": [],
        "variant sums": [],
        "adds 2": [],
        "squares": [],
        "doubles once": [],
        "doubles three times": [],
    }


def test_the_cases_are_hand_ins_of_students_of_their_own(make_toy):
    made = cases(make_toy().assignment)
    assert [case.submission.student for case in made] == ["solution", "blank", "mistake-001", "mistake-002", "mistake-003", "mistake-004"]
    assert [case.fails for case in made[:3]] == [frozenset(), None, frozenset({"double/values"})]


@pytest.mark.parametrize(
    ("change", "label", "said"),
    [
        (("np.asarray(z) + 2.0", "np.asarray(z) * 2.0"), "adds 2", "should fail double/values, but passes"),
        (("np.square(z)", "np.asarray(z) + 2.0"), "squares", "in double/values it is taken for adds 2"),
        (
            (
                '"doubles once", hint="Twice, please.", fails=("values",)',
                '"doubles once", hint="Twice.", fails=("values", "double/values")',
            ),
            "doubles once",
            "should fail double/values, but passes",
        ),
    ],
)
def test_a_mistake_that_is_not_what_it_says_is_a_fault(make_toy, found, change, label, said):
    toy = make_toy()
    path = toy.folder / "mistakes.py"
    assert change[0] in path.read_text()
    path.write_text(path.read_text().replace(*change, 1))
    assert said in found(toy)[label]


def test_a_solution_that_fails_is_a_fault(make_toy, found):
    toy = make_toy(reference="def double(z):\n    return 3.0 * z\n\ndef quad(z):\n    return 4.0 * z\n")
    wrong = found(toy)
    assert wrong["solution"] == ["fails double/values, which it should not"]
    assert wrong["blank"] == []


def test_a_blank_that_gets_points_is_a_fault(make_toy, classroom):
    toy = make_toy()
    blank = next(case for case in cases(toy.assignment) if case.label == "blank")
    report = classroom.grader.grade(toy.hand_in(), toy.assignment)
    assert list(faults(blank, report)) == ["a blank must get 0 as not attempted, got 100 and passed"]


def test_what_was_not_graded_is_a_fault(make_toy, classroom):
    toy = make_toy()
    solution = cases(toy.assignment)[0]
    report = classroom.grader.grade(toy.hand_in(), toy.assignment)
    faulty = replace(report, score=None, verdict=Verdict.GRADER_FAULT, messages=(Message("grader.fault"),))
    assert list(faults(solution, faulty)) == ["it was not graded: grader_fault"]


def test_mistakes_that_answer_alike_are_told(make_toy):
    toy = make_toy()
    path = toy.folder / "mistakes.py"
    assert list(lookalikes(toy.assignment, Judge(toy.assignment))) == []
    path.write_text(path.read_text() + HALF)
    assert list(lookalikes(toy.assignment, Judge(toy.assignment))) == ["double: 'adds 2' and 'halves in between' give equal values"]


# --- the command ---


@pytest.fixture
def verify(make_toy, kept_open, capsys, course):
    """Return a function: what to change in a toy, options -> exit code and output of the command."""

    def call(*change, **options):
        toy = make_toy()
        if change:
            (toy.folder / "mistakes.py").write_text((toy.folder / "mistakes.py").read_text().replace(*change))
        kept_open.setattr(command, "load_assignments", lambda _folder, _ids: [toy.assignment])
        kept_open.setattr("autograder.course.lint.lint", lambda _: [])
        code = 0
        try:
            command.verify(course=course, **options)
        except typer.Exit as ended:
            code = ended.exit_code
        return code, capsys.readouterr().out

    return call


def test_the_command_ends_with_0_when_the_course_holds(verify):
    code, out = verify()
    assert code == 0
    assert "00-toy: 1 right ones graded 1 time, 4 mistakes" in out


def test_the_command_ends_with_1_and_names_the_fault(verify):
    code, out = verify("np.asarray(z) + 2.0", "np.asarray(z) * 2.0")
    assert code == 1
    assert "FAULT adds 2: should fail double/values, but passes" in out
    assert out.rstrip().endswith("\n1 fault found")


def test_runs_draw_other_inputs_each_time(verify, monkeypatch):
    secrets = []
    make = running.make_engine
    monkeypatch.setattr(
        running,
        "make_engine",
        lambda settings, *rest, **options: secrets.append(settings.secret.reveal()) or make(settings, *rest, **options),
    )
    code, out = verify(runs=3)
    assert code == 0
    assert "graded 3 times" in out
    assert len(set(secrets)) == 3


def test_the_command_answers_in_json(verify):
    code, out = verify("np.asarray(z) + 2.0", "np.asarray(z) * 2.0", json=True)
    *lines, last = [json.loads(line) for line in out.splitlines()]
    assert code == 1
    assert {line["handed_in"]: bool(line["faults"]) for line in lines}["adds 2"]
    assert last["mistakes"] == 4
    assert any(fault.startswith("adds 2: ") for fault in last["faults"])


# --- the demonstration ---


def test_the_class_of_the_demonstration_spreads_over_the_catalogue(real_assignment):
    made = demo_class(real_assignment, mistakes=5)
    wrong = [case.mistake for case in made if case.mistake]
    assert [case.label for case in made][:2] == ["solution", "blank"]
    assert len(wrong) == 5
    assert wrong[0].exercise == "sigmoid"
    assert len({mistake.exercise for mistake in wrong}) >= 4


def test_a_small_catalogue_is_shown_whole(make_toy):
    assert len(demo_class(make_toy().assignment)) == 6
