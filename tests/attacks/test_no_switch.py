"""Nothing but an argument in a test's code can leave a layer of a box out: no option, setting, variable or message reaches it."""

import ast
import inspect
import re
from pathlib import Path

import pytest

import autograder
from autograder.model import Limits
from autograder.sandbox import box as boxes
from autograder.sandbox import forks
from autograder.sandbox.inside import furnish, kernel, layers, seal, seccomp, solo, zygote
from autograder.sandbox.keeper import Keeper
from autograder.sandbox.session import BoxLine, Call, Session

PACKAGE = Path(autograder.__file__).parent
MODULES = {path.relative_to(PACKAGE).as_posix(): ast.parse(path.read_text(encoding="utf-8")) for path in PACKAGE.rglob("*.py")}
KEYWORDS = {"layers", "without", "only"}
"""What the arguments are called that leave something out."""
BETWEEN = {f"sandbox/inside/{name}.py" for name in ("layers", "furnish", "seal", "zygote")}
"""Modules that hand these arguments on, or take what they say."""
WEAKEST = {"layers": [], "without": sorted(layers.EVERY), "only": [], "left_out": sorted(layers.EVERY)}


def names(tree):
    """Every name, attribute, keyword and module in a piece of code, with its place."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.keyword(arg=str(name)):
                yield name
            case ast.ImportFrom(module=module, names=aliases):
                yield from (str(module).rpartition(".")[2], *(alias.name for alias in aliases))


def test_no_other_module_knows_of_these_arguments():
    known = {
        path for path in MODULES if re.search(r"inside\.layers|inside import .*\blayers\b", (PACKAGE / path).read_text(encoding="utf-8"))
    }
    assert known | {"sandbox/inside/layers.py"} == BETWEEN


def test_the_arguments_are_passed_only_from_one_of_these_modules_to_the_next():
    passed = {
        (path, ast.unparse(node.func))
        for path, tree in MODULES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and any(keyword.arg in KEYWORDS for keyword in node.keywords) and path.startswith("sandbox/")
    }
    assert passed == {
        ("sandbox/inside/seal.py", "kernel.set_limits"),
        ("sandbox/inside/seal.py", "seccomp.program"),
        ("sandbox/inside/zygote.py", "seccomp.program"),
    }


def test_every_one_is_for_all_layers_unless_told_otherwise():
    for function, argument in (
        (furnish.furnish, "layers"),
        (seal.namespaces, "layers"),
        (seal.run, "layers"),
        (zygote.settle, "layers"),
        (zygote.bear, "layers"),
    ):
        assert inspect.signature(function).parameters[argument].default == layers.EVERY
    assert inspect.signature(kernel.set_limits).parameters["only"].default == kernel.LIMITS
    assert inspect.signature(seccomp.program).parameters["without"].default == frozenset()


@pytest.mark.parametrize("program", [zygote, solo, furnish], ids=lambda program: program.__name__.rpartition(".")[2])
def test_what_runs_in_a_box_first_has_no_such_argument_and_passes_none(program):
    assert not {"layers", "without", "only"} & inspect.signature(program.main).parameters.keys()
    assert not {"Layer", "EVERY", "layers", "without", "only"} & set(names(ast.parse(inspect.getsource(program.main))))


def test_the_one_layer_left_out_in_earnest_is_said_where_it_is():
    """In a bubblewrap of its own a box keeps bubblewrap's /proc, which nobody inside may replace."""
    taken_off = {
        (path, ast.unparse(node))
        for path, tree in MODULES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub) and "EVERY" in set(names(node))
    }
    assert taken_off == {("sandbox/inside/furnish.py", "EVERY - {Layer.OWN_PROC}")}


def test_what_runs_in_a_box_reads_no_setting_from_its_environment():
    reading = {path for path, tree in MODULES.items() if {"environ", "getenv"} & set(names(tree))}
    assert not {path for path in reading if path.startswith("sandbox/inside/")}
    assert not {"sandbox/launch.py", "sandbox/stage.py", "sandbox/forks.py", "sandbox/box.py"} & reading


def test_a_request_that_asks_for_less_gets_every_layer(monkeypatch):
    right = forks.limits_inside
    monkeypatch.setattr(forks, "limits_inside", lambda limits: right(limits) | WEAKEST)
    for name in ("AUTOGRADER_WITHOUT", "AUTOGRADER_LAYERS", "WITHOUT", "LAYERS"):
        monkeypatch.setenv(name, ",".join(layers.EVERY))
    with Keeper("numpy", solo=False) as keeper:
        session = Session(BoxLine(keeper.spawn(Limits()), boxes.time.monotonic() + 60), 20)
        outcome = session.run_cell(TRIES, "tries", 20)
        assert outcome.failure is None, outcome.failure
        assert session.call(Call("tries"))[0].value == ["EAGAIN", "EPERM", "EACCES", "EMFILE", "EPERM"]
        session.close()


TRIES = """
import errno, os, socket

def attempt(action):
    try:
        action()
    except OSError as error:
        return errno.errorcode[error.errno]

def tries():
    return [
        attempt(os.fork),
        attempt(lambda: socket.socket(socket.AF_INET)),
        attempt(lambda: os.listdir("/")),
        attempt(lambda: [os.dup(0) for _ in range(100)]),
        attempt(lambda: os.execv("/usr/bin/env", ["env"])),
    ]
"""
