"""Importing the gradients loads numpy and nothing else that is heavy, so that a notebook starts fast; and this test can fail."""

import subprocess
import sys
import textwrap


def loaded_by(statement):
    """Modules outside numpy, the standard library and the gradients themselves that a statement loads."""
    code = f"""
        import sys, numpy.random
        before = set(sys.modules)
        {statement}
        own = {{"numpy", *sys.stdlib_module_names}}
        new = set(sys.modules) - before - {{"autograder"}}
        strange = {{name for name in new if name.partition(".")[0] not in own}}
        print(sorted(name for name in strange if not f"{{name}}.".startswith("autograder.gradients.")))
    """
    return subprocess.check_output([sys.executable, "-c", textwrap.dedent(code)], text=True).strip()


def test_importing_the_gradients_loads_numpy_alone():
    assert loaded_by("import autograder.gradients") == "[]"


def test_that_test_can_fail():
    assert "hypothesis" in loaded_by("import autograder.gradients, hypothesis")
    assert "autograder.model" in loaded_by("import autograder.gradients, autograder.model")
    assert "typing_extensions" in loaded_by("import autograder.gradients, typing_extensions")  # not hidden by typing
