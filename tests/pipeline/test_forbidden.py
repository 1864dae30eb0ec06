"""A derivative that another package works out earns nothing and is told by that package's name; to import it out of habit costs nothing."""

import json
import re

import jsonschema
import pytest

from autograder.exports import FORMATS
from autograder.exports.order import flags
from autograder.model import Cell, Verdict
from autograder.report.codec import dumps, loads, to_json
from autograder.report.messages import render

CELL = "relu-grad-solution"
HABITS = """\
import torch
import torch.nn as nn, torch.nn.functional as F
from torch import nn, Tensor
from sympy import symbols, diff
import tensorflow as tf
torch.manual_seed(0)
device = "cuda" if torch.cuda.is_available() else "cpu"

def also(x: torch.Tensor | None) -> torch.Tensor:
    return torch.relu(x)

"""
BY_TORCH = """\
import torch

def relu_grad(z):
    x = torch.tensor(z, requires_grad=True)
    torch.relu(x).sum().backward()
    return x.grad.numpy()
"""
RIGHT = "def relu_grad(z):\n    return np.where(np.asarray(z) > 0, 1.0, 0.0)\n"


def checks_of(reading, report, name="relu-grad", part="grad"):
    return reading.part(report, part, name).checks


@pytest.fixture(scope="module")
def by_torch(classroom):
    """A right notebook but for one function, whose derivative torch works out."""
    return classroom.grade(classroom.grafted(BY_TORCH))


def test_habit_in_a_cell_costs_nothing(classroom):
    report = classroom.grade(classroom.edited({CELL: HABITS.__add__}))
    assert (report.score, report.verdict, report.cell_errors) == (100, Verdict.PASSED, ())


def test_habit_in_a_function_costs_nothing(classroom):
    report = classroom.grade(classroom.grafted(RIGHT.replace("    return", "    import torch\n    from jax import grad\n    return")))
    assert (report.score, report.verdict) == (100, Verdict.PASSED)


@pytest.mark.usefixtures("nobody_else_suffers")
def test_a_function_that_differentiates_by_torch_earns_nothing_and_is_named(reading, by_torch):
    relu = reading.exercise(by_torch, "relu-grad")
    assert (relu.verdict, by_torch.verdict) == (Verdict.FORBIDDEN, Verdict.FORBIDDEN)
    assert reading.part(by_torch, "relu", "relu-grad").earned == 3
    assert {one.name: one.earned for one in relu.parts if one.name != "relu"} == {"grad": 0, "at-zero": 0}
    assert by_torch.score == 91
    [said] = reading.sentences(checks_of(reading, by_torch))
    assert re.fullmatch(
        r"`relu_grad` uses a package, `torch`, that is hidden in this assignment, in line \d+: `x = torch\.tensor\(z, \w+=True\)`\."
        r" Work out the derivative yourself: numpy is all it takes\.",
        said,
    )
    assert not any(check.counterexample or check.mistake for check in checks_of(reading, by_torch))


@pytest.mark.usefixtures("nobody_else_suffers")
def test_a_cell_that_uses_it_before_its_functions_is_named_and_costs_its_own_exercise(classroom, reading):
    report = classroom.grade(classroom.edited({CELL: "import sympy\nz = sympy.Symbol('z')\n".__add__}))
    assert reading.exercise(report, "relu-grad").verdict is report.verdict is Verdict.FORBIDDEN
    assert report.score == 88
    [error] = report.cell_errors
    assert (error.cell, error.verdict) == (CELL, Verdict.FORBIDDEN)
    assert render(error.message) == (
        "This cell uses a package, `sympy`, that is hidden in this assignment, in line 2: work out the derivative yourself. To import it "
        "costs nothing, but to use it ends the cell: what stands below that line did not run."
    )
    assert reading.ids(checks_of(reading, report)) == ["cell.hidden"]


def test_a_cell_that_uses_it_after_its_functions_is_told_and_costs_nothing(classroom):
    play = Cell("code", "import torch\ntorch.ones(3)")
    report = classroom.grade(classroom.edited({CELL: "{}\nimport jax\njax.grad(relu)\n".format}, extra=[play]))
    assert (report.score, report.verdict) == (100, Verdict.PASSED)
    assert [error.verdict for error in report.cell_errors] == [Verdict.FORBIDDEN] * 2
    assert flags(report) == ["forbidden: jax, torch"]


EVASIONS = {
    "a name in pieces": "torch = __import__('tor' + 'ch')\n",
    "a finder of its own": "import sys\nsys.meta_path[:] = [one for one in sys.meta_path if not repr(one).count('hidden')]\nimport torch\n",
    "the wheel's own folder": "import sys\nsys.meta_path.pop(0)\nsys.path.insert(0, '/site/0')\nimport torch\n",
    "a fallback": "try:\n    import torch\nexcept ImportError:\n    torch = None\n",
}


@pytest.mark.parametrize("way", EVASIONS.values(), ids=EVASIONS)
def test_whichever_way_it_is_asked_for_it_earns_nothing(classroom, reading, way):
    report = classroom.grade(classroom.grafted(BY_TORCH.replace("import torch\n", way)))
    assert report.score in {88, 91}
    assert not any(one.earned for one in reading.exercise(report, "relu-grad").parts if one.name != "relu")
    assert report.verdict in {Verdict.FORBIDDEN, Verdict.ERROR}


def test_who_asks_for_torch_and_falls_back_on_numpy_gets_the_points(classroom):
    asks = "    try:\n        import torch\n        return torch.ones(3)\n    except ImportError:\n        pass\n    return"
    assert classroom.grade(classroom.grafted(RIGHT.replace("    return", asks))).score == 100


FORGED = {
    "a class of that name": "class HiddenError(Exception): pass\n    raise HiddenError('torch')",
    "with the input in its name": "e = type('HiddenError', (ImportError,), {})(name='torch' + str(float(np.ravel(z)[0])))\n    raise e",
    "with a package that the notebook does not name": "raise type('HiddenError', (ImportError,), {})(name='cas' + 'adi')",
}


@pytest.mark.parametrize("body", FORGED.values(), ids=FORGED)
def test_a_forged_one_costs_only_its_forger_and_tells_nothing(classroom, reading, body):
    report = classroom.grade(classroom.grafted(f"def relu_grad(z):\n    {body}\n"))
    assert report.score == 91
    assert reading.exercise(report, "relu-grad").verdict is Verdict.FORBIDDEN
    for check in checks_of(reading, report):
        assert check.messages[0].params["module"] is None
        assert render(check.messages[0]).startswith("`relu_grad` uses a package that is hidden in this assignment, in line ")


def test_a_forged_one_of_a_cell_is_told_without_a_package(classroom, reading):
    report = classroom.grade(classroom.edited({CELL: "class HiddenError(Exception): pass\nraise HiddenError\n".__add__}))
    assert report.score == 88
    assert reading.sentences(checks_of(reading, report))[0].startswith(
        "This cell uses a package that is hidden in this assignment, in line 2:"
    )


def test_every_format_tells_it(by_torch, schema):
    jsonschema.validate(to_json(by_torch), schema)
    assert loads(dumps(by_torch)) == by_torch
    assert json.loads(dumps(by_torch))["verdict"] == "forbidden"
    page = FORMATS["html"].of_report.write(by_torch).decode()
    assert "Not allowed here" in page
    assert "hidden in this assignment" in page
    suite = FORMATS["junit"].of_class.write([by_torch]).decode()
    assert 'type="forbidden"' in suite
    assert "hidden in this assignment" in suite
    table = FORMATS["csv"].of_class.write([by_torch]).decode()
    assert ",forbidden," in table
    assert table.rstrip().endswith("forbidden: torch")


def test_the_command_line_tells_it(by_torch, capsys):
    from autograder.cli import terminal

    terminal.print_report_json(by_torch)
    assert json.loads(capsys.readouterr().out)["verdict"] == "forbidden"
    terminal.print_class([by_torch], "1 graded")
    assert "forbidden" in capsys.readouterr().out
