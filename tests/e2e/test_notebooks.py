"""The notebooks as people meet them: in a real Jupyter kernel, by nbgrader, and with numpy, matplotlib and gradients alone."""

import json
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from autograder.course import load

COURSE = Path(__file__).parents[2]
IDS = sorted(path.name for path in (COURSE / "solutions").iterdir() if path.is_dir())
ONE_AND_SLOWLY_ALL = [pytest.param(name, marks=[pytest.mark.slow] * (name != IDS[0])) for name in IDS]
"""A kernel takes seconds for each."""
GRADER_ONLY = ("IPython", "nbgrader", "nbformat", "pytest", "typer", "rich")


def source_of(name):
    return COURSE / "solutions" / name / f"{name}.ipynb"


def release_of(name):
    return COURSE / "assignments" / name / f"{name}.ipynb"


def run_in_kernel(path, folder, **options):
    notebook = nbformat.read(path, as_version=4)
    return NotebookClient(notebook, timeout=60, resources={"metadata": {"path": str(folder)}}, **options).execute()


@pytest.mark.parametrize("name", ONE_AND_SLOWLY_ALL)
def test_the_source_runs_top_to_bottom_in_a_kernel_and_draws_its_figure(name, tmp_path):
    executed = run_in_kernel(source_of(name), tmp_path)
    figure = next(cell for cell in executed.cells if "figure" in cell.metadata.get("tags", []))
    assert any("image/png" in output.get("data", {}) for output in figure.outputs)


@pytest.mark.parametrize("name", IDS)
def test_the_release_stops_a_student_at_the_first_unwritten_function(name, tmp_path):
    with pytest.raises(CellExecutionError, match="NotImplementedError"):
        run_in_kernel(release_of(name), tmp_path)


@pytest.mark.parametrize("name", ONE_AND_SLOWLY_ALL)
def test_nbgrader_validates_the_source(name, tmp_path):
    copy = tmp_path / f"{name}.ipynb"
    copy.write_bytes(source_of(name).read_bytes())
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", "validate", str(copy)], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "Your notebook passes all the tests" in done.stdout


@pytest.mark.parametrize("name", IDS)
def test_the_release_needs_numpy_matplotlib_and_gradients_alone(name):
    """And torch, where it says so. Its code cells run, up to the functions that are still to write, where nothing else can be imported."""
    refused = GRADER_ONLY if load(COURSE, name).kind == "torch" else (*GRADER_ONLY, "torch")
    cells = [cell for cell in json.loads(release_of(name).read_text())["cells"] if cell["cell_type"] == "code"]
    program = f"""
import sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {refused!r}:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Refuse())
import matplotlib
matplotlib.use("Agg")
names, unwritten = {{}}, 0
for source in {["".join(cell["source"]) for cell in cells]!r}:
    try:
        exec(source, names)
    except NotImplementedError:
        unwritten += 1
print("unwritten", unwritten)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=COURSE)
    assert done.returncode == 0, done.stderr
    graded = sum(cell["metadata"].get("nbgrader", {}).get("grade", False) for cell in cells)
    assert done.stdout.split() == ["unwritten", str(graded + 1)], "every visible check and the figure wait for the student's code"
