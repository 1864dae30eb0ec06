"""What stands in a message comes from the notebook's text; what the box said in its place goes."""

import itertools
import time

import pytest

from autograder.checks.sitting import CodeCell
from autograder.checks.wording import Words, definition_of
from autograder.model import CellError, CheckResult, Message, Verdict

CELLS = [
    CodeCell("imports", "import numpy as np"),
    CodeCell("relu-solution", "def ReLU(z, slope=(0, 1)):\n    # the rectifier\n    return np.maximum(0, z)\n\ndef relu_grad(z): pass"),
    CodeCell("cell 4", "import scipy.special\nhelper = lambda z: z"),
    CodeCell("cell 5", "import torch.nn as nn"),
]


def completed(message_id, **params):
    result = CheckResult("c", "relu", "values", Verdict.ERROR, (Message(message_id, {"name": "relu", **params}),))
    [message] = Words(CELLS, {"relu", "relu_grad"}).complete(result).messages
    return message.params


def test_the_line_of_an_exception_is_the_notebooks():
    params = completed("call.exception", type="ValueError", cell="relu-solution", line=3, code=None)
    assert params["code"] == "return np.maximum(0, z)"


def test_the_cell_is_told_where_it_is_another_than_the_functions_own():
    assert completed("call.exception", name="ReLU", type="ValueError", cell="relu-solution", line=3, code=None)["cell"] is None
    assert completed("call.exception", name="absent", type="ValueError", cell="relu-solution", line=3, code=None)["cell"] == "relu-solution"


@pytest.mark.parametrize(
    ("cell", "line"), [("relu-solution", 99), ("relu-solution", 4), ("relu-solution", None), ("secret 0.123", 1), (None, 3)]
)
def test_a_place_that_is_not_in_the_notebook_is_not_told(cell, line):
    params = completed("call.exception", type="ValueError", cell=cell, line=line, code=None)
    assert (params["cell"], params["line"], params["code"]) == (None, None, None)


@pytest.mark.parametrize(("name", "candidate"), [("relu", "ReLU"), ("elu_gradient", ""), ("helpers", "helper"), ("softmax_loss", "")])
def test_a_name_that_is_near_is_told_unless_the_assignment_asks_for_it(name, candidate):
    assert completed("call.missing", name=name, candidates="")["candidates"] == candidate


def test_a_signature_is_the_notebooks_and_not_the_boxs():
    assert completed("call.signature", name="ReLU", wanted="secret")["wanted"] == "ReLU(z, slope=(0, 1))"
    assert completed("call.signature", name="absent", wanted="secret")["wanted"] is None


@pytest.mark.parametrize(("module", "told"), [("scipy", "scipy"), ("secret0123", None), ("sci", None), ("", None), ("scipy.*", None)])
def test_a_module_is_told_if_the_notebook_names_it(module, told):
    assert completed("call.missing_module", module=module)["module"] == told
    assert completed("call.import", module=module)["module"] == told


@pytest.mark.parametrize(
    ("module", "told"), [("torch", "torch"), ("sympy", None), ("helper", None), ("secret0123", None), ("", None), (None, None)]
)
def test_a_hidden_package_is_told_if_it_is_one_and_the_notebook_names_it(module, told):
    params = completed("call.hidden", module=module, cell="relu-solution", line=3, code=None)
    assert (params["module"], params["code"], params["cell"]) == (told, "return np.maximum(0, z)", "relu-solution")


def test_a_missing_function_is_blamed_on_the_cell_that_would_define_it():
    error = CellError("cell 4", Verdict.ENVIRONMENT, Message("cell.missing_module", {"module": "scipy"}))
    words = Words(CELLS, set())

    def about(name):
        return words.about_cell(
            CheckResult("c", "relu", "values", Verdict.ERROR, (Message("call.missing", {"name": name, "candidates": ""}),)),
            set(),
            {"cell 4": error},
        )

    assert (about("helper").verdict, about("helper").messages) == (Verdict.ENVIRONMENT, (error.message,))
    assert about("scipy").verdict is Verdict.ERROR


@pytest.mark.parametrize(
    ("text", "defines"),
    [
        ("def relu(z):", True),
        ("    def relu(z):", True),
        ("async def relu(z):", True),
        ("class relu:", True),
        ("relu = 3", True),
        ("relu, elu = f()", True),
        ("relu: object = 3", True),
        ("x = 1\nrelu=np.maximum", True),
        ("relu(3)", False),
        ("def relu_grad(z):", False),
        ("# relu = 3", False),
        ("print(relu)", False),
        ("def relu2(z):", False),
    ],
)
def test_a_line_that_defines_a_name_is_found(text, defines):
    assert bool(definition_of(["relu"]).search(text)) is defines


@pytest.mark.parametrize("text", ["\n" * 500_000, " \t" * 250_000, "def " * 100_000, "relu " * 100_000, "def f(" + "(" * 100_000])
def test_no_text_holds_the_search_up(text):
    started = time.process_time()
    definition_of(["relu", "f"]).search(text)
    words = Words([CodeCell("a", text)], set())
    for message_id in ("call.missing", "call.signature", "call.missing_module"):
        params = {"name": "f", "candidates": "", "wanted": "", "module": "m"}
        words.complete(CheckResult("c", "e", "p", Verdict.ERROR, (Message(message_id, params),)))
    assert time.process_time() - started < 2


def test_a_notebook_of_forty_thousand_near_names_costs_no_time():
    names = ("".join(letters) for letters in itertools.islice(itertools.permutations("saturated_s"), 40_000))
    words = Words([CodeCell("x", "\n".join(f"def {name}_hare(): pass" for name in names))], {"saturated_share"})
    missing = CheckResult("c", "e", "p", Verdict.ERROR, (Message("call.missing", {"name": "saturated_share", "candidates": ""}),))
    started = time.process_time()
    for _ in range(43):
        words.complete(missing)
    assert time.process_time() - started < 5
