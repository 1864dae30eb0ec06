"""What an author of hidden checks writes with. A check is a pytest function that calls the student's code and compares values.

    from autograder.checks import check

    @check("relu-grad", part="grad")
    def test_gradient(student, reference, probe):
        z = probe.uniform(-15, 15, probe.shape(2))
        probe.compare(student.relu_grad(z), reference.relu_grad(z))

Fixtures: `student` (see student.Student) calls functions in the box; `reference` is the assignment's reference.py; `probe` (see
probe.Probe) draws inputs that are fresh and secret for each submission and compares what came back; `figure` (see figures.Figure)
collects a figure's lines.
"""

from autograder.checks.declare import check, figure, mistake
from autograder.checks.kinds import ARRAY, HANDLE, INTEGER, NUMBER
from autograder.sandbox.inside.values import Function

__all__ = ["ARRAY", "HANDLE", "INTEGER", "NUMBER", "Function", "check", "figure", "mistake"]
