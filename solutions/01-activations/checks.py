"""The hidden checks of 01-activations: every part, on inputs drawn afresh for each submission."""

import numpy as np

from autograder.checks import INTEGER, NUMBER, check, figure

# Literal inputs stand only where they may be published: the report shows them when a check on them fails.
EDGES = np.array([-10000.0, -800.0, -40.0, 40.0, 800.0, 10000.0])
TAIL_EDGES = np.array([-100.0, 100.0])
# Of these ten 7 are saturated by the sigmoid (5 positive, 2 negative), 8 by tanh: each way to miscount gives a number of its own.
SHARE_EDGES = np.array([[-9.0, 0.0, 9.0, 8.0, 10.0], [0.5, 7.0, -8.0, 6.0, 2.0]])


def two_sided(z):
    """The same entries, but the first is negative and the last positive: both branches are met in every draw."""
    z.flat[0] = -np.abs(z.flat[0])
    z.flat[-1] = np.abs(z.flat[-1])
    return z


def points(probe, limit, ndim):
    """Entries of both signs up to `limit`, among them one just below 0 and one just above: a branch that begins elsewhere shows."""
    z = probe.uniform(-limit, limit, probe.shape(ndim))
    z.flat[0], z.flat[-1] = -probe.number(0.01, 0.5), probe.number(0.01, 0.5)
    return z


def odd_integers(probe):
    """Integers without 0, where three of the derivatives have no value of their own."""
    return two_sided(2 * probe.integers(-3, 3, probe.shape(2)) + 1)


def both_ways(magnitudes):
    return np.concatenate([-np.abs(magnitudes), np.abs(magnitudes)])


def far_out(probe):
    return both_ways(probe.magnitudes(800, 10000, probe.shape(1)))


# --- sigmoid ---


@check("sigmoid", part="values")
def test_sigmoid_of_a_matrix(student, reference, probe):
    z = points(probe, 15, 2)
    probe.compare(student.sigmoid(z), reference.sigmoid(z))


@check("sigmoid", part="values")
def test_sigmoid_of_other_shapes(student, reference, probe):
    for ndim in (1, 3):
        z = points(probe, 15, ndim)
        probe.compare(student.sigmoid(z), reference.sigmoid(z))


@check("sigmoid", part="extremes")
def test_sigmoid_at_the_edges(student, reference, probe):
    probe.compare(student.sigmoid(EDGES), reference.sigmoid(EDGES))


@check("sigmoid", part="extremes")
def test_sigmoid_far_out(student, reference, probe):
    z = far_out(probe)
    probe.compare(student.sigmoid(z), reference.sigmoid(z))


@check("sigmoid", part="extremes")
def test_sigmoid_of_integers(student, reference, probe):
    z = odd_integers(probe)
    probe.compare(student.sigmoid(z), reference.sigmoid(z))


@check("sigmoid", part="extremes")
def test_sigmoid_of_one_number(student, reference, probe):
    z = np.array(probe.number(-4, -1))
    probe.compare(student.sigmoid(z), reference.sigmoid(z))


# --- sigmoid_grad ---


@check("sigmoid-grad", part="values")
def test_sigmoid_grad_of_a_matrix(student, reference, probe):
    z = points(probe, 15, 2)
    probe.compare(student.sigmoid_grad(z), reference.sigmoid_grad(z))


@check("sigmoid-grad", part="values")
def test_sigmoid_grad_of_other_shapes(student, reference, probe):
    for ndim in (1, 3):
        z = points(probe, 15, ndim)
        probe.compare(student.sigmoid_grad(z), reference.sigmoid_grad(z))


@check("sigmoid-grad", part="values")
def test_sigmoid_grad_where_it_is_small(student, reference, probe):
    # A difference quotient, such as the notebook's own `derivative`, has lost the ninth digit here at z; s (1 - s) still has it.
    z = both_ways(probe.magnitudes(12.5, 14, probe.shape(1)))
    probe.compare(student.sigmoid_grad(z), reference.sigmoid_grad(z), entrywise=True)


@check("sigmoid-grad", part="values")
def test_sigmoid_grad_of_integers(student, reference, probe):
    z = odd_integers(probe)
    probe.compare(student.sigmoid_grad(z), reference.sigmoid_grad(z))


@check("sigmoid-grad", part="values")
def test_sigmoid_grad_of_one_number(student, reference, probe):
    z = np.array(probe.number(1, 4))
    probe.compare(student.sigmoid_grad(z), reference.sigmoid_grad(z))


@check("sigmoid-tails", part="values")
def test_sigmoid_grad_at_the_edges_of_the_tails(student, reference, probe):
    probe.compare(student.sigmoid_grad(TAIL_EDGES), reference.sigmoid_grad(TAIL_EDGES), entrywise=True)


@check("sigmoid-tails", part="values")
def test_sigmoid_grad_in_the_far_tails(student, reference, probe):
    # One call for each distance: next to an entry of size e^-40, one of size e^-400 would count for nothing when a mistake is recognised.
    # Beyond 355 the square of e^|z| is no longer finite.
    distances = [probe.number(low, high) for low, high in ((40, 100), (100, 340), (370, 480), (620, 690))]
    zs = [np.array([-distance, distance]) for distance in distances]
    for z, got in zip(zs, student.sigmoid_grad.many([(z,) for z in zs]), strict=True):
        probe.compare(got, reference.sigmoid_grad(z), entrywise=True)


@check("sigmoid-tails", part="values")
def test_sigmoid_grad_in_the_near_tails(student, reference, probe):
    z = both_ways(probe.magnitudes(15, 40, probe.shape(2)))
    probe.compare(student.sigmoid_grad(z), reference.sigmoid_grad(z), entrywise=True)


@check("sigmoid-tails", part="values")
def test_sigmoid_grad_stays_finite(student, reference, probe):
    z = far_out(probe)
    probe.compare(student.sigmoid_grad(z), reference.sigmoid_grad(z), entrywise=True)


# --- tanh ---


@check("tanh-grad", part="tanh")
def test_tanh_of_a_matrix(student, reference, probe):
    z = points(probe, 15, 2)
    probe.compare(student.tanh(z), reference.tanh(z))


@check("tanh-grad", part="tanh")
def test_tanh_of_other_input(student, reference, probe):
    for z in (points(probe, 3, 1), points(probe, 3, 3), odd_integers(probe), np.array(probe.number(-3, -1))):
        probe.compare(student.tanh(z), reference.tanh(z))


@check("tanh-grad", part="grad")
def test_tanh_grad_of_a_matrix(student, reference, probe):
    # |z| <= 3: further out 1 - tanh^2, a right answer, has no ten digits left, and this tail is not asked for.
    z = points(probe, 3, 2)
    probe.compare(student.tanh_grad(z), reference.tanh_grad(z))


@check("tanh-grad", part="grad")
def test_tanh_grad_of_other_input(student, reference, probe):
    for z in (points(probe, 3, 1), points(probe, 3, 3), odd_integers(probe), np.array(probe.number(1, 3))):
        probe.compare(student.tanh_grad(z), reference.tanh_grad(z))


# --- relu ---


@check("relu-grad", part="relu")
def test_relu_of_a_matrix(student, reference, probe):
    z = points(probe, 15, 2)
    probe.compare(student.relu(z), reference.relu(z))


@check("relu-grad", part="relu")
def test_relu_of_other_input(student, reference, probe):
    for z in (points(probe, 15, 1), points(probe, 15, 3), odd_integers(probe), np.array(probe.number(1, 4))):
        probe.compare(student.relu(z), reference.relu(z))


@check("relu-grad", part="grad")
def test_relu_grad_of_a_matrix(student, reference, probe):
    z = points(probe, 15, 2)
    probe.compare(student.relu_grad(z), reference.relu_grad(z))


@check("relu-grad", part="grad")
def test_relu_grad_of_other_input(student, reference, probe):
    for z in (points(probe, 15, 1), points(probe, 15, 3), odd_integers(probe), np.array(probe.number(1, 4))):
        probe.compare(student.relu_grad(z), reference.relu_grad(z))


@check("relu-grad", part="at-zero")
def test_relu_grad_at_zero_is_a_slope_between_its_two_sides(student, reference, probe):
    got = student.relu_grad(np.zeros(3))
    probe.require(got.shape == (3,), "relu_grad of three zeros must be three numbers.")
    # NaN fails both comparisons.
    probe.require(bool(np.all((got >= 0) & (got <= 1))), "relu_grad(0) must be a number in [0, 1], and not NaN.")


# --- leaky_relu ---


@check("leaky-relu", part="value")
def test_leaky_relu_of_a_matrix(student, reference, probe):
    z, slope = points(probe, 15, 2), probe.number(0.1, 0.9)
    probe.compare(student.leaky_relu(z, slope), reference.leaky_relu(z, slope))


@check("leaky-relu", part="value")
def test_leaky_relu_of_other_input(student, reference, probe):
    slope = probe.number(0.1, 0.9)
    for z in (points(probe, 15, 1), points(probe, 15, 3), odd_integers(probe), np.array(probe.number(-4, -1))):
        probe.compare(student.leaky_relu(z, slope), reference.leaky_relu(z, slope))


@check("leaky-relu", part="grad")
def test_leaky_relu_grad_of_a_matrix(student, reference, probe):
    z, slope = points(probe, 15, 2), probe.number(0.1, 0.9)
    probe.compare(student.leaky_relu_grad(z, slope), reference.leaky_relu_grad(z, slope))


@check("leaky-relu", part="grad")
def test_leaky_relu_grad_of_other_input(student, reference, probe):
    slope = probe.number(0.1, 0.9)
    for z in (points(probe, 15, 1), points(probe, 15, 3), odd_integers(probe), np.array(probe.number(-4, -1))):
        probe.compare(student.leaky_relu_grad(z, slope), reference.leaky_relu_grad(z, slope))


# --- elu ---


@check("elu", part="value")
def test_elu_of_a_matrix(student, reference, probe):
    z, alpha = points(probe, 3, 2), probe.number(0.3, 0.8)
    probe.compare(student.elu(z, alpha), reference.elu(z, alpha))


@check("elu", part="value")
def test_elu_of_other_input(student, reference, probe):
    alpha = probe.number(1.3, 2)
    for z in (points(probe, 15, 1), points(probe, 15, 3), odd_integers(probe), np.array(probe.number(-4, -1))):
        probe.compare(student.elu(z, alpha), reference.elu(z, alpha))


@check("elu", part="grad")
def test_elu_grad_of_a_matrix(student, reference, probe):
    z, alpha = points(probe, 3, 2), probe.number(0.3, 0.8)
    probe.compare(student.elu_grad(z, alpha), reference.elu_grad(z, alpha))


@check("elu", part="grad")
def test_elu_grad_beside_the_kink(student, reference, probe):
    # With alpha > 1 the slope is largest just left of 0: it is no minimum of 1 and something.
    z, alpha = np.array([-probe.number(2, 3), -probe.number(0.05, 0.2), probe.number(0.05, 0.2)]), probe.number(1.3, 2)
    probe.compare(student.elu_grad(z, alpha), reference.elu_grad(z, alpha))


@check("elu", part="grad")
def test_elu_grad_of_other_input(student, reference, probe):
    alpha = probe.number(1.3, 2)
    for z in (points(probe, 15, 1), points(probe, 15, 3), odd_integers(probe), np.array(probe.number(-4, -1))):
        probe.compare(student.elu_grad(z, alpha), reference.elu_grad(z, alpha))


@check("elu", part="extremes")
def test_elu_far_out(student, reference, probe):
    alpha = probe.number(0.3, 0.8)
    for z in (EDGES, far_out(probe)):
        probe.compare(student.elu(z, alpha), reference.elu(z, alpha))


@check("elu", part="extremes")
def test_elu_grad_far_out(student, reference, probe):
    alpha = probe.number(0.3, 0.8)
    for z in (EDGES, far_out(probe)):
        probe.compare(student.elu_grad(z, alpha), reference.elu_grad(z, alpha))


# --- dead zone ---


def compare_calls(probe, function, right, calls, *, returns, rtol=1e-9):
    """All calls go out before the first comparison, so that a mistake is recognised by all of their values."""
    for got, arguments in zip(function.many(calls, returns=returns), calls, strict=True):
        probe.compare(got, right(*arguments), rtol=rtol)


@check("dead-zone", part="zone")
def test_dead_zone(student, reference, probe):
    calls = [("sigmoid", probe.number(0.06, 0.24)), ("tanh", probe.number(0.06, 0.24))]
    compare_calls(probe, student.dead_zone, reference.dead_zone, calls, returns=NUMBER, rtol=1e-6)


@check("dead-zone", part="zone")
def test_dead_zone_of_thresholds_that_only_tanh_reaches(student, reference, probe):
    calls = [("tanh", probe.number(0.3, 0.9))]
    compare_calls(probe, student.dead_zone, reference.dead_zone, calls, returns=NUMBER, rtol=1e-6)


@check("dead-zone", part="zone")
def test_dead_zone_of_small_thresholds(student, reference, probe):
    calls = [(name, probe.number(1, 9) * 10.0 ** -probe.integer(3, 6)) for name in ("sigmoid", "tanh")]
    compare_calls(probe, student.dead_zone, reference.dead_zone, calls, returns=NUMBER, rtol=1e-6)


@check("dead-zone", part="share")
def test_saturated_share(student, reference, probe):
    calls = [(SHARE_EDGES, 0.1)] + [(points(probe, 8, ndim), probe.number(0.06, 0.2)) for ndim in (1, 2, 3)]
    compare_calls(probe, student.saturated_share, reference.saturated_share, calls, returns=NUMBER)


# --- best case ---


@check("best-case", part="product")
def test_best_case(student, reference, probe):
    calls = [(probe.integer(3, 6),), (probe.integer(6, 20),)]
    compare_calls(probe, student.best_case, reference.best_case, calls, returns=NUMBER)


@check("best-case", part="product")
def test_best_case_of_a_very_deep_net(student, reference, probe):
    calls = [(probe.integer(80, 200),)]
    compare_calls(probe, student.best_case, reference.best_case, calls, returns=NUMBER)


@check("best-case", part="layers")
def test_layers_to_shrink(student, reference, probe):
    # Just past a whole number of layers and just short of one: rounding in any other way than up shows in one of them.
    past = probe.integer(2, 6) + probe.number(0.1, 0.4)
    short = probe.integer(6, 12) + probe.number(0.6, 0.9)
    # Two digits read better in a counter-example and move neither by more than 0.04 of a layer.
    calls = [(float(f"{0.25**layers:.2g}"),) for layers in (past, short)] + [(10.0 ** -probe.integer(2, 9),)]
    compare_calls(probe, student.layers_to_shrink, reference.layers_to_shrink, calls, returns=INTEGER)


@check("best-case", part="layers")
def test_layers_to_shrink_by_a_lot(student, reference, probe):
    calls = [(10.0 ** -probe.integer(20, 100),)]
    compare_calls(probe, student.layers_to_shrink, reference.layers_to_shrink, calls, returns=INTEGER)


# --- what the report draws ---


@figure("Five derivatives", x="z", y="derivative")
def derivatives(figure):
    z = np.linspace(-6, 6, 120)  # an even number of points leaves out z = 0, where three of the five may differ from ours and be right
    figure.line("sigmoid", z, "sigmoid_grad", z)
    figure.line("tanh", z, "tanh_grad", z)
    figure.line("ReLU", z, "relu_grad", z)
    figure.line("leaky ReLU, slope 0.1", z, "leaky_relu_grad", z, 0.1)
    figure.line("ELU, alpha 0.7", z, "elu_grad", z, 0.7)
