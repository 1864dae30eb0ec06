"""Gradient checks, comparisons, curves with bands and tests of weights, for notebooks and for the grader. numpy only.

check_gradient, check_vjp and check_jacobian hold a derivative against differences of its own function; help(check_gradient) says where such
checks lie and what is done about it. compare_blocks and diagnose hold it against a reference. curve_bands and check_curve say where
the gradient norms of a net lie at initialisation, by exact laws or, with draw_norms and sampled_curve_bands, by nets that are drawn;
check_weights says whether its weights were drawn by the recipe. Every check by differences tells its seed; every band tells its false
alarms and its power.
"""

from autograder.gradients.bands import Band, curve_bands, norm_band
from autograder.gradients.blocks import BlockComparison, BlocksComparison, compare_blocks
from autograder.gradients.check import check_gradient
from autograder.gradients.curves import CurveCheck, check_curve, gradient_norms
from autograder.gradients.derivative import derivative
from autograder.gradients.diagnosis import Diagnosis, Finding, diagnose
from autograder.gradients.jacobian import JacobianCheck, check_jacobian
from autograder.gradients.laws import Law, linear_law, orthogonal_relu_law, relu_law, residual_law
from autograder.gradients.meanfield import (
    MeanField,
    batch_norm_factor,
    batch_weight_norms,
    linear_batch_norm_factor,
    mean_field,
    memory_path,
    recurrent_bound,
    residual_batch_norm_curve,
)
from autograder.gradients.recipes import Recipe, recipes
from autograder.gradients.samples import draw_norms, sampled_band, sampled_curve_bands
from autograder.gradients.tolerances import invariant_tolerance, reference_tolerance
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
    "MeanField",
    "Reason",
    "Recipe",
    "Verdict",
    "WeightTest",
    "WeightsCheck",
    "batch_norm_factor",
    "batch_weight_norms",
    "check_curve",
    "check_gradient",
    "check_jacobian",
    "check_vjp",
    "check_weights",
    "compare_blocks",
    "curve_bands",
    "derivative",
    "diagnose",
    "draw_norms",
    "gradient_norms",
    "invariant_tolerance",
    "linear_batch_norm_factor",
    "linear_law",
    "mean_field",
    "memory_path",
    "norm_band",
    "orthogonal_relu_law",
    "recipes",
    "recurrent_bound",
    "reference_tolerance",
    "relu_law",
    "residual_batch_norm_curve",
    "residual_law",
    "sampled_band",
    "sampled_curve_bands",
]
