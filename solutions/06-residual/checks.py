"""The hidden checks of 06-residual: every part, on inputs drawn afresh for each submission; torch objects stay in the box.

All parameters are set by name and in float64, so nothing depends on how a block draws them. Tensors that go into the box are put on the
device that it computes on, and what comes back is compared here.
"""

import functools
import itertools

import numpy as np

from autograder.checks import ARRAY, HANDLE, INTEGER, NUMBER, Tensor, check, figure
from autograder.gradients.tolerances import invariant_tolerance, reference_tolerance

BATCHES = (3, 5, 7)
FROM_KINK = 1e-3
BUILT = reference_tolerance(np.float32)
"""Of what depends on a gamma that the student made: depth ** -0.5 may have been rounded to float32 on its way into it."""
TRIES = 500
LAYERS = ("fc1", "fc2")
WEIGHTS = tuple(f"{layer}.{what}" for layer in LAYERS for what in ("weight", "bias"))

# --- what is done in the box: set parameters by name, run, differentiate ---

SHAPES = '''
def shapes(module, *names):
    """The shape of each parameter whose name begins with one of `names`."""
    return {name: list(p.shape) for name, p in module.named_parameters() if name.startswith(names)}
'''
OUTPUT = '''
def output(module, values, x):
    """The module's output for x, its parameters set by name."""
    module.to(x).load_state_dict(values, strict=False)
    return module(x)
'''
SPREAD = '''
def spread(network, values):
    """The network, the parameters of block number l set to the entries l of `values`, any other one to their dtype and device."""
    for name, parameter in network.named_parameters():
        number, _, rest = name.partition(".")
        parameter.data = values[rest][int(number)] if rest in values else parameter.data.to(values["fc1.weight"])
    return network
'''
SIZE = '''
def size(network):
    """How many blocks it has, and how many tensors of parameters."""
    return len(network), len(list(network.parameters()))
'''
GRADIENTS = '''
import torch


def gradients(module, values, x, cotangent):
    """Gradients of sum(cotangent * output) by x and by each parameter, the parameters set by name."""
    module.to(x).load_state_dict(values, strict=False)
    parameters = dict(module.named_parameters())
    loss = (cotangent * module(x.requires_grad_())).sum()
    found = torch.autograd.grad(loss, [x, *parameters.values()], materialize_grads=True)
    return dict(zip(["x", *parameters], found))
'''
GAMMA = '''
def gamma(block):
    """The number by which the branch is multiplied at first."""
    return block.gamma.reshape(()).item()
'''
SMOOTH = '''
from torch import nn


def network(*weights):
    """Linear layers with these weights (out, in), a tanh after each but the last."""
    layers = []
    for weight in weights:
        layers += [nn.Linear(*weight.T.shape, bias=False).to(weight), nn.Tanh()]
        layers[-2].weight.data = weight
    return nn.Sequential(*layers[:-1])
'''
RESIDUAL = """
import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, W1, W2, gamma):
        super().__init__()
        self.W1, self.W2, self.gamma = nn.Parameter(W1), nn.Parameter(W2), gamma

    def forward(self, x):
        return x + self.gamma * torch.relu(x @ self.W1) @ self.W2


def network(*blocks):
    return nn.Sequential(*(Block(*block) for block in blocks))
"""
STATE = '''
def state(network):
    """Every parameter, and for each whether it is of that dtype and can be trained."""
    parameters = list(network.parameters())
    return parameters, [[str(p.dtype) == "torch.float32", p.requires_grad] for p in parameters]
'''


def tensor(array, dtype="float64"):
    return Tensor(dtype, np.asarray(array, dtype))


# --- draws ---


def batch_of(probe):
    return probe.choice((2, 3) if probe.example else BATCHES)


def widths(probe, *, equal=False):
    """(N, D, H): all different, or D and H equal, so that no shape gives a transpose away."""
    batch = batch_of(probe)
    rest = [width for width in ((1, 2, 3, 4) if probe.example else (2, 4, 6, 8, 9)) if width != batch]
    width = probe.choice(rest[1:])
    return batch, width, width if equal else probe.choice([other for other in rest if other != width])


def params_of(probe, width, hidden):
    """Parameters of a block in row form, of the size of 1."""
    size = 2.0 if probe.example else 1.5
    shapes = {"W1": (width, hidden), "b1": (hidden,), "W2": (hidden, width), "b2": (width,)}
    return {name: probe.uniform(-size, size, shape) for name, shape in shapes.items()}


def is_clear(z):
    """True if the relu has units of both kinds, and none near its kink."""
    return np.abs(z).min() >= FROM_KINK and (z > 0).any() and (z < 0).any()


def block(probe, reference, *, equal=False, width=None):
    """x and params of a block that is clear of the kink."""
    for _ in range(TRIES):
        batch, inputs, hidden = widths(probe, equal=equal)
        if width is not None:
            inputs = hidden = width
        x, params = probe.uniform(-2, 2, (batch, inputs)), params_of(probe, inputs, hidden)
        z = reference.residual_forward(x, params)[1][1]
        if is_clear(z) and len(np.unique(z > 0, axis=0)) > 1:
            break
    return x, params


def factor(probe):
    """A factor of the branch, of either sign, away from 0 and from 1; float32 holds it exactly, so a module that is made of it is exact."""
    size = probe.choice((0.5, 2.0) if probe.example else (probe.number(0.3, 0.8), probe.number(1.3, 2)))
    return probe.choice((1, -1)) * round(size * 1024) / 1024


# --- numpy: the block ---


def forward(student, *arguments):
    return student.residual_forward(*arguments, returns=(ARRAY, HANDLE))


def try_forward(student, reference, probe, *, alpha, equal=False):
    x, params = block(probe, reference, equal=equal)
    arguments = (x, params) if alpha is None else (x, params, alpha)
    probe.compare(forward(student, *arguments)[0], reference.residual_forward(*arguments)[0])


@check("residual-forward")
def test_forward(student, reference, probe):
    try_forward(student, reference, probe, alpha=factor(probe))


@check("residual-forward")
def test_forward_with_as_many_hidden_units_as_inputs(student, reference, probe):
    try_forward(student, reference, probe, alpha=factor(probe), equal=True)


@check("residual-forward")
def test_forward_without_a_factor(student, reference, probe):
    try_forward(student, reference, probe, alpha=None)


@check("residual-forward")
def test_forward_with_the_branch_switched_off(student, probe, reference):
    x, params = block(probe, reference)
    probe.compare(forward(student, x, params, 0.0)[0], x)


def backward(student, reference, probe, x, params, *factor):
    """What the student's two functions give for a cotangent of both signs, and what is right: (dx, grads) twice."""
    dout = probe.uniform(-2, 2, x.shape)
    _, cache = forward(student, x, params, *factor)
    got = student.residual_backward(dout, cache, returns=(ARRAY, dict.fromkeys(params, ARRAY)))
    return got, reference.residual_backward(dout, reference.residual_forward(x, params, *factor)[1])


def try_dx(student, reference, probe, *arguments):
    got, want = backward(student, reference, probe, *arguments)
    probe.compare(got[0], want[0])


def try_grads(student, reference, probe, *arguments):
    got, want = backward(student, reference, probe, *arguments)
    for name in ("W2", "b2", "W1", "b1"):
        probe.compare(got[1][name], want[1][name])


@check("residual-backward", part="dx")
def test_dx(student, reference, probe):
    try_dx(student, reference, probe, *block(probe, reference), factor(probe))


@check("residual-backward", part="dx")
def test_dx_with_as_many_hidden_units_as_inputs(student, reference, probe):
    try_dx(student, reference, probe, *block(probe, reference, equal=True), factor(probe))


@check("residual-backward", part="dx")
def test_dx_without_a_factor(student, reference, probe):
    try_dx(student, reference, probe, *block(probe, reference))


@check("residual-backward", part="dx")
def test_dx_with_the_branch_switched_off(student, reference, probe):
    try_dx(student, reference, probe, *block(probe, reference), 0.0)


@check("residual-backward", part="grads")
def test_grads(student, reference, probe):
    try_grads(student, reference, probe, *block(probe, reference), factor(probe))


@check("residual-backward", part="grads")
def test_grads_with_as_many_hidden_units_as_inputs(student, reference, probe):
    try_grads(student, reference, probe, *block(probe, reference, equal=True), factor(probe))


@check("residual-backward", part="grads")
def test_grads_without_a_factor(student, reference, probe):
    try_grads(student, reference, probe, *block(probe, reference))


@check("residual-backward", part="grads")
def test_grads_with_the_branch_switched_off(student, reference, probe):
    try_grads(student, reference, probe, *block(probe, reference), 0.0)


# --- bounds and averages ---


def try_weyl(student, reference, probe, W):
    probe.compare(student.weyl_bounds(W), reference.weyl_bounds(W), entrywise=True)


def matrix(probe, largest):
    """A matrix that is not symmetric, scaled to this largest singular value; as it is drawn for an example."""
    side = probe.shape(1)[0]
    for _ in range(TRIES):
        W = probe.uniform(-2, 2, (side, side))
        if not np.allclose(W, W.T):
            break
    return W if probe.example else W * (largest / np.linalg.norm(W, 2))


@check("weyl-bounds")
def test_weyl_of_a_small_matrix(student, reference, probe):
    W = matrix(probe, probe.number(0.2, 0.9))
    try_weyl(student, reference, probe, W / 10 if probe.example else W)


@check("weyl-bounds")
def test_weyl_of_a_large_matrix(student, reference, probe):
    try_weyl(student, reference, probe, matrix(probe, probe.number(1.2, 3)))


@check("weyl-bounds")
def test_weyl_of_a_matrix_that_undoes_the_identity(student, reference, probe):
    try_weyl(student, reference, probe, -np.eye(probe.shape(1)[0]))


@check("stack-bounds")
def test_stack_bounds(student, reference, probe):
    for depth in (probe.integer(2, 9), 1, 30):
        eps = probe.number(0.02, 0.4)
        probe.compare(student.stack_bounds(eps, depth), reference.stack_bounds(eps, depth), entrywise=True)


@check("expected-growth")
def test_expected_growth(student, reference, probe):
    points = [(factor(probe), probe.integer(2, 9)), (probe.number(0.05, 0.2), 100), (1.0, 3), (0.0, probe.integer(1, 9))]
    for point, got in zip(points, student.expected_growth.many(points, returns=NUMBER), strict=True):
        probe.compare(got, reference.expected_growth(*point))


# --- torch: blocks ---


def named(params, prefix=""):
    """Parameters of a block in row form as those of the layers fc1 and fc2, whose weights are (out, in)."""
    arrays = {"fc1.weight": params["W1"].T, "fc1.bias": params["b1"], "fc2.weight": params["W2"].T, "fc2.bias": params["b2"]}
    return {prefix + name: tensor(array) for name, array in arrays.items()}


def shapes_of(student, probe, name, module, *, width, gamma=False):
    """Shapes of the module's parameters by name; ends the check unless they are those of the layers, or with `gamma` of a whole block."""
    wanted = dict.fromkeys((*WEIGHTS, "gamma") if gamma else WEIGHTS, ARRAY)
    shapes = student.define(SHAPES, f"{name}.named_parameters")(module, *(("",) if gamma else LAYERS), returns=wanted)
    sizes = [[width, width] if weight.endswith("weight") else [width] for weight in WEIGHTS]
    same = all(shapes[weight].tolist() == size for weight, size in zip(WEIGHTS, sizes, strict=True))
    probe.require(same, f"fc1 and fc2 of a {name} should be nn.Linear(width, width), with a bias.")
    probe.require(not gamma or shapes["gamma"].prod() == 1, "gamma should be a parameter with one element.")
    return shapes


def width_of(probe):
    return probe.choice((2, 3) if probe.example else (4, 6, 8))


def run_block(student, probe, name, module, *, x, params):
    shapes_of(student, probe, name, module, width=x.shape[1])
    return student.define(OUTPUT, name)(module, named(params), tensor(x))


@check("residual-block", part="forward")
def test_block_forward(student, reference, probe):
    x, params = block(probe, reference, width=width_of(probe))
    gamma = factor(probe)
    module = student.ResidualBlock(x.shape[1], gamma, returns=HANDLE)
    probe.compare(run_block(student, probe, "ResidualBlock", module, x=x, params=params), reference.residual_forward(x, params, gamma)[0])


@check("residual-block", part="forward")
def test_block_forward_with_gamma_left_out(student, reference, probe):
    x, params = block(probe, reference, width=width_of(probe))
    module = student.ResidualBlock(x.shape[1], returns=HANDLE)
    probe.compare(run_block(student, probe, "ResidualBlock", module, x=x, params=params), reference.residual_forward(x, params)[0])


def block_gradients(student, reference, probe, gamma, now=None):
    """(gradients by x, gamma and the layers, the right ones): of a block made with `gamma`, which is then set to `now`."""
    x, params = block(probe, reference, width=width_of(probe))
    cotangent = probe.uniform(-2, 2, x.shape)
    module = student.ResidualBlock(x.shape[1], gamma, returns=HANDLE)
    shape = tuple(shapes_of(student, probe, "ResidualBlock", module, width=x.shape[1], gamma=True)["gamma"].astype(int))
    values = named(params) | ({} if now is None else {"gamma": tensor(np.full(shape, now))})
    wanted = dict.fromkeys(("x", *WEIGHTS, "gamma"), ARRAY)
    gradients = student.define(GRADIENTS, "ResidualBlock")
    got = gradients(module, values, tensor(x), tensor(cotangent), returns=wanted)
    alpha = gamma if now is None else now
    dx, grads = reference.residual_backward(cotangent, reference.residual_forward(x, params, alpha)[1])
    branch, _ = reference.plain_forward(x, params)
    arrays = (dx, grads["W1"].T, grads["b1"], grads["W2"].T, grads["b2"], np.full(shape, np.sum(cotangent * branch)))
    return got, dict(zip(wanted, arrays, strict=True))


@check("residual-block", part="gamma")
def test_gamma_is_a_parameter_with_a_gradient(student, reference, probe):
    got, want = block_gradients(student, reference, probe, factor(probe))
    probe.compare(got["gamma"], want["gamma"])


@check("residual-block", part="gamma")
def test_gamma_begins_where_it_should(student, probe):
    gamma, width = factor(probe), width_of(probe)
    module = student.ResidualBlock(width, gamma, returns=HANDLE)
    shapes_of(student, probe, "ResidualBlock", module, width=width, gamma=True)
    probe.compare(student.define(GAMMA, "ResidualBlock.gamma")(module, returns=NUMBER), gamma)


@check("residual-block", part="zero-gamma")
def test_with_gamma_0_the_output_is_the_input(student, reference, probe):
    x, params = block(probe, reference, width=width_of(probe))
    module = student.ResidualBlock(x.shape[1], 0.0, returns=HANDLE)
    out = run_block(student, probe, "ResidualBlock", module, x=x, params=params)
    probe.compare(out, x)
    probe.require(np.array_equal(out, x), "With gamma = 0 a ResidualBlock should give back its input exactly, to the last digit.")


@check("residual-block", part="zero-gamma")
def test_with_gamma_0_only_gamma_has_a_gradient(student, reference, probe):
    got, want = block_gradients(student, reference, probe, 0.0)
    for name in ("x", *WEIGHTS, "gamma"):
        probe.compare(got[name], want[name])
    silent = not any(got[name].any() for name in WEIGHTS)
    probe.require(silent, "With gamma = 0 the gradients of fc1 and fc2 should be exactly 0.")


@check("residual-block", part="zero-gamma")
def test_one_step_of_gamma_wakes_the_branch(student, reference, probe):
    rate = probe.choice((0.1, 0.01))
    got, want = block_gradients(student, reference, probe, 0.0)
    stepped = float(-rate * got["gamma"].item())
    probe.compare(got["gamma"], want["gamma"])
    got, want = block_gradients(student, reference, probe, 0.0, now=stepped)
    for name in ("x", *WEIGHTS, "gamma"):
        probe.compare(got[name], want[name])


@check("plain-block")
def test_plain_block(student, reference, probe):
    for _ in range(2):
        x, params = block(probe, reference, width=width_of(probe))
        module = student.PlainBlock(x.shape[1], returns=HANDLE)
        probe.compare(run_block(student, probe, "PlainBlock", module, x=x, params=params), reference.plain_forward(x, params)[0])


# --- torch: networks ---


def stack(probe, reference, kind, depth, width, *, same=False):
    """x and the parameters of each block of a stack that is clear of the kinks; `same` gives all blocks the same ones."""
    for _ in range(TRIES):
        x = probe.uniform(-2, 2, (batch_of(probe), width))
        blocks = [params_of(probe, width, width) for _ in range(1 if same else depth)] * (depth if same else 1)
        outputs, _ = reference.network_forward(reference.stack(kind, blocks), x)
        if all(is_clear(out @ params["W1"] + params["b1"]) for out, params in zip(outputs, blocks, strict=False)):
            break
    return x, blocks


def built(student, probe, depth, width, kind):
    """(the student's network in the box, how many tensors of parameters it has); ends the check if it is no row of `depth` blocks."""
    network = student.build_network(depth, width, kind, returns=HANDLE)
    blocks, tensors = student.define(SIZE, "build_network")(network, returns=(INTEGER, INTEGER))
    probe.require(blocks == depth, "build_network should return an nn.Sequential of depth blocks, and nothing between them.")
    return network, tensors


def try_output(student, reference, probe, network, *, kind, x, blocks):
    """Compare the output, all parameters but gamma set by name."""
    values = {name: value for number, params in enumerate(blocks) for name, value in named(params, f"{number}.").items()}
    got = student.define(OUTPUT, "build_network")(network, values, tensor(x))
    probe.compare(got, reference.network_forward(reference.stack(kind, blocks), x)[0][-1], rtol=BUILT)


def try_kind(student, reference, probe, kind):
    """Blocks with the same parameters, so that it does not matter here whether they are the same block."""
    depth, width = probe.choice((4,) if probe.example else (3, 5, 7)), width_of(probe)  # never equal
    network, _ = built(student, probe, depth, width, kind)
    x, blocks = stack(probe, reference, kind, depth, width, same=True)
    try_output(student, reference, probe, network, kind=kind, x=x, blocks=blocks)


@check("build-network", part="kinds")
def test_plain_network(student, reference, probe):
    try_kind(student, reference, probe, "plain")


@check("build-network", part="kinds")
def test_residual_network(student, reference, probe):
    try_kind(student, reference, probe, "residual")


@check("build-network", part="kinds")
def test_scaled_network(student, reference, probe):
    try_kind(student, reference, probe, "scaled")


@check("build-network", part="kinds")
def test_zero_network(student, reference, probe):
    try_kind(student, reference, probe, "zero")


@check("build-network", part="distinct-blocks")
def test_each_block_has_parameters_of_its_own(student, reference, probe):
    for kind in ("plain", "residual"):
        depth, width = probe.choice((2, 3) if probe.example else (3, 4, 5)), width_of(probe)
        network, tensors = built(student, probe, depth, width, kind)
        _, of_one = built(student, probe, 1, width, kind)
        probe.require(tensors == depth * of_one, "A network of depth blocks should have depth times as many parameters as one block.")
        x, blocks = stack(probe, reference, kind, depth, width)
        try_output(student, reference, probe, network, kind=kind, x=x, blocks=blocks)


# --- torch: norms on the way back ---


def smooth_network(student, probe, depth, dtype="float64"):
    """(network in the box, its layers for the reference, shape of its input, of its output): linear layers of all widths and tanh."""
    batch = batch_of(probe)
    sizes = probe.shape(min(depth + 1, 3)) if probe.example else [int(width) for width in probe.integers(2, 9, (depth + 1,))]
    weights = [probe.uniform(-1, 1, (fan_out, fan_in)).astype(dtype) for fan_in, fan_out in itertools.pairwise(sizes)]
    network = student.define(SMOOTH, "the network")(*(tensor(weight, dtype) for weight in weights), returns=HANDLE)
    layers = [layer for weight in weights for layer in (("linear", weight.T.astype(np.float64), 0.0), ("tanh",))][:-1]
    return network, layers, (batch, sizes[0]), (batch, sizes[len(weights)])


def residual_network(student, probe, reference, gammas):
    """(network in the box, its layers for the reference, x)."""
    for _ in range(TRIES):
        batch, width, _ = widths(probe)
        x, size = probe.uniform(-2, 2, (batch, width)), 1.0 if probe.example else 0.9
        blocks = [(probe.uniform(-size, size, (width, width)), probe.uniform(-size, size, (width, width))) for _ in gammas]
        layers = [
            ("residual", {"W1": W1, "b1": np.zeros(width), "W2": W2, "b2": np.zeros(width)}, gamma)
            for (W1, W2), gamma in zip(blocks, gammas, strict=True)
        ]
        outputs, _ = reference.network_forward(layers, x)
        if all(is_clear(out @ W1) for out, (W1, _) in zip(outputs, blocks, strict=False)):
            break
    make = student.define(RESIDUAL, "the network")
    return make(*((tensor(W1), tensor(W2), gamma) for (W1, W2), gamma in zip(blocks, gammas, strict=True)), returns=HANDLE), layers, x


def cotangent_of(probe, shape):
    return probe.uniform(-2, 2, shape)


def try_norms(student, reference, probe, net, *, x, cotangent, dtype="float64"):
    network, layers = net
    norms = student.gradient_norms(network, tensor(x, dtype), tensor(cotangent, dtype))
    want = reference.gradient_norms(layers, x.astype(dtype), cotangent.astype(dtype))
    probe.compare(norms, want, rtol=reference_tolerance(dtype, len(layers)), entrywise=True)


@check("gradient-norms")
def test_norms_of_a_network_of_all_widths(student, reference, probe):
    network, layers, inputs, outputs = smooth_network(student, probe, probe.choice((2,) if probe.example else (3, 4)))
    try_norms(student, reference, probe, (network, layers), x=probe.uniform(-2, 2, inputs), cotangent=cotangent_of(probe, outputs))


@check("gradient-norms")
def test_norms_of_residual_blocks(student, reference, probe):
    gammas = [factor(probe) for _ in range(2 if probe.example else 4)]
    network, layers, x = residual_network(student, probe, reference, gammas)
    try_norms(student, reference, probe, (network, layers), x=x, cotangent=cotangent_of(probe, x.shape))


@check("gradient-norms")
def test_norms_of_a_single_block(student, reference, probe):
    network, layers, inputs, outputs = smooth_network(student, probe, 1)
    try_norms(student, reference, probe, (network, layers), x=probe.uniform(-2, 2, inputs), cotangent=cotangent_of(probe, outputs))


@check("gradient-norms")
def test_norms_in_float32_that_float32_can_not_square(student, reference, probe):
    for size in (1e-30, 1e25):
        network, layers, inputs, outputs = smooth_network(student, probe, 2, "float32")
        x, cotangent = probe.uniform(-2, 2, inputs), size * cotangent_of(probe, outputs)
        try_norms(student, reference, probe, (network, layers), x=x, cotangent=cotangent, dtype="float32")


@check("gradient-norms", part="ends")
def test_the_last_norm_is_that_of_the_cotangent(student, probe):
    depth = probe.choice((2,) if probe.example else (2, 3))
    network, layers, inputs, outputs = smooth_network(student, probe, depth)
    cotangent = cotangent_of(probe, outputs)
    norms = student.gradient_norms(network, tensor(probe.uniform(-2, 2, inputs)), tensor(cotangent))
    probe.require(norms.shape == (len(layers) + 1,), "gradient_norms should return one number more than the network has blocks.")
    probe.compare(norms[-1], np.linalg.norm(cotangent))


@check("gradient-norms", part="ends")
def test_blocks_that_are_switched_off_change_no_norm(student, probe, reference):
    network, _, x = residual_network(student, probe, reference, [0.0] * (2 if probe.example else 5))
    cotangent = cotangent_of(probe, x.shape)
    norms = student.gradient_norms(network, tensor(x), tensor(cotangent))
    depth = 2 if probe.example else 5
    probe.compare(norms, np.full(depth + 1, np.linalg.norm(cotangent)), rtol=invariant_tolerance(depth))


@check("gradient-norms", part="network-unchanged")
def test_the_network_and_its_input_stay_as_they_were(student, probe):
    network, layers, inputs, outputs = smooth_network(student, probe, 2, "float32")
    x = probe.uniform(-2, 2, inputs)
    arguments = tensor(x, "float32"), tensor(cotangent_of(probe, outputs), "float32")
    _, left = student.gradient_norms(network, *arguments, after=True)
    same = isinstance(left[1], Tensor) and np.array_equal(left[1].array, arguments[0].array)
    probe.require(same, "gradient_norms has changed the x that it was given.")
    before = [layer[1].T for layer in layers if layer[0] == "linear"]
    parameters, kept = student.define(STATE, "gradient_norms")(network, returns=((ARRAY,) * len(before), ARRAY))
    for got, want in zip(parameters, before, strict=True):
        probe.require(np.array_equal(got, want), "gradient_norms has changed parameters of the network.")
    probe.require(kept[:, 0].all(), "gradient_norms has changed the dtype of the network's parameters.")
    probe.require(kept[:, 1].all(), "After gradient_norms the network can not be trained any more: its parameters ask for no gradient.")


# --- what the report draws ---

DEPTH, WIDTH, SAMPLES = 12, 16, 2
"""Of the stacks that the report draws: smaller than in the notebook, for each is built and measured while somebody waits."""


@functools.cache
def stacks(reference, recipe):
    """(values of all parameters, x, cotangent, {kind: right norms}): the weights are the same for all kinds, and for every submission."""
    rng = np.random.default_rng(6)
    blocks = [reference.drawn_params(rng, WIDTH, recipe) for _ in range(DEPTH)]
    x, cotangent = rng.normal(size=(2, SAMPLES, WIDTH))
    rows = [named(params) for params in blocks]
    values = {name: tensor([row[name].array for row in rows]) for name in WEIGHTS}
    right = {kind: reference.gradient_norms(reference.stack(kind, blocks), x, cotangent) for kind in reference.KINDS}
    return values, tensor(x), tensor(cotangent), right


def draw_norms(figure, reference, recipe):
    """The norms on the way back through a stack of each kind, relative to the last."""
    values, x, cotangent, right = stacks(reference, recipe)

    def measure(student, kind):
        network = student.build_network(DEPTH, WIDTH, kind, returns=HANDLE)
        network = student.define(SPREAD, "build_network")(network, values, returns=HANDLE)
        return student.gradient_norms(network, x, cotangent)

    for kind, norms in right.items():
        figure.measured(kind, np.arange(DEPTH + 1), relative(norms), lambda student, kind=kind: relative(measure(student, kind)))


def relative(norms):
    return norms / norms[-1]


@figure("Weights as torch draws them", x="block l", y="norm of dloss / dx_l, relative to the last", log_y=True)
def norms_with_default_weights(figure, reference):
    draw_norms(figure, reference, "default")


@figure("He-like branches", x="block l", y="norm of dloss / dx_l, relative to the last", log_y=True)
def norms_with_he_like_branches(figure, reference):
    draw_norms(figure, reference, "he")
