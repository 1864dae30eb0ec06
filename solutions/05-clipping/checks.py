"""The hidden checks of 05-clipping: every part, on gradients drawn afresh for each submission."""

import math

import numpy as np

from autograder.checks import ARRAY, INTEGER, NUMBER, check, figure

CLOSE = 1e-5
"""Relative, of norms and of what was clipped: max_norm / (norm + 1e-6) is right, for norms of 1 and more."""
LARGE, SMALL = 1e20, 1e-30
"""Sizes whose squares no float32 can hold: it ends at 3e38, and below 1e-45 there is 0."""


def gradients(probe, dims=(2, 1, 3)):
    """A list of arrays, one for each number of axes: both signs, sizes of 1 to 5, so that every norm is well above 1."""
    if probe.example and len(dims) > 1:
        dims = [ndim for ndim in dims if ndim < 3]  # a page of numbers shows no one what is wrong
    return [probe.magnitudes(1, 5, probe.shape(ndim)) for ndim in dims]


def square_gradients(probe):
    """Two arrays of one and the same square shape, where no shape gives a mixed-up axis or array away."""
    side = probe.integer(3, 6)
    return [probe.magnitudes(1, 5, (side, side)) for _ in range(2)]


def of_size(grads, size):
    return [(size * grad).astype(np.float32) for grad in grads]


def spoiled(probe, grads, *values):
    """The same gradients, in which each of `values` stands in an array of its own."""
    for grad, value in zip(grads, values, strict=False):
        grad.flat[probe.integer(0, grad.size)] = value
    return grads


def enough(grads):
    """A whole number that is no smaller than the norm, and smaller than its square."""
    return float(math.ceil(math.sqrt(sum(np.sum(np.square(grad)) for grad in grads))))


def alike(grads):
    """What a function returns that gives back as many arrays."""
    return (ARRAY,) * len(grads)


def compare_all(probe, got, want, rtol=CLOSE):
    for one, other in zip(got, want, strict=True):
        probe.compare(one, other, rtol=rtol)


def is_untouched(before, after):
    return all(np.array_equal(one, other) for one, other in zip(before, after, strict=True))


# --- clip_by_value ---


def try_clip_by_value(student, reference, probe, grads, limit):
    got = student.clip_by_value(grads, limit, returns=alike(grads))
    compare_all(probe, got, reference.clip_by_value(grads, limit))


@check("clip-by-value", part="values")
def test_clip_by_value(student, reference, probe):
    try_clip_by_value(student, reference, probe, gradients(probe), probe.number(1.5, 3.5))


@check("clip-by-value", part="values")
def test_clip_by_value_of_equal_shapes(student, reference, probe):
    try_clip_by_value(student, reference, probe, square_gradients(probe), probe.number(1.5, 3.5))


@check("clip-by-value", part="values")
def test_clip_by_value_with_limits_below_and_above_all_entries(student, reference, probe):
    try_clip_by_value(student, reference, probe, gradients(probe, (1,)), probe.number(0.1, 0.9))
    try_clip_by_value(student, reference, probe, gradients(probe, (2,)), probe.number(5.5, 9))


@check("clip-by-value", part="input-unchanged")
def test_clip_by_value_leaves_its_input_alone(student, probe):
    grads = gradients(probe, (2, 1))
    _, after = student.clip_by_value(grads, probe.number(1.1, 2), returns=alike(grads), after=True)
    probe.require(is_untouched(grads, after[0]), "clip_by_value has changed the arrays that it was given.")


# --- global_norm ---


def try_global_norm(student, reference, probe, grads):
    probe.compare(student.global_norm(grads, returns=NUMBER), reference.global_norm(grads), rtol=CLOSE)


@check("global-norm", part="values")
def test_global_norm(student, reference, probe):
    try_global_norm(student, reference, probe, gradients(probe))


@check("global-norm", part="values")
def test_global_norm_of_one_array_and_of_many(student, reference, probe):
    try_global_norm(student, reference, probe, gradients(probe, (2,)))
    try_global_norm(student, reference, probe, gradients(probe, (1, 1, 2, 1, 1)))


@check("global-norm", part="values")
def test_global_norm_of_equal_shapes(student, reference, probe):
    try_global_norm(student, reference, probe, square_gradients(probe))


@check("global-norm", part="values")
def test_global_norm_of_zeros(student, probe):
    zeros = [np.zeros(probe.shape(2)), np.zeros(probe.shape(1))]
    probe.compare(student.global_norm(zeros, returns=NUMBER), 0.0)


@check("global-norm", part="float32")
def test_global_norm_of_large_float32(student, reference, probe):
    try_global_norm(student, reference, probe, of_size(gradients(probe, (2, 1)), LARGE))


@check("global-norm", part="float32")
def test_global_norm_of_small_float32(student, reference, probe):
    try_global_norm(student, reference, probe, of_size(gradients(probe, (2, 1)), SMALL))


@check("global-norm", part="not-finite")
def test_global_norm_with_an_infinite_entry(student, probe):
    for sign in (1, -1):
        grads = spoiled(probe, gradients(probe, (2, 1)), sign * np.inf)
        got = student.global_norm(grads, returns=NUMBER)
        probe.require(np.isposinf(got), "The norm of a gradient with an infinite entry, and without NaN, is inf.")


@check("global-norm", part="not-finite")
def test_global_norm_with_a_nan(student, probe):
    got = student.global_norm(spoiled(probe, gradients(probe, (2, 1)), np.nan), returns=NUMBER)
    probe.require(np.isnan(got), "The norm of a gradient with a NaN in it is NaN.")


@check("global-norm", part="not-finite")
def test_global_norm_with_both(student, probe):
    got = student.global_norm(spoiled(probe, gradients(probe, (2, 1)), np.inf, np.nan), returns=NUMBER)
    probe.require(np.isnan(got), "The norm of a gradient with a NaN in it is NaN, whatever else is in it.")


# --- clip_by_norm ---


def try_clip_by_norm(student, reference, probe, grad, max_norm):
    probe.compare(student.clip_by_norm(grad, max_norm), reference.clip_by_norm(grad, max_norm), rtol=CLOSE)


@check("clip-by-norm")
def test_clip_by_norm_above_the_limit(student, reference, probe):
    for ndim in (2, 1, 3):
        [grad] = gradients(probe, (ndim,))
        try_clip_by_norm(student, reference, probe, grad, probe.number(0.3, 1.5))


@check("clip-by-norm")
def test_clip_by_norm_of_a_square(student, reference, probe):
    try_clip_by_norm(student, reference, probe, square_gradients(probe)[0], probe.number(1.2, 2.8))


@check("clip-by-norm")
def test_clip_by_norm_below_the_limit(student, probe):
    # Far below first: there the square of the norm is below the limit as well.
    [grad] = gradients(probe, (2,))
    probe.compare(student.clip_by_norm(grad, enough([grad]) ** 2 + probe.number(0.1, 1)), grad)
    probe.compare(student.clip_by_norm(grad, enough([grad]) + probe.number(0.1, 1)), grad)


@check("clip-by-norm")
def test_clip_by_norm_at_the_limit(student, probe):
    scale = probe.integer(1, 9)
    grad = scale * np.array([3.0, -4.0])
    probe.compare(student.clip_by_norm(grad, 5.0 * scale), grad, rtol=CLOSE)


@check("clip-by-norm")
def test_clip_by_norm_of_zeros(student, probe):
    zeros = np.zeros(probe.shape(2))
    probe.compare(student.clip_by_norm(zeros, probe.number(0.3, 1.5)), zeros)


@check("clip-by-norm")
def test_clip_by_norm_twice(student, probe):
    [grad], max_norm = gradients(probe, (2,)), probe.number(0.3, 1.5)
    once = student.clip_by_norm(grad, max_norm)
    probe.compare(student.clip_by_norm(once, max_norm), once, rtol=CLOSE)


@check("clip-by-norm")
def test_clip_by_norm_with_an_infinite_entry(student, probe):
    for sign in (1, -1):
        [grad] = spoiled(probe, gradients(probe, (2,)), sign * np.inf)
        probe.compare(student.clip_by_norm(grad, probe.number(0.3, 1.5)), np.zeros(grad.shape))


@check("clip-by-norm")
def test_clip_by_norm_with_a_nan(student, probe):
    for ndim in (2, 1):
        [grad] = spoiled(probe, gradients(probe, (ndim,)), np.nan)
        probe.compare(student.clip_by_norm(grad, probe.number(0.3, 1.5)), np.zeros(grad.shape))


# --- clip_by_global_norm ---


def clip_globally(student, grads, max_norm):
    return student.clip_by_global_norm(grads, max_norm, returns=(alike(grads), NUMBER))


def try_clip_by_global_norm(student, reference, probe, grads, max_norm, *, rtol=CLOSE):
    clipped, norm = clip_globally(student, grads, max_norm)
    want, want_norm = reference.clip_by_global_norm(grads, max_norm)
    compare_all(probe, clipped, want, rtol)
    probe.compare(norm, want_norm, rtol=CLOSE)


@check("clip-by-global-norm", part="above")
def test_clip_by_global_norm(student, reference, probe):
    try_clip_by_global_norm(student, reference, probe, gradients(probe), probe.number(0.3, 1.5))


@check("clip-by-global-norm", part="above")
def test_clip_by_global_norm_of_equal_shapes(student, reference, probe):
    try_clip_by_global_norm(student, reference, probe, square_gradients(probe), probe.number(1.2, 2.8))


@check("clip-by-global-norm", part="above")
def test_clip_by_global_norm_where_no_array_alone_is_above(student, reference, probe):
    # The same array twice is longer than once by the root of 2, and the limit lies between.
    [grad] = gradients(probe, (2,))
    max_norm = round(probe.number(1.1, 1.3) * float(np.linalg.norm(grad)), 2)
    try_clip_by_global_norm(student, reference, probe, [grad, -grad], max_norm)


@check("clip-by-global-norm", part="above")
def test_clip_by_global_norm_of_one_array_and_with_zeros_beside_it(student, reference, probe):
    try_clip_by_global_norm(student, reference, probe, gradients(probe, (1,)), probe.number(0.3, 1.5))
    grads = [np.zeros(probe.shape(1)), *gradients(probe, (2,))]
    try_clip_by_global_norm(student, reference, probe, grads, probe.number(0.3, 1.5))


@check("clip-by-global-norm", part="above")
def test_clip_by_global_norm_in_another_order(student, probe):
    grads, max_norm = gradients(probe, (2, 1)), probe.number(0.3, 1.5)
    first, norm = clip_globally(student, grads, max_norm)
    second, norm_again = clip_globally(student, grads[::-1], max_norm)
    compare_all(probe, second, first[::-1])
    probe.compare(norm_again, norm, rtol=CLOSE)


@check("clip-by-global-norm", part="above")
def test_clip_by_global_norm_twice(student, probe):
    grads, max_norm = gradients(probe, (2, 1)), probe.number(0.3, 1.5)
    once, _ = clip_globally(student, grads, max_norm)
    twice, norm = clip_globally(student, list(once), max_norm)
    compare_all(probe, twice, once)
    probe.compare(norm, max_norm, rtol=CLOSE)


@check("clip-by-global-norm", part="at-or-below")
def test_clip_by_global_norm_below_the_limit(student, reference, probe):
    for dims in ((2, 1), (1, 3)):
        grads = gradients(probe, dims)
        for limit in (enough(grads) ** 2, enough(grads)):  # far below first, where the square of the norm is below the limit as well
            try_clip_by_global_norm(student, reference, probe, grads, limit + probe.number(0.1, 1), rtol=1e-9)


@check("clip-by-global-norm", part="at-or-below")
def test_clip_by_global_norm_at_the_limit(student, reference, probe):
    scale = probe.integer(1, 9)
    try_clip_by_global_norm(student, reference, probe, [scale * np.array([3.0]), scale * np.array([[-4.0]])], 5.0 * scale)


@check("clip-by-global-norm", part="at-or-below")
def test_clip_by_global_norm_of_zeros(student, reference, probe):
    zeros = [np.zeros(probe.shape(2)), np.zeros(probe.shape(1))]
    try_clip_by_global_norm(student, reference, probe, zeros, probe.number(0.3, 1.5))


@check("clip-by-global-norm", part="not-finite")
def test_clip_by_global_norm_with_an_infinite_entry(student, probe):
    for sign in (1, -1):
        grads = spoiled(probe, gradients(probe, (2, 1)), sign * np.inf)
        clipped, norm = clip_globally(student, grads, probe.number(0.3, 1.5))
        compare_all(probe, clipped, [np.zeros(grad.shape) for grad in grads])
        probe.require(np.isposinf(norm), "With an infinite entry, and without NaN, the norm that comes back is inf.")


@check("clip-by-global-norm", part="not-finite")
def test_clip_by_global_norm_with_a_nan(student, probe):
    for values in ((np.nan,), (np.inf, np.nan)):
        grads = spoiled(probe, gradients(probe, (1, 2)), *values)
        clipped, norm = clip_globally(student, grads, probe.number(0.3, 1.5))
        compare_all(probe, clipped, [np.zeros(grad.shape) for grad in grads])
        probe.require(np.isnan(norm), "With a NaN in an array the norm that comes back is NaN.")


@check("clip-by-global-norm", part="float32")
def test_clip_by_global_norm_of_large_float32(student, reference, probe):
    grads = of_size(gradients(probe, (2, 1)), LARGE)
    try_clip_by_global_norm(student, reference, probe, grads, probe.number(0.3, 1.5))


@check("clip-by-global-norm", part="float32")
def test_clip_by_global_norm_of_small_float32(student, reference, probe):
    grads = of_size(gradients(probe, (2, 1)), SMALL)
    try_clip_by_global_norm(student, reference, probe, grads, probe.number(0.3, 1.5))


# --- cosine_similarity ---


def try_cosine(student, reference, probe, a, b):
    probe.compare(student.cosine_similarity(a, b, returns=NUMBER), reference.cosine_similarity(a, b), rtol=CLOSE)


def other_gradients(probe, grads):
    """Gradients of the same shapes that point some other way, neither along nor across."""
    return [grad + probe.magnitudes(1, 3, grad.shape)[..., ::-1] for grad in grads]


@check("cosine")
def test_cosine_similarity(student, reference, probe):
    a = gradients(probe)
    try_cosine(student, reference, probe, a, other_gradients(probe, a))


@check("cosine")
def test_cosine_similarity_of_equal_shapes(student, reference, probe):
    a = square_gradients(probe)
    try_cosine(student, reference, probe, a, other_gradients(probe, a))


@check("cosine")
def test_cosine_similarity_of_one_array(student, reference, probe):
    a = gradients(probe, (1,))
    try_cosine(student, reference, probe, a, other_gradients(probe, a))


@check("cosine")
def test_cosine_similarity_below_0(student, reference, probe):
    a = gradients(probe, (2, 1))
    try_cosine(student, reference, probe, a, [-other for other in other_gradients(probe, a)])


@check("cosine")
def test_cosine_similarity_does_not_depend_on_length(student, probe):
    a, scale = gradients(probe, (1, 2)), probe.number(2, 9)
    probe.compare(student.cosine_similarity(a, [scale * one for one in a], returns=NUMBER), 1.0, rtol=CLOSE)


# --- clipped_sgd_step ---


def parameters(probe):
    """Parameters of two layers and their gradients, whose keys come in another order."""
    widths = probe.shape(3)
    shapes = {"W1": widths[:2], "b1": widths[1:2], "W2": widths[1:], "b2": widths[2:]}
    params = {key: probe.uniform(-2, 2, shape) for key, shape in shapes.items()}
    return params, {key: probe.magnitudes(1, 5, shapes[key]) for key in reversed(shapes)}


def try_clipped_step(student, reference, probe, params, grads, *, max_norm):
    lr = probe.number(0.1, 0.9)
    got = student.clipped_sgd_step(params, grads, lr, max_norm, returns=dict.fromkeys(params, ARRAY))
    want = reference.clipped_sgd_step(params, grads, lr, max_norm)
    compare_all(probe, [got[key] for key in params], [want[key] for key in params])


@check("clipped-step", part="step")
def test_clipped_step(student, reference, probe):
    params, grads = parameters(probe)
    try_clipped_step(student, reference, probe, params, grads, max_norm=probe.number(1, 3))


@check("clipped-step", part="step")
def test_clipped_step_below_the_limit(student, reference, probe):
    params, grads = parameters(probe)
    try_clipped_step(student, reference, probe, params, grads, max_norm=enough(grads.values()) + probe.number(0.1, 1))


@check("clipped-step", part="input-unchanged")
def test_clipped_step_leaves_its_input_alone(student, probe):
    params, grads = parameters(probe)
    wanted = dict.fromkeys(params, ARRAY)
    _, after = student.clipped_sgd_step(params, grads, probe.number(0.1, 0.9), probe.number(1, 3), returns=wanted, after=True)
    for what, before, left in (("params", params, after[0]), ("grads", grads, after[1])):
        same = left.keys() == before.keys() and is_untouched(before.values(), [left[key] for key in before])
        probe.require(same, f"clipped_sgd_step has changed the {what} that it was given.")


@check("clipped-step", part="not-finite")
def test_clipped_step_stays_where_it_is_when_a_gradient_is_not_finite(student, probe):
    for value in (np.inf, np.nan):
        params, grads = parameters(probe)
        spoiled(probe, [grads["W2"]], value)
        lr, max_norm = probe.number(0.1, 0.9), probe.number(1, 3)
        got = student.clipped_sgd_step(params, grads, lr, max_norm, returns=dict.fromkeys(params, ARRAY))
        compare_all(probe, [got[key] for key in params], list(params.values()), rtol=1e-9)


# --- recurrence_backward ---


def recurrence(probe, shape):
    """(W, h0, v) for (N, H): entries of W so small that 10 steps neither end nor explode."""
    side = shape[1]
    return probe.uniform(-0.8, 0.8, (side, side)), probe.uniform(-2, 2, shape), probe.uniform(-2, 2, shape)


def run_back(student, W, h0, v, steps):
    return student.recurrence_backward(W, h0, v, steps, returns=(ARRAY, ARRAY))


def try_norms(student, reference, probe, shape, steps):
    arguments = recurrence(probe, shape)
    probe.compare(run_back(student, *arguments, steps)[1], reference.recurrence_backward(*arguments, steps)[1])


def try_dW(student, reference, probe, shape, steps):
    arguments = recurrence(probe, shape)
    probe.compare(run_back(student, *arguments, steps)[0], reference.recurrence_backward(*arguments, steps)[0])


def shape_of_states(probe):
    return probe.choice(((2, 3), (3, 2)) if probe.example else ((3, 4), (5, 3), (7, 4), (3, 6)))


def square_states(probe):
    return probe.choice(((2, 2),) if probe.example else ((3, 3), (5, 5)))


@check("recurrence", part="norms")
def test_norms_of_the_recurrence(student, reference, probe):
    try_norms(student, reference, probe, shape_of_states(probe), probe.integer(3, 8))


@check("recurrence", part="norms")
def test_norms_of_a_recurrence_with_as_many_samples_as_units(student, reference, probe):
    try_norms(student, reference, probe, square_states(probe), probe.integer(2, 5))


@check("recurrence", part="norms")
def test_norms_of_a_single_step(student, reference, probe):
    try_norms(student, reference, probe, shape_of_states(probe), 1)


@check("recurrence", part="norms")
def test_norms_with_an_orthogonal_matrix(student, probe):
    # W = rho Q, and a reflection is orthogonal: each step back multiplies the length by rho, exactly.
    shape, rho, steps = shape_of_states(probe), probe.number(0.8, 1.3), probe.integer(5, 12)
    _, h0, v = recurrence(probe, shape)
    normal = probe.magnitudes(1, 3, shape[1:])
    W = rho * (np.eye(shape[1]) - 2 * np.outer(normal, normal) / (normal @ normal))
    probe.compare(run_back(student, W, h0, v, steps)[1], rho ** np.arange(steps, -1.0, -1.0) * np.linalg.norm(v))


@check("recurrence", part="dw")
def test_gradient_of_the_recurrence(student, reference, probe):
    try_dW(student, reference, probe, shape_of_states(probe), probe.integer(3, 8))


@check("recurrence", part="dw")
def test_gradient_of_a_recurrence_with_as_many_samples_as_units(student, reference, probe):
    try_dW(student, reference, probe, square_states(probe), probe.integer(2, 5))


@check("recurrence", part="dw")
def test_gradient_of_a_single_step(student, reference, probe):
    try_dW(student, reference, probe, shape_of_states(probe), 1)


# --- theory ---


@check("clip-theory", part="cosine")
def test_value_clip_cosine(student, reference, probe):
    for ndim in (1, 2):
        g, limit = probe.magnitudes(1, 40, probe.shape(ndim)), probe.number(2, 9)
        g.flat[:3] = probe.integer(20, 40), -probe.integer(20, 40), probe.number(1, 1.9)  # above, below and within the limits
        probe.compare(student.value_clip_cosine(g, limit, returns=NUMBER), reference.value_clip_cosine(g, limit), rtol=CLOSE)


@check("clip-theory", part="cosine")
def test_value_clip_cosine_with_a_limit_above_all_entries(student, probe):
    got = student.value_clip_cosine(probe.magnitudes(1, 5, probe.shape(1)), probe.number(6, 9), returns=NUMBER)
    probe.compare(got, 1.0, rtol=CLOSE)


@check("clip-theory", part="steps")
def test_steps_to_exceed(student, reference, probe):
    # Just past a whole number of steps and just short of one: rounding in any other way than the right one shows in one of them.
    rho = round(probe.number(1.2, 1.9), 1)
    past, short = probe.integer(3, 8) + probe.number(0.1, 0.4), probe.integer(8, 14) + probe.number(0.6, 0.9)
    few = probe.integer(0, 2) + probe.number(0.6, 0.9)  # of a limit that is no larger than 3.4 it shows if it is off by 1
    # Four digits read better in a counter-example and move none by more than 0.003 of a step.
    calls = [(rho, float(f"{rho**steps:.4g}")) for steps in (past, short, few)]
    for call, got in zip(calls, student.steps_to_exceed.many(calls, returns=INTEGER), strict=True):
        probe.compare(got, reference.steps_to_exceed(*call))


@check("clip-theory", part="steps")
def test_steps_to_exceed_a_large_limit(student, reference, probe):
    rho, limit = 1 + probe.integer(1, 8) / 100, 10.0 ** probe.integer(20, 60)
    probe.compare(student.steps_to_exceed(rho, limit, returns=INTEGER), reference.steps_to_exceed(rho, limit))


# --- what the report draws ---


@figure("Going back through 100 steps, from right to left", x="t", y="norm of the gradient by h_t", log_y=True)
def norms_of_the_way_back(figure, reference):
    start = np.array([[1.0, 0.0]])
    for rho in reference.RHOS:
        views = {f"rho = {rho}": lambda got: got[1][::4]}  # a straight line needs no hundred points
        arguments = (rho * reference.TURN, start, start, reference.STEPS)
        figure.lines(views, np.arange(0, reference.STEPS + 1, 4), "recurrence_backward", *arguments, returns=(ARRAY, ARRAY))


@figure("Training near a cliff: the best w is 1", x="updates", y="w")
def walks_near_the_cliff(figure, reference):
    for label, max_norm in reference.WALKS.items():
        figure.walk(label, np.arange(reference.UPDATES + 1), lambda call, max_norm=max_norm: reference.walk(call, max_norm, ARRAY))
