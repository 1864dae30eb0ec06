"""Mistakes in 06-residual that people really make, each with what the student is told."""

import numpy as np
import torch
from torch import nn

from autograder.checks import mistake

# --- residual_forward ---


@mistake(
    "residual-forward",
    "the input is not added",
    hint=(
        "With alpha = 0 a block gives back its input; yours gives back 0. What does the block do with x besides handing it to the branch?"
    ),
    fails=("values",),
)
def residual_forward(x, params, alpha=1.0):
    hidden = np.maximum(x @ params["W1"] + params["b1"], 0)
    branch = hidden @ params["W2"] + params["b2"]
    return alpha * branch, (x, hidden, params, alpha)


@mistake(
    "residual-forward",
    "the branch is left out",
    hint="Your block gives back its input, whatever the parameters are.",
    fails=("values",),
)
def residual_forward(x, params, alpha=1.0):
    hidden = np.maximum(x @ params["W1"] + params["b1"], 0)
    branch = hidden @ params["W2"] + params["b2"]
    return x + 0 * branch, (x, hidden, params, alpha)


@mistake(
    "residual-forward",
    "alpha is left out",
    hint="Your block does the same for every alpha. Try alpha = 0.",
    fails=("values",),
)
def residual_forward(x, params, alpha=1.0):
    hidden = np.maximum(x @ params["W1"] + params["b1"], 0)
    branch = hidden @ params["W2"] + params["b2"]
    return x + branch, (x, hidden, params, alpha)


@mistake(
    "residual-forward",
    "alpha on the input, not on the branch",
    hint="With alpha = 0 your block forgets its input. Which of the two terms is alpha there to weaken?",
    fails=("values",),
)
def residual_forward(x, params, alpha=1.0):
    hidden = np.maximum(x @ params["W1"] + params["b1"], 0)
    branch = hidden @ params["W2"] + params["b2"]
    return alpha * x + branch, (x, hidden, params, alpha)


@mistake(
    "residual-forward",
    "alpha on the whole sum",
    hint="With alpha = 0 your block gives 0. The way around the branch has no factor.",
    fails=("values",),
)
def residual_forward(x, params, alpha=1.0):
    hidden = np.maximum(x @ params["W1"] + params["b1"], 0)
    branch = hidden @ params["W2"] + params["b2"]
    return alpha * (x + branch), (x, hidden, params, alpha)


@mistake(
    "residual-forward",
    "a mixture, 1 - alpha of the input",
    hint="With alpha = 1 your block forgets its input. In a residual block the way around the branch has no factor at all.",
    fails=("values",),
)
def residual_forward(x, params, alpha=1.0):
    hidden = np.maximum(x @ params["W1"] + params["b1"], 0)
    branch = hidden @ params["W2"] + params["b2"]
    return (1 - alpha) * x + alpha * branch, (x, hidden, params, alpha)


@mistake(
    "residual-forward",
    "alpha is missing on the second bias",
    hint="For b2 = 0 you are right. The branch is multiplied by alpha as a whole, and b2 belongs to it.",
    fails=("values",),
)
def residual_forward(x, params, alpha=1.0):
    hidden = np.maximum(x @ params["W1"] + params["b1"], 0)
    branch = alpha * (hidden @ params["W2"])
    return x + branch + params["b2"], (x, hidden, params, alpha)


@mistake(
    "residual-forward",
    "the branch is subtracted",
    hint="Your correction has the opposite sign.",
    fails=("values",),
)
def residual_forward(x, params, alpha=1.0):
    hidden = np.maximum(x @ params["W1"] + params["b1"], 0)
    branch = hidden @ params["W2"] + params["b2"]
    return x - alpha * branch, (x, hidden, params, alpha)


@mistake(
    "residual-forward",
    "a relu after the addition",
    hint="Your output is never negative, and some inputs are. What stands in the free way?",
    fails=("values",),
)
def residual_forward(x, params, alpha=1.0):
    hidden = np.maximum(x @ params["W1"] + params["b1"], 0)
    branch = hidden @ params["W2"] + params["b2"]
    return np.maximum(x + alpha * branch, 0), (x, hidden, params, alpha)


@mistake(
    "residual-forward",
    "a relu on the branch's output",
    hint="Your branch can only add, never take away. How many relus has a block, and where does it stand?",
    fails=("values",),
)
def residual_forward(x, params, alpha=1.0):
    hidden = np.maximum(x @ params["W1"] + params["b1"], 0)
    branch = np.maximum(hidden @ params["W2"] + params["b2"], 0)
    return x + alpha * branch, (x, hidden, params, alpha)


@mistake(
    "residual-forward",
    "the relu is left out",
    hint="Without a relu two layers in a row are one linear layer.",
    fails=("values",),
)
def residual_forward(x, params, alpha=1.0):
    hidden = x @ params["W1"] + params["b1"]
    branch = hidden @ params["W2"] + params["b2"]
    return x + alpha * branch, (x, hidden, params, alpha)


@mistake(
    "residual-forward",
    "the relu before the first bias",
    hint="For b1 = 0 you are right. Look at what the relu is applied to.",
    fails=("values",),
)
def residual_forward(x, params, alpha=1.0):
    hidden = np.maximum(x @ params["W1"], 0) + params["b1"]
    branch = hidden @ params["W2"] + params["b2"]
    return x + alpha * branch, (x, hidden, params, alpha)


@mistake(
    "residual-forward",
    "the first bias is left out",
    hint="Change b1: your output does not notice.",
    fails=("values",),
)
def residual_forward(x, params, alpha=1.0):
    hidden = np.maximum(x @ params["W1"], 0)
    branch = hidden @ params["W2"] + params["b2"]
    return x + alpha * branch, (x, hidden, params, alpha)


@mistake(
    "residual-forward",
    "the second bias is left out",
    hint="Change b2: your output does not notice.",
    fails=("values",),
)
def residual_forward(x, params, alpha=1.0):
    hidden = np.maximum(x @ params["W1"] + params["b1"], 0)
    branch = hidden @ params["W2"]
    return x + alpha * branch, (x, hidden, params, alpha)


@mistake(
    "residual-forward",
    "a leaky relu",
    hint="Your hidden units let a hundredth of the negative inputs through. The relu lets nothing through.",
    fails=("values",),
)
def residual_forward(x, params, alpha=1.0):
    hidden = (x @ params["W1"] + params["b1"]) * np.where(x @ params["W1"] + params["b1"] > 0, 1, 0.01)
    branch = hidden @ params["W2"] + params["b2"]
    return x + alpha * branch, (x, hidden, params, alpha)


# --- residual_backward ---


@mistake(
    "residual-backward",
    "the way around is forgotten",
    hint="With alpha = 0 dx is dout; yours is 0. By which of its two ways does the gradient come back without meeting a weight?",
    fails=("dx",),
)
def residual_backward(dout, cache):
    x, hidden, params, alpha = cache
    dbranch = alpha * dout
    dz = (dbranch @ params["W2"].T) * (hidden > 0)
    grads = {"W1": x.T @ dz, "b1": dz.sum(axis=0), "W2": hidden.T @ dbranch, "b2": dbranch.sum(axis=0)}
    return dz @ params["W1"].T, grads


@mistake(
    "residual-backward",
    "the way through the branch is forgotten",
    hint="Your dx is dout for every block. The input also goes through the branch.",
    fails=("dx",),
)
def residual_backward(dout, cache):
    x, hidden, params, alpha = cache
    dbranch = alpha * dout
    dz = (dbranch @ params["W2"].T) * (hidden > 0)
    grads = {"W1": x.T @ dz, "b1": dz.sum(axis=0), "W2": hidden.T @ dbranch, "b2": dbranch.sum(axis=0)}
    return dout, grads


@mistake(
    "residual-backward",
    "only the way around: the branch gets no gradient",
    hint=(
        "For you the block is the identity, and its parameters learn nothing. The output depends on x and on the parameters "
        "through the branch as well."
    ),
    fails=("dx", "grads"),
)
def residual_backward(dout, cache):
    x, hidden, params, _ = cache
    dbranch = 0 * dout
    dz = (dbranch @ params["W2"].T) * (hidden > 0)
    grads = {"W1": x.T @ dz, "b1": dz.sum(axis=0), "W2": hidden.T @ dbranch, "b2": dbranch.sum(axis=0)}
    return dout + dz @ params["W1"].T, grads


@mistake(
    "residual-backward",
    "the way around is counted twice",
    hint="With alpha = 0 dx is dout; yours is twice that.",
    fails=("dx",),
)
def residual_backward(dout, cache):
    x, hidden, params, alpha = cache
    dbranch = alpha * dout
    dz = (dbranch @ params["W2"].T) * (hidden > 0)
    grads = {"W1": x.T @ dz, "b1": dz.sum(axis=0), "W2": hidden.T @ dbranch, "b2": dbranch.sum(axis=0)}
    return 2 * dout + dz @ params["W1"].T, grads


@mistake(
    "residual-backward",
    "alpha is forgotten on the way back",
    hint="With alpha = 1 you are right. The branch was multiplied by alpha forwards; what does that do to its gradient?",
    fails=("dx", "grads"),
)
def residual_backward(dout, cache):
    x, hidden, params, _ = cache
    dbranch = dout
    dz = (dbranch @ params["W2"].T) * (hidden > 0)
    grads = {"W1": x.T @ dz, "b1": dz.sum(axis=0), "W2": hidden.T @ dbranch, "b2": dbranch.sum(axis=0)}
    return dout + dz @ params["W1"].T, grads


@mistake(
    "residual-backward",
    "alpha is missing in dx",
    hint="Your gradients by the parameters are right. dx comes through the same branch, so it meets the same alpha.",
    fails=("dx",),
)
def residual_backward(dout, cache):
    x, hidden, params, alpha = cache
    dbranch = alpha * dout
    dz = (dbranch @ params["W2"].T) * (hidden > 0)
    grads = {"W1": x.T @ dz, "b1": dz.sum(axis=0), "W2": hidden.T @ dbranch, "b2": dbranch.sum(axis=0)}
    return dout + (dout @ params["W2"].T) * (hidden > 0) @ params["W1"].T, grads


@mistake(
    "residual-backward",
    "alpha is missing in the gradients by the parameters",
    hint="Your dx is right. The parameters sit inside the branch, behind the same alpha.",
    fails=("grads",),
)
def residual_backward(dout, cache):
    x, hidden, params, alpha = cache
    dbranch = alpha * dout
    dz = (dbranch @ params["W2"].T) * (hidden > 0)
    grads = {
        "W1": x.T @ ((dout @ params["W2"].T) * (hidden > 0)),
        "b1": ((dout @ params["W2"].T) * (hidden > 0)).sum(axis=0),
        "W2": hidden.T @ dout,
        "b2": dout.sum(axis=0),
    }
    return dout + dz @ params["W1"].T, grads


@mistake(
    "residual-backward",
    "alpha is missing in the gradient by the second bias",
    hint="Of the four gradients only the one by b2 is wrong. The branch is multiplied by alpha as a whole, and b2 belongs to it.",
    fails=("grads",),
)
def residual_backward(dout, cache):
    x, hidden, params, alpha = cache
    dbranch = alpha * dout
    dz = (dbranch @ params["W2"].T) * (hidden > 0)
    grads = {"W1": x.T @ dz, "b1": dz.sum(axis=0), "W2": hidden.T @ dbranch, "b2": dout.sum(axis=0)}
    return dout + dz @ params["W1"].T, grads


@mistake(
    "residual-backward",
    "alpha on the way around as well",
    hint="With alpha = 0 dx is dout; yours is 0. The way around has no factor.",
    fails=("dx",),
)
def residual_backward(dout, cache):
    x, hidden, params, alpha = cache
    dbranch = alpha * dout
    dz = (dbranch @ params["W2"].T) * (hidden > 0)
    grads = {"W1": x.T @ dz, "b1": dz.sum(axis=0), "W2": hidden.T @ dbranch, "b2": dbranch.sum(axis=0)}
    return alpha * dout + dz @ params["W1"].T, grads


@mistake(
    "residual-backward",
    "alpha counted twice",
    hint="With alpha = 1 you are right, with alpha = -1 there is a wrong sign. How often does alpha stand in the way?",
    fails=("dx", "grads"),
)
def residual_backward(dout, cache):
    x, hidden, params, alpha = cache
    dbranch = alpha**2 * dout
    dz = (dbranch @ params["W2"].T) * (hidden > 0)
    grads = {"W1": x.T @ dz, "b1": dz.sum(axis=0), "W2": hidden.T @ dbranch, "b2": dbranch.sum(axis=0)}
    return dout + dz @ params["W1"].T, grads


@mistake(
    "residual-backward",
    "the branch has the wrong sign",
    hint="What comes around is right, what comes through the branch has the opposite sign.",
    fails=("dx", "grads"),
)
def residual_backward(dout, cache):
    x, hidden, params, alpha = cache
    dbranch = -alpha * dout
    dz = (dbranch @ params["W2"].T) * (hidden > 0)
    grads = {"W1": x.T @ dz, "b1": dz.sum(axis=0), "W2": hidden.T @ dbranch, "b2": dbranch.sum(axis=0)}
    return dout + dz @ params["W1"].T, grads


@mistake(
    "residual-backward",
    "the relu is forgotten on the way back",
    hint="A hidden unit that is off passes nothing on, neither forwards nor backwards.",
    fails=("dx", "grads"),
)
def residual_backward(dout, cache):
    x, hidden, params, alpha = cache
    dbranch = alpha * dout
    dz = dbranch @ params["W2"].T
    grads = {"W1": x.T @ dz, "b1": dz.sum(axis=0), "W2": hidden.T @ dbranch, "b2": dbranch.sum(axis=0)}
    return dout + dz @ params["W1"].T, grads


@mistake(
    "residual-backward",
    "the relu is taken of the gradient",
    hint="You let the positive gradients through. What a relu lets through backwards was decided forwards.",
    fails=("dx", "grads"),
)
def residual_backward(dout, cache):
    x, hidden, params, alpha = cache
    dbranch = alpha * dout
    dz = np.maximum(dbranch @ params["W2"].T, 0)
    grads = {"W1": x.T @ dz, "b1": dz.sum(axis=0), "W2": hidden.T @ dbranch, "b2": dbranch.sum(axis=0)}
    return dout + dz @ params["W1"].T, grads


@mistake(
    "residual-backward",
    "a relu after the addition on the way back",
    hint="You switch off dout where the block's output is negative. There is no activation after the addition, so nothing is off there.",
    fails=("dx", "grads"),
)
def residual_backward(dout, cache):
    x, hidden, params, alpha = cache
    out = x + alpha * (hidden @ params["W2"] + params["b2"])
    dout = dout * (out > 0)
    dbranch = alpha * dout
    dz = (dbranch @ params["W2"].T) * (hidden > 0)
    grads = {"W1": x.T @ dz, "b1": dz.sum(axis=0), "W2": hidden.T @ dbranch, "b2": dbranch.sum(axis=0)}
    return dout + dz @ params["W1"].T, grads


@mistake(
    "residual-backward",
    "W1 is not transposed",
    hint="Write the shapes of dz and W1 beside each other. That it runs when D = H proves nothing.",
    fails=("dx", "grads"),
)
def residual_backward(dout, cache):
    x, hidden, params, alpha = cache
    dbranch = alpha * dout
    dz = (dbranch @ params["W2"].T) * (hidden > 0)
    grads = {"W1": x.T @ dz, "b1": dz.sum(axis=0), "W2": hidden.T @ dbranch, "b2": dbranch.sum(axis=0)}
    return dout + dz @ params["W1"], grads


@mistake(
    "residual-backward",
    "W2 is not transposed",
    hint="Write the shapes of dout and W2 beside each other. That it runs when D = H proves nothing.",
    fails=("dx", "grads"),
)
def residual_backward(dout, cache):
    x, hidden, params, alpha = cache
    dbranch = alpha * dout
    dz = (dbranch @ params["W2"]) * (hidden > 0)
    grads = {"W1": x.T @ dz, "b1": dz.sum(axis=0), "W2": hidden.T @ dbranch, "b2": dbranch.sum(axis=0)}
    return dout + dz @ params["W1"].T, grads


@mistake(
    "residual-backward",
    "the output of the block in place of its input",
    hint=(
        "Only the gradient by W1 is wrong: your cache holds the block's output where its input should be. Does your forward pass "
        "write into x, as x += ... does?"
    ),
    fails=("grads",),
)
def residual_backward(dout, cache):
    x, hidden, params, alpha = cache
    dbranch = alpha * dout
    dz = (dbranch @ params["W2"].T) * (hidden > 0)
    grads = {
        "W1": (x + alpha * (hidden @ params["W2"] + params["b2"])).T @ dz,
        "b1": dz.sum(axis=0),
        "W2": hidden.T @ dbranch,
        "b2": dbranch.sum(axis=0),
    }
    return dout + dz @ params["W1"].T, grads


@mistake(
    "residual-backward",
    "gradients by the parameters divided by the number of samples",
    hint="All four are too small, by the number of samples. dout is the gradient of the loss already, with whatever mean was taken.",
    fails=("grads",),
)
def residual_backward(dout, cache):
    x, hidden, params, alpha = cache
    dbranch = alpha * dout
    dz = (dbranch @ params["W2"].T) * (hidden > 0)
    grads = {"W1": x.T @ dz / len(x), "b1": dz.mean(axis=0), "W2": hidden.T @ dbranch / len(x), "b2": dbranch.mean(axis=0)}
    return dout + dz @ params["W1"].T, grads


@mistake(
    "residual-backward",
    "the gradients by the biases are means",
    hint="Those by W1 and W2 are right. Each sample uses the bias once: what do its uses add up to?",
    fails=("grads",),
)
def residual_backward(dout, cache):
    x, hidden, params, alpha = cache
    dbranch = alpha * dout
    dz = (dbranch @ params["W2"].T) * (hidden > 0)
    grads = {"W1": x.T @ dz, "b1": dz.mean(axis=0), "W2": hidden.T @ dbranch, "b2": dbranch.mean(axis=0)}
    return dout + dz @ params["W1"].T, grads


@mistake(
    "residual-backward",
    "the gradients by the biases are not summed",
    hint="Your gradients by b1 and b2 have a row for each sample, the biases have one for all.",
    fails=("grads",),
)
def residual_backward(dout, cache):
    x, hidden, params, alpha = cache
    dbranch = alpha * dout
    dz = (dbranch @ params["W2"].T) * (hidden > 0)
    grads = {"W1": x.T @ dz, "b1": dz, "W2": hidden.T @ dbranch, "b2": dbranch}
    return dout + dz @ params["W1"].T, grads


@mistake(
    "residual-backward",
    "the gradients by the weights are transposed",
    hint="The gradient by W1 has the shape of W1. That yours fits when D = H proves nothing.",
    fails=("grads",),
)
def residual_backward(dout, cache):
    x, hidden, params, alpha = cache
    dbranch = alpha * dout
    dz = (dbranch @ params["W2"].T) * (hidden > 0)
    grads = {"W1": dz.T @ x, "b1": dz.sum(axis=0), "W2": dbranch.T @ hidden, "b2": dbranch.sum(axis=0)}
    return dout + dz @ params["W1"].T, grads


@mistake(
    "residual-backward",
    "the gradients by the biases are 0",
    hint="A bias is added to the sum in front of its unit, so the loss changes with it.",
    fails=("grads",),
)
def residual_backward(dout, cache):
    x, hidden, params, alpha = cache
    dbranch = alpha * dout
    dz = (dbranch @ params["W2"].T) * (hidden > 0)
    grads = {"W1": x.T @ dz, "b1": np.zeros_like(params["b1"]), "W2": hidden.T @ dbranch, "b2": np.zeros_like(params["b2"])}
    return dout + dz @ params["W1"].T, grads


@mistake(
    "residual-backward",
    "the hidden layer before its relu",
    hint="Only the gradient by W2 is wrong. What is multiplied by W2 in the forward pass, the hidden layer before the relu or after it?",
    fails=("grads",),
)
def residual_backward(dout, cache):
    x, hidden, params, alpha = cache
    dbranch = alpha * dout
    dz = (dbranch @ params["W2"].T) * (hidden > 0)
    grads = {"W1": x.T @ dz, "b1": dz.sum(axis=0), "W2": (x @ params["W1"] + params["b1"]).T @ dbranch, "b2": dbranch.sum(axis=0)}
    return dout + dz @ params["W1"].T, grads


# --- weyl_bounds ---


@mistake(
    "weyl-bounds",
    "an eigenvalue in place of a singular value",
    hint="For symmetric matrices you are right. Try [[0, 9], [0, 0]], both of whose eigenvalues are 0, and which stretches (0, 1) by 9.",
    fails=("values",),
)
def weyl_bounds(W):
    s = np.abs(np.linalg.eigvals(W)).max()
    return max(0.0, 1 - s), 1 + s


@mistake(
    "weyl-bounds",
    "the Frobenius norm",
    hint="Your bounds are true but wider than they need be: for W = 0.1 I they should not depend on the size of the matrix.",
    fails=("values",),
)
def weyl_bounds(W):
    s = np.linalg.norm(W)
    return max(0.0, 1 - s), 1 + s


@mistake(
    "weyl-bounds",
    "the lower bound may be negative",
    hint="No singular value is negative, so a bound below 0 says nothing. What is the best you can promise when the branch is strong?",
    fails=("values",),
)
def weyl_bounds(W):
    s = np.linalg.norm(W, 2)
    return 1 - s, 1 + s


@mistake(
    "weyl-bounds",
    "the smallest singular value for the lower bound",
    hint="At most the branch takes back the LARGEST singular value of W from the length that comes around.",
    fails=("values",),
)
def weyl_bounds(W):
    s = np.linalg.svd(W, compute_uv=False)
    return max(0.0, 1 - s[-1]), 1 + s[0]


@mistake(
    "weyl-bounds",
    "the singular values of I + W themselves",
    hint="These are the numbers that your bounds should enclose. The bounds are to be found from the largest singular value of W alone.",
    fails=("values",),
)
def weyl_bounds(W):
    s = np.linalg.svd(np.eye(len(W)) + W, compute_uv=False)
    return s[-1], s[0]


@mistake(
    "weyl-bounds",
    "the bounds are swapped",
    hint="The lower bound comes first.",
    fails=("values",),
)
def weyl_bounds(W):
    s = np.linalg.norm(W, 2)
    return 1 + s, max(0.0, 1 - s)


@mistake(
    "weyl-bounds",
    "the singular value squared",
    hint="The eigenvalues of W.T @ W are the squares of the singular values.",
    fails=("values",),
)
def weyl_bounds(W):
    s = np.linalg.eigvalsh(W.T @ W).max()
    return max(0.0, 1 - s), 1 + s


@mistake(
    "weyl-bounds",
    "the largest entry",
    hint="For diagonal matrices you are right. Many small entries can stretch a vector together.",
    fails=("values",),
)
def weyl_bounds(W):
    s = np.abs(W).max()
    return max(0.0, 1 - s), 1 + s


@mistake(
    "weyl-bounds",
    "the largest sum of a column",
    hint="That is another norm of a matrix: by how much W can stretch when lengths are measured as sums of sizes.",
    fails=("values",),
)
def weyl_bounds(W):
    s = np.linalg.norm(W, 1)
    return max(0.0, 1 - s), 1 + s


@mistake(
    "weyl-bounds",
    "the norm of W without the identity",
    hint="Your bounds are about W. The question is about I + W.",
    fails=("values",),
)
def weyl_bounds(W):
    s = np.linalg.norm(W, 2)
    return 0.0, s


@mistake(
    "weyl-bounds",
    "the largest singular value of the sum",
    hint="You put the identity in twice: once into the matrix, once into 1 + s.",
    fails=("values",),
)
def weyl_bounds(W):
    s = np.linalg.norm(np.eye(len(W)) + W, 2)
    return max(0.0, 1 - s), 1 + s


# --- stack_bounds ---


@mistake(
    "stack-bounds",
    "sums in place of powers",
    hint="For one block you are right. Each block multiplies what the others left.",
    fails=("values",),
)
def stack_bounds(eps, depth):
    return 1 - depth * eps, 1 + depth * eps


@mistake(
    "stack-bounds",
    "one block only",
    hint="Your bounds do not depend on the depth.",
    fails=("values",),
)
def stack_bounds(eps, depth):
    return 1 - eps, 1 + eps


@mistake(
    "stack-bounds",
    "the bounds are swapped",
    hint="The lower bound comes first.",
    fails=("values",),
)
def stack_bounds(eps, depth):
    return (1 + eps) ** depth, (1 - eps) ** depth


@mistake(
    "stack-bounds",
    "the lower bound is one over the upper one",
    hint="A block that shrinks by 1 - eps is not the inverse of one that stretches by 1 + eps.",
    fails=("values",),
)
def stack_bounds(eps, depth):
    return (1 + eps) ** -depth, (1 + eps) ** depth


@mistake(
    "stack-bounds",
    "the limit of many small blocks",
    hint="e^(depth * eps) is close to the upper bound for small eps, and not equal to it.",
    fails=("values",),
)
def stack_bounds(eps, depth):
    return np.exp(-depth * eps), np.exp(depth * eps)


@mistake(
    "stack-bounds",
    "the depth inside the power of eps",
    hint="A product of small branches alone is tiny. But each block adds the identity before the next one multiplies.",
    fails=("values",),
)
def stack_bounds(eps, depth):
    return 1 - eps**depth, 1 + eps**depth


@mistake(
    "stack-bounds",
    "one block too few",
    hint="For one block you get 1 and 1. How many factors has a stack of one block?",
    fails=("values",),
)
def stack_bounds(eps, depth):
    return (1 - eps) ** (depth - 1), (1 + eps) ** (depth - 1)


@mistake(
    "stack-bounds",
    "the bounds squared",
    hint="Your numbers are the squares of the right ones: they bound the squared length.",
    fails=("values",),
)
def stack_bounds(eps, depth):
    return (1 - eps) ** (2 * depth), (1 + eps) ** (2 * depth)


# --- expected_growth ---


@mistake(
    "expected-growth",
    "lengths in place of their squares",
    hint="Your number is the root of the right one. The question is about squared lengths.",
    fails=("values",),
)
def expected_growth(alpha, depth):
    return (1 + alpha**2) ** (depth / 2)


@mistake(
    "expected-growth",
    "alpha not squared",
    hint="Lengths at right angles add as in Pythagoras' theorem. With alpha = -1 yours is 0.",
    fails=("values",),
)
def expected_growth(alpha, depth):
    return (1 + alpha) ** depth


@mistake(
    "expected-growth",
    "the parts added before squaring",
    hint="(1 + alpha)^2 holds if both parts point the same way. On average they are at right angles.",
    fails=("values",),
)
def expected_growth(alpha, depth):
    return (1 + alpha) ** (2 * depth)


@mistake(
    "expected-growth",
    "the way around is missing",
    hint="With alpha = 0 nothing is left in your formula, and the block is the identity.",
    fails=("values",),
)
def expected_growth(alpha, depth):
    return alpha ** (2 * depth)


@mistake(
    "expected-growth",
    "a sum in place of a power",
    hint="For one block you are right. Each block multiplies what the others left.",
    fails=("values",),
)
def expected_growth(alpha, depth):
    return 1 + depth * alpha**2


@mistake(
    "expected-growth",
    "the limit of many small branches",
    hint="e^(depth * alpha^2) is close for small alpha, and not equal.",
    fails=("values",),
)
def expected_growth(alpha, depth):
    return np.exp(depth * alpha**2)


@mistake(
    "expected-growth",
    "always doubled",
    hint="You are right for alpha = 1. What is alpha = 0?",
    fails=("values",),
)
def expected_growth(alpha, depth):
    return 2.0**depth + 0 * alpha


@mistake(
    "expected-growth",
    "the relu's half is missing once more",
    hint="Of the three steps one halves and one doubles. You have halved twice, or not doubled.",
    fails=("values",),
)
def expected_growth(alpha, depth):
    return (1 + alpha**2 / 2) ** depth


@mistake(
    "expected-growth",
    "the relu's half is forgotten",
    hint="Of the three steps one halves and one doubles. You have only doubled.",
    fails=("values",),
)
def expected_growth(alpha, depth):
    return (1 + 2 * alpha**2) ** depth


@mistake(
    "expected-growth",
    "upside down",
    hint="On average a gradient grows on its way back, yours shrinks. Which of the two norms is divided by which?",
    fails=("values",),
)
def expected_growth(alpha, depth):
    return (1 + alpha**2) ** -depth


@mistake(
    "expected-growth",
    "alpha divided by the root of the depth",
    hint="alpha is the factor of the branch as it stands. Whoever wants 1 / sqrt(depth) passes that.",
    fails=("values",),
)
def expected_growth(alpha, depth):
    return (1 + alpha**2 / depth) ** depth


# --- ResidualBlock ---


@mistake(
    "residual-block",
    "gamma is no parameter",
    hint=(
        "Your gamma is a number, or a tensor that the module does not know of. What can not be found by named_parameters is never"
        " trained: with gamma = 0 your block sleeps for ever."
    ),
    fails=("gamma", "zero-gamma"),
)
class ResidualBlock(nn.Module):
    def __init__(self, width, gamma=1.0):
        super().__init__()
        self.fc1 = nn.Linear(width, width)
        self.fc2 = nn.Linear(width, width)
        self.gamma = gamma

    def forward(self, x):
        return x + self.gamma * self.fc2(torch.relu(self.fc1(x)))


@mistake(
    "residual-block",
    "gamma is taken out of the graph",
    hint="gamma is a parameter, but its gradient is 0: between it and the output you turn it into a number, and torch loses its trace.",
    fails=("gamma", "zero-gamma"),
)
class ResidualBlock(nn.Module):
    def __init__(self, width, gamma=1.0):
        super().__init__()
        self.fc1 = nn.Linear(width, width)
        self.fc2 = nn.Linear(width, width)
        self.gamma = nn.Parameter(torch.tensor(float(gamma)))

    def forward(self, x):
        return x + self.gamma.item() * self.fc2(torch.relu(self.fc1(x)))


@mistake(
    "residual-block",
    "gamma always begins at 1",
    hint="Whatever is passed as gamma, your parameter begins at 1.",
    fails=("forward", "gamma", "zero-gamma"),
)
class ResidualBlock(nn.Module):
    def __init__(self, width, gamma=1.0):
        super().__init__()
        self.fc1 = nn.Linear(width, width)
        self.fc2 = nn.Linear(width, width)
        self.gamma = nn.Parameter(torch.ones_like(torch.tensor(gamma)))

    def forward(self, x):
        return x + self.gamma * self.fc2(torch.relu(self.fc1(x)))


@mistake(
    "residual-block",
    "gamma always begins at 0",
    hint="Whatever is passed as gamma, your parameter begins at 0.",
    fails=("forward", "gamma"),
)
class ResidualBlock(nn.Module):
    def __init__(self, width, gamma=1.0):
        super().__init__()
        self.fc1 = nn.Linear(width, width)
        self.fc2 = nn.Linear(width, width)
        self.gamma = nn.Parameter(torch.zeros_like(torch.tensor(gamma)))

    def forward(self, x):
        return x + self.gamma * self.fc2(torch.relu(self.fc1(x)))


@mistake(
    "residual-block",
    "a gamma for each unit",
    hint="Your gamma has as many elements as the block has units; one is asked for.",
    fails=("gamma", "zero-gamma"),
)
class ResidualBlock(nn.Module):
    def __init__(self, width, gamma=1.0):
        super().__init__()
        self.fc1 = nn.Linear(width, width)
        self.fc2 = nn.Linear(width, width)
        self.gamma = nn.Parameter(torch.full((width,), float(gamma)))

    def forward(self, x):
        return x + self.gamma * self.fc2(torch.relu(self.fc1(x)))


@mistake(
    "residual-block",
    "gamma on the input, not on the branch",
    hint="With gamma = 0 your block forgets its input.",
    fails=("forward", "gamma", "zero-gamma"),
)
class ResidualBlock(nn.Module):
    def __init__(self, width, gamma=1.0):
        super().__init__()
        self.fc1 = nn.Linear(width, width)
        self.fc2 = nn.Linear(width, width)
        self.gamma = nn.Parameter(torch.tensor(float(gamma)))

    def forward(self, x):
        return self.gamma * x + self.fc2(torch.relu(self.fc1(x)))


@mistake(
    "residual-block",
    "gamma on the whole sum",
    hint="With gamma = 0 your block gives 0. The way around the branch has no factor.",
    fails=("forward", "gamma", "zero-gamma"),
)
class ResidualBlock(nn.Module):
    def __init__(self, width, gamma=1.0):
        super().__init__()
        self.fc1 = nn.Linear(width, width)
        self.fc2 = nn.Linear(width, width)
        self.gamma = nn.Parameter(torch.tensor(float(gamma)))

    def forward(self, x):
        return self.gamma * (x + self.fc2(torch.relu(self.fc1(x))))


@mistake(
    "residual-block",
    "gamma is never used",
    hint="Your output is the same for every gamma.",
    fails=("forward", "gamma", "zero-gamma"),
)
class ResidualBlock(nn.Module):
    def __init__(self, width, gamma=1.0):
        super().__init__()
        self.fc1 = nn.Linear(width, width)
        self.fc2 = nn.Linear(width, width)
        self.gamma = nn.Parameter(torch.tensor(float(gamma)))

    def forward(self, x):
        return x + self.fc2(torch.relu(self.fc1(x)))


@mistake(
    "residual-block",
    "a mixture, 1 - gamma of the input",
    hint="With gamma = 1 your block forgets its input. The way around the branch has no factor at all.",
    fails=("forward", "gamma", "zero-gamma"),
)
class ResidualBlock(nn.Module):
    def __init__(self, width, gamma=1.0):
        super().__init__()
        self.fc1 = nn.Linear(width, width)
        self.fc2 = nn.Linear(width, width)
        self.gamma = nn.Parameter(torch.tensor(float(gamma)))

    def forward(self, x):
        return (1 - self.gamma) * x + self.gamma * self.fc2(torch.relu(self.fc1(x)))


@mistake(
    "residual-block",
    "the input is not added",
    hint="With gamma = 0 a block gives back its input; yours gives back 0.",
    fails=("forward", "zero-gamma"),
)
class ResidualBlock(nn.Module):
    def __init__(self, width, gamma=1.0):
        super().__init__()
        self.fc1 = nn.Linear(width, width)
        self.fc2 = nn.Linear(width, width)
        self.gamma = nn.Parameter(torch.tensor(float(gamma)))

    def forward(self, x):
        return self.gamma * self.fc2(torch.relu(self.fc1(x)))


@mistake(
    "residual-block",
    "a relu after the addition",
    hint="Your output is never negative, and some inputs are. With gamma = 0 the block is to be the identity.",
    fails=("forward", "gamma", "zero-gamma"),
)
class ResidualBlock(nn.Module):
    def __init__(self, width, gamma=1.0):
        super().__init__()
        self.fc1 = nn.Linear(width, width)
        self.fc2 = nn.Linear(width, width)
        self.gamma = nn.Parameter(torch.tensor(float(gamma)))

    def forward(self, x):
        return torch.relu(x + self.gamma * self.fc2(torch.relu(self.fc1(x))))


@mistake(
    "residual-block",
    "a relu on the branch's output",
    hint="Your branch can only add, never take away. How many relus has a block, and where does it stand?",
    fails=("forward", "gamma", "zero-gamma"),
)
class ResidualBlock(nn.Module):
    def __init__(self, width, gamma=1.0):
        super().__init__()
        self.fc1 = nn.Linear(width, width)
        self.fc2 = nn.Linear(width, width)
        self.gamma = nn.Parameter(torch.tensor(float(gamma)))

    def forward(self, x):
        return x + self.gamma * torch.relu(self.fc2(torch.relu(self.fc1(x))))


@mistake(
    "residual-block",
    "the relu is left out",
    hint="Without a relu two layers in a row are one linear layer.",
    fails=("forward", "gamma", "zero-gamma"),
)
class ResidualBlock(nn.Module):
    def __init__(self, width, gamma=1.0):
        super().__init__()
        self.fc1 = nn.Linear(width, width)
        self.fc2 = nn.Linear(width, width)
        self.gamma = nn.Parameter(torch.tensor(float(gamma)))

    def forward(self, x):
        return x + self.gamma * self.fc2(self.fc1(x))


@mistake(
    "residual-block",
    "the relu before the first layer",
    hint="Your branch takes the relu of x first. It stands between the two layers.",
    fails=("forward", "gamma", "zero-gamma"),
)
class ResidualBlock(nn.Module):
    def __init__(self, width, gamma=1.0):
        super().__init__()
        self.fc1 = nn.Linear(width, width)
        self.fc2 = nn.Linear(width, width)
        self.gamma = nn.Parameter(torch.tensor(float(gamma)))

    def forward(self, x):
        return x + self.gamma * self.fc2(self.fc1(torch.relu(x)))


@mistake(
    "residual-block",
    "the second layer is left out",
    hint="fc2 has no effect on your output.",
    fails=("forward", "gamma", "zero-gamma"),
)
class ResidualBlock(nn.Module):
    def __init__(self, width, gamma=1.0):
        super().__init__()
        self.fc1 = nn.Linear(width, width)
        self.fc2 = nn.Linear(width, width)
        self.gamma = nn.Parameter(torch.tensor(float(gamma)))

    def forward(self, x):
        return x + self.gamma * torch.relu(self.fc1(x))


@mistake(
    "residual-block",
    "the layers are swapped",
    hint="fc1 comes first.",
    fails=("forward", "gamma", "zero-gamma"),
)
class ResidualBlock(nn.Module):
    def __init__(self, width, gamma=1.0):
        super().__init__()
        self.fc1 = nn.Linear(width, width)
        self.fc2 = nn.Linear(width, width)
        self.gamma = nn.Parameter(torch.tensor(float(gamma)))

    def forward(self, x):
        return x + self.gamma * self.fc1(torch.relu(self.fc2(x)))


@mistake(
    "residual-block",
    "gamma = 0 is made by zeroing fc2.weight",
    hint=(
        "You make the block quiet by its weights and leave gamma at 1. With other weights, or as soon as the bias of fc2 moves, "
        "it is no identity. Let gamma be 0 and the weights be whatever they are."
    ),
    fails=("zero-gamma",),
)
class ResidualBlock(nn.Module):
    def __init__(self, width, gamma=1.0):
        super().__init__()
        self.fc1 = nn.Linear(width, width)
        self.fc2 = nn.Linear(width, width)
        if gamma == 0:
            nn.init.zeros_(self.fc2.weight)
            gamma = 1.0
        self.gamma = nn.Parameter(torch.tensor(float(gamma)))

    def forward(self, x):
        return x + self.gamma * self.fc2(torch.relu(self.fc1(x)))


@mistake(
    "residual-block",
    "the branch is skipped when gamma is 0",
    hint="The output is right. But a gamma that was not used has no gradient, so it stays at 0 for ever and the block never wakes up.",
    fails=("zero-gamma",),
)
class ResidualBlock(nn.Module):
    def __init__(self, width, gamma=1.0):
        super().__init__()
        self.fc1 = nn.Linear(width, width)
        self.fc2 = nn.Linear(width, width)
        self.gamma = nn.Parameter(torch.tensor(float(gamma)))

    def forward(self, x):
        if self.gamma == 0:
            return x
        return x + self.gamma * self.fc2(torch.relu(self.fc1(x)))


@mistake(
    "residual-block",
    "the branch is computed without gradients",
    hint=(
        "The output is right. But what is computed under no_grad can not be trained, and the gradient by x misses the way through"
        " the branch."
    ),
    fails=("zero-gamma",),
)
class ResidualBlock(nn.Module):
    def __init__(self, width, gamma=1.0):
        super().__init__()
        self.fc1 = nn.Linear(width, width)
        self.fc2 = nn.Linear(width, width)
        self.gamma = nn.Parameter(torch.tensor(float(gamma)))

    def forward(self, x):
        with torch.no_grad():
            branch = self.fc2(torch.relu(self.fc1(x)))
        return x + self.gamma * branch


@mistake(
    "residual-block",
    "x is changed in place",
    hint=(
        "x += ... writes into the tensor that was handed to you. torch refuses where that tensor's gradient is asked for, and "
        "where it does not refuse, somebody else's x has changed."
    ),
    fails=("gamma", "zero-gamma"),
)
class ResidualBlock(nn.Module):
    def __init__(self, width, gamma=1.0):
        super().__init__()
        self.fc1 = nn.Linear(width, width)
        self.fc2 = nn.Linear(width, width)
        self.gamma = nn.Parameter(torch.tensor(float(gamma)))

    def forward(self, x):
        x += self.gamma * self.fc2(torch.relu(self.fc1(x)))
        return x


@mistake(
    "residual-block",
    "layers without biases",
    hint="fc1 and fc2 are to have a bias each, as nn.Linear has by itself.",
    fails=("forward", "gamma", "zero-gamma"),
)
class ResidualBlock(nn.Module):
    def __init__(self, width, gamma=1.0):
        super().__init__()
        self.fc1 = nn.Linear(width, width, bias=False)
        self.fc2 = nn.Linear(width, width, bias=False)
        self.gamma = nn.Parameter(torch.tensor(float(gamma)))

    def forward(self, x):
        return x + self.gamma * self.fc2(torch.relu(self.fc1(x)))


@mistake(
    "residual-block",
    "one layer used twice",
    hint="fc1 and fc2 are the same object in your block, so they share their weights.",
    fails=("forward", "gamma", "zero-gamma"),
)
class ResidualBlock(nn.Module):
    def __init__(self, width, gamma=1.0):
        super().__init__()
        self.fc1 = nn.Linear(width, width)
        self.fc2 = self.fc1
        self.gamma = nn.Parameter(torch.tensor(float(gamma)))

    def forward(self, x):
        return x + self.gamma * self.fc2(torch.relu(self.fc1(x)))


@mistake(
    "residual-block",
    "gamma squared",
    hint="With gamma = 0 your gamma has no gradient either, so the block never wakes up.",
    fails=("forward", "gamma", "zero-gamma"),
)
class ResidualBlock(nn.Module):
    def __init__(self, width, gamma=1.0):
        super().__init__()
        self.fc1 = nn.Linear(width, width)
        self.fc2 = nn.Linear(width, width)
        self.gamma = nn.Parameter(torch.tensor(float(gamma)))

    def forward(self, x):
        return x + self.gamma**2 * self.fc2(torch.relu(self.fc1(x)))


# --- PlainBlock ---


@mistake(
    "plain-block",
    "the input is added",
    hint="A plain block has no detour: it is what the residual one is to be compared with.",
    fails=("values",),
)
class PlainBlock(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.fc1 = nn.Linear(width, width)
        self.fc2 = nn.Linear(width, width)

    def forward(self, x):
        return x + self.fc2(torch.relu(self.fc1(x)))


@mistake(
    "plain-block",
    "a relu at the end",
    hint="Your output is never negative. How many relus has a block, and where does it stand?",
    fails=("values",),
)
class PlainBlock(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.fc1 = nn.Linear(width, width)
        self.fc2 = nn.Linear(width, width)

    def forward(self, x):
        return torch.relu(self.fc2(torch.relu(self.fc1(x))))


@mistake(
    "plain-block",
    "the relu is left out",
    hint="Without a relu two layers in a row are one linear layer.",
    fails=("values",),
)
class PlainBlock(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.fc1 = nn.Linear(width, width)
        self.fc2 = nn.Linear(width, width)

    def forward(self, x):
        return self.fc2(self.fc1(x))


@mistake(
    "plain-block",
    "the second layer is left out",
    hint="fc2 has no effect on your output.",
    fails=("values",),
)
class PlainBlock(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.fc1 = nn.Linear(width, width)
        self.fc2 = nn.Linear(width, width)

    def forward(self, x):
        return torch.relu(self.fc1(x))


@mistake(
    "plain-block",
    "the layers are swapped",
    hint="fc1 comes first.",
    fails=("values",),
)
class PlainBlock(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.fc1 = nn.Linear(width, width)
        self.fc2 = nn.Linear(width, width)

    def forward(self, x):
        return self.fc1(torch.relu(self.fc2(x)))


@mistake(
    "plain-block",
    "the relu before the first layer",
    hint="Your block takes the relu of x first. It stands between the two layers.",
    fails=("values",),
)
class PlainBlock(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.fc1 = nn.Linear(width, width)
        self.fc2 = nn.Linear(width, width)

    def forward(self, x):
        return self.fc2(self.fc1(torch.relu(x)))


# --- build_network ---


@mistake(
    "build-network",
    "one block, depth times",
    hint="[block] * depth is a list of depth names for ONE block. Print the names of the parameters: there are far too few.",
    fails=("distinct-blocks",),
)
def build_network(depth, width, kind):
    gamma = {"plain": None, "residual": 1.0, "scaled": depth**-0.5, "zero": 0.0}[kind]
    block = PlainBlock(width) if gamma is None else ResidualBlock(width, gamma)
    return nn.Sequential(*[block] * depth)


@mistake(
    "build-network",
    "1 / depth in place of 1 / sqrt(depth)",
    hint="Your scaled branches are weaker than asked for. It is the squares that are to add up to 1.",
    fails=("kinds",),
)
def build_network(depth, width, kind):
    if kind == "plain":
        return nn.Sequential(*(PlainBlock(width) for _ in range(depth)))
    gamma = {"residual": 1.0, "scaled": 1 / depth, "zero": 0.0}[kind]
    return nn.Sequential(*(ResidualBlock(width, gamma) for _ in range(depth)))


@mistake(
    "build-network",
    "sqrt(depth) in place of 1 / sqrt(depth)",
    hint="Your scaled branches get stronger with the depth.",
    fails=("kinds",),
)
def build_network(depth, width, kind):
    if kind == "plain":
        return nn.Sequential(*(PlainBlock(width) for _ in range(depth)))
    gamma = {"residual": 1.0, "scaled": depth**0.5, "zero": 0.0}[kind]
    return nn.Sequential(*(ResidualBlock(width, gamma) for _ in range(depth)))


@mistake(
    "build-network",
    "1 / sqrt(width)",
    hint="Your scale depends on the width. What adds up along the way is the number of blocks.",
    fails=("kinds",),
)
def build_network(depth, width, kind):
    if kind == "plain":
        return nn.Sequential(*(PlainBlock(width) for _ in range(depth)))
    gamma = {"residual": 1.0, "scaled": width**-0.5, "zero": 0.0}[kind]
    return nn.Sequential(*(ResidualBlock(width, gamma) for _ in range(depth)))


@mistake(
    "build-network",
    "scaled like residual",
    hint="Your scaled network is the residual one.",
    fails=("kinds",),
)
def build_network(depth, width, kind):
    if kind == "plain":
        return nn.Sequential(*(PlainBlock(width) for _ in range(depth)))
    gamma = {"residual": 1.0, "scaled": 1.0, "zero": 0.0}[kind]
    return nn.Sequential(*(ResidualBlock(width, gamma) for _ in range(depth)))


@mistake(
    "build-network",
    "1 / sqrt(2) for any depth",
    hint="Your scale does not depend on the depth.",
    fails=("kinds",),
)
def build_network(depth, width, kind):
    if kind == "plain":
        return nn.Sequential(*(PlainBlock(width) for _ in range(depth)))
    gamma = {"residual": 1.0, "scaled": 0.5**0.5, "zero": 0.0}[kind]
    return nn.Sequential(*(ResidualBlock(width, gamma) for _ in range(depth)))


@mistake(
    "build-network",
    "gamma is 1 in the kind zero",
    hint=(
        "Here it is gamma that begins at 0. Weights of 0 with a gamma of 1 would not do: the weights of such a block are drawn "
        "like those of any other."
    ),
    fails=("kinds",),
)
def build_network(depth, width, kind):
    if kind == "plain":
        return nn.Sequential(*(PlainBlock(width) for _ in range(depth)))
    gamma = {"residual": 1.0, "scaled": depth**-0.5, "zero": 1.0}[kind]
    blocks = [ResidualBlock(width, gamma) for _ in range(depth)]
    for block in blocks if kind == "zero" else []:
        nn.init.zeros_(block.fc2.weight)
        nn.init.zeros_(block.fc2.bias)
    return nn.Sequential(*blocks)


@mistake(
    "build-network",
    "zero made of plain blocks",
    hint="The kind zero is a residual network whose gammas begin at 0.",
    fails=("kinds",),
)
def build_network(depth, width, kind):
    if kind in ("plain", "zero"):
        return nn.Sequential(*(PlainBlock(width) for _ in range(depth)))
    gamma = {"residual": 1.0, "scaled": depth**-0.5}[kind]
    return nn.Sequential(*(ResidualBlock(width, gamma) for _ in range(depth)))


@mistake(
    "build-network",
    "plain made of residual blocks",
    hint="Your plain network has detours, with a gamma of 0. A plain block has the branch only.",
    fails=("kinds", "distinct-blocks"),
)
def build_network(depth, width, kind):
    gamma = {"plain": 0.0, "residual": 1.0, "scaled": depth**-0.5, "zero": 0.0}[kind]
    return nn.Sequential(*(ResidualBlock(width, gamma) for _ in range(depth)))


@mistake(
    "build-network",
    "one block too few",
    hint="Count the blocks of a network of depth 1.",
    fails=("kinds", "distinct-blocks"),
)
def build_network(depth, width, kind):
    if kind == "plain":
        return nn.Sequential(*(PlainBlock(width) for _ in range(depth - 1)))
    gamma = {"residual": 1.0, "scaled": depth**-0.5, "zero": 0.0}[kind]
    return nn.Sequential(*(ResidualBlock(width, gamma) for _ in range(depth - 1)))


@mistake(
    "build-network",
    "one block too many",
    hint="Count the blocks of a network of depth 1.",
    fails=("kinds", "distinct-blocks"),
)
def build_network(depth, width, kind):
    if kind == "plain":
        return nn.Sequential(*(PlainBlock(width) for _ in range(depth + 1)))
    gamma = {"residual": 1.0, "scaled": depth**-0.5, "zero": 0.0}[kind]
    return nn.Sequential(*(ResidualBlock(width, gamma) for _ in range(depth + 1)))


@mistake(
    "build-network",
    "relus between the blocks",
    hint="Something stands between your blocks. The free way has nothing in it.",
    fails=("kinds", "distinct-blocks"),
)
def build_network(depth, width, kind):
    gamma = {"plain": None, "residual": 1.0, "scaled": depth**-0.5, "zero": 0.0}[kind]
    modules = []
    for _ in range(depth):
        modules += [PlainBlock(width) if gamma is None else ResidualBlock(width, gamma), nn.ReLU()]
    return nn.Sequential(*modules)


@mistake(
    "build-network",
    "gamma falls from block to block",
    hint="All gammas of a scaled network are the same, 1 over the root of the depth of the whole.",
    fails=("kinds",),
)
def build_network(depth, width, kind):
    if kind == "plain":
        return nn.Sequential(*(PlainBlock(width) for _ in range(depth)))
    gammas = {"residual": [1.0] * depth, "scaled": [number**-0.5 for number in range(1, depth + 1)], "zero": [0.0] * depth}[kind]
    return nn.Sequential(*(ResidualBlock(width, gamma) for gamma in gammas))


# --- gradient_norms ---


@mistake(
    "gradient-norms",
    "the norms in reverse",
    hint="Entry 0 belongs to the input, the last one to the output. Where is the norm of the cotangent in your list?",
    fails=("values", "ends"),
)
def gradient_norms(network, x, cotangent):
    flow = [x.clone().requires_grad_()]
    for module in network:
        flow.append(module(flow[-1]))
    gradients = torch.autograd.grad((cotangent * flow[-1]).sum(), flow)
    return [gradient.double().norm().item() for gradient in reversed(gradients)]


@mistake(
    "gradient-norms",
    "the input's norm is missing",
    hint="A network of L modules has L + 1 places: one more than modules.",
    fails=("values", "ends"),
)
def gradient_norms(network, x, cotangent):
    flow = [x.clone().requires_grad_()]
    for module in network:
        flow.append(module(flow[-1]))
    gradients = torch.autograd.grad((cotangent * flow[-1]).sum(), flow)
    return [gradient.double().norm().item() for gradient in gradients[1:]]


@mistake(
    "gradient-norms",
    "the output's norm is missing",
    hint="A network of L modules has L + 1 places: one more than modules. The last one is the easiest.",
    fails=("values", "ends"),
)
def gradient_norms(network, x, cotangent):
    flow = [x.clone().requires_grad_()]
    for module in network:
        flow.append(module(flow[-1]))
    gradients = torch.autograd.grad((cotangent * flow[-1]).sum(), flow)
    return [gradient.double().norm().item() for gradient in gradients[:-1]]


@mistake(
    "gradient-norms",
    "squared norms",
    hint="Your numbers are the squares of the right ones.",
    fails=("values", "ends"),
)
def gradient_norms(network, x, cotangent):
    flow = [x.clone().requires_grad_()]
    for module in network:
        flow.append(module(flow[-1]))
    gradients = torch.autograd.grad((cotangent * flow[-1]).sum(), flow)
    return [gradient.double().square().sum().item() for gradient in gradients]


@mistake(
    "gradient-norms",
    "the cotangent is not used",
    hint="Your loss is the sum of the output. Multiply it by the cotangent first.",
    fails=("values", "ends"),
)
def gradient_norms(network, x, cotangent):
    flow = [x.clone().requires_grad_()]
    for module in network:
        flow.append(module(flow[-1]))
    gradients = torch.autograd.grad(flow[-1].sum(), flow)
    return [gradient.double().norm().item() for gradient in gradients]


@mistake(
    "gradient-norms",
    "the mean in place of the sum",
    hint="Your numbers are too small, by the number of entries of the output.",
    fails=("values", "ends"),
)
def gradient_norms(network, x, cotangent):
    flow = [x.clone().requires_grad_()]
    for module in network:
        flow.append(module(flow[-1]))
    gradients = torch.autograd.grad((cotangent * flow[-1]).mean(), flow)
    return [gradient.double().norm().item() for gradient in gradients]


@mistake(
    "gradient-norms",
    "the cotangent squared",
    hint="Entry L should be the norm of the cotangent. What is the gradient of your loss by the output?",
    fails=("values", "ends"),
)
def gradient_norms(network, x, cotangent):
    flow = [x.clone().requires_grad_()]
    for module in network:
        flow.append(module(flow[-1]))
    gradients = torch.autograd.grad((cotangent**2 * flow[-1]).sum(), flow)
    return [gradient.double().norm().item() for gradient in gradients]


@mistake(
    "gradient-norms",
    "half the square of the output",
    hint="That is another loss. Here it is the sum of cotangent times output, whose gradient by the output is the cotangent.",
    fails=("values", "ends"),
)
def gradient_norms(network, x, cotangent):
    flow = [x.clone().requires_grad_()]
    for module in network:
        flow.append(module(flow[-1]))
    gradients = torch.autograd.grad(flow[-1].square().sum() / 2, flow)
    return [gradient.double().norm().item() for gradient in gradients]


@mistake(
    "gradient-norms",
    "norms in float32",
    hint=(
        "In float64 you are right. In float32 the square of 1e-30 is 0, and that of 1e25 is inf: turn the gradient to float64 "
        "before you square it."
    ),
    fails=("values",),
)
def gradient_norms(network, x, cotangent):
    flow = [x.clone().requires_grad_()]
    for module in network:
        flow.append(module(flow[-1]))
    gradients = torch.autograd.grad((cotangent * flow[-1]).sum(), flow)
    return [gradient.norm().item() for gradient in gradients]


@mistake(
    "gradient-norms",
    "the norm of each sample, averaged",
    hint="You take a norm for each row and their mean. One norm over all entries is asked for.",
    fails=("values", "ends"),
)
def gradient_norms(network, x, cotangent):
    flow = [x.clone().requires_grad_()]
    for module in network:
        flow.append(module(flow[-1]))
    gradients = torch.autograd.grad((cotangent * flow[-1]).sum(), flow)
    return [gradient.double().norm(dim=1).mean().item() for gradient in gradients]


@mistake(
    "gradient-norms",
    "the norms of the samples, added",
    hint="You take a norm for each row and add them. One norm over all entries is asked for.",
    fails=("values", "ends"),
)
def gradient_norms(network, x, cotangent):
    flow = [x.clone().requires_grad_()]
    for module in network:
        flow.append(module(flow[-1]))
    gradients = torch.autograd.grad((cotangent * flow[-1]).sum(), flow)
    return [gradient.double().norm(dim=1).sum().item() for gradient in gradients]


@mistake(
    "gradient-norms",
    "the root of the mean square",
    hint="Your numbers are divided by the number of entries before the root: that is the size of a typical entry, not a norm.",
    fails=("values", "ends"),
)
def gradient_norms(network, x, cotangent):
    flow = [x.clone().requires_grad_()]
    for module in network:
        flow.append(module(flow[-1]))
    gradients = torch.autograd.grad((cotangent * flow[-1]).sum(), flow)
    return [gradient.double().square().mean().sqrt().item() for gradient in gradients]


@mistake(
    "gradient-norms",
    "the spectral norm",
    hint="You asked for the norm of a matrix as a map. The norm over all entries is asked for, the Frobenius norm.",
    fails=("values", "ends"),
)
def gradient_norms(network, x, cotangent):
    flow = [x.clone().requires_grad_()]
    for module in network:
        flow.append(module(flow[-1]))
    gradients = torch.autograd.grad((cotangent * flow[-1]).sum(), flow)
    return [torch.linalg.matrix_norm(gradient.double(), 2).item() for gradient in gradients]


@mistake(
    "gradient-norms",
    "the sum of sizes",
    hint="You add the sizes of the entries. The norm is the root of the sum of their squares.",
    fails=("values", "ends"),
)
def gradient_norms(network, x, cotangent):
    flow = [x.clone().requires_grad_()]
    for module in network:
        flow.append(module(flow[-1]))
    gradients = torch.autograd.grad((cotangent * flow[-1]).sum(), flow)
    return [gradient.double().abs().sum().item() for gradient in gradients]


@mistake(
    "gradient-norms",
    "the largest entry",
    hint="You give the largest entry. The norm is the root of the sum of all squares.",
    fails=("values", "ends"),
)
def gradient_norms(network, x, cotangent):
    flow = [x.clone().requires_grad_()]
    for module in network:
        flow.append(module(flow[-1]))
    gradients = torch.autograd.grad((cotangent * flow[-1]).sum(), flow)
    return [gradient.double().abs().max().item() for gradient in gradients]


@mistake(
    "gradient-norms",
    "divided by the last norm",
    hint="Your last number is 1. Nothing is to be divided here; the picture does that later.",
    fails=("values", "ends"),
)
def gradient_norms(network, x, cotangent):
    flow = [x.clone().requires_grad_()]
    for module in network:
        flow.append(module(flow[-1]))
    gradients = torch.autograd.grad((cotangent * flow[-1]).sum(), flow)
    norms = [gradient.double().norm().item() for gradient in gradients]
    return [norm / norms[-1] for norm in norms]


@mistake(
    "gradient-norms",
    "norms of what flows, not of its gradients",
    hint="Entry 0 of yours is the norm of x. It is the gradients by x_0, ..., x_L that are asked for.",
    fails=("values", "ends"),
)
def gradient_norms(network, x, cotangent):
    flow = [x.clone().requires_grad_()]
    for module in network:
        flow.append(module(flow[-1]))
    return [tensor.double().norm().item() for tensor in flow]


@mistake(
    "gradient-norms",
    "norms of the gradients by the parameters",
    hint="You measure the gradients by the parameters. Those by what flows between the modules are asked for.",
    fails=("values", "ends"),
)
def gradient_norms(network, x, cotangent):
    (cotangent * network(x)).sum().backward()
    return [parameter.grad.double().norm().item() for parameter in network.parameters()]


@mistake(
    "gradient-norms",
    "one backward pass for each place",
    hint="Each backward pass adds to .grad, so yours are too large by the number of passes.",
    fails=("values", "ends"),
)
def gradient_norms(network, x, cotangent):
    flow = [x.clone().requires_grad_()]
    for module in network:
        flow.append(module(flow[-1]))
    for tensor in flow:
        tensor.retain_grad()
    loss = (cotangent * flow[-1]).sum()
    for _ in flow:
        loss.backward(retain_graph=True)
    return [tensor.grad.double().norm().item() for tensor in flow]


@mistake(
    "gradient-norms",
    "the modules in reverse",
    hint="You call the last module first.",
    fails=("values", "ends", "network-unchanged"),
)
def gradient_norms(network, x, cotangent):
    flow = [x.clone().requires_grad_()]
    for module in reversed(network):
        flow.append(module(flow[-1]))
    gradients = torch.autograd.grad((cotangent * flow[-1]).sum(), flow)
    return [gradient.double().norm().item() for gradient in gradients]


@mistake(
    "gradient-norms",
    "the network is turned to float64",
    hint="Your numbers are right. But network.double() changes the network that was lent to you.",
    fails=("network-unchanged",),
)
def gradient_norms(network, x, cotangent):
    network.double()
    flow = [x.clone().double().requires_grad_()]
    for module in network:
        flow.append(module(flow[-1]))
    gradients = torch.autograd.grad((cotangent.double() * flow[-1]).sum(), flow)
    return [gradient.double().norm().item() for gradient in gradients]


@mistake(
    "gradient-norms",
    "the parameters are frozen",
    hint=(
        "Your numbers are right. But requires_grad_(False) stays when you are done, and the network that was lent to you can not "
        "be trained any more."
    ),
    fails=("network-unchanged",),
)
def gradient_norms(network, x, cotangent):
    network.requires_grad_(False)
    flow = [x.clone().requires_grad_()]
    for module in network:
        flow.append(module(flow[-1]))
    gradients = torch.autograd.grad((cotangent * flow[-1]).sum(), flow)
    return [gradient.double().norm().item() for gradient in gradients]


@mistake(
    "gradient-norms",
    "a step of training",
    hint="Your numbers are right. But optimizer.step() changes the parameters: to measure is not to train.",
    fails=("network-unchanged",),
)
def gradient_norms(network, x, cotangent):
    optimizer = torch.optim.SGD(network.parameters(), lr=0.01)
    flow = [x.clone().requires_grad_()]
    for module in network:
        flow.append(module(flow[-1]))
    for tensor in flow:
        tensor.retain_grad()
    (cotangent * flow[-1]).sum().backward()
    optimizer.step()
    return [tensor.grad.double().norm().item() for tensor in flow]


@mistake(
    "gradient-norms",
    "the input is overwritten",
    hint="Your numbers are right. But you write into the x that was lent to you.",
    fails=("network-unchanged",),
)
def gradient_norms(network, x, cotangent):
    flow = [x.clone().requires_grad_()]
    for module in network:
        flow.append(module(flow[-1]))
    gradients = torch.autograd.grad((cotangent * flow[-1]).sum(), flow)
    x.copy_(gradients[0])
    return [gradient.double().norm().item() for gradient in gradients]
