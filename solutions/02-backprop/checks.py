"""The hidden checks of 02-backprop: every part, on inputs drawn afresh for each submission."""

import itertools
import math

import numpy as np

from autograder.checks import ARRAY, HANDLE, NUMBER, Function, check, figure
from autograder.gradients import examples

BATCHES = (3, 5, 7)
"""Numbers of samples: not 1, where mistakes about the mean hide."""
FROM_KINK = 1e-3
TRIES = 500
STEPS = (0.05, 0.2)
"""Of the difference quotients: so large that nothing but the scheme decides, and rounding has no say."""


# --- draws ---


def sizes(probe, count):
    """A number of samples, then `count` widths, all different; small and as different as they can be in an example."""
    batch = probe.choice((2, 3) if probe.example else BATCHES)
    widths = [2, 3, 4] if probe.example else [width for width in range(2, 9) if width != batch]
    drawn = []
    for _ in range(count):
        drawn.append(probe.choice([width for width in widths if width not in drawn] or widths))
    return batch, drawn


def square(probe):
    """A number of samples and one width for all, so that no shape gives a transpose away."""
    batch = probe.choice((2, 3) if probe.example else BATCHES)
    return batch, probe.choice([width for width in ((2, 3) if probe.example else (4, 6, 8)) if width != batch])


def square_pair(probe):
    batch, width = square(probe)
    return batch, (width, width)


def labels(probe, classes, batch):
    """Labels of which at least two differ."""
    while True:
        y = probe.integers(0, classes, (batch,))
        if len(set(y.tolist())) > 1 or (probe.example and classes == 2):
            return y


def network(probe, reference, activation, batch, widths, *, scale=1.0, least=0.0):
    """params, x, y of a net with a loss between 0.1 and 100, no pre-activation near the kink of relu, no gradient that is all zeros.

    Args:
        scale: of x.
        least: size that some entry of the gradients exceeds.
    """
    for _ in range(TRIES):
        params = {}
        for layer, (fan_in, fan_out) in enumerate(itertools.pairwise(widths), 1):
            limit = 0.9 if probe.example else math.sqrt(6 / fan_in)  # a variance of 2 / fan_in
            params[f"W{layer}"] = probe.uniform(-limit, limit, (fan_in, fan_out))
            params[f"b{layer}"] = probe.uniform(-0.5, 0.5, (fan_out,))
        x, y = scale * probe.uniform(-2, 2, (batch, widths[0])), labels(probe, widths[-1], batch)
        hidden = reference.preactivations(params, x, activation)[:-1]
        loss, grads = reference.mlp_loss_and_grads(params, x, y, activation)
        clear = all(np.abs(z).min() >= FROM_KINK and (z > 0).any() and (z < 0).any() for z in hidden)
        largest = [np.abs(grad).max() for grad in grads.values()]
        if clear and 0.1 <= loss <= 100 and min(largest) > 0 and max(largest) > least:
            break
    return params, x, y


def loss_and_grads(student, params, x, y, activation):
    return student.mlp_loss_and_grads(params, x, y, activation, returns=(NUMBER, dict.fromkeys(params, ARRAY)))


def compare_grads(student, reference, probe, net, activation):
    _, grads = loss_and_grads(student, *net, activation)
    probe.compare_layers(grads, reference.mlp_loss_and_grads(*net, activation)[1])


# --- numerical_gradient ---


def compare_differences(student, reference, probe, name, x):
    h = probe.number(*STEPS)
    probe.compare(student.numerical_gradient(Function(name), x, h), reference.numerical_gradient(getattr(examples, name), x, h))


@check("numerical-gradient", part="central")
def test_differences_of_the_cubic(student, reference, probe):
    compare_differences(student, reference, probe, "cubic", probe.uniform(-3, 3, probe.shape(1)))


@check("numerical-gradient", part="central")
def test_differences_where_the_entries_depend_on_each_other(student, reference, probe):
    compare_differences(student, reference, probe, "product", probe.uniform(-2, 2, probe.shape(1)))
    compare_differences(student, reference, probe, "log_sum_exp", probe.uniform(-2, 2, probe.shape(1)))


@check("numerical-gradient", part="central")
def test_differences_for_a_matrix(student, reference, probe):
    compare_differences(student, reference, probe, "log_sum_exp", probe.uniform(-2, 2, probe.shape(2)))


@check("numerical-gradient", part="central")
def test_differences_with_the_step_left_out(student, reference, probe):
    # The cubic is so flat here that what h adds to its slope, h^2, is above the rounding: half or twice the step shows.
    x = probe.uniform(-0.05, 0.05, probe.shape(1), keep=0.01)
    probe.compare(student.numerical_gradient(Function("cubic"), x), reference.numerical_gradient(examples.cubic, x), rtol=1e-8)


@check("numerical-gradient", part="integers-and-unchanged")
def test_differences_at_integers(student, reference, probe):
    signs = np.sign(probe.uniform(-1, 1, probe.shape(1))).astype(np.int64)
    compare_differences(student, reference, probe, "log_sum_exp", signs * probe.integers(2, 6, signs.shape))


@check("numerical-gradient", part="integers-and-unchanged")
def test_differences_leave_x_as_it_was(student, reference, probe):
    x, h = probe.uniform(-3, 3, probe.shape(1)), probe.number(*STEPS)
    _, (_, left, _) = student.numerical_gradient(Function("log_sum_exp"), x, h, after=True)
    same = isinstance(left, np.ndarray) and left.shape == x.shape and bool(np.all(np.abs(left - x) <= 1e-12))
    probe.require(same, "After the call `numerical_gradient` has changed `x`: its entries are no longer those that it was given.")


# --- affine_forward ---


def affine(probe, batch, inputs, units):
    return probe.normal((batch, inputs)), probe.normal((inputs, units)), probe.normal((units,))


@check("affine-forward")
def test_affine_forward(student, reference, probe):
    batch, widths = sizes(probe, 2)
    given = affine(probe, batch, *widths)
    out, _ = student.affine_forward(*given, returns=(ARRAY, HANDLE))
    probe.compare(out, reference.affine_forward(*given)[0])


@check("affine-forward")
def test_affine_forward_with_as_many_units_as_inputs(student, reference, probe):
    batch, width = square(probe)
    given = affine(probe, batch, width, width)
    out, _ = student.affine_forward(*given, returns=(ARRAY, HANDLE))
    probe.compare(out, reference.affine_forward(*given)[0])


# --- affine_backward ---


def compare_affine(student, reference, probe, number, *, square_layer=False):
    """Compare one of dx, dw and db."""
    batch, (inputs, units) = square_pair(probe) if square_layer else sizes(probe, 2)
    given, dout = affine(probe, batch, inputs, units), probe.normal((batch, units))
    _, cache = student.affine_forward(*given, returns=(ARRAY, HANDLE))
    got = student.affine_backward(dout, cache, returns=(ARRAY, ARRAY, ARRAY))
    probe.compare(got[number], reference.affine_backward(dout, given)[number])


@check("affine-backward", part="dx")
def test_affine_backward_dx(student, reference, probe):
    compare_affine(student, reference, probe, 0)


@check("affine-backward", part="dx")
def test_affine_backward_dx_of_a_square_layer(student, reference, probe):
    compare_affine(student, reference, probe, 0, square_layer=True)


@check("affine-backward", part="dw")
def test_affine_backward_dw(student, reference, probe):
    compare_affine(student, reference, probe, 1)


@check("affine-backward", part="dw")
def test_affine_backward_dw_of_a_square_layer(student, reference, probe):
    compare_affine(student, reference, probe, 1, square_layer=True)


@check("affine-backward", part="db")
def test_affine_backward_db(student, reference, probe):
    compare_affine(student, reference, probe, 2)


@check("affine-backward", part="db")
def test_affine_backward_db_of_a_square_layer(student, reference, probe):
    compare_affine(student, reference, probe, 2, square_layer=True)


# --- relu_forward, relu_backward ---


def two_sided(z):
    """The same entries, but the first is negative and the last positive: both sides are met in every draw."""
    z.flat[0], z.flat[-1] = -np.abs(z.flat[0]), np.abs(z.flat[-1])
    return z


@check("relu-backward", part="forward")
def test_relu_forward(student, reference, probe):
    for ndim in (2, 1, 3):
        x = two_sided(probe.normal(probe.shape(ndim)))
        out, _ = student.relu_forward(x, returns=(ARRAY, HANDLE))
        probe.compare(out, reference.relu_forward(x)[0])


def compare_relu(student, reference, probe, x, dout):
    _, cache = student.relu_forward(x, returns=(ARRAY, HANDLE))
    probe.compare(student.relu_backward(dout, cache), reference.relu_backward(dout, x))


@check("relu-backward", part="backward")
def test_relu_backward(student, reference, probe):
    x = two_sided(probe.normal(probe.shape(2)))
    dout = probe.normal(x.shape)
    dout[0, 0], dout[-1, -1] = np.abs(dout[0, 0]), -np.abs(dout[-1, -1])  # of the other sign than x: its own sign must not decide
    compare_relu(student, reference, probe, x, dout)


@check("relu-backward", part="backward")
def test_relu_backward_of_other_shapes(student, reference, probe):
    for ndim in (1, 3):
        x = two_sided(probe.normal(probe.shape(ndim)))
        compare_relu(student, reference, probe, x, -two_sided(probe.normal(x.shape)))


# --- softmax_loss ---


def scores(probe):
    batch, (classes,) = sizes(probe, 1)
    return probe.uniform(-3, 3, (batch, classes)), labels(probe, classes, batch)


def scores_far_out(probe):
    """Scores up to 800 and labels: a row far up, one far down, and one with both in it, whose label is a confident wrong answer."""
    classes = probe.choice((3, 4) if probe.example else (4, 6, 8))
    x, y = probe.uniform(-3, 3, (3, classes)), labels(probe, classes, 3)
    x[0] += 797
    x[1] -= 797
    x[2, y[2]] -= 797
    x[2, y[2] - 1] += 797
    return x, y


def compare_softmax(student, reference, probe, given, *numbers):
    got, right = student.softmax_loss(*given, returns=(NUMBER, ARRAY)), reference.softmax_loss(*given)
    for number in numbers:
        probe.compare(got[number], right[number])


@check("softmax-loss", part="loss")
def test_softmax_loss(student, reference, probe):
    compare_softmax(student, reference, probe, scores(probe), 0)


@check("softmax-loss", part="loss")
def test_softmax_loss_with_as_many_samples_as_classes(student, reference, probe):
    _, width = square(probe)
    compare_softmax(student, reference, probe, (probe.uniform(-3, 3, (width, width)), labels(probe, width, width)), 0)


@check("softmax-loss", part="gradient")
def test_softmax_gradient(student, reference, probe):
    compare_softmax(student, reference, probe, scores(probe), 1)


@check("softmax-loss", part="gradient")
def test_softmax_gradient_with_as_many_samples_as_classes(student, reference, probe):
    _, width = square(probe)
    compare_softmax(student, reference, probe, (probe.uniform(-3, 3, (width, width)), labels(probe, width, width)), 1)


@check("softmax-loss", part="extremes")
def test_softmax_of_scores_far_out(student, reference, probe):
    compare_softmax(student, reference, probe, scores_far_out(probe), 0, 1)


# --- mlp_loss_and_grads ---


def one_hidden(probe, reference):
    batch, widths = sizes(probe, 3)
    return network(probe, reference, "tanh", batch, widths)


@check("mlp-loss-and-grads", part="loss")
def test_loss_of_one_hidden_layer(student, reference, probe):
    net = one_hidden(probe, reference)
    loss, _ = student.mlp_loss_and_grads(*net, "tanh", returns=(NUMBER, HANDLE))  # whatever the gradients are
    probe.compare(loss, reference.mlp_loss_and_grads(*net, "tanh")[0])


@check("mlp-loss-and-grads", part="one-hidden-layer")
def test_gradients_of_one_hidden_layer(student, reference, probe):
    compare_grads(student, reference, probe, one_hidden(probe, reference), "tanh")


@check("mlp-loss-and-grads", part="one-hidden-layer")
def test_gradients_of_one_hidden_layer_of_equal_widths(student, reference, probe):
    batch, width = square(probe)
    compare_grads(student, reference, probe, network(probe, reference, "tanh", batch, [width] * 3), "tanh")


@check("mlp-loss-and-grads", part="any-depth")
def test_gradients_with_each_activation(student, reference, probe):
    batch, widths = sizes(probe, 4)
    for activation in ("tanh", "sigmoid", "relu"):
        compare_grads(student, reference, probe, network(probe, reference, activation, batch, widths), activation)


@check("mlp-loss-and-grads", part="any-depth")
def test_gradients_of_a_lone_layer(student, reference, probe):
    batch, widths = sizes(probe, 2)
    compare_grads(student, reference, probe, network(probe, reference, "relu", batch, widths), "relu")


@check("mlp-loss-and-grads", part="any-depth")
def test_gradients_of_equal_widths(student, reference, probe):
    batch, width = square(probe)
    for activation in ("tanh", "sigmoid", "relu"):
        compare_grads(student, reference, probe, network(probe, reference, activation, batch, [width] * 5), activation)


@check("mlp-loss-and-grads", part="any-depth")
def test_gradients_that_are_large(student, reference, probe):
    batch, widths = sizes(probe, 3)
    compare_grads(student, reference, probe, network(probe, reference, "relu", batch, widths, scale=10.0, least=8.0), "relu")


@check("mlp-loss-and-grads", part="any-depth")
def test_gradient_norms_of_twenty_layers(student, reference, probe):
    # Given weights, the same for both activations. Each norm to nine digits, however small it is.
    batch = probe.choice(BATCHES)
    net = network(probe, reference, "relu", batch, [*(probe.choice((9, 10, 11)) for _ in range(20)), 4])
    for activation in ("sigmoid", "relu"):
        compare_grads(student, reference, probe, net, activation)


# --- layer_gradient_norms, relative_updates ---


def tensors(probe, layers, *, shuffled=False):
    """A weight and a bias for each layer, of sizes that grow and shrink, so that no two norms are near each other."""
    made = {}
    for layer in range(1, layers + 1):
        rows, columns = probe.shape(2)
        made[f"W{layer}"] = (1 + layer % 5) * probe.uniform(-2, 2, (rows, columns))
        made[f"b{layer}"] = probe.uniform(-2, 2, (columns,))
    names = list(made)
    if shuffled:
        for place in range(len(names) - 1, 0, -1):
            other = probe.integer(0, place + 1)
            names[place], names[other] = names[other], names[place]
    return {name: made[name] for name in names}


@check("layer-report", part="norms")
def test_norms_of_three_layers(student, reference, probe):
    grads = tensors(probe, 2 if probe.example else 3)
    probe.compare(student.layer_gradient_norms(grads), reference.layer_gradient_norms(grads), entrywise=True)


@check("layer-report", part="norms")
def test_norms_of_twelve_layers_in_any_order(student, reference, probe):
    grads = tensors(probe, 12)
    probe.compare(student.layer_gradient_norms(grads), reference.layer_gradient_norms(grads), entrywise=True)
    grads = tensors(probe, 12, shuffled=True)
    probe.compare(student.layer_gradient_norms(grads), reference.layer_gradient_norms(grads), entrywise=True)


def updates(probe, layers, *, shuffled=False):
    grads = tensors(probe, layers, shuffled=shuffled)
    params = {name: 3 * np.sign(grad) * probe.uniform(0.1, 2, grad.shape) for name, grad in grads.items()}
    return params, grads, probe.number(0.01, 0.9)


@check("layer-report", part="updates")
def test_updates_of_three_layers(student, reference, probe):
    given = updates(probe, 2 if probe.example else 3)
    probe.compare(student.relative_updates(*given), reference.relative_updates(*given), entrywise=True)


@check("layer-report", part="updates")
def test_updates_of_twelve_layers_in_any_order(student, reference, probe):
    given = updates(probe, 12, shuffled=True)
    probe.compare(student.relative_updates(*given), reference.relative_updates(*given), entrywise=True)


# --- chain_gradients, critical_weight ---


def chain(probe, reference, layers, activation):
    """weights, biases, x of a chain, no z near the kink. For relu all z are positive: else the whole chain would be zeros."""
    for _ in range(TRIES):
        weights, biases = probe.uniform(-2, 2, (layers,), keep=0.3), probe.uniform(-0.9, 0.9, (layers,), keep=0.1)
        x = probe.number(0.3, 1.5)
        if activation == "relu":
            weights, biases = np.abs(weights), biases * 0.2
        gradients = reference.chain_gradients(weights, biases, x, activation)
        if np.all(gradients != 0):
            break
    return weights, biases, x, activation


@check("chain-gradients", part="values")
def test_chain_of_each_activation(student, reference, probe):
    for activation in ("sigmoid", "tanh", "relu"):
        given = chain(probe, reference, 3 if probe.example else probe.integer(4, 7), activation)
        probe.compare(student.chain_gradients(*given), reference.chain_gradients(*given), entrywise=True)


def silenced_chain(probe, reference):
    """A chain of relu with a silent neuron, whose successor would be silent too if it were given anything but 0: a_l counts in z_(l+1)."""
    layers = 3 if probe.example else probe.integer(4, 7)
    place = probe.integer(1, layers - 1)
    for _ in range(TRIES):
        weights, biases, x = probe.uniform(0.3, 2, (layers,)), probe.uniform(0.1, 0.9, (layers,)), probe.number(0.3, 1.5)
        weights[place : place + 2] *= -1
        silent = reference.preactivations_of_a_chain(weights, biases, x, "relu")[place]
        if -0.9 <= silent <= -0.1 and weights[place + 1] + biases[place + 1] <= -0.1:
            break
    return weights, biases, x, "relu"


@check("chain-gradients", part="values")
def test_chain_with_a_silent_neuron(student, reference, probe):
    given = silenced_chain(probe, reference)
    probe.compare(student.chain_gradients(*given), reference.chain_gradients(*given), entrywise=True)


@check("chain-gradients", part="values")
def test_chain_of_one_neuron(student, reference, probe):
    given = chain(probe, reference, 1, "tanh")
    probe.compare(student.chain_gradients(*given), reference.chain_gradients(*given), entrywise=True)


@check("chain-gradients", part="values")
def test_chain_of_twenty_neurons(student, reference, probe):
    given = chain(probe, reference, 20, "sigmoid")
    probe.compare(student.chain_gradients(*given), reference.chain_gradients(*given), entrywise=True)


@check("chain-gradients", part="critical-weight")
def test_critical_weight(student, reference, probe):
    for slope in (probe.number(0.05, 0.2), probe.number(0.3, 0.9)):
        probe.compare(student.critical_weight(slope, returns=NUMBER), reference.critical_weight(slope))


# --- what the report draws ---


@figure("How much of the gradient reaches each layer of a 20-layer network", x="layer", y="norm of the gradient", log_y=True)
def gradient_norms(figure, reference):
    # One sample, so that db_l is dloss/dz_l.
    params, x, y = reference.deep_net()
    layers = np.arange(1, len(params) // 2 + 1)
    for activation, name in (("sigmoid", "sigmoid"), ("relu", "ReLU")):
        views = {f"|dloss/dz|, {name}": lambda got: norms(got[1], "b"), f"|dW|, {name}": lambda got: norms(got[1], "W")}
        kinds = (NUMBER, dict.fromkeys(params, ARRAY))
        figure.lines(views, layers, "mlp_loss_and_grads", params, x, y, activation, returns=kinds)


def norms(grads, letter):
    return [np.linalg.norm(grads[f"{letter}{layer}"]) for layer in range(1, len(grads) // 2 + 1)]
