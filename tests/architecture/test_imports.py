"""What may import what: the contracts hold, and they are such that a wrong import breaks them."""

import shutil
import subprocess
import sys

import pytest

LINT = "from importlinter.cli import lint_imports_command; lint_imports_command()"
LIGHT = {"numpy", "autograder", "sitecustomize"}  # the last comes with Debian's Python whatever is imported
WRONG = {
    "autograder/notebook/hashing.py": ("from autograder.checks import probe", "Each layer imports only from those below"),
    "autograder/gradients/compare.py": ("import matplotlib", "gradients stand alone on numpy"),
    "autograder/sandbox/inside/facts.py": ("from autograder import jsonio", "what runs in the box knows nothing of the grader"),
}


def lint(folder):
    done = subprocess.run([sys.executable, "-c", LINT, "--no-cache"], capture_output=True, text=True, cwd=folder, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def copied(course, tmp_path):
    """A copy of the package to break."""
    shutil.copytree(course / "autograder", tmp_path / "autograder", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(course / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_contracts_hold(copied):
    code, said = lint(copied)
    assert code == 0, said
    assert "0 broken" in said


def test_a_wrong_import_breaks_each_of_them(copied):
    for place, (line, _) in WRONG.items():
        path = copied / place
        path.write_text(path.read_text() + f"\n{line}\n")
    code, said = lint(copied)
    assert code == 1
    for _, contract in WRONG.values():
        assert f"{contract} BROKEN" in said


def test_a_new_module_must_find_its_layer(copied):
    (copied / "autograder" / "utils.py").write_text("")
    code, said = lint(copied)
    assert code == 1
    assert "utils" in said


def imported(code, cwd):
    """Names of the top-level packages that are there after `code`, without the standard library's."""
    tell = "import sys; print(*{name.partition('.')[0] for name, module in sys.modules.items() if getattr(module, '__file__', None)})"
    done = subprocess.run([sys.executable, "-c", f"{code}\n{tell}"], capture_output=True, text=True, cwd=cwd, check=True)
    return {name for name in done.stdout.splitlines()[-1].split() if name not in sys.stdlib_module_names and not name.startswith("_")}


def test_gradients_bring_numpy_and_nothing_else_into_a_notebook(course):
    assert imported("import autograder.gradients", course) <= LIGHT


def test_that_test_can_fail(course):
    assert {"IPython", "traitlets"} <= imported("import autograder.gradients, IPython", course) - LIGHT


def test_help_answers_without_anything_heavy(course):
    code = "import sys\nsys.argv = ['autograder', '{}', '--help']\nfrom autograder.cli import main\ntry: main()\nexcept SystemExit: pass"
    for verb in ("grade", "doctor"):
        heavy = {"numpy", "IPython", "torch", "matplotlib", "nbgrader", "nbformat", "pytest", "rich"}
        assert imported(code.format(verb), course) & heavy <= {"rich"}
    assert "numpy" in imported(code.format("grade") + "\nimport numpy", course)
