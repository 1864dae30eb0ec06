"""Gradient checks, comparisons, curves with bands and tests of weights, for notebooks and for the grader. numpy only.

check_gradient, check_vjp and check_jacobian hold a derivative against differences of its own function; their module says when such a check
lies. compare_blocks and diagnose hold it against a reference. norm_band, curve_bands and check_curve say where the gradient norms of a net
lie at initialisation, check_weights whether its weights were drawn by the recipe. Everything that is random tells its seed; every band
tells its false alarms and its power.
"""

from autograder.gradients.bands import Band, curve_bands, norm_band, sampled_band
from autograder.gradients.blocks import BlockComparison, BlocksComparison, compare_blocks
from autograder.gradients.check import check_gradient
from autograder.gradients.curves import CurveCheck, check_curve, gradient_norms
from autograder.gradients.derivative import derivative
from autograder.gradients.diagnosis import Diagnosis, Finding, diagnose
from autograder.gradients.jacobian import JacobianCheck, check_jacobian
from autograder.gradients.laws import Law, linear_law, orthogonal_relu_law, relu_law, residual_law
from autograder.gradients.meanfield import batch_norm_factor, mean_field
from autograder.gradients.recipes import Recipe, recipes
from autograder.gradients.tolerances import reference_tolerance
from autograder.gradients.verdict import BlockCheck, GradientCheck, Reason, Verdict
from autograder.gradients.vjp import check_vjp
from autograder.gradients.weights import WeightsCheck, WeightTest, check_weights

__all__ = [
    "Band",
    "BlockCheck",
    "BlockComparison",
    "BlocksComparison",
    "CurveCheck",
    "Diagnosis",
    "Finding",
    "GradientCheck",
    "JacobianCheck",
    "Law",
    "Reason",
    "Recipe",
    "Verdict",
    "WeightTest",
    "WeightsCheck",
    "batch_norm_factor",
    "check_curve",
    "check_gradient",
    "check_jacobian",
    "check_vjp",
    "check_weights",
    "compare_blocks",
    "curve_bands",
    "derivative",
    "diagnose",
    "gradient_norms",
    "linear_law",
    "mean_field",
    "norm_band",
    "orthogonal_relu_law",
    "recipes",
    "reference_tolerance",
    "relu_law",
    "residual_law",
    "sampled_band",
]
