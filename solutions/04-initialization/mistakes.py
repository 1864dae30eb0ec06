"""Wrong answers to 04-initialization that people really write, each with a hint and the parts that it fails."""

import math

import numpy as np

from autograder.checks import mistake

# ruff: noqa: F821, NPY002, PLW0127, RUF007, RUF059 - phi, phi_grad and the other functions are the notebook's; a student may draw and zip like this


# --- xavier_init ---


@mistake(
    "xavier-init",
    "standard deviation 2 / (fan_in + fan_out) instead of its root",
    hint="The text gives the variance. What does the second argument of rng.normal stand for?",
    fails=("variance",),
)
def xavier_init(fan_in, fan_out, rng):
    return rng.normal(0.0, 2.0 / (fan_in + fan_out), (fan_in, fan_out))


@mistake(
    "xavier-init",
    "the root taken twice",
    hint="Your weights are far too large. Count the roots between the variance that the text gives and the numbers you draw.",
    fails=("variance",),
)
def xavier_init(fan_in, fan_out, rng):
    return math.sqrt(math.sqrt(2.0 / (fan_in + fan_out))) * rng.normal(size=(fan_in, fan_out))


@mistake(
    "xavier-init",
    "variance 1 / fan_in: only the way forward is looked after",
    hint="Swap fan_in and fan_out in your formula: should the result change? Xavier's recipe is a compromise between the two directions.",
    fails=("variance",),
)
def xavier_init(fan_in, fan_out, rng):
    return rng.normal(0.0, math.sqrt(1.0 / fan_in), (fan_in, fan_out))


@mistake(
    "xavier-init",
    "variance 1 / fan_out: only the way back is looked after",
    hint="Swap fan_in and fan_out in your formula: should the result change? Xavier's recipe is a compromise between the two directions.",
    fails=("variance",),
)
def xavier_init(fan_in, fan_out, rng):
    return rng.normal(0.0, math.sqrt(1.0 / fan_out), (fan_in, fan_out))


@mistake(
    "xavier-init",
    "variance 2 / fan_in: this is He's recipe",
    hint="This is the recipe of the next exercise. Which of the two depends on both widths?",
    fails=("variance",),
)
def xavier_init(fan_in, fan_out, rng):
    return rng.normal(0.0, math.sqrt(2.0 / fan_in), (fan_in, fan_out))


@mistake(
    "xavier-init",
    "variance 1 / (fan_in + fan_out): the 2 is missing",
    hint="Take fan_in = fan_out = n. The variance should then be 1 / n.",
    fails=("variance",),
)
def xavier_init(fan_in, fan_out, rng):
    return rng.normal(0.0, math.sqrt(1.0 / (fan_in + fan_out)), (fan_in, fan_out))


@mistake(
    "xavier-init",
    "variance 2 / (fan_in * fan_out)",
    hint="Take fan_in = fan_out = n. The variance should then be 1 / n.",
    fails=("variance",),
)
def xavier_init(fan_in, fan_out, rng):
    return rng.normal(0.0, math.sqrt(2.0 / (fan_in * fan_out)), (fan_in, fan_out))


@mistake(
    "xavier-init",
    "the uniform form of the recipe",
    hint="Your variance is right. Which distribution does the text ask for?",
    fails=("normal-and-independent",),
)
def xavier_init(fan_in, fan_out, rng):
    limit = math.sqrt(6.0 / (fan_in + fan_out))
    return rng.uniform(-limit, limit, (fan_in, fan_out))


@mistake(
    "xavier-init",
    "uniform within plus and minus the standard deviation",
    hint="A uniform distribution between -a and a has the variance a^2 / 3. And which distribution does the text ask for?",
    fails=("variance", "normal-and-independent"),
)
def xavier_init(fan_in, fan_out, rng):
    limit = math.sqrt(2.0 / (fan_in + fan_out))
    return rng.uniform(-limit, limit, (fan_in, fan_out))


@mistake(
    "xavier-init",
    "the transpose: as many rows as there are outputs",
    hint="The layer is z = a @ W with a of shape (N, fan_in). Which shape must W have?",
    fails=("variance", "normal-and-independent"),
)
def xavier_init(fan_in, fan_out, rng):
    return rng.normal(0.0, math.sqrt(2.0 / (fan_in + fan_out)), (fan_out, fan_in))


@mistake(
    "xavier-init",
    "a generator of its own with a fixed seed",
    hint="Call it twice with different generators and compare. Who decides about the numbers: the caller or you?",
    fails=("normal-and-independent",),
)
def xavier_init(fan_in, fan_out, rng):
    rng = np.random.default_rng(0)
    return rng.normal(0.0, math.sqrt(2.0 / (fan_in + fan_out)), (fan_in, fan_out))


@mistake(
    "xavier-init",
    "the global generator, seeded at each call",
    hint="Call it twice with different generators and compare. And think of the other code in the notebook that draws from numpy.random.",
    fails=("normal-and-independent",),
)
def xavier_init(fan_in, fan_out, rng):
    np.random.seed(0)
    return math.sqrt(2.0 / (fan_in + fan_out)) * np.random.randn(fan_in, fan_out)


# --- he_init ---


@mistake(
    "he-init",
    "standard deviation 2/n instead of sqrt(2/n)",
    hint="The text gives the variance. What does the second argument of rng.normal stand for?",
    fails=("variance",),
)
def he_init(fan_in, fan_out, rng):
    return rng.normal(0.0, 2.0 / fan_in, (fan_in, fan_out))


@mistake(
    "he-init",
    "the root taken twice",
    hint="Your weights are far too large. Count the roots between the variance that the text gives and the numbers you draw.",
    fails=("variance",),
)
def he_init(fan_in, fan_out, rng):
    return math.sqrt(math.sqrt(2.0 / fan_in)) * rng.normal(size=(fan_in, fan_out))


@mistake(
    "he-init",
    "variance 1/n: the 2 is missing",
    hint="With your weights half of the signal is lost in every relu layer. What makes up for the half that relu sets to 0?",
    fails=("variance",),
)
def he_init(fan_in, fan_out, rng):
    return rng.normal(0.0, math.sqrt(1.0 / fan_in), (fan_in, fan_out))


@mistake(
    "he-init",
    "standard deviation 2 sqrt(1/n): the gain is applied twice",
    hint="The 2 belongs to the variance. By how much does it change the standard deviation?",
    fails=("variance",),
)
def he_init(fan_in, fan_out, rng):
    return rng.normal(0.0, 2.0 * math.sqrt(1.0 / fan_in), (fan_in, fan_out))


@mistake(
    "he-init",
    "fan_out in the place of fan_in",
    hint="Each unit of z adds up as many terms as the layer has inputs. Which of the two widths is that?",
    fails=("variance",),
)
def he_init(fan_in, fan_out, rng):
    return rng.normal(0.0, math.sqrt(2.0 / fan_out), (fan_in, fan_out))


@mistake(
    "he-init",
    "the mean of the two widths: this is Xavier's recipe",
    hint="This is the recipe of the exercise before. He's depends on one width only.",
    fails=("variance",),
)
def he_init(fan_in, fan_out, rng):
    return rng.normal(0.0, math.sqrt(2.0 / (fan_in + fan_out)), (fan_in, fan_out))


@mistake(
    "he-init",
    "the uniform form of the recipe",
    hint="Your variance is right. Which distribution does the text ask for?",
    fails=("normal-and-independent",),
)
def he_init(fan_in, fan_out, rng):
    limit = math.sqrt(6.0 / fan_in)
    return rng.uniform(-limit, limit, (fan_in, fan_out))


@mistake(
    "he-init",
    "uniform within plus and minus sqrt(2/n)",
    hint="A uniform distribution between -a and a has the variance a^2 / 3. And which distribution does the text ask for?",
    fails=("variance", "normal-and-independent"),
)
def he_init(fan_in, fan_out, rng):
    limit = math.sqrt(2.0 / fan_in)
    return rng.uniform(-limit, limit, (fan_in, fan_out))


@mistake(
    "he-init",
    "numbers from 0 to 1, scaled",
    hint="Are any of your weights negative? rng.random and rng.normal are not the same.",
    fails=("variance", "normal-and-independent"),
)
def he_init(fan_in, fan_out, rng):
    return rng.random((fan_in, fan_out)) * math.sqrt(2.0 / fan_in)


@mistake(
    "he-init",
    "a fixed size, 0.01, for every layer",
    hint="Your weights have the same size for 80 inputs and for 200. The recipe depends on fan_in.",
    fails=("variance",),
)
def he_init(fan_in, fan_out, rng):
    return 0.01 * rng.normal(size=(fan_in, fan_out))


@mistake(
    "he-init",
    "a standard normal, not scaled at all",
    hint="Your weights have the same size for 80 inputs and for 200. The recipe depends on fan_in.",
    fails=("variance",),
)
def he_init(fan_in, fan_out, rng):
    return rng.normal(size=(fan_in, fan_out))


@mistake(
    "he-init",
    "cut at two standard deviations, without making up for it",
    hint="Cutting off the largest numbers takes away a quarter of the variance, and what is left is not normal.",
    fails=("variance", "normal-and-independent"),
)
def he_init(fan_in, fan_out, rng):
    std = math.sqrt(2.0 / fan_in)
    W = rng.normal(0.0, std, (fan_in, fan_out))
    while True:
        far = np.abs(W) > 2 * std
        if not far.any():
            return W
        W[far] = rng.normal(0.0, std, far.sum())


@mistake(
    "he-init",
    "clipped at two standard deviations",
    hint="Large entries are moved to the limits: the variance shrinks, and what is left is not normal.",
    fails=("variance", "normal-and-independent"),
)
def he_init(fan_in, fan_out, rng):
    std = math.sqrt(2.0 / fan_in)
    return np.clip(rng.normal(0.0, std, (fan_in, fan_out)), -2 * std, 2 * std)


@mistake(
    "he-init",
    "absolute values",
    hint="Are any of your weights negative? The mean should be 0.",
    fails=("variance", "normal-and-independent"),
)
def he_init(fan_in, fan_out, rng):
    return np.abs(rng.normal(0.0, math.sqrt(2.0 / fan_in), (fan_in, fan_out)))


@mistake(
    "he-init",
    "the transpose: as many rows as there are outputs",
    hint="The layer is z = a @ W with a of shape (N, fan_in). Which shape must W have?",
    fails=("variance", "normal-and-independent"),
)
def he_init(fan_in, fan_out, rng):
    return rng.normal(0.0, math.sqrt(2.0 / fan_in), (fan_out, fan_in))


@mistake(
    "he-init",
    "a generator of its own with a fixed seed",
    hint="Call it twice with different generators and compare. Who decides about the numbers: the caller or you?",
    fails=("normal-and-independent",),
)
def he_init(fan_in, fan_out, rng):
    rng = np.random.default_rng(0)
    return rng.normal(0.0, math.sqrt(2.0 / fan_in), (fan_in, fan_out))


@mistake(
    "he-init",
    "the global generator, seeded at each call",
    hint="Call it twice with different generators and compare. And think of the other code in the notebook that draws from numpy.random.",
    fails=("normal-and-independent",),
)
def he_init(fan_in, fan_out, rng):
    np.random.seed(0)
    return math.sqrt(2.0 / fan_in) * np.random.randn(fan_in, fan_out)


# --- orthogonal_init ---


@mistake(
    "orthogonal-init",
    "a fixed matrix: the identity",
    hint="It is orthogonal, but it is always the same, and a network of identities can't break the symmetry between its units.",
    fails=("gain-and-randomness",),
)
def orthogonal_init(fan_in, fan_out, rng, gain=1.0):
    return gain * np.eye(fan_in, fan_out)


@mistake(
    "orthogonal-init",
    "gain forgotten",
    hint="Your matrix is orthogonal. How does its size depend on gain?",
    fails=("gain-and-randomness",),
)
def orthogonal_init(fan_in, fan_out, rng, gain=1.0):
    q, _ = np.linalg.qr(rng.normal(size=(max(fan_in, fan_out), min(fan_in, fan_out))))
    return q if fan_in >= fan_out else q.T


@mistake(
    "orthogonal-init",
    "gain squared",
    hint="It is W.T @ W that should be gain^2 times the identity. What does that make of W itself?",
    fails=("gain-and-randomness",),
)
def orthogonal_init(fan_in, fan_out, rng, gain=1.0):
    q, _ = np.linalg.qr(rng.normal(size=(max(fan_in, fan_out), min(fan_in, fan_out))))
    return gain**2 * (q if fan_in >= fan_out else q.T)


@mistake(
    "orthogonal-init",
    "the root of gain",
    hint="It is W.T @ W that should be gain^2 times the identity. What does that make of W itself?",
    fails=("gain-and-randomness",),
)
def orthogonal_init(fan_in, fan_out, rng, gain=1.0):
    q, _ = np.linalg.qr(rng.normal(size=(max(fan_in, fan_out), min(fan_in, fan_out))))
    return math.sqrt(gain) * (q if fan_in >= fan_out else q.T)


@mistake(
    "orthogonal-init",
    "divided by gain",
    hint="A larger gain should make larger weights.",
    fails=("gain-and-randomness",),
)
def orthogonal_init(fan_in, fan_out, rng, gain=1.0):
    q, _ = np.linalg.qr(rng.normal(size=(max(fan_in, fan_out), min(fan_in, fan_out))))
    return (q if fan_in >= fan_out else q.T) / gain


@mistake(
    "orthogonal-init",
    "a normal matrix of the right size",
    hint="On average its columns have the right length and are at right angles. Print W.T @ W: how far from the identity is it?",
    fails=("orthonormal", "gain-and-randomness"),
)
def orthogonal_init(fan_in, fan_out, rng, gain=1.0):
    return gain * rng.normal(size=(fan_in, fan_out)) / math.sqrt(max(fan_in, fan_out))


@mistake(
    "orthogonal-init",
    "columns or rows of the right length, not at right angles",
    hint="The diagonal of W.T @ W is right. Look at the rest of it.",
    fails=("orthonormal", "gain-and-randomness"),
)
def orthogonal_init(fan_in, fan_out, rng, gain=1.0):
    W = rng.normal(size=(fan_in, fan_out))
    return gain * W / np.linalg.norm(W, axis=0 if fan_in >= fan_out else 1, keepdims=True)


@mistake(
    "orthogonal-init",
    "the wrong side: rows and columns confused in wide and tall matrices",
    hint="Which can be orthonormal in a 3 x 5 matrix: its three rows or its five columns?",
    fails=("orthonormal", "gain-and-randomness"),
)
def orthogonal_init(fan_in, fan_out, rng, gain=1.0):
    W = rng.normal(size=(fan_in, fan_out))
    if fan_in <= fan_out:
        return gain * W / np.linalg.norm(W, axis=0)
    return gain * W / np.linalg.norm(W, axis=1, keepdims=True)


@mistake(
    "orthogonal-init",
    "fewer inputs than outputs not thought of",
    hint="Print the shape of what comes back for fan_in = 3, fan_out = 5. Draw the tall matrix, and turn it.",
    fails=("orthonormal", "gain-and-randomness"),
)
def orthogonal_init(fan_in, fan_out, rng, gain=1.0):
    q, _ = np.linalg.qr(rng.normal(size=(fan_in, fan_out)))
    return gain * q


@mistake(
    "orthogonal-init",
    "the two cases swapped",
    hint="Print the shape of what comes back for fan_in = 5, fan_out = 3.",
    fails=("orthonormal", "gain-and-randomness"),
)
def orthogonal_init(fan_in, fan_out, rng, gain=1.0):
    q, _ = np.linalg.qr(rng.normal(size=(max(fan_in, fan_out), min(fan_in, fan_out))))
    return gain * (q if fan_in < fan_out else q.T)


@mistake(
    "orthogonal-init",
    "the triangular factor",
    hint="np.linalg.qr gives two matrices. Which one is orthogonal?",
    fails=("orthonormal", "gain-and-randomness"),
)
def orthogonal_init(fan_in, fan_out, rng, gain=1.0):
    _, r = np.linalg.qr(rng.normal(size=(max(fan_in, fan_out), min(fan_in, fan_out))))
    return gain * (r if fan_in >= fan_out else r.T)


@mistake(
    "orthogonal-init",
    "a square matrix, not cut to its shape",
    hint="Print the shape of what comes back for fan_in = 5, fan_out = 3.",
    fails=("orthonormal", "gain-and-randomness"),
)
def orthogonal_init(fan_in, fan_out, rng, gain=1.0):
    n = max(fan_in, fan_out)
    q, _ = np.linalg.qr(rng.normal(size=(n, n)))
    return gain * q


@mistake(
    "orthogonal-init",
    "a generator of its own with a fixed seed",
    hint="Call it twice with different generators and compare.",
    fails=("gain-and-randomness",),
)
def orthogonal_init(fan_in, fan_out, rng, gain=1.0):
    rng = np.random.default_rng(0)
    q, _ = np.linalg.qr(rng.normal(size=(max(fan_in, fan_out), min(fan_in, fan_out))))
    return gain * (q if fan_in >= fan_out else q.T)


# --- init_params ---


@mistake(
    "init-params",
    "the same seed in each layer",
    hint="Compare two matrices of one shape in your network. All layers have to draw from one generator, one after the other.",
    fails=("layers-independent",),
)
def init_params(sizes, scheme, rng):
    seed = int(rng.integers(2**31))
    params = {}
    for layer, (fan_in, fan_out) in enumerate(zip(sizes[:-1], sizes[1:]), 1):
        rng = np.random.default_rng(seed)
        if scheme == "small":
            W = rng.normal(0.0, 0.01, (fan_in, fan_out))
        elif scheme == "xavier":
            W = xavier_init(fan_in, fan_out, rng)
        else:
            W = he_init(fan_in, fan_out, rng)
        params[f"W{layer}"] = W
        params[f"b{layer}"] = np.zeros(fan_out)
    return params


@mistake(
    "init-params",
    "a generator of its own with a fixed seed",
    hint="Call it twice with different generators and compare.",
    fails=("layers-independent",),
)
def init_params(sizes, scheme, rng):
    rng = np.random.default_rng(0)
    params = {}
    for layer, (fan_in, fan_out) in enumerate(zip(sizes[:-1], sizes[1:]), 1):
        if scheme == "small":
            W = rng.normal(0.0, 0.01, (fan_in, fan_out))
        elif scheme == "xavier":
            W = xavier_init(fan_in, fan_out, rng)
        else:
            W = he_init(fan_in, fan_out, rng)
        params[f"W{layer}"] = W
        params[f"b{layer}"] = np.zeros(fan_out)
    return params


@mistake(
    "init-params",
    "one matrix used for all layers of its shape",
    hint="Compare two matrices of one shape in your network. Each layer needs a draw of its own.",
    fails=("layers-independent",),
)
def init_params(sizes, scheme, rng):
    made = {}
    params = {}
    for layer, (fan_in, fan_out) in enumerate(zip(sizes[:-1], sizes[1:]), 1):
        if scheme == "small":
            W = rng.normal(0.0, 0.01, (fan_in, fan_out))
        elif scheme == "xavier":
            W = xavier_init(fan_in, fan_out, rng)
        else:
            W = he_init(fan_in, fan_out, rng)
        params[f"W{layer}"] = made.setdefault((fan_in, fan_out), W)
        params[f"b{layer}"] = np.zeros(fan_out)
    return params


@mistake(
    "init-params",
    "0.01 taken for the variance of small",
    hint="The standard deviation should be 0.01. Print the one you get.",
    fails=("shapes-and-scheme",),
)
def init_params(sizes, scheme, rng):
    params = {}
    for layer, (fan_in, fan_out) in enumerate(zip(sizes[:-1], sizes[1:]), 1):
        if scheme == "small":
            W = rng.normal(0.0, math.sqrt(0.01), (fan_in, fan_out))
        elif scheme == "xavier":
            W = xavier_init(fan_in, fan_out, rng)
        else:
            W = he_init(fan_in, fan_out, rng)
        params[f"W{layer}"] = W
        params[f"b{layer}"] = np.zeros(fan_out)
    return params


@mistake(
    "init-params",
    "the square of 0.01 taken for the standard deviation of small",
    hint="The standard deviation should be 0.01. Print the one you get.",
    fails=("shapes-and-scheme",),
)
def init_params(sizes, scheme, rng):
    params = {}
    for layer, (fan_in, fan_out) in enumerate(zip(sizes[:-1], sizes[1:]), 1):
        if scheme == "small":
            W = rng.normal(0.0, 0.01**2, (fan_in, fan_out))
        elif scheme == "xavier":
            W = xavier_init(fan_in, fan_out, rng)
        else:
            W = he_init(fan_in, fan_out, rng)
        params[f"W{layer}"] = W
        params[f"b{layer}"] = np.zeros(fan_out)
    return params


@mistake(
    "init-params",
    "small is drawn from 0 to 0.01",
    hint="Are any of your small weights negative? They should be normal, with mean 0.",
    fails=("shapes-and-scheme",),
)
def init_params(sizes, scheme, rng):
    params = {}
    for layer, (fan_in, fan_out) in enumerate(zip(sizes[:-1], sizes[1:]), 1):
        if scheme == "small":
            W = 0.01 * rng.random((fan_in, fan_out))
        elif scheme == "xavier":
            W = xavier_init(fan_in, fan_out, rng)
        else:
            W = he_init(fan_in, fan_out, rng)
        params[f"W{layer}"] = W
        params[f"b{layer}"] = np.zeros(fan_out)
    return params


@mistake(
    "init-params",
    "xavier and he swapped",
    hint="Which recipe depends on both widths?",
    fails=("shapes-and-scheme",),
)
def init_params(sizes, scheme, rng):
    params = {}
    for layer, (fan_in, fan_out) in enumerate(zip(sizes[:-1], sizes[1:]), 1):
        if scheme == "small":
            W = rng.normal(0.0, 0.01, (fan_in, fan_out))
        elif scheme == "xavier":
            W = he_init(fan_in, fan_out, rng)
        else:
            W = xavier_init(fan_in, fan_out, rng)
        params[f"W{layer}"] = W
        params[f"b{layer}"] = np.zeros(fan_out)
    return params


@mistake(
    "init-params",
    "he whatever the scheme",
    hint="Your function draws the same weights for each scheme. What does it do with its second argument?",
    fails=("shapes-and-scheme",),
)
def init_params(sizes, scheme, rng):
    params = {}
    for layer, (fan_in, fan_out) in enumerate(zip(sizes[:-1], sizes[1:]), 1):
        params[f"W{layer}"] = he_init(fan_in, fan_out, rng)
        params[f"b{layer}"] = np.zeros(fan_out)
    return params


@mistake(
    "init-params",
    "the width of the input for all layers",
    hint="Each layer has a fan_in of its own: the width of the layer before it.",
    fails=("shapes-and-scheme",),
)
def init_params(sizes, scheme, rng):
    params = {}
    for layer, (fan_in, fan_out) in enumerate(zip(sizes[:-1], sizes[1:]), 1):
        if scheme == "small":
            W = rng.normal(0.0, 0.01, (fan_in, fan_out))
        elif scheme == "xavier":
            W = (
                xavier_init(fan_in, fan_out, rng)
                if layer == 1
                else rng.normal(0.0, math.sqrt(2.0 / (sizes[0] + fan_out)), (fan_in, fan_out))
            )
        else:
            W = he_init(sizes[0], fan_out, rng) if layer == 1 else rng.normal(0.0, math.sqrt(2.0 / sizes[0]), (fan_in, fan_out))
        params[f"W{layer}"] = W
        params[f"b{layer}"] = np.zeros(fan_out)
    return params


@mistake(
    "init-params",
    "weights transposed",
    hint="The layer is z = a @ W. Which shape must W have?",
    fails=("shapes-and-scheme",),
)
def init_params(sizes, scheme, rng):
    params = {}
    for layer, (fan_in, fan_out) in enumerate(zip(sizes[:-1], sizes[1:]), 1):
        if scheme == "small":
            W = rng.normal(0.0, 0.01, (fan_in, fan_out))
        elif scheme == "xavier":
            W = xavier_init(fan_in, fan_out, rng)
        else:
            W = he_init(fan_in, fan_out, rng)
        params[f"W{layer}"] = W.T
        params[f"b{layer}"] = np.zeros(fan_out)
    return params


@mistake(
    "init-params",
    "biases drawn, not zero",
    hint="Where should biases begin?",
    fails=("shapes-and-scheme",),
)
def init_params(sizes, scheme, rng):
    params = {}
    for layer, (fan_in, fan_out) in enumerate(zip(sizes[:-1], sizes[1:]), 1):
        if scheme == "small":
            W = rng.normal(0.0, 0.01, (fan_in, fan_out))
        elif scheme == "xavier":
            W = xavier_init(fan_in, fan_out, rng)
        else:
            W = he_init(fan_in, fan_out, rng)
        params[f"W{layer}"] = W
        params[f"b{layer}"] = 0.01 * rng.normal(size=fan_out)
    return params


@mistake(
    "init-params",
    "biases of shape (1, n)",
    hint="A bias has one axis here: shape (sizes[l],).",
    fails=("shapes-and-scheme",),
)
def init_params(sizes, scheme, rng):
    params = {}
    for layer, (fan_in, fan_out) in enumerate(zip(sizes[:-1], sizes[1:]), 1):
        if scheme == "small":
            W = rng.normal(0.0, 0.01, (fan_in, fan_out))
        elif scheme == "xavier":
            W = xavier_init(fan_in, fan_out, rng)
        else:
            W = he_init(fan_in, fan_out, rng)
        params[f"W{layer}"] = W
        params[f"b{layer}"] = np.zeros((1, fan_out))
    return params


@mistake(
    "init-params",
    "biases as wide as the input of the layer",
    hint="A bias is added to z_l. How many units has that?",
    fails=("shapes-and-scheme",),
)
def init_params(sizes, scheme, rng):
    params = {}
    for layer, (fan_in, fan_out) in enumerate(zip(sizes[:-1], sizes[1:]), 1):
        if scheme == "small":
            W = rng.normal(0.0, 0.01, (fan_in, fan_out))
        elif scheme == "xavier":
            W = xavier_init(fan_in, fan_out, rng)
        else:
            W = he_init(fan_in, fan_out, rng)
        params[f"W{layer}"] = W
        params[f"b{layer}"] = np.zeros(fan_in)
    return params


@mistake(
    "init-params",
    "biases of 1",
    hint="Where should biases begin?",
    fails=("shapes-and-scheme",),
)
def init_params(sizes, scheme, rng):
    params = {}
    for layer, (fan_in, fan_out) in enumerate(zip(sizes[:-1], sizes[1:]), 1):
        if scheme == "small":
            W = rng.normal(0.0, 0.01, (fan_in, fan_out))
        elif scheme == "xavier":
            W = xavier_init(fan_in, fan_out, rng)
        else:
            W = he_init(fan_in, fan_out, rng)
        params[f"W{layer}"] = W
        params[f"b{layer}"] = np.ones(fan_out)
    return params


@mistake(
    "init-params",
    "layers counted from 0",
    hint="Print the keys. The first layer is called W1.",
    fails=("shapes-and-scheme", "layers-independent"),
)
def init_params(sizes, scheme, rng):
    params = {}
    for layer, (fan_in, fan_out) in enumerate(zip(sizes[:-1], sizes[1:]), 0):
        if scheme == "small":
            W = rng.normal(0.0, 0.01, (fan_in, fan_out))
        elif scheme == "xavier":
            W = xavier_init(fan_in, fan_out, rng)
        else:
            W = he_init(fan_in, fan_out, rng)
        params[f"W{layer}"] = W
        params[f"b{layer}"] = np.zeros(fan_out)
    return params


@mistake(
    "init-params",
    "the last layer is missing",
    hint="n + 1 sizes make n layers. Print the keys.",
    fails=("shapes-and-scheme", "layers-independent"),
)
def init_params(sizes, scheme, rng):
    params = {}
    for layer, (fan_in, fan_out) in enumerate(zip(sizes[:-2], sizes[1:-1]), 1):
        if scheme == "small":
            W = rng.normal(0.0, 0.01, (fan_in, fan_out))
        elif scheme == "xavier":
            W = xavier_init(fan_in, fan_out, rng)
        else:
            W = he_init(fan_in, fan_out, rng)
        params[f"W{layer}"] = W
        params[f"b{layer}"] = np.zeros(fan_out)
    return params


@mistake(
    "init-params",
    "the biases are left out",
    hint="Print the keys. Each layer has a bias too, even if it is zero.",
    fails=("shapes-and-scheme", "layers-independent"),
)
def init_params(sizes, scheme, rng):
    params = {}
    for layer, (fan_in, fan_out) in enumerate(zip(sizes[:-1], sizes[1:]), 1):
        if scheme == "small":
            W = rng.normal(0.0, 0.01, (fan_in, fan_out))
        elif scheme == "xavier":
            W = xavier_init(fan_in, fan_out, rng)
        else:
            W = he_init(fan_in, fan_out, rng)
        params[f"W{layer}"] = W

    return params


# --- preactivation_scale ---


@mistake(
    "preactivation-scale",
    "the variance, not the mean square",
    hint="Take x = [[1]] and a weight of 2: your result is 0. Nothing is to be subtracted before squaring.",
    fails=("values",),
)
def preactivation_scale(weights, x, activation):
    z = x @ weights[0]
    scales = [np.var(z)]
    for W in weights[1:]:
        z = phi(activation, z) @ W
        scales.append(np.var(z))
    return np.array(scales)


@mistake(
    "preactivation-scale",
    "the root of the mean square",
    hint="For the example of the text you get [2, 6]. It is the mean square that is asked for.",
    fails=("values",),
)
def preactivation_scale(weights, x, activation):
    z = x @ weights[0]
    scales = [math.sqrt(np.mean(z**2))]
    for W in weights[1:]:
        z = phi(activation, z) @ W
        scales.append(math.sqrt(np.mean(z**2)))
    return np.array(scales)


@mistake(
    "preactivation-scale",
    "the activation's output measured, not z",
    hint="z_l is what goes into the activation. At which point of your loop do you measure?",
    fails=("values",),
)
def preactivation_scale(weights, x, activation):
    z = x @ weights[0]
    scales = [np.mean(phi(activation, z) ** 2)]
    for W in weights[1:]:
        z = phi(activation, z) @ W
        scales.append(np.mean(phi(activation, z) ** 2))
    return np.array(scales)


@mistake(
    "preactivation-scale",
    "no activation between the layers",
    hint="What does your result say about relu and tanh, when they give the same?",
    fails=("values",),
)
def preactivation_scale(weights, x, activation):
    z = x @ weights[0]
    scales = [np.mean(z**2)]
    for W in weights[1:]:
        z = z @ W
        scales.append(np.mean(z**2))
    return np.array(scales)


@mistake(
    "preactivation-scale",
    "the input is activated",
    hint="The first layer is z_1 = x @ W_1: the input is used as it is.",
    fails=("values",),
)
def preactivation_scale(weights, x, activation):
    z = phi(activation, x) @ weights[0]
    scales = [np.mean(z**2)]
    for W in weights[1:]:
        z = phi(activation, z) @ W
        scales.append(np.mean(z**2))
    return np.array(scales)


@mistake(
    "preactivation-scale",
    "the square of the mean",
    hint="Square first, then take the mean: entries of both signs must not cancel.",
    fails=("values",),
)
def preactivation_scale(weights, x, activation):
    z = x @ weights[0]
    scales = [np.mean(z) ** 2]
    for W in weights[1:]:
        z = phi(activation, z) @ W
        scales.append(np.mean(z) ** 2)
    return np.array(scales)


@mistake(
    "preactivation-scale",
    "the sum, not the mean",
    hint="Write the batch down twice: should the result double?",
    fails=("values",),
)
def preactivation_scale(weights, x, activation):
    z = x @ weights[0]
    scales = [np.sum(z**2)]
    for W in weights[1:]:
        z = phi(activation, z) @ W
        scales.append(np.sum(z**2))
    return np.array(scales)


@mistake(
    "preactivation-scale",
    "the sum over units",
    hint="Every unit and every sample counts the same: the mean is over both.",
    fails=("values",),
)
def preactivation_scale(weights, x, activation):
    z = x @ weights[0]
    scales = [np.mean(np.sum(z**2, axis=1))]
    for W in weights[1:]:
        z = phi(activation, z) @ W
        scales.append(np.mean(np.sum(z**2, axis=1)))
    return np.array(scales)


@mistake(
    "preactivation-scale",
    "one number for each unit",
    hint="A single number is wanted for each layer: the mean is over samples and units.",
    fails=("values",),
)
def preactivation_scale(weights, x, activation):
    z = x @ weights[0]
    scales = [np.mean(z**2, axis=0).max()]
    for W in weights[1:]:
        z = phi(activation, z) @ W
        scales.append(np.mean(z**2, axis=0).max())
    return np.array(scales)


@mistake(
    "preactivation-scale",
    "the mean of absolute values",
    hint="Squares are asked for, not sizes.",
    fails=("values",),
)
def preactivation_scale(weights, x, activation):
    z = x @ weights[0]
    scales = [np.mean(np.abs(z))]
    for W in weights[1:]:
        z = phi(activation, z) @ W
        scales.append(np.mean(np.abs(z)))
    return np.array(scales)


@mistake(
    "preactivation-scale",
    "the norm in the place of the mean square",
    hint="The mean square does not grow with the number of units. Yours does.",
    fails=("values",),
)
def preactivation_scale(weights, x, activation):
    z = x @ weights[0]
    scales = [np.linalg.norm(z)]
    for W in weights[1:]:
        z = phi(activation, z) @ W
        scales.append(np.linalg.norm(z))
    return np.array(scales)


@mistake(
    "preactivation-scale",
    "the first sample only",
    hint="Every sample counts. Yours does not change when you change the second one.",
    fails=("values",),
)
def preactivation_scale(weights, x, activation):
    z = x @ weights[0]
    scales = [np.mean(z[0] ** 2)]
    for W in weights[1:]:
        z = phi(activation, z) @ W
        scales.append(np.mean(z[0] ** 2))
    return np.array(scales)


@mistake(
    "preactivation-scale",
    "the signal after the last layer is activated too",
    hint="The last entry is off, the others are right. z_L is measured as it is.",
    fails=("values",),
)
def preactivation_scale(weights, x, activation):
    z = x @ weights[0]
    scales = [np.mean(z**2)]
    for W in weights[1:]:
        z = phi(activation, z) @ W
        scales.append(np.mean(z**2))
    scales[-1] = np.mean(phi(activation, z) ** 2)
    return np.array(scales)


@mistake(
    "preactivation-scale",
    "the input's scale in the place of the first layer's",
    hint="The first entry belongs to z_1 = x @ W_1, not to x.",
    fails=("values",),
)
def preactivation_scale(weights, x, activation):
    z = x @ weights[0]
    scales = [np.mean(x**2)]
    for W in weights[1:]:
        scales.append(np.mean(z**2))
        z = phi(activation, z) @ W
    return np.array(scales)


# --- gradient_norm_curve ---


@mistake(
    "gradient-norm-curve",
    "the gradient by the weights, not by z",
    hint="Your norms depend on how large x is in the last layer too. What is asked for is delta_l, before it meets the activations below.",
    fails=("values", "widths-and-single-layer"),
)
def gradient_norm_curve(weights, x, v, activation):
    zs = [x @ weights[0]]
    for W in weights[1:]:
        zs.append(phi(activation, zs[-1]) @ W)
    delta = v
    norms = [np.linalg.norm((phi(activation, zs[-2]) if len(zs) > 1 else x).T @ delta)]
    for k in range(len(weights) - 2, -1, -1):
        delta = (delta @ weights[k + 1].T) * phi_grad(activation, zs[k])
        norms.append(np.linalg.norm((phi(activation, zs[k - 1]) if k else x).T @ delta))
    return np.array(norms[::-1])


@mistake(
    "gradient-norm-curve",
    "an activation on the last layer",
    hint="The loss is the sum of v * z_L: there is no activation above z_L, so the last norm is that of v.",
    fails=("values", "widths-and-single-layer"),
)
def gradient_norm_curve(weights, x, v, activation):
    zs = [x @ weights[0]]
    for W in weights[1:]:
        zs.append(phi(activation, zs[-1]) @ W)
    delta = v * phi_grad(activation, zs[-1])
    norms = [np.linalg.norm(delta)]
    for k in range(len(weights) - 2, -1, -1):
        delta = (delta @ weights[k + 1].T) * phi_grad(activation, zs[k])
        norms.append(np.linalg.norm(delta))
    return np.array(norms[::-1])


@mistake(
    "gradient-norm-curve",
    "the derivative of the activation forgotten",
    hint="For relu your curve ignores which units are off. What does the gradient meet on its way from a_l to z_l?",
    fails=("values", "widths-and-single-layer"),
)
def gradient_norm_curve(weights, x, v, activation):
    zs = [x @ weights[0]]
    for W in weights[1:]:
        zs.append(phi(activation, zs[-1]) @ W)
    delta = v
    norms = [np.linalg.norm(delta)]
    for k in range(len(weights) - 2, -1, -1):
        delta = delta @ weights[k + 1].T
        norms.append(np.linalg.norm(delta))
    return np.array(norms[::-1])


@mistake(
    "gradient-norm-curve",
    "the derivative taken at the activation, not at z",
    hint="phi' takes the pre-activation. What do you hand to it?",
    fails=("values", "widths-and-single-layer"),
)
def gradient_norm_curve(weights, x, v, activation):
    zs = [x @ weights[0]]
    for W in weights[1:]:
        zs.append(phi(activation, zs[-1]) @ W)
    delta = v
    norms = [np.linalg.norm(delta)]
    for k in range(len(weights) - 2, -1, -1):
        delta = (delta @ weights[k + 1].T) * phi_grad(activation, phi(activation, zs[k]))
        norms.append(np.linalg.norm(delta))
    return np.array(norms[::-1])


@mistake(
    "gradient-norm-curve",
    "the derivative squared",
    hint="The derivative of the activation comes once for each layer.",
    fails=("values", "widths-and-single-layer"),
)
def gradient_norm_curve(weights, x, v, activation):
    zs = [x @ weights[0]]
    for W in weights[1:]:
        zs.append(phi(activation, zs[-1]) @ W)
    delta = v
    norms = [np.linalg.norm(delta)]
    for k in range(len(weights) - 2, -1, -1):
        delta = (delta @ weights[k + 1].T) * phi_grad(activation, zs[k]) ** 2
        norms.append(np.linalg.norm(delta))
    return np.array(norms[::-1])


@mistake(
    "gradient-norm-curve",
    "the activation in the place of its derivative",
    hint="On the way back the gradient is multiplied by phi'(z), not by phi(z).",
    fails=("values", "widths-and-single-layer"),
)
def gradient_norm_curve(weights, x, v, activation):
    zs = [x @ weights[0]]
    for W in weights[1:]:
        zs.append(phi(activation, zs[-1]) @ W)
    delta = v
    norms = [np.linalg.norm(delta)]
    for k in range(len(weights) - 2, -1, -1):
        delta = (delta @ weights[k + 1].T) * phi(activation, zs[k])
        norms.append(np.linalg.norm(delta))
    return np.array(norms[::-1])


@mistake(
    "gradient-norm-curve",
    "the list is reversed",
    hint="Your last entry should be the norm of v, and it is the first one.",
    fails=("values", "widths-and-single-layer"),
)
def gradient_norm_curve(weights, x, v, activation):
    zs = [x @ weights[0]]
    for W in weights[1:]:
        zs.append(phi(activation, zs[-1]) @ W)
    delta = v
    norms = [np.linalg.norm(delta)]
    for k in range(len(weights) - 2, -1, -1):
        delta = (delta @ weights[k + 1].T) * phi_grad(activation, zs[k])
        norms.append(np.linalg.norm(delta))
    return np.array(norms)


@mistake(
    "gradient-norm-curve",
    "squared norms",
    hint="For v = [[1], [1]] the last entry should be the root of 2.",
    fails=("values", "widths-and-single-layer"),
)
def gradient_norm_curve(weights, x, v, activation):
    zs = [x @ weights[0]]
    for W in weights[1:]:
        zs.append(phi(activation, zs[-1]) @ W)
    delta = v
    norms = [np.sum(delta**2)]
    for k in range(len(weights) - 2, -1, -1):
        delta = (delta @ weights[k + 1].T) * phi_grad(activation, zs[k])
        norms.append(np.sum(delta**2))
    return np.array(norms[::-1])


@mistake(
    "gradient-norm-curve",
    "the mean over the batch",
    hint="The loss is a sum over the samples. Write the batch twice: the norms grow by the root of 2.",
    fails=("values", "widths-and-single-layer"),
)
def gradient_norm_curve(weights, x, v, activation):
    zs = [x @ weights[0]]
    for W in weights[1:]:
        zs.append(phi(activation, zs[-1]) @ W)
    delta = v / len(x)
    norms = [np.linalg.norm(delta)]
    for k in range(len(weights) - 2, -1, -1):
        delta = (delta @ weights[k + 1].T) * phi_grad(activation, zs[k])
        norms.append(np.linalg.norm(delta))
    return np.array(norms[::-1])


@mistake(
    "gradient-norm-curve",
    "the mean of the samples' norms",
    hint="The Frobenius norm is over all entries at once: squares are added, not norms.",
    fails=("values", "widths-and-single-layer"),
)
def gradient_norm_curve(weights, x, v, activation):
    zs = [x @ weights[0]]
    for W in weights[1:]:
        zs.append(phi(activation, zs[-1]) @ W)
    delta = v
    norms = [np.mean(np.linalg.norm(delta, axis=1))]
    for k in range(len(weights) - 2, -1, -1):
        delta = (delta @ weights[k + 1].T) * phi_grad(activation, zs[k])
        norms.append(np.mean(np.linalg.norm(delta, axis=1)))
    return np.array(norms[::-1])


@mistake(
    "gradient-norm-curve",
    "the root of the mean square, not the norm",
    hint="The norm adds the squares up; it does not divide by their number.",
    fails=("values", "widths-and-single-layer"),
)
def gradient_norm_curve(weights, x, v, activation):
    zs = [x @ weights[0]]
    for W in weights[1:]:
        zs.append(phi(activation, zs[-1]) @ W)
    delta = v
    norms = [math.sqrt(np.mean(delta**2))]
    for k in range(len(weights) - 2, -1, -1):
        delta = (delta @ weights[k + 1].T) * phi_grad(activation, zs[k])
        norms.append(math.sqrt(np.mean(delta**2)))
    return np.array(norms[::-1])


@mistake(
    "gradient-norm-curve",
    "the largest entry, not the norm",
    hint="The norm takes all entries into account.",
    fails=("values", "widths-and-single-layer"),
)
def gradient_norm_curve(weights, x, v, activation):
    zs = [x @ weights[0]]
    for W in weights[1:]:
        zs.append(phi(activation, zs[-1]) @ W)
    delta = v
    norms = [np.max(np.abs(delta))]
    for k in range(len(weights) - 2, -1, -1):
        delta = (delta @ weights[k + 1].T) * phi_grad(activation, zs[k])
        norms.append(np.max(np.abs(delta)))
    return np.array(norms[::-1])


@mistake(
    "gradient-norm-curve",
    "the gradient by the activation, not by z",
    hint="The gradient by a_l and the one by z_l differ by a factor phi'(z_l).",
    fails=("values", "widths-and-single-layer"),
)
def gradient_norm_curve(weights, x, v, activation):
    zs = [x @ weights[0]]
    for W in weights[1:]:
        zs.append(phi(activation, zs[-1]) @ W)
    delta = v
    norms = [np.linalg.norm(delta)]
    for k in range(len(weights) - 2, -1, -1):
        delta = (before := delta @ weights[k + 1].T) * phi_grad(activation, zs[k])
        norms.append(np.linalg.norm(before))
    return np.array(norms[::-1])


@mistake(
    "gradient-norm-curve",
    "weights not transposed",
    hint="Write the shapes beside the product: delta is (N, n_{l+1}), and (N, n_l) is wanted.",
    fails=("values", "widths-and-single-layer"),
)
def gradient_norm_curve(weights, x, v, activation):
    zs = [x @ weights[0]]
    for W in weights[1:]:
        zs.append(phi(activation, zs[-1]) @ W)
    delta = v
    norms = [np.linalg.norm(delta)]
    for k in range(len(weights) - 2, -1, -1):
        delta = (delta @ weights[k + 1]) * phi_grad(activation, zs[k])
        norms.append(np.linalg.norm(delta))
    return np.array(norms[::-1])


@mistake(
    "gradient-norm-curve",
    "the weights of the wrong layer",
    hint="Between z_l and z_{l+1} stands W_{l+1}. Which one does your loop take?",
    fails=("values", "widths-and-single-layer"),
)
def gradient_norm_curve(weights, x, v, activation):
    zs = [x @ weights[0]]
    for W in weights[1:]:
        zs.append(phi(activation, zs[-1]) @ W)
    delta = v
    norms = [np.linalg.norm(delta)]
    for k in range(len(weights) - 2, -1, -1):
        delta = (delta @ weights[k].T) * phi_grad(activation, zs[k])
        norms.append(np.linalg.norm(delta))
    return np.array(norms[::-1])


@mistake(
    "gradient-norm-curve",
    "no activation on the way forward",
    hint="The derivatives are taken at z. Are yours the right z?",
    fails=("values", "widths-and-single-layer"),
)
def gradient_norm_curve(weights, x, v, activation):
    zs = [x @ weights[0]]
    for W in weights[1:]:
        zs.append(zs[-1] @ W)
    delta = v
    norms = [np.linalg.norm(delta)]
    for k in range(len(weights) - 2, -1, -1):
        delta = (delta @ weights[k + 1].T) * phi_grad(activation, zs[k])
        norms.append(np.linalg.norm(delta))
    return np.array(norms[::-1])


@mistake(
    "gradient-norm-curve",
    "an activation on the input",
    hint="The first layer is z_1 = x @ W_1: the input is used as it is.",
    fails=("values", "widths-and-single-layer"),
)
def gradient_norm_curve(weights, x, v, activation):
    zs = [x @ weights[0]]
    for W in weights[1:]:
        zs.append(phi(activation, zs[-1]) @ W)
    zs = [phi(activation, x) @ weights[0]]
    for W in weights[1:]:
        zs.append(phi(activation, zs[-1]) @ W)
    delta = v
    norms = [np.linalg.norm(delta)]
    for k in range(len(weights) - 2, -1, -1):
        delta = (delta @ weights[k + 1].T) * phi_grad(activation, zs[k])
        norms.append(np.linalg.norm(delta))
    return np.array(norms[::-1])


@mistake(
    "gradient-norm-curve",
    "divided by the last norm",
    hint="The norms themselves are asked for: the last one is that of v, not 1.",
    fails=("values", "widths-and-single-layer"),
)
def gradient_norm_curve(weights, x, v, activation):
    zs = [x @ weights[0]]
    for W in weights[1:]:
        zs.append(phi(activation, zs[-1]) @ W)
    delta = v
    norms = [np.linalg.norm(delta)]
    for k in range(len(weights) - 2, -1, -1):
        delta = (delta @ weights[k + 1].T) * phi_grad(activation, zs[k])
        norms.append(np.linalg.norm(delta))
    return np.array(norms[::-1]) / norms[0]


@mistake(
    "gradient-norm-curve",
    "the gradient by x in the place of the one by z_1",
    hint="Entry l - 1 belongs to z_l. How many steps does your loop take down from z_L?",
    fails=("values", "widths-and-single-layer"),
)
def gradient_norm_curve(weights, x, v, activation):
    zs = [x @ weights[0]]
    for W in weights[1:]:
        zs.append(phi(activation, zs[-1]) @ W)
    zs.insert(0, x)
    delta = v
    norms = [np.linalg.norm(delta)]
    for k in range(len(weights) - 1, 0, -1):
        delta = (delta @ weights[k].T) * (phi_grad(activation, zs[k]) if k > 1 else 1.0)
        norms.append(np.linalg.norm(delta))
    return np.array(norms[::-1])


@mistake(
    "gradient-norm-curve",
    "the weights' norms multiplied, whatever their directions",
    hint="Norms of matrices only bound what comes out. Carry the array itself back, and take its norm in each layer.",
    fails=("values", "widths-and-single-layer"),
)
def gradient_norm_curve(weights, x, v, activation):
    zs = [x @ weights[0]]
    for W in weights[1:]:
        zs.append(phi(activation, zs[-1]) @ W)
    norms = [np.linalg.norm(v)]
    for k in range(len(weights) - 2, -1, -1):
        norms.append(norms[-1] * np.linalg.norm(weights[k + 1]) * math.sqrt(np.mean(phi_grad(activation, zs[k]) ** 2)))
    return np.array(norms[::-1])


@mistake(
    "gradient-norm-curve",
    "the last layer left out",
    hint="There are L layers and L norms; the last one is that of v.",
    fails=("values", "widths-and-single-layer"),
)
def gradient_norm_curve(weights, x, v, activation):
    zs = [x @ weights[0]]
    for W in weights[1:]:
        zs.append(phi(activation, zs[-1]) @ W)
    delta, norms = v, []
    for k in range(len(weights) - 2, -1, -1):
        delta = (delta @ weights[k + 1].T) * phi_grad(activation, zs[k])
        norms.append(np.linalg.norm(delta))
    return np.array(norms[::-1])


@mistake(
    "gradient-norm-curve",
    "a single layer not thought of",
    hint="With one layer nothing lies between v and z_1. Step through your code with a list of one matrix.",
    fails=("widths-and-single-layer",),
)
def gradient_norm_curve(weights, x, v, activation):
    zs = [x @ weights[0]]
    for W in weights[1:]:
        zs.append(phi(activation, zs[-1]) @ W)
    norms = [
        np.linalg.norm(v),
        np.linalg.norm(delta := (v @ weights[-1].T) * phi_grad(activation, zs[-2 if len(zs) > 1 else -1] if len(zs) > 1 else x)),
    ]
    for k in range(len(weights) - 3, -1, -1):
        delta = (delta @ weights[k + 1].T) * phi_grad(activation, zs[k])
        norms.append(np.linalg.norm(delta))
    return np.array(norms[::-1])


# --- kappa ---


@mistake(
    "kappa",
    "of the activation, not of its derivative",
    hint="For relu your result depends on q. What is kappa the mean square of?",
    fails=("values",),
)
def kappa(activation, q):
    x, w = np.polynomial.hermite.hermgauss(64)
    return w @ phi(activation, np.sqrt(2 * q) * x) ** 2 / np.sqrt(np.pi)


@mistake(
    "kappa",
    "q where its root belongs",
    hint="Z has the variance 1. What do you multiply it by to get the variance q?",
    fails=("values",),
)
def kappa(activation, q):
    x, w = np.polynomial.hermite.hermgauss(64)
    return w @ phi_grad(activation, q * np.sqrt(2) * x) ** 2 / np.sqrt(np.pi)


@mistake(
    "kappa",
    "q not used",
    hint="Your result does not change with q.",
    fails=("values",),
)
def kappa(activation, q):
    x, w = np.polynomial.hermite.hermgauss(64)
    return w @ phi_grad(activation, np.sqrt(2) * x) ** 2 / np.sqrt(np.pi)


@mistake(
    "kappa",
    "the derivative not squared",
    hint="For relu that makes no difference, since 1 squared is 1. For tanh it does.",
    fails=("values",),
)
def kappa(activation, q):
    x, w = np.polynomial.hermite.hermgauss(64)
    return w @ phi_grad(activation, np.sqrt(2 * q) * x) / np.sqrt(np.pi)


@mistake(
    "kappa",
    "the square of the mean",
    hint="Square first, then take the mean.",
    fails=("values",),
)
def kappa(activation, q):
    x, w = np.polynomial.hermite.hermgauss(64)
    return (w @ phi_grad(activation, np.sqrt(2 * q) * x) / np.sqrt(np.pi)) ** 2


@mistake(
    "kappa",
    "the root of the mean square",
    hint="For relu your result should be 0.5.",
    fails=("values",),
)
def kappa(activation, q):
    x, w = np.polynomial.hermite.hermgauss(64)
    return np.sqrt(w @ phi_grad(activation, np.sqrt(2 * q) * x) ** 2 / np.sqrt(np.pi))


@mistake(
    "kappa",
    "the variance of the derivative",
    hint="Nothing is to be subtracted: it is the mean of the square.",
    fails=("values",),
)
def kappa(activation, q):
    x, w = np.polynomial.hermite.hermgauss(64)
    d = phi_grad(activation, np.sqrt(2 * q) * x)
    return w @ d**2 / np.sqrt(np.pi) - (w @ d / np.sqrt(np.pi)) ** 2


@mistake(
    "kappa",
    "Gauss-Hermite nodes used as if their weight were the normal density",
    hint="hermgauss is made for the weight exp(-x^2). The normal density has x^2 / 2 in its exponent.",
    fails=("values",),
)
def kappa(activation, q):
    x, w = np.polynomial.hermite.hermgauss(64)
    return w @ phi_grad(activation, np.sqrt(q) * x) ** 2 / np.sqrt(np.pi)


@mistake(
    "kappa",
    "the weights do not sum to 1",
    hint="What does your rule give for the mean of a constant?",
    fails=("values",),
)
def kappa(activation, q):
    x, w = np.polynomial.hermite.hermgauss(64)
    return w @ phi_grad(activation, np.sqrt(2 * q) * x) ** 2


@mistake(
    "kappa",
    "too few nodes, and one of them on the kink",
    hint="An odd number of nodes puts one at 0, where relu has its kink.",
    fails=("values",),
)
def kappa(activation, q):
    x, w = np.polynomial.hermite.hermgauss(64)
    x, w = np.polynomial.hermite.hermgauss(21)
    return w @ phi_grad(activation, np.sqrt(2 * q) * x) ** 2 / np.sqrt(np.pi)


@mistake(
    "kappa",
    "too few nodes",
    hint="Double the number of nodes and see whether your result changes by more than a percent.",
    fails=("values",),
)
def kappa(activation, q):
    x, w = np.polynomial.hermite.hermgauss(64)
    x, w = np.polynomial.hermite.hermgauss(10)
    return w @ phi_grad(activation, np.sqrt(2 * q) * x) ** 2 / np.sqrt(np.pi)


@mistake(
    "kappa",
    "an even grid without the normal density",
    hint="Values near 0 are far more likely than values near 4. Where is that in your mean?",
    fails=("values",),
)
def kappa(activation, q):
    x, w = np.polynomial.hermite.hermgauss(64)
    z = np.linspace(-4, 4, 1000)
    return np.mean(phi_grad(activation, np.sqrt(q) * z) ** 2)


@mistake(
    "kappa",
    "the derivative at the activation",
    hint="phi' takes the pre-activation. What do you hand to it?",
    fails=("values",),
)
def kappa(activation, q):
    x, w = np.polynomial.hermite.hermgauss(64)
    return w @ phi_grad(activation, phi(activation, np.sqrt(2 * q) * x)) ** 2 / np.sqrt(np.pi)


# --- mean_field_factors ---


@mistake(
    "mean-field-factors",
    "q starts at 1",
    hint="z_1 = x @ W_1 with an input of mean square 1: how large is its mean square?",
    fails=("values",),
)
def mean_field_factors(activation, sigma_w2, depth):
    x, w = np.polynomial.hermite.hermgauss(64)
    q, factors = 1.0, []
    for _ in range(depth):
        factors.append(sigma_w2 * kappa(activation, q))
        q = sigma_w2 * (w @ phi(activation, np.sqrt(2 * q) * x) ** 2) / np.sqrt(np.pi)
    return np.array(factors)


@mistake(
    "mean-field-factors",
    "sigma_w2 missing in the factor",
    hint="For relu and sigma_w2 = 2 every factor should be 1.",
    fails=("values",),
)
def mean_field_factors(activation, sigma_w2, depth):
    x, w = np.polynomial.hermite.hermgauss(64)
    q, factors = sigma_w2, []
    for _ in range(depth):
        factors.append(kappa(activation, q))
        q = sigma_w2 * (w @ phi(activation, np.sqrt(2 * q) * x) ** 2) / np.sqrt(np.pi)
    return np.array(factors)


@mistake(
    "mean-field-factors",
    "sigma_w2 missing in the recursion of q",
    hint="The signal too goes through the weights in each layer.",
    fails=("values",),
)
def mean_field_factors(activation, sigma_w2, depth):
    x, w = np.polynomial.hermite.hermgauss(64)
    q, factors = sigma_w2, []
    for _ in range(depth):
        factors.append(sigma_w2 * kappa(activation, q))
        q = (w @ phi(activation, np.sqrt(2 * q) * x) ** 2) / np.sqrt(np.pi)
    return np.array(factors)


@mistake(
    "mean-field-factors",
    "sigma_w2 taken for a standard deviation",
    hint="sigma_w2 is fan_in times the variance: it is a square already.",
    fails=("values",),
)
def mean_field_factors(activation, sigma_w2, depth):
    x, w = np.polynomial.hermite.hermgauss(64)
    q, factors = sigma_w2**2, []
    for _ in range(depth):
        factors.append(sigma_w2**2 * kappa(activation, q))
        q = sigma_w2**2 * (w @ phi(activation, np.sqrt(2 * q) * x) ** 2) / np.sqrt(np.pi)
    return np.array(factors)


@mistake(
    "mean-field-factors",
    "the factor of the norm, not of its square",
    hint="Your entries are the roots of the right ones.",
    fails=("values",),
)
def mean_field_factors(activation, sigma_w2, depth):
    x, w = np.polynomial.hermite.hermgauss(64)
    q, factors = sigma_w2, []
    for _ in range(depth):
        factors.append(np.sqrt(sigma_w2 * kappa(activation, q)))
        q = sigma_w2 * (w @ phi(activation, np.sqrt(2 * q) * x) ** 2) / np.sqrt(np.pi)
    return np.array(factors)


@mistake(
    "mean-field-factors",
    "q the same in all layers",
    hint="Your entries are all equal. How large is the signal in the second layer?",
    fails=("values",),
)
def mean_field_factors(activation, sigma_w2, depth):
    x, w = np.polynomial.hermite.hermgauss(64)
    q, factors = sigma_w2, []
    for _ in range(depth):
        factors.append(sigma_w2 * kappa(activation, q))
        q = q
    return np.array(factors)


@mistake(
    "mean-field-factors",
    "one layer too late",
    hint="Your first entry belongs to the second layer.",
    fails=("values",),
)
def mean_field_factors(activation, sigma_w2, depth):
    x, w = np.polynomial.hermite.hermgauss(64)
    q, factors = sigma_w2, []
    for _ in range(depth):
        q = sigma_w2 * (w @ phi(activation, np.sqrt(2 * q) * x) ** 2) / np.sqrt(np.pi)
        factors.append(sigma_w2 * kappa(activation, q))
    return np.array(factors)


@mistake(
    "mean-field-factors",
    "the signal's derivative in the recursion of q",
    hint="The size of z follows from that of phi(z), not of phi'(z).",
    fails=("values",),
)
def mean_field_factors(activation, sigma_w2, depth):
    x, w = np.polynomial.hermite.hermgauss(64)
    q, factors = sigma_w2, []
    for _ in range(depth):
        factors.append(sigma_w2 * kappa(activation, q))
        q = sigma_w2 * kappa(activation, q)
    return np.array(factors)


@mistake(
    "mean-field-factors",
    "the variance of the activation, not its mean square",
    hint="The sigmoid's output has a mean of one half, and the next layer feels that as well.",
    fails=("values",),
)
def mean_field_factors(activation, sigma_w2, depth):
    x, w = np.polynomial.hermite.hermgauss(64)
    q, factors = sigma_w2, []
    for _ in range(depth):
        factors.append(sigma_w2 * kappa(activation, q))
        q = sigma_w2 * (
            (w @ phi(activation, np.sqrt(2 * q) * x) ** 2) / np.sqrt(np.pi)
            - (w @ phi(activation, np.sqrt(2 * q) * x) / np.sqrt(np.pi)) ** 2
        )
    return np.array(factors)


@mistake(
    "mean-field-factors",
    "factors multiplied up",
    hint="Each entry is the factor of its own layer; the product is for the reader to take.",
    fails=("values",),
)
def mean_field_factors(activation, sigma_w2, depth):
    x, w = np.polynomial.hermite.hermgauss(64)
    q, factors = sigma_w2, []
    for _ in range(depth):
        factors.append(sigma_w2 * kappa(activation, q))
        q = sigma_w2 * (w @ phi(activation, np.sqrt(2 * q) * x) ** 2) / np.sqrt(np.pi)
    return np.cumprod(factors)


@mistake(
    "mean-field-factors",
    "the list is reversed",
    hint="The first entry is that of layer 1, where q is sigma_w2.",
    fails=("values",),
)
def mean_field_factors(activation, sigma_w2, depth):
    x, w = np.polynomial.hermite.hermgauss(64)
    q, factors = sigma_w2, []
    for _ in range(depth):
        factors.append(sigma_w2 * kappa(activation, q))
        q = sigma_w2 * (w @ phi(activation, np.sqrt(2 * q) * x) ** 2) / np.sqrt(np.pi)
    return np.array(factors[::-1])


@mistake(
    "mean-field-factors",
    "one factor too many",
    hint="depth factors are asked for.",
    fails=("values",),
)
def mean_field_factors(activation, sigma_w2, depth):
    x, w = np.polynomial.hermite.hermgauss(64)
    q, factors = sigma_w2, []
    for _ in range(depth + 1):
        factors.append(sigma_w2 * kappa(activation, q))
        q = sigma_w2 * (w @ phi(activation, np.sqrt(2 * q) * x) ** 2) / np.sqrt(np.pi)
    return np.array(factors)


@mistake(
    "mean-field-factors",
    "the root of q forgotten in the signal",
    hint="Z has the variance 1. What do you multiply it by to get the variance q?",
    fails=("values",),
)
def mean_field_factors(activation, sigma_w2, depth):
    x, w = np.polynomial.hermite.hermgauss(64)
    q, factors = sigma_w2, []
    for _ in range(depth):
        factors.append(sigma_w2 * kappa(activation, q))
        q = sigma_w2 * (w @ phi(activation, q * np.sqrt(2) * x) ** 2) / np.sqrt(np.pi)
    return np.array(factors)


# --- variance_factors ---


@mistake(
    "variance-factors",
    "forward and backward swapped",
    hint="Forward, a unit adds up fan_in terms; backward, it adds up fan_out.",
    fails=("values",),
)
def variance_factors(fan_in, fan_out, sigma2, alpha, beta):
    return fan_out * sigma2 * beta, fan_in * sigma2 * alpha


@mistake(
    "variance-factors",
    "fan_in and fan_out swapped",
    hint="How many terms does a unit of z add up? And how many does a unit of the layer below, on the way back?",
    fails=("values",),
)
def variance_factors(fan_in, fan_out, sigma2, alpha, beta):
    return fan_out * sigma2 * alpha, fan_in * sigma2 * beta


@mistake(
    "variance-factors",
    "alpha and beta swapped",
    hint="alpha belongs to the values of the activation, beta to its derivatives.",
    fails=("values",),
)
def variance_factors(fan_in, fan_out, sigma2, alpha, beta):
    return fan_in * sigma2 * beta, fan_out * sigma2 * alpha


@mistake(
    "variance-factors",
    "alpha and beta left out",
    hint="For relu with He's variance both factors come out as 2 on a square layer. What does the activation do?",
    fails=("values",),
)
def variance_factors(fan_in, fan_out, sigma2, alpha, beta):
    return fan_in * sigma2, fan_out * sigma2


@mistake(
    "variance-factors",
    "the standard deviation in the place of the variance",
    hint="sigma2 is the variance of a weight. Variances are what is multiplied here.",
    fails=("values",),
)
def variance_factors(fan_in, fan_out, sigma2, alpha, beta):
    return fan_in * np.sqrt(sigma2) * alpha, fan_out * np.sqrt(sigma2) * beta


@mistake(
    "variance-factors",
    "the variance squared",
    hint="sigma2 is the variance of a weight already.",
    fails=("values",),
)
def variance_factors(fan_in, fan_out, sigma2, alpha, beta):
    return fan_in * sigma2**2 * alpha, fan_out * sigma2**2 * beta


@mistake(
    "variance-factors",
    "factors of the norm, not of the variance",
    hint="Your results are the roots of the right ones.",
    fails=("values",),
)
def variance_factors(fan_in, fan_out, sigma2, alpha, beta):
    return np.sqrt(fan_in * sigma2 * alpha), np.sqrt(fan_out * sigma2 * beta)


@mistake(
    "variance-factors",
    "the mean of the two widths",
    hint="That compromise is Xavier's. Here each direction is asked for as it is.",
    fails=("values",),
)
def variance_factors(fan_in, fan_out, sigma2, alpha, beta):
    return (fan_in + fan_out) / 2 * sigma2 * alpha, (fan_in + fan_out) / 2 * sigma2 * beta


@mistake(
    "variance-factors",
    "fan_in in both directions",
    hint="On the way back a unit adds up what comes from all units above it. How many are there?",
    fails=("values",),
)
def variance_factors(fan_in, fan_out, sigma2, alpha, beta):
    return fan_in * sigma2 * alpha, fan_in * sigma2 * beta


@mistake(
    "variance-factors",
    "alpha in both directions",
    hint="The gradient does not meet phi, it meets phi'.",
    fails=("values",),
)
def variance_factors(fan_in, fan_out, sigma2, alpha, beta):
    return fan_in * sigma2 * alpha, fan_out * sigma2 * alpha
