"""Numerical derivatives and gradient checks for notebooks and tests. numpy only; imports nothing else of the package."""

from autograder.gradients.check import check_gradient
from autograder.gradients.derivative import derivative
from autograder.gradients.jacobian import JacobianCheck, check_jacobian
from autograder.gradients.verdict import BlockCheck, GradientCheck, Reason, Verdict
from autograder.gradients.vjp import check_vjp

__all__ = [
    "BlockCheck",
    "GradientCheck",
    "JacobianCheck",
    "Reason",
    "Verdict",
    "check_gradient",
    "check_jacobian",
    "check_vjp",
    "derivative",
]
