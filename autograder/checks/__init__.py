"""What an author of hidden checks writes with. A check is a pytest function that calls the student's code and compares values.

    from autograder.checks import check

    @check("relu-grad", part="grad")
    def test_gradient(student, reference, probe):
        z = probe.uniform(-15, 15, probe.shape(2))
        probe.compare(student.relu_grad(z), reference.relu_grad(z))

Fixtures: `student` (see student.Student) calls functions in the box, the student's and, on objects that stay there, the check's own;
`reference` is the assignment's reference.py; `probe` (see probe.Probe) draws inputs that are fresh and secret for each submission and
compares what came back; `figure` (see figures.Figure) collects a figure's lines. Weights that the student's code draws are tested by
draws.Draws, through probe.drawn.
"""

from autograder.checks.declare import check, figure, mistake
from autograder.checks.draws import ALIKE, INDEPENDENT, MOMENTS, NORMAL, Draws
from autograder.checks.kinds import ARRAY, HANDLE, INTEGER, NUMBER
from autograder.sandbox.inside.values import Function, Rng, Tensor

__all__ = [
    "ALIKE",
    "ARRAY",
    "HANDLE",
    "INDEPENDENT",
    "INTEGER",
    "MOMENTS",
    "NORMAL",
    "NUMBER",
    "Draws",
    "Function",
    "Rng",
    "Tensor",
    "check",
    "figure",
    "mistake",
]
