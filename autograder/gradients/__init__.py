"""Numerical derivatives and gradient checks for notebooks and tests. numpy only; imports nothing else of the package."""

from autograder.gradients.blocks import BlockComparison, BlocksComparison, compare_blocks
from autograder.gradients.check import check_gradient
from autograder.gradients.derivative import derivative
from autograder.gradients.diagnosis import Diagnosis, Finding, diagnose
from autograder.gradients.jacobian import JacobianCheck, check_jacobian
from autograder.gradients.tolerances import reference_tolerance
from autograder.gradients.verdict import BlockCheck, GradientCheck, Reason, Verdict
from autograder.gradients.vjp import check_vjp

__all__ = [
    "BlockCheck",
    "BlockComparison",
    "BlocksComparison",
    "Diagnosis",
    "Finding",
    "GradientCheck",
    "JacobianCheck",
    "Reason",
    "Verdict",
    "check_gradient",
    "check_jacobian",
    "check_vjp",
    "compare_blocks",
    "derivative",
    "diagnose",
    "reference_tolerance",
]
