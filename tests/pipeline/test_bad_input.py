"""Whatever is handed in gets a verdict of its own and a sentence that helps, costs no other exercise its points, and hurts nobody else."""

import json
from dataclasses import replace

import pytest

from autograder import sources
from autograder.course.handing_in import as_ipynb
from autograder.model import Cell, Verdict
from autograder.report.codec import dumps, loads
from autograder.report.messages import render

CELL = "relu-grad-solution"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40


def notebook(**members):
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []} | members).encode()


def other_assignment():
    solution = {"grade": False, "solution": True, "locked": False, "task": False, "schema_version": 3, "grade_id": "dropout-solution"}
    cell = {
        "cell_type": "code",
        "source": "def dropout(x): pass",
        "metadata": {"nbgrader": solution},
        "outputs": [],
        "execution_count": None,
    }
    return notebook(cells=[cell])


FILES = {
    "random bytes": (bytes(range(255, -1, -1)) * 20, "notebook.encoding", "not UTF-8 text"),
    "a picture": (PNG, "notebook.encoding", "not UTF-8 text"),
    "an empty file": (b"", "notebook.not_json", "can't be read as JSON (Expecting value in line 1, column 1)"),
    "text": (b"def relu(z): return z", "notebook.not_json", "can't be read as JSON"),
    "JSON that is no notebook": (b'{"relu": 3}', "notebook.not_notebook", "JSON, but not a Jupyter notebook"),
    "a list": (b"[1, 2]", "notebook.not_notebook", "JSON, but not a Jupyter notebook"),
    "a number": (b"3", "notebook.not_notebook", "JSON, but not a Jupyter notebook"),
    "format 3": (b'{"nbformat": 3, "worksheets": []}', "notebook.old_format", "in format 3; format 4 is wanted"),
    "format 5": (notebook(nbformat=5), "notebook.invalid", "it has nbformat 5; wanted 4"),
    "no cells": (b'{"nbformat": 4}', "notebook.invalid", "it has no cells"),
    "cells that are no cells": (notebook(cells=[3]), "notebook.invalid", "cell 1 is not an object"),
    "a cell without source": (notebook(cells=[{"cell_type": "code", "metadata": {}}]), "notebook.invalid", "the source of cell 1"),
    "another assignment": (other_assignment(), "notebook.other_assignment", "it looks like `dropout-solution`"),
    "an empty notebook": (notebook(), "notebook.other_assignment", "This is not the notebook of"),
    "100,000 nested lists": (b"[" * 100_000 + b"]" * 100_000, "notebook.too_deep", "nests lists and objects far deeper"),
    "100,000 open lists": (b"[" * 100_000, "notebook.too_deep", "nests lists and objects far deeper"),
    "3,000 cells": (notebook(cells=[{"cell_type": "raw", "metadata": {}, "source": ""}] * 3000), "notebook.too_many_cells", "3000 cells"),
    "UTF-16": ('{"nbformat": 4}'.encode("utf-16"), "notebook.encoding", "not UTF-8 text"),
    "NaN": (b'{"nbformat": NaN}', "notebook.not_json", "NaN is not JSON"),
}


def assert_rejected(report, message_id, sentence):
    assert report.score == 0
    assert report.verdict is Verdict.ERROR
    assert [message.id for message in report.messages] == [message_id]
    assert sentence in render(report.messages[0])
    assert all(one.earned == 0 and one.verdict is Verdict.ERROR for one in report.exercises)
    assert loads(dumps(report)) == report


@pytest.mark.parametrize(("content", "message_id", "sentence"), FILES.values(), ids=FILES)
def test_a_file_that_is_no_notebook_of_the_assignment_is_told_what_it_is(classroom, content, message_id, sentence):
    assert_rejected(classroom.grade(content), message_id, sentence)


def test_a_notebook_cut_off_in_the_middle_is_told_where_it_ends(classroom):
    whole = classroom.solution()
    assert_rejected(classroom.grade(whole[: len(whole) // 2]), "notebook.not_json", "can't be read as JSON (Unterminated string")


def test_a_file_of_200_mb_is_refused_by_its_size_alone(classroom, tmp_path):
    path = tmp_path / "huge.ipynb"
    with path.open("wb") as file:
        file.truncate(200 << 20)
    [submission] = sources.collect([path])
    assert submission.content is None
    assert_rejected(classroom.grade(submission), "notebook.too_large", "200 MiB long; up to 32 MiB can be graded")


def test_a_link_to_a_file_of_the_graders_is_not_followed(classroom, tmp_path, course):
    (tmp_path / "mine.ipynb").symlink_to(course / "solutions" / "01-activations" / "01-activations.ipynb")
    [submission] = sources.collect([tmp_path / "mine.ipynb"])
    assert_rejected(classroom.grade(submission), "source.not_regular", "`mine.ipynb` is not a plain file")


# --- a cell that does not run: only the exercise that needs it suffers, and is told about the cell ---

CELLS = {
    "a syntax error": (
        lambda source: source.replace("def relu(z):", "def relu(z:"),
        Verdict.ERROR,
        "cell.syntax",
        "there is a syntax error in line 1, near `def relu(z:`",
    ),
    "a syntax error far down": (
        lambda source: source + "\nif relu = 3:\n    pass\n",
        Verdict.ERROR,
        "cell.syntax",
        "near `if relu = 3:` (invalid syntax",
    ),
    "a null byte": (lambda source: source + "\n\0", Verdict.ERROR, "cell.", "null bytes"),
    "an exception": (
        lambda source: "numbers = [1, 2]\nnumbers[2]\n" + source,
        Verdict.ERROR,
        "cell.exception",
        "IndexError in line 2: list index",
    ),
    "an exception of its own": (
        lambda source: "class Mine(Exception): pass\nraise Mine('sorry')\n" + source,
        Verdict.ERROR,
        "cell.exception",
        "stopped with Mine in line 2: sorry",
    ),
    "an exception that can't be printed": (
        lambda source: "class Mine(Exception):\n    def __str__(self): raise self\nraise Mine()\n" + source,
        Verdict.ERROR,
        "cell.exception",
        "stopped with Mine in line 3. What",
    ),
    "a syntax error in text that it runs": (
        lambda source: "exec('1 +')\n" + source,
        Verdict.ERROR,
        "cell.exception",
        "stopped with SyntaxError in line 1: invalid syntax",
    ),
    "a module that is not there": (
        lambda source: "import scipy_of_my_own\n" + source,
        Verdict.ENVIRONMENT,
        "cell.missing_module",
        "imports `scipy_of_my_own`, which is not installed here",
    ),
    "a name that a module lacks": (
        lambda source: "from numpy import sigmoid\n" + source,
        Verdict.ENVIRONMENT,
        "cell.import",
        "imports something from `numpy` that is not there (line 1)",
    ),
    "exit()": (lambda source: "exit()\n" + source, Verdict.ERROR, "cell.exit", "This cell ends Python"),
    "quit()": (lambda source: "quit()\n" + source, Verdict.ERROR, "cell.exit", "This cell ends Python"),
    "sys.exit()": (lambda source: "import sys\nsys.exit(1)\n" + source, Verdict.ERROR, "cell.exit", "This cell ends Python"),
    "os._exit(0)": (lambda source: "import os\nos._exit(0)\n" + source, Verdict.ERROR, "cell.died", "Python itself ended or crashed while"),
    "a segfault": (
        lambda source: "import ctypes\nctypes.string_at(0)\n" + source,
        Verdict.ERROR,
        "cell.died",
        "Python itself ended or crashed while this cell ran",
    ),
    "a forged answer": (
        lambda source: "import os\nos.write(3, b'\\x05\\0\\0\\0{}{}{' * 99)\n" + source,
        Verdict.ERROR,
        "cell.",
        "While this cell ran",
    ),
    "too much memory": (
        lambda source: "import numpy as np\nnp.ones(1 << 33)\n" + source,
        Verdict.MEMORY_LIMIT,
        "cell.memory_limit",
        "asked for more memory than a submission may use",
    ),
}


@pytest.mark.usefixtures("nobody_else_suffers")
@pytest.mark.parametrize("case", CELLS.values(), ids=CELLS)
def test_a_cell_that_does_not_run_costs_its_own_exercise_alone(classroom, reading, case):
    edit, verdict, message_id, sentence = case
    report = classroom.grade(classroom.edited({CELL: edit}))
    hurt = reading.exercise(report, "relu-grad")
    assert hurt.earned == 0
    assert report.score == 100 - hurt.points
    assert hurt.verdict is report.verdict is verdict
    assert [error.cell for error in report.cell_errors] == [CELL]
    assert report.cell_errors[0].verdict is verdict
    assert report.cell_errors[0].message.id.startswith(message_id)
    checks = [check for one in hurt.parts for check in one.checks]
    assert reading.ids(checks) == [report.cell_errors[0].message.id]
    assert sentence in reading.sentences(checks)[0]
    assert not any(check.counterexample for check in checks)


@pytest.mark.usefixtures("nobody_else_suffers")
def test_an_endless_loop_in_a_cell_ends_that_cell_and_the_others_run(classroom, reading):
    hasty = classroom.with_limits(cells_seconds=0.5)
    report = hasty.grade(hasty.edited({CELL: lambda source: "while True: pass\n" + source}))
    assert reading.exercise(report, "relu-grad").verdict is Verdict.TIME_LIMIT
    assert report.score == 88
    assert render(report.cell_errors[0].message).startswith("The cells of this notebook may take 0.5 seconds together")


def test_a_cell_that_fails_after_its_functions_costs_nothing_and_is_told(classroom):
    report = classroom.grade(classroom.edited({CELL: lambda source: source + "\nraise ValueError('not me')"}))
    assert report.score == 100
    assert report.verdict is Verdict.PASSED
    assert "ValueError in line" in render(report.cell_errors[0].message)


def test_a_function_in_a_cell_of_the_students_own_is_found_missing_because_of_that_cell(classroom, reading):
    own = Cell("code", "import not_there_at_all\ndef relu(z):\n    return np.maximum(z, 0)")
    report = classroom.grade(classroom.edited({CELL: lambda source: source.replace("def relu(", "def unused(")}, extra=[own]))
    assert reading.part(report, "relu", "relu-grad").verdict is Verdict.ENVIRONMENT
    assert "`not_there_at_all`" in reading.sentences(reading.part(report, "relu", "relu-grad").checks)[0]


@pytest.mark.usefixtures("nobody_else_suffers")
def test_cells_that_end_python_again_and_again_leave_the_rest_unrun(classroom, reading):
    bombs = ["sigmoid-grad-solution", "tanh-grad-solution", "leaky-relu-solution"]
    report = classroom.grade(classroom.edited(dict.fromkeys(bombs, "import os\nos._exit(0)\n".__add__)))
    assert {name: points for name, points in reading.earned(report).items() if points} == {"sigmoid": 8, "relu-grad": 12}
    told = {error.cell: error.message.id for error in report.cell_errors}
    assert [told[cell] for cell in bombs] == ["cell.died"] * 3
    assert told["elu-solution"] == "cell.not_run"
    assert reading.ids(reading.part(report, "value", "elu").checks) == ["cell.not_run"]


@pytest.mark.usefixtures("nobody_else_suffers")
def test_printing_100_mb_in_a_cell_costs_nothing_and_is_told(classroom):
    report = classroom.grade(classroom.edited({CELL: lambda source: source + "\nfor _ in range(100): print('x' * 1_000_000)"}))
    assert report.score == 100
    assert [(error.verdict, error.message.id) for error in report.cell_errors] == [(Verdict.OUTPUT_LIMIT, "cell.output_limit")]
    assert "printed more than 1 MiB" in render(report.cell_errors[0].message)
    assert len(dumps(report)) < 200_000


# --- a function that is not there ---


@pytest.mark.parametrize(
    ("edit", "message_id", "sentence"),
    [
        pytest.param(lambda _: "x = 1", "call.missing", "Your notebook has no `relu` once all its cells have run. See", id="gone"),
        pytest.param(lambda text: text.replace("def relu(", "def ReLU("), "call.missing", "it does have `ReLU`.", id="in capitals"),
        pytest.param(lambda text: text.replace("def relu(", "def my_relu("), "call.missing", "it does have `my_relu`.", id="renamed"),
        pytest.param(lambda text: text + "\nrelu = 3", "call.not_callable", "`relu` is no function once all the cells", id="a number"),
        pytest.param(lambda text: text + "\nrelu = relu(1)", "call.not_callable", "`relu` is no function", id="its own result"),
        pytest.param(
            lambda text: text.replace("def relu(z)", "def relu(z, w)"), "call.signature", "yours is `relu(z, w)`.", id="argument more"
        ),
        pytest.param(lambda text: text.replace("def relu(z)", "def relu()"), "call.signature", "yours is `relu()`.", id="argument less"),
        pytest.param(
            lambda text: text.replace("def relu(z)", "def relu(z, *, slope=(1, 2), at)"),
            "call.signature",
            "yours is `relu(z, *, slope=(1, 2), at)`.",
            id="keyword only",
        ),
    ],
)
def test_a_function_that_can_not_be_called_is_told_why(classroom, reading, edit, message_id, sentence):
    report = classroom.grade(classroom.edited({CELL: edit}))
    relu = reading.part(report, "relu", "relu-grad")
    assert relu.earned == 0
    assert relu.verdict is Verdict.ERROR
    assert reading.ids(relu.checks) == [message_id]
    assert sentence in reading.sentences(relu.checks)[0]
    assert not any(check.counterexample for check in relu.checks)
    assert report.score in (88, 97)


def test_a_name_that_the_assignment_asks_for_is_no_candidate_for_another(classroom, reading):
    report = classroom.grade(classroom.edited({CELL: lambda _: ""}))
    assert all(check.messages[0].params["candidates"] == "" for one in reading.exercise(report, "relu-grad").parts for check in one.checks)


# --- a function that answers in its own way ---

RIGHT = "np.maximum(z, 0)"
RETURNS = {
    "nothing": ("None", Verdict.FAILED, "value.none", "`relu` returned None."),
    "a string": ("'[1, 2]'", Verdict.FAILED, "value.kind", "returned a string; wanted is an array of real numbers."),
    "NaN": ("np.full(np.shape(z), np.nan)", Verdict.FAILED, "value.not_finite", "`relu` returned NaN in"),
    "inf": ("np.full(np.shape(z), np.inf)", Verdict.FAILED, "value.not_finite", "`relu` returned inf in"),
    "a wrong shape": ("np.zeros((2, 9))", Verdict.FAILED, "value.shape", "yours is (2, 9), wanted is ("),
    "a shape of many sides": ("np.zeros((1,) * 20)", Verdict.FAILED, "value.shape", "yours is of 20 sides, wanted is ("),
    "a row in place of a column": ("np.ravel(z)[:1]", Verdict.FAILED, "value.shape", "yours is (1,), wanted is ("),
    "float32": (f"{RIGHT}.astype(np.float32)", Verdict.FAILED, "value.wrong_entries", "is made of float32 numbers"),
    "integers": (f"{RIGHT}.astype(int)", Verdict.FAILED, "value.wrong_entries", "is made of int64 numbers"),
    "complex": (f"{RIGHT}.astype(complex)", Verdict.FAILED, "value.kind", "returned an array of complex128 with shape ("),
    "objects": (f"{RIGHT}.astype(object)", Verdict.FAILED, "value.kind", "returned an array of dtype object; wanted"),
    "dates": ("np.datetime64('2020-01-01')", Verdict.FAILED, "value.kind", "an array of dtype datetime64; wanted"),
    "a generator": ("(a for a in z)", Verdict.FAILED, "value.kind", "returned a value of type generator; wanted"),
    "a set": ("{1, 2}", Verdict.FAILED, "value.kind", "returned a value of type set; wanted"),
    "a dict": ("{'relu': z}", Verdict.FAILED, "value.kind", "returned a dict of 1; wanted"),
    "a ragged list": ("[[1, 2], [3]]", Verdict.FAILED, "value.kind", "returned a list of 2; wanted"),
    "a list of strings": ("['1', '2']", Verdict.FAILED, "value.kind", "returned a list of 2; wanted"),
    "a list in itself": ("(lambda a: a.append(a) or a)([])", Verdict.FAILED, "value.kind", "returned a list of 1; wanted"),
    "a function": ("print", Verdict.FAILED, "value.kind", "a value of type builtin_function_or_method; wanted"),
    "a module": ("np", Verdict.FAILED, "value.kind", "returned a value of type module; wanted"),
    "an int of 100 bits": ("1 << 100", Verdict.FAILED, "value.kind", "returned an int beyond 64 bits; wanted"),
    "twice the result": (f"2 * {RIGHT}", Verdict.FAILED, "value.factor", "yours is 2 times the right result"),
    "the negative": (f"-{RIGHT}", Verdict.FAILED, "value.sign", "right but for its sign"),
    "too much": ("np.zeros(1 << 24)", Verdict.FAILED, "value.kind", "returned more than 64 MiB of values; wanted"),
}


def relu(body):
    return "def relu(z):\n" + "".join(f"    {line}\n" for line in body.splitlines())


def assert_relu_fails(report, reading, verdict, message_id, sentence):
    assert report.score == 97
    assert report.verdict is verdict
    failed = reading.part(report, "relu", "relu-grad")
    assert failed.verdict is verdict
    assert failed.earned == 0
    assert all(check.verdict is not Verdict.PASSED for check in failed.checks)
    assert reading.ids(failed.checks)[0].startswith(message_id)
    assert any(sentence in said for said in reading.sentences(failed.checks))
    assert loads(dumps(report)) == report


@pytest.mark.parametrize("case", RETURNS.values(), ids=RETURNS)
def test_a_result_of_another_kind_is_told_apart(classroom, reading, case):
    value, *told = case
    assert_relu_fails(classroom.grade(classroom.grafted(relu(f"return {value}"))), reading, *told)


LYING = """\
class Liar(np.ndarray):
    shape = property(lambda self: (99,))
    dtype = property(lambda self: "evil")
    __eq__ = __le__ = __ge__ = lambda self, other: True
    def __array__(self, *_, **__): return np.zeros(3)
    def __reduce__(self): raise SystemExit
    def tolist(self): return "gone"
return np.full(np.shape(z), 7.0).view(Liar)"""
TENSOR = """\
class Tensor:
    __module__ = "torch"
    dtype, shape = "torch.float64", (10**9, 10**9)
    def detach(self): return self
    cpu = contiguous = detach
    def numpy(self): return np.zeros(3)
return Tensor()"""
NAMED = """\
return type("secret" + "_".join(str(int(abs(x) * 1000)) for x in np.ravel(z)[:3]), (), {})()"""
CALLS = {
    "an array that lies about itself": (LYING, Verdict.FAILED, "value.", "`relu`"),
    "an object that plays a tensor": (TENSOR, Verdict.FAILED, "value.kind", "`relu` returned"),
    "a type named after the input": (NAMED, Verdict.FAILED, "value.kind", "returned an object of another kind; wanted"),
    "raising": ("raise ValueError('no')", Verdict.ERROR, "call.exception", "ValueError in line 2: `raise ValueError('no')`"),
    "raising in a helper": (
        "def helper(x):\n    return x.nope\nreturn helper(z)",
        Verdict.ERROR,
        "call.exception",
        "AttributeError in line 3: `return x.nope`",
    ),
    "raising what can't be printed": (
        "class Mine(Exception):\n    def __str__(self): raise self\nraise Mine",
        Verdict.ERROR,
        "call.exception",
        "stopped with an exception of its own in line 4: `raise Mine`",
    ),
    "raising what is named after the input": (
        "raise type('E' + str(int(np.ravel(z)[0] * 1e6)).replace('-', 'm'), (Exception,), {})",
        Verdict.ERROR,
        "call.exception",
        "stopped with an exception of its own",
    ),
    "a module that is not there": ("import scipy_of_my_own", Verdict.ENVIRONMENT, "call.missing_module", "a module, `scipy_of_my_own`,"),
    "a module named after the input": (
        "raise ModuleNotFoundError(name='m' + str(int(np.ravel(z)[0] * 1e6)).replace('-', 'm'))",
        Verdict.ENVIRONMENT,
        "call.missing_module",
        "`relu` needs a module that is not installed here.",
    ),
    "a name that a module lacks": ("from numpy import relu", Verdict.ENVIRONMENT, "call.import", "imports something from `numpy` that is"),
    "an array beyond the memory": ("return np.ones(1 << 33)", Verdict.MEMORY_LIMIT, "call.memory_limit", "asked for more memory"),
    "lists beyond the memory": (
        "held = []\nwhile True: held.append(np.ones(1 << 24))",
        Verdict.MEMORY_LIMIT,
        "call.memory_limit",
        "asked for more memory",
    ),
    "calling itself": ("return relu(z)", Verdict.ERROR, "call.exception", "RecursionError in line 2: `return relu(z)`"),
    "exit()": ("exit()", Verdict.ERROR, "call.exit", "`relu` ends Python"),
    "quit()": ("quit()", Verdict.ERROR, "call.exit", "`relu` ends Python"),
    "sys.exit()": ("import sys\nsys.exit(0)", Verdict.ERROR, "call.exit", "`relu` ends Python"),
    "os._exit(0)": ("import os\nos._exit(0)", Verdict.ERROR, "call.died", "Python itself ended or crashed inside `relu`"),
    "a segfault": ("import ctypes\nctypes.string_at(0)", Verdict.ERROR, "call.died", "Python itself ended or crashed inside `relu`"),
    "reading the grader's files": (
        "return open('/work/solutions/01-activations/reference.py').read()",
        Verdict.ERROR,
        "call.exception",
        "FileNotFoundError in line 2",
    ),
    "interrupting": ("raise KeyboardInterrupt", Verdict.ERROR, "call.exception", "KeyboardInterrupt in line 2"),
    "forging the frame of an answer": ("import os\nos.write(3, b'\\x02\\0\\0\\0{}')\nreturn z", Verdict.ERROR, "call.", "`relu`"),
    "forging a frame of 4 GB": ("import os\nos.write(3, b'\\xff' * 4096)\nreturn z", Verdict.ERROR, "call.", "`relu`"),
    "closing the line": ("import os\nos.close(3)\nreturn z", Verdict.ERROR, "call.died", "Python itself ended or crashed inside `relu`"),
}


@pytest.mark.usefixtures("nobody_else_suffers")
@pytest.mark.parametrize("case", CALLS.values(), ids=CALLS)
def test_a_function_that_goes_its_own_way_fails_alone(classroom, reading, case):
    body, *told = case
    assert_relu_fails(classroom.grade(classroom.grafted(relu(body))), reading, *told)


@pytest.mark.usefixtures("nobody_else_suffers")
@pytest.mark.parametrize(
    "body",
    ["while True: pass", "import time\ntime.sleep(60)", "import os\nos.write(3, b'\\xff\\xff\\0\\0{')\nreturn z"],
    ids=["a loop", "a sleep", "a forged frame that promises more than comes"],
)
def test_a_function_that_never_answers_ends_its_exercise_and_no_other(classroom, reading, body):
    hasty = classroom.with_limits(call_seconds=0.3)
    report = hasty.grade(hasty.grafted(relu(body)))
    assert report.score == 88
    assert reading.exercise(report, "relu-grad").verdict is report.verdict is Verdict.TIME_LIMIT
    for one in reading.exercise(report, "relu-grad").parts:
        assert reading.sentences(one.checks)[0].startswith("`relu` had not returned after 0.3 seconds.")


RIGHT_ALL_THE_SAME = {
    "a list": "return np.maximum(z, 0).tolist()",
    "a matrix in a tuple": "return tuple(np.maximum(z, 0)) if np.ndim(z) else np.maximum(z, 0)",
    "a masked array": "return np.ma.masked_array(np.maximum(z, 0))",
    "a subclass": "class Mine(np.ndarray): pass\nreturn np.maximum(z, 0).view(Mine)",
    "writing to stderr": "import sys\nsys.stderr.write('no points!')\nreturn np.maximum(z, 0)",
    "warning": "import warnings\nwarnings.simplefilter('always')\nwarnings.warn('careful')\nreturn np.maximum(z, 0)",
    "warnings as errors, for itself": "import warnings\nwarnings.simplefilter('error')\nreturn np.maximum(z, 0)",
    "changing its argument": "z = np.asarray(z)\nresult = np.maximum(z, 0)\nz[...] = 77\nreturn result",
    "writing files": "open('notes.txt', 'w').write('mine')\nreturn np.maximum(z, 0)",
    "another seed": "np.random.seed(0)\nreturn np.maximum(z, 0)",
    "another error state": "with np.errstate(all='raise'):\n    return np.maximum(z, 0)",
    "closing stdout": "import sys\nsys.stdout.close()\nreturn np.maximum(z, 0)",
    "fortran order": "return np.array(np.maximum(z, 0), order='F')",
    "other bytes first": "return np.maximum(z, 0).astype('>f8')",
}


@pytest.mark.parametrize("body", RIGHT_ALL_THE_SAME.values(), ids=RIGHT_ALL_THE_SAME)
def test_right_code_gets_its_points_however_it_behaves(classroom, body):
    report = classroom.grade(classroom.grafted(relu(body)))
    assert report.score == 100
    assert report.verdict is Verdict.PASSED


@pytest.mark.usefixtures("nobody_else_suffers")
def test_printing_100_mb_in_a_function_costs_nothing_and_is_told_once(classroom, reading):
    report = classroom.grade(classroom.grafted(relu("for _ in range(100): print('x' * 1_000_000)\nreturn np.maximum(z, 0)")))
    assert report.score == 100
    assert report.verdict is Verdict.PASSED
    told = [message for check in reading.part(report, "relu", "relu-grad").checks for message in check.messages]
    assert [render(message) for message in told] == [
        "`relu` printed more than 1 MiB, and the rest was thrown away. It costs no points; take the prints out of it."
    ]
    assert len(dumps(report)) < 200_000


@pytest.mark.usefixtures("nobody_else_suffers")
def test_half_a_million_blank_characters_do_not_hold_the_grader_up(classroom):
    release = classroom.assignment.release
    blank = Cell("code", "x = 1\n" + "\n \t" * 150_000)
    report = classroom.grade(as_ipynb(replace(release, cells=(*release.cells, blank))))
    assert report.verdict is Verdict.NOT_ATTEMPTED
    assert sum(report.timing.values()) < 5


def test_what_a_submission_wrote_is_not_there_for_the_next(classroom):
    writes = relu("open('/box/left', 'w').write('here')\nopen('/tmp/left', 'a') if False else None\nreturn np.maximum(z, 0)")
    reads = relu("import os\nassert not os.path.exists('/box/left')\nreturn np.maximum(z, 0)")
    assert classroom.grade(classroom.grafted(writes)).score == 100
    assert classroom.grade(classroom.grafted(reads)).score == 100
