"""The hidden checks of 04-initialization: every part, on weights and inputs drawn afresh for each submission.

What the student's code draws is tested as draws are, each matrix twice; everything else is computed from given numbers, and compared.
"""

import itertools

import numpy as np

from autograder.checks import ALIKE, ARRAY, INDEPENDENT, MOMENTS, NORMAL, NUMBER, Draws, Rng, check, figure
from autograder.gradients import recipes

SHAPES = ((200, 80), (80, 200), (128, 128))
"""What is drawn of each recipe: many inputs to few outputs, few to many, as many."""
ACTIVATIONS = ("relu", "tanh", "sigmoid")
FROM_KINK = 1e-3
TRIES = 200
LARGEST = 1e3
"""Of weights that a curve is drawn from: twenty layers of them overflow nothing."""
ORTHOGONAL = 1e-10
CLOSE = 0.01
"""Relative, of what is an integral: everyone may take their own way to it."""


def of(recipe, tests, shapes=SHAPES):
    return Draws([recipes(*shape)[recipe] for shape in shapes], tests)


def draw_twice(function, probe, shapes=SHAPES):
    """Matrices of these shapes, each from a generator of its own, and others."""
    drawn = function.many([(*shape, probe.generator()) for _ in range(2) for shape in shapes])
    return drawn[: len(shapes)], drawn[len(shapes) :]


def try_seed(function, probe, *args):
    """The same seed gives the same numbers again. Nothing to show an example of."""
    rng = probe.generator()
    once, again = function.many([(*args, rng), (*args, rng)])
    sentence = "Two generators of the same seed gave different numbers: there is randomness in your code that does not come from rng."
    probe.require(probe.example or np.array_equal(once, again), sentence)


# --- xavier_init, he_init ---

XAVIER_MOMENTS, XAVIER_SHAPE = of("xavier", MOMENTS), of("xavier", NORMAL + INDEPENDENT)
HE_MOMENTS, HE_SHAPE = of("he", MOMENTS), of("he", NORMAL + INDEPENDENT)


@check("xavier-init", part="variance", chance=XAVIER_MOMENTS.chance)
def test_variance_of_xavier(student, probe):
    probe.drawn(*draw_twice(student.xavier_init, probe), XAVIER_MOMENTS)


@check("xavier-init", part="normal-and-independent", chance=XAVIER_SHAPE.chance)
def test_xavier_is_normal_and_independent(student, probe):
    probe.drawn(*draw_twice(student.xavier_init, probe), XAVIER_SHAPE)


@check("xavier-init", part="normal-and-independent")
def test_xavier_comes_from_rng(student, probe):
    try_seed(student.xavier_init, probe, 7, 5)


@check("he-init", part="variance", chance=HE_MOMENTS.chance)
def test_variance_of_he(student, probe):
    probe.drawn(*draw_twice(student.he_init, probe), HE_MOMENTS)


@check("he-init", part="normal-and-independent", chance=HE_SHAPE.chance)
def test_he_is_normal_and_independent(student, probe):
    probe.drawn(*draw_twice(student.he_init, probe), HE_SHAPE)


@check("he-init", part="normal-and-independent")
def test_he_comes_from_rng(student, probe):
    try_seed(student.he_init, probe, 7, 5)


# --- orthogonal_init ---


def orthogonal_shapes(probe):
    """More inputs than outputs, fewer, as many."""
    few, many = sorted(probe.shape(2))
    return (many, few), (few, many), (many, many)


def try_orthogonal(probe, matrix, shape, gain):
    probe.shaped(matrix, shape)
    if probe.example:
        return  # any orthogonal matrix will do: no right one stands beside a wrong one
    gram = matrix.T @ matrix if shape[0] >= shape[1] else matrix @ matrix.T
    of_one = "column" if shape[0] >= shape[1] else "row"
    lengths = np.diagonal(gram)
    across = np.abs(gram - np.diag(lengths)).max()
    sentence = f"The {of_one}s of orthogonal_init{shape} should be at right angles to each other, and some are not."
    probe.require(across <= ORTHOGONAL * gain**2, sentence)
    found = np.sqrt(lengths)
    sentence = (
        f"The {of_one}s of orthogonal_init{shape} with gain {gain:.4g} should have the length {gain:.4g}, and one has {found[0]:.4g}."
    )
    probe.require(np.abs(lengths - gain**2).max() <= ORTHOGONAL * gain**2, sentence)


@check("orthogonal-init", part="orthonormal")
def test_rows_or_columns_are_orthonormal(student, probe):
    shapes = orthogonal_shapes(probe)
    for shape, matrix in zip(shapes, student.orthogonal_init.many([(*shape, probe.generator()) for shape in shapes]), strict=True):
        try_orthogonal(probe, matrix, shape, 1.0)


@check("orthogonal-init", part="gain-and-randomness")
def test_gain_of_an_orthogonal_matrix(student, probe):
    for gain in (probe.number(1.2, 3), probe.number(0.2, 0.8)):
        for shape in orthogonal_shapes(probe):
            try_orthogonal(probe, student.orthogonal_init(*shape, probe.generator(), gain), shape, gain)


@check("orthogonal-init", part="gain-and-randomness")
def test_an_orthogonal_matrix_is_drawn_anew(student, probe):
    for shape in ((12, 9), (9, 12)):
        one, other = student.orthogonal_init.many([(*shape, probe.generator()) for _ in range(2)])
        probe.shaped(one, shape)
        probe.shaped(other, shape)
        sentence = "Two generators of different seeds gave the same matrix: it should be drawn, and rng has a say in it."
        probe.require(not np.allclose(one, other), sentence)


@check("orthogonal-init", part="gain-and-randomness")
def test_an_orthogonal_matrix_comes_from_rng(student, probe):
    try_seed(student.orthogonal_init, probe, 7, 5)


# --- init_params ---

SIZES = (90, 50, 50, 50, 30)
"""Of the network whose weights are tested: two of its matrices have one and the same shape."""
SCHEMES = {"small": "normal_0.01", "xavier": "xavier", "he": "he"}
PARAMS = {scheme: of(recipe, MOMENTS, list(itertools.pairwise(SIZES))) for scheme, recipe in SCHEMES.items()}
LAYERS = of("he", ALIKE, [(50, 50)])


def names(sizes):
    return [f"{letter}{layer}" for layer in range(1, len(sizes)) for letter in "Wb"]


def init(student, probe, sizes, scheme):
    return student.init_params(list(sizes), scheme, probe.generator(), returns=dict.fromkeys(names(sizes), ARRAY))


@check("init-params", part="shapes-and-scheme")
def test_shapes_and_biases(student, probe):
    for scheme, sizes in (("he", probe.shape(4)), ("xavier", probe.shape(2)), ("small", probe.shape(3))):
        params = init(student, probe, sizes, scheme)
        for layer, shape in enumerate(itertools.pairwise(sizes), 1):
            probe.shaped(params[f"W{layer}"], shape)
            probe.compare(params[f"b{layer}"], np.zeros(shape[1]))


def scheme_check(scheme):
    @check("init-params", part="shapes-and-scheme", chance=PARAMS[scheme].chance)
    def test(student, probe):
        first, second = (init(student, probe, SIZES, scheme) for _ in range(2))
        weights = [[params[name] for name in names(SIZES) if name.startswith("W")] for params in (first, second)]
        probe.drawn(*weights, PARAMS[scheme])

    return test


test_scheme_small, test_scheme_xavier, test_scheme_he = (scheme_check(scheme) for scheme in SCHEMES)


@check("init-params", part="layers-independent", chance=3 * LAYERS.chance)
def test_layers_are_independent(student, probe):
    first, second = (init(student, probe, SIZES, "he") for _ in range(2))
    probe.drawn([first["W2"]], [first["W3"]], LAYERS)
    probe.drawn([second["W2"]], [second["W3"]], LAYERS)
    probe.drawn([first["W2"]], [second["W2"]], LAYERS)


@check("init-params", part="layers-independent")
def test_a_network_comes_from_rng(student, probe):
    rng, sizes = probe.generator(), (4, 5, 5)
    kinds = dict.fromkeys(names(sizes), ARRAY)
    once, again = student.init_params.many([(list(sizes), "xavier", rng)] * 2, returns=kinds)
    sentence = "Two generators of the same seed gave different weights: there is randomness in your code that does not come from rng."
    probe.require(probe.example or all(np.array_equal(once[name], again[name]) for name in kinds), sentence)


# --- preactivation_scale, gradient_norm_curve ---


def network(probe, reference, activation, widths):
    """weights, x, v of a net in which no hidden pre-activation is near the kink of relu, and both signs are met in each layer."""
    batch = probe.choice((2, 3) if probe.example else (3, 5, 7))
    for _ in range(TRIES):
        weights = [probe.uniform(-2 / fan_in**0.5, 2 / fan_in**0.5, shape) for shape in itertools.pairwise(widths) for fan_in in shape[:1]]
        x, v = probe.uniform(-2, 2, (batch, widths[0])), probe.uniform(-2, 2, (batch, widths[-1]))
        zs = reference.preactivations(weights, x, activation)[:-1]
        clear = all(np.abs(z).min() >= FROM_KINK and (z > 0).any() and (z < 0).any() for z in zs)
        if clear and reference.gradient_norm_curve(weights, x, v, activation).all():
            break
    return weights, x, v


def equal_widths(probe):
    """Three or four layers of one width, so that no shape gives a transpose away."""
    return (probe.choice((2, 3)),) * 4 if probe.example else (probe.choice((4, 6, 8)),) * probe.integer(4, 6)


def try_scale(student, reference, probe, widths):
    for activation in ACTIVATIONS:
        weights, x, _ = network(probe, reference, activation, widths)
        got = student.preactivation_scale(weights, x, activation)
        probe.compare(got, reference.preactivation_scale(weights, x, activation), entrywise=True)


@check("preactivation-scale")
def test_scale_of_preactivations(student, reference, probe):
    try_scale(student, reference, probe, probe.shape(4))


@check("preactivation-scale")
def test_scale_of_preactivations_of_equal_layers(student, reference, probe):
    try_scale(student, reference, probe, equal_widths(probe))


@check("preactivation-scale")
def test_scale_of_a_single_layer(student, reference, probe):
    try_scale(student, reference, probe, probe.shape(2))


def try_curve(student, reference, probe, widths):
    for activation in ACTIVATIONS:
        weights, x, v = network(probe, reference, activation, widths)
        got = student.gradient_norm_curve(weights, x, v, activation)
        probe.compare(got, reference.gradient_norm_curve(weights, x, v, activation), entrywise=True)


@check("gradient-norm-curve", part="values")
def test_curve_of_equal_layers(student, reference, probe):
    try_curve(student, reference, probe, equal_widths(probe))


@check("gradient-norm-curve", part="values")
def test_curve_of_two_layers(student, reference, probe):
    try_curve(student, reference, probe, (probe.choice((2, 3) if probe.example else (4, 5, 6)),) * 3)


@check("gradient-norm-curve", part="values")
def test_curve_of_weights_that_he_init_drew(student, reference, probe):
    # They come out, and go back in. Where there are none to use it is not for this exercise to say so.
    side, depth = (2, 3) if probe.example else (16, 12)
    fans = [(side, side)] * depth
    weights = student.he_init.as_inputs([(*shape, probe.generator()) for shape in fans])
    if not are_usable(weights, fans):
        return
    x, v = probe.uniform(-2, 2, (3, side)), probe.uniform(-2, 2, (3, side))
    for activation in ("relu", "sigmoid"):
        got = student.gradient_norm_curve(weights, x, v, activation)
        probe.compare(got, reference.gradient_norm_curve(weights, x, v, activation), entrywise=True)


def are_usable(weights, shapes):
    """The weights are there, and of a size that no curve overflows by."""
    return weights is not None and all(W.shape == shape and np.abs(W).max() <= LARGEST for W, shape in zip(weights, shapes, strict=True))


@check("gradient-norm-curve", part="widths-and-single-layer")
def test_curve_of_unequal_layers(student, reference, probe):
    try_curve(student, reference, probe, probe.shape(4))


@check("gradient-norm-curve", part="widths-and-single-layer")
def test_curve_of_a_single_layer(student, reference, probe):
    try_curve(student, reference, probe, probe.shape(2))


# --- kappa, mean_field_factors, variance_factors ---


@check("kappa")
def test_kappa(student, reference, probe):
    for activation in ("tanh", "sigmoid", "relu"):  # of relu every kappa is 1/2: it tells few mistakes apart
        calls = [(activation, q) for q in (probe.number(1.9, 2), probe.number(0.3, 0.7), probe.number(0.05, 0.1))]
        for call, got in zip(calls, student.kappa.many(calls, returns=NUMBER), strict=True):
            probe.compare(got, reference.kappa(*call), rtol=CLOSE)


@check("mean-field-factors")
def test_mean_field_factors(student, reference, probe):
    for activation, low, high in (("tanh", 0.7, 0.9), ("tanh", 1.4, 2), ("sigmoid", 1.4, 2), ("relu", 0.7, 1.8)):
        call = (activation, probe.number(low, high), 3 if probe.example else probe.integer(4, 8))
        probe.compare(student.mean_field_factors(*call), reference.mean_field_factors(*call), rtol=CLOSE, entrywise=True)


@check("mean-field-factors")
def test_mean_field_factor_of_a_single_layer(student, reference, probe):
    call = ("tanh", probe.number(0.7, 1.9), 1)
    probe.compare(student.mean_field_factors(*call), reference.mean_field_factors(*call), rtol=CLOSE, entrywise=True)


@check("variance-factors")
def test_variance_factors(student, reference, probe):
    for _ in range(2):
        fans = probe.integer(20, 90), probe.integer(100, 400)
        call = (*fans, probe.number(0.01, 0.09), probe.number(0.1, 0.4), probe.number(0.5, 0.9))
        got = student.variance_factors(*call, returns=(NUMBER, NUMBER))
        for one, want in zip(got, reference.variance_factors(*call), strict=True):
            probe.compare(one, want)


# --- what the report draws ---


def own_weights(figure, reference, scheme):
    """Matrices of the figures' network, drawn by the student's code; None where it gives none that could be used."""
    width, depth = reference.WIDTH, reference.DEPTH
    if scheme == "small":
        sizes = (width,) * (depth + 1)
        made = figure.drawn("init_params", [(list(sizes), scheme, Rng(reference.SEED))], returns=dict.fromkeys(names(sizes), ARRAY))
        weights = made and [made[0][f"W{layer}"] for layer in reference.LAYERS]
    else:
        weights = figure.drawn(f"{scheme}_init", [(width, width, Rng(reference.SEED + layer)) for layer in range(depth)])
    return weights if are_usable(weights, [(width, width)] * depth) else None


def draw_curves(figure, reference, activation):
    """The student's curve of the student's weights, beside the grader's curve of the same weights and the band of right ones."""
    x, v = reference.input_and_cotangent()
    of_v = float(np.linalg.norm(v))
    for curve in reference.curves()[activation]:
        scheme, low, high = curve["scheme"], of_v * np.array(curve["low"]), of_v * np.array(curve["high"])
        figure.band(scheme, reference.LAYERS, low, high, chance=curve["chance"], made=curve["method"])
        weights = own_weights(figure, reference, scheme)
        if weights is not None:
            figure.line(scheme, reference.LAYERS, "gradient_norm_curve", weights, x, v, activation)


@figure(
    "Weights that your code drew, ReLU: how much of the gradient reaches each layer", x="layer", y="norm of the gradient by z", log_y=True
)
def curves_of_relu(figure, reference):
    draw_curves(figure, reference, "relu")


@figure("The same weights with the sigmoid: no recipe saves it", x="layer", y="norm of the gradient by z", log_y=True)
def curves_of_sigmoid(figure, reference):
    draw_curves(figure, reference, "sigmoid")
