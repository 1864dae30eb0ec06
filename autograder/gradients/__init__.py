"""Numerical derivatives for notebooks and tests. numpy only; imports nothing else of the package."""

from autograder.gradients.derivative import derivative

__all__ = ["derivative"]
