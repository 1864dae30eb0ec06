"""Mistakes in 02-backprop that people really make, each with what the student is told.

The networks are written out rather than made of the student's own steps, so that one line of each is wrong and is seen at once.
"""

import math

import numpy as np

from autograder.checks import mistake

# --- numerical_gradient ---


@mistake(
    "numerical-gradient",
    "a forward difference",
    hint="For the cubic your answer is off by about 3 x h, the right one by h^2. You look to the right of x, but not to its left.",
    fails=("central", "integers-and-unchanged"),
)
def numerical_gradient(f, x, h=1e-5):
    x = np.array(x, dtype=float)
    gradient = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        old = x[i]
        here = f(x)
        x[i] = old + h
        right = f(x)
        x[i] = old
        gradient[i] = (right - here) / h
    return gradient


@mistake(
    "numerical-gradient",
    "a backward difference",
    hint="For the cubic your answer is off by about 3 x h, the right one by h^2. You look to the left of x, but not to its right.",
    fails=("central", "integers-and-unchanged"),
)
def numerical_gradient(f, x, h=1e-5):
    x = np.array(x, dtype=float)
    gradient = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        old = x[i]
        here = f(x)
        x[i] = old - h
        left = f(x)
        x[i] = old
        gradient[i] = (here - left) / h
    return gradient


@mistake(
    "numerical-gradient",
    "divided by h, not by the distance",
    hint="Your answer is twice the right one. How far apart are the two points at which you call f?",
    fails=("central", "integers-and-unchanged"),
)
def numerical_gradient(f, x, h=1e-5):
    x = np.array(x, dtype=float)
    gradient = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        old = x[i]
        x[i] = old + h
        right = f(x)
        x[i] = old - h
        left = f(x)
        x[i] = old
        gradient[i] = (right - left) / h
    return gradient


@mistake(
    "numerical-gradient",
    "a forward difference divided by 2 h",
    hint="Your answer is about half of the right one. You move by h to one side, and divide by the distance of two such moves.",
    fails=("central", "integers-and-unchanged"),
)
def numerical_gradient(f, x, h=1e-5):
    x = np.array(x, dtype=float)
    gradient = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        old = x[i]
        here = f(x)
        x[i] = old + h
        right = f(x)
        x[i] = old
        gradient[i] = (right - here) / (2 * h)
    return gradient


@mistake(
    "numerical-gradient",
    "the difference is not divided",
    hint="Your answer shrinks with h. A slope is a change divided by a distance.",
    fails=("central", "integers-and-unchanged"),
)
def numerical_gradient(f, x, h=1e-5):
    x = np.array(x, dtype=float)
    gradient = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        old = x[i]
        x[i] = old + h
        right = f(x)
        x[i] = old - h
        left = f(x)
        x[i] = old
        gradient[i] = right - left
    return gradient


@mistake(
    "numerical-gradient",
    "the difference halved, not divided by the step",
    hint="Your answer shrinks with h. A slope is a change divided by a distance.",
    fails=("central", "integers-and-unchanged"),
)
def numerical_gradient(f, x, h=1e-5):
    x = np.array(x, dtype=float)
    gradient = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        old = x[i]
        x[i] = old + h
        right = f(x)
        x[i] = old - h
        left = f(x)
        x[i] = old
        gradient[i] = (right - left) / 2
    return gradient


@mistake(
    "numerical-gradient",
    "left minus right",
    hint="Every sign is turned round. Try f(x) = the sum of x, whose slopes are all 1.",
    fails=("central", "integers-and-unchanged"),
)
def numerical_gradient(f, x, h=1e-5):
    x = np.array(x, dtype=float)
    gradient = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        old = x[i]
        x[i] = old + h
        right = f(x)
        x[i] = old - h
        left = f(x)
        x[i] = old
        gradient[i] = (left - right) / (2 * h)
    return gradient


@mistake(
    "numerical-gradient",
    "all entries moved at once",
    hint=("All your slopes are the same number: you move all entries of x together, so you get the sum of all slopes. Move one at a time."),
    fails=("central", "integers-and-unchanged"),
)
def numerical_gradient(f, x, h=1e-5):
    x = np.array(x, dtype=float)
    gradient = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        gradient[i] = (f(x + h) - f(x - h)) / (2 * h)
    return gradient


@mistake(
    "numerical-gradient",
    "the entry is not put back",
    hint=("Each entry stays where its last step left it, and the next slope is taken at another place. Put it back before you go on."),
    fails=("central", "integers-and-unchanged"),
)
def numerical_gradient(f, x, h=1e-5):
    x = np.array(x, dtype=float)
    gradient = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        x[i] += h
        right = f(x)
        x[i] -= 2 * h
        left = f(x)
        gradient[i] = (right - left) / (2 * h)
    return gradient


@mistake(
    "numerical-gradient",
    "a step of its own in place of h",
    hint="Your answer does not depend on h. Call it with h = 0.1 and with h = 0.2 for the cubic: the two must differ.",
    fails=("central", "integers-and-unchanged"),
)
def numerical_gradient(f, x, h=1e-5):
    x = np.array(x, dtype=float)
    gradient = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        old = x[i]
        x[i] = old + 1e-5
        right = f(x)
        x[i] = old - 1e-5
        left = f(x)
        x[i] = old
        gradient[i] = (right - left) / 2e-5
    return gradient


@mistake(
    "numerical-gradient",
    "a step in proportion to x",
    hint="Your step is larger where x is larger. The text asks for the same step h for every entry.",
    fails=("central", "integers-and-unchanged"),
)
def numerical_gradient(f, x, h=1e-5):
    x = np.array(x, dtype=float)
    gradient = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        old = x[i]
        step = h * abs(old)
        x[i] = old + step
        right = f(x)
        x[i] = old - step
        left = f(x)
        x[i] = old
        gradient[i] = (right - left) / (2 * step)
    return gradient


@mistake(
    "numerical-gradient",
    "half a step to each side",
    hint=(
        "Your points are h/2 from x, so your answer is four times as exact as the one asked for, and differs from it. How far from "
        "x does the text go?"
    ),
    fails=("central", "integers-and-unchanged"),
)
def numerical_gradient(f, x, h=1e-5):
    x = np.array(x, dtype=float)
    gradient = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        old = x[i]
        x[i] = old + h / 2
        right = f(x)
        x[i] = old - h / 2
        left = f(x)
        x[i] = old
        gradient[i] = (right - left) / h
    return gradient


@mistake(
    "numerical-gradient",
    "a whole row moved at once",
    hint="For a matrix all slopes of a row are the same. Your loop runs over the rows; it must run over the entries.",
    fails=("central",),
)
def numerical_gradient(f, x, h=1e-5):
    x = np.array(x, dtype=float)
    gradient = np.zeros(x.shape)
    for i in range(len(x)):
        old = x[i].copy()
        x[i] = old + h
        right = f(x)
        x[i] = old - h
        left = f(x)
        x[i] = old
        gradient[i] = (right - left) / (2 * h)
    return gradient


@mistake(
    "numerical-gradient",
    "the shape is lost",
    hint="Your numbers may be right, but they come in one long row. The answer has the shape of x.",
    fails=("central",),
)
def numerical_gradient(f, x, h=1e-5):
    x = np.array(x, dtype=float)
    slopes = []
    for i in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[i] = h
        slopes.append((f(x + step) - f(x - step)) / (2 * h))
    return np.array(slopes)


@mistake(
    "numerical-gradient",
    "an array of integers cuts the step off",
    hint="Try x = np.array([1, -2]), without points. What becomes of 1 + 0.1 when it is written into an array of integers?",
    fails=("integers-and-unchanged",),
)
def numerical_gradient(f, x, h=1e-5):
    x = x.copy()
    gradient = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        old = x[i]
        x[i] = old + h
        right = f(x)
        x[i] = old - h
        left = f(x)
        x[i] = old
        gradient[i] = (right - left) / (2 * h)
    return gradient


@mistake(
    "numerical-gradient",
    "the gradient takes its type from x",
    hint="Try x = np.array([1, -2]), without points. What becomes of 0.05 when it is written into an array of integers?",
    fails=("integers-and-unchanged",),
)
def numerical_gradient(f, x, h=1e-5):
    gradient = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[i] = h
        gradient[i] = (f(x + step) - f(x - step)) / (2 * h)
    return gradient


@mistake(
    "numerical-gradient",
    "the answer is written into x",
    hint="After the call x holds the gradient. The caller still needs x: give the answer an array of its own.",
    fails=("integers-and-unchanged",),
)
def numerical_gradient(f, x, h=1e-5):
    given = x.astype(float)
    gradient = np.zeros(given.shape)
    for i in np.ndindex(given.shape):
        step = np.zeros(given.shape)
        step[i] = h
        gradient[i] = (f(given + step) - f(given - step)) / (2 * h)
    x[...] = gradient
    return gradient


# --- affine_forward ---


@mistake(
    "affine-forward",
    "the bias is missing",
    hint="Let x be all zeros: what should come out?",
    fails=("values",),
)
def affine_forward(x, w, b):
    return x @ w, (x, w)


@mistake(
    "affine-forward",
    "the bias subtracted",
    hint="Let x be all zeros: what should come out, and with which sign?",
    fails=("values",),
)
def affine_forward(x, w, b):
    return x @ w - b, (x, w)


@mistake(
    "affine-forward",
    "the bias counted twice",
    hint="Let x be all zeros: what should come out?",
    fails=("values",),
)
def affine_forward(x, w, b):
    return x @ w + b + b, (x, w)


@mistake(
    "affine-forward",
    "the sum of all biases added to every unit",
    hint="Each unit has a bias of its own. Yours all get the same number added.",
    fails=("values",),
)
def affine_forward(x, w, b):
    return x @ w + np.sum(b), (x, w)


@mistake(
    "affine-forward",
    "the first bias added to every unit",
    hint="Each unit has a bias of its own. Yours all get the same number added.",
    fails=("values",),
)
def affine_forward(x, w, b):
    return x @ w + b[0], (x, w)


@mistake(
    "affine-forward",
    "an activation in the affine layer",
    hint="Your layer has no negative outputs. The activation is a step of its own; this one is a product and a sum.",
    fails=("values",),
)
def affine_forward(x, w, b):
    return np.maximum(x @ w + b, 0), (x, w)


@mistake(
    "affine-forward",
    "w reshaped where it should stay as it is",
    hint=(
        "w has the shape (D, M) already, and each of its columns belongs to one unit. Reshape does not turn rows into columns, it "
        "tears them apart."
    ),
    fails=("values",),
)
def affine_forward(x, w, b):
    return x @ w.T.reshape(w.shape) + b, (x, w)


@mistake(
    "affine-forward",
    "divided by the number of inputs",
    hint="Your product is too small by the number of inputs. A sum is asked for, not a mean.",
    fails=("values",),
)
def affine_forward(x, w, b):
    return x @ w / len(w) + b, (x, w)


@mistake(
    "affine-forward",
    "divided by the number of samples",
    hint="Your output for a sample depends on how many others come with it. Call it with one row, and with the same row twice.",
    fails=("values",),
)
def affine_forward(x, w, b):
    return (x @ w + b) / len(x), (x, w)


# --- affine_backward ---


@mistake(
    "affine-backward",
    "w reshaped, not transposed",
    hint=(
        "The shape of your dx is right, but reshape keeps the order of the numbers and only breaks the rows elsewhere. Compare it "
        "with the transpose for [[1, 2], [3, 4]]."
    ),
    fails=("dx",),
)
def affine_backward(dout, cache):
    x, w = cache[:2]
    return dout @ w.reshape(w.shape[::-1]), x.T @ dout, dout.sum(axis=0)


@mistake(
    "affine-backward",
    "x reshaped, not transposed",
    hint=(
        "The shape of your dw is right, but reshape keeps the order of the numbers and only breaks the rows elsewhere. Compare it "
        "with the transpose for [[1, 2], [3, 4]]."
    ),
    fails=("dw",),
)
def affine_backward(dout, cache):
    x, w = cache[:2]
    return dout @ w.T, x.reshape(x.shape[::-1]) @ dout, dout.sum(axis=0)


@mistake(
    "affine-backward",
    "dw transposed",
    hint="Write the shapes beside the line: dw has the shape of w. Which of the two factors comes first?",
    fails=("dw",),
)
def affine_backward(dout, cache):
    x, w = cache[:2]
    return dout @ w.T, dout.T @ x, dout.sum(axis=0)


@mistake(
    "affine-backward",
    "dw divided by the number of samples",
    hint="Your dw is too small by the number of samples. If the loss is a mean over them, that is in dout already.",
    fails=("dw",),
)
def affine_backward(dout, cache):
    x, w = cache[:2]
    return dout @ w.T, x.T @ dout / len(x), dout.sum(axis=0)


@mistake(
    "affine-backward",
    "the mean of dout for the bias",
    hint="The bias is used in every sample, and what is shared is summed over. Compare your db with the hand example.",
    fails=("db",),
)
def affine_backward(dout, cache):
    x, w = cache[:2]
    return dout @ w.T, x.T @ dout, dout.mean(axis=0)


@mistake(
    "affine-backward",
    "dw and db divided by the number of samples",
    hint="Both are too small by the number of samples. If the loss is a mean over them, that is in dout already.",
    fails=("dw", "db"),
)
def affine_backward(dout, cache):
    x, w = cache[:2]
    return dout @ w.T, x.T @ dout / len(x), dout.sum(axis=0) / len(x)


@mistake(
    "affine-backward",
    "all three divided by the number of samples",
    hint="All three are too small by the number of samples. If the loss is a mean over them, that is in dout already.",
    fails=("dx", "dw", "db"),
)
def affine_backward(dout, cache):
    x, w = cache[:2]
    dout = dout / len(dout)
    return dout @ w.T, x.T @ dout, dout.sum(axis=0)


@mistake(
    "affine-backward",
    "dx divided by the number of samples",
    hint="Your dx is too small by the number of samples. What comes from above holds all such factors already.",
    fails=("dx",),
)
def affine_backward(dout, cache):
    x, w = cache[:2]
    return dout @ w.T / len(x), x.T @ dout, dout.sum(axis=0)


@mistake(
    "affine-backward",
    "the bias has no gradient",
    hint="Your db is all zeros. Move a bias a little: does the output stay as it is?",
    fails=("db",),
)
def affine_backward(dout, cache):
    x, w = cache[:2]
    return dout @ w.T, x.T @ dout, np.zeros(dout.shape[1])


@mistake(
    "affine-backward",
    "the gradient of the bias is not summed",
    hint="db has the shape of b: one number for each unit. Yours still has a row for each sample.",
    fails=("db",),
)
def affine_backward(dout, cache):
    x, w = cache[:2]
    return dout @ w.T, x.T @ dout, dout


@mistake(
    "affine-backward",
    "the gradient of the bias is summed over the units",
    hint="db has the shape of b: one number for each unit. Yours has one for each sample: over which axis do you sum?",
    fails=("db",),
)
def affine_backward(dout, cache):
    x, w = cache[:2]
    return dout @ w.T, x.T @ dout, dout.sum(axis=1)


@mistake(
    "affine-backward",
    "the gradient of the bias keeps an axis",
    hint="db has the shape of b, which is (M,). Yours has two axes.",
    fails=("db",),
)
def affine_backward(dout, cache):
    x, w = cache[:2]
    return dout @ w.T, x.T @ dout, dout.sum(axis=0, keepdims=True)


@mistake(
    "affine-backward",
    "one sum for all biases",
    hint="Your db is a single number. Each unit has a bias of its own.",
    fails=("db",),
)
def affine_backward(dout, cache):
    x, w = cache[:2]
    return dout @ w.T, x.T @ dout, dout.sum()


@mistake(
    "affine-backward",
    "the bias's gradient from the last sample",
    hint="Your db knows only the last sample. A loop may overwrite what it should add to.",
    fails=("db",),
)
def affine_backward(dout, cache):
    x, w = cache[:2]
    return dout @ w.T, x.T @ dout, dout[-1]


@mistake(
    "affine-backward",
    "dw from the last sample",
    hint="Your dw knows only the last sample. A loop may overwrite what it should add to.",
    fails=("dw",),
)
def affine_backward(dout, cache):
    x, w = cache[:2]
    return dout @ w.T, np.outer(x[-1], dout[-1]), dout.sum(axis=0)


@mistake(
    "affine-backward",
    "dw and db from the last sample",
    hint="Your dw and db know only the last sample. A loop may overwrite what it should add to.",
    fails=("dw", "db"),
)
def affine_backward(dout, cache):
    x, w = cache[:2]
    return dout @ w.T, np.outer(x[-1], dout[-1]), dout[-1]


@mistake(
    "affine-backward",
    "dout ignored",
    hint="Your result stays the same when dout is doubled. What comes from above has to be passed on.",
    fails=("dx", "dw", "db"),
)
def affine_backward(dout, cache):
    x, w = cache[:2]
    dout = np.ones_like(dout)
    return dout @ w.T, x.T @ dout, dout.sum(axis=0)


@mistake(
    "affine-backward",
    "dout ignored in db",
    hint="Your db is the number of samples for every unit, whatever dout is.",
    fails=("db",),
)
def affine_backward(dout, cache):
    x, w = cache[:2]
    return dout @ w.T, x.T @ dout, np.full(dout.shape[1], float(len(dout)))


@mistake(
    "affine-backward",
    "the wrong sign everywhere",
    hint="All signs are turned round. The step against the gradient is taken later, by whoever changes the parameters.",
    fails=("dx", "dw", "db"),
)
def affine_backward(dout, cache):
    x, w = cache[:2]
    dout = -dout
    return dout @ w.T, x.T @ dout, dout.sum(axis=0)


@mistake(
    "affine-backward",
    "the wrong sign in dw",
    hint="The sign of dw is turned round. The step against the gradient is taken later, by whoever changes the parameters.",
    fails=("dw",),
)
def affine_backward(dout, cache):
    x, w = cache[:2]
    return dout @ w.T, -(x.T @ dout), dout.sum(axis=0)


@mistake(
    "affine-backward",
    "the wrong sign in dx",
    hint="The sign of dx is turned round. A larger x makes the output larger where w is positive.",
    fails=("dx",),
)
def affine_backward(dout, cache):
    x, w = cache[:2]
    return -(dout @ w.T), x.T @ dout, dout.sum(axis=0)


@mistake(
    "affine-backward",
    "dw twice as large",
    hint="Your dw is twice the right one. Is something added twice, or differentiated as if it were squared?",
    fails=("dw",),
)
def affine_backward(dout, cache):
    x, w = cache[:2]
    return dout @ w.T, 2 * (x.T @ dout), dout.sum(axis=0)


@mistake(
    "affine-backward",
    "weight decay in dw",
    hint="Your dw holds a multiple of w. The text asks for the gradient of the layer alone.",
    fails=("dw",),
)
def affine_backward(dout, cache):
    x, w = cache[:2]
    return dout @ w.T, x.T @ dout + w, dout.sum(axis=0)


@mistake(
    "affine-backward",
    "the size of w in place of w",
    hint="Your dx is never of another sign than dout would make it with positive weights. Where did the sign of w go?",
    fails=("dx",),
)
def affine_backward(dout, cache):
    x, w = cache[:2]
    return dout @ np.abs(w).T, x.T @ dout, dout.sum(axis=0)


# --- relu_forward, relu_backward ---


@mistake(
    "relu-backward",
    "the size of x in place of its positive part",
    hint="For -1 your function gives 1. What should become of a negative number?",
    fails=("forward",),
)
def relu_forward(x):
    return np.abs(x), x


@mistake(
    "relu-backward",
    "a step in place of a ramp",
    hint="Your outputs are all 0 or 1. That is the slope, not the value.",
    fails=("forward",),
)
def relu_forward(x):
    return np.where(x > 0, 1.0, 0.0), x


@mistake(
    "relu-backward",
    "the negative part",
    hint="For 2 your function gives 0. Larger or smaller than 0: which of the two goes through?",
    fails=("forward",),
)
def relu_forward(x):
    return np.minimum(x, 0), x


@mistake(
    "relu-backward",
    "a leak on the left",
    hint="For -1 your function does not give 0. The leaky rectifier is another function.",
    fails=("forward",),
)
def relu_forward(x):
    return np.where(x > 0, x, 0.01 * x), x


@mistake(
    "relu-backward",
    "x itself",
    hint="For -1 your function gives -1. What should become of a negative number?",
    fails=("forward",),
)
def relu_forward(x):
    return x.copy(), x


@mistake(
    "relu-backward",
    "everything up to 1 cut off",
    hint="For 0.5 your function gives 0. Where is the kink?",
    fails=("forward",),
)
def relu_forward(x):
    return np.where(x > 1, x, 0.0), x


@mistake(
    "relu-backward",
    "cut off at 1",
    hint="For 2 your function gives 1. It has a kink at 0 and no other.",
    fails=("forward",),
)
def relu_forward(x):
    return np.clip(x, 0, 1), x


@mistake(
    "relu-backward",
    "the sign of dout decides",
    hint="You ask whether dout is positive. What lets the signal through is the sign of the layer's input.",
    fails=("backward",),
)
def relu_backward(dout, cache):
    return np.where(dout > 0, dout, 0.0)


@mistake(
    "relu-backward",
    "everything let through",
    hint="Your dx is dout. Is a small change of a negative input felt above?",
    fails=("backward",),
)
def relu_backward(dout, cache):
    return dout


@mistake(
    "relu-backward",
    "the wrong side let through",
    hint="You let through what should be blocked, and block what should go through.",
    fails=("backward",),
)
def relu_backward(dout, cache):
    x = cache[0] if isinstance(cache, tuple) else cache
    return dout * (x < 0)


@mistake(
    "relu-backward",
    "the slope without dout",
    hint="Your dx is made of 0 and 1 and stays the same when dout is doubled. The slope is one factor of two.",
    fails=("backward",),
)
def relu_backward(dout, cache):
    x = cache[0] if isinstance(cache, tuple) else cache
    return np.where(x > 0, 1.0, 0.0)


@mistake(
    "relu-backward",
    "multiplied by the output, not by the slope",
    hint="Your dx grows with x. How steep is the rectifier at 1, how steep at 2?",
    fails=("backward",),
)
def relu_backward(dout, cache):
    x = cache[0] if isinstance(cache, tuple) else cache
    return dout * np.maximum(x, 0)


@mistake(
    "relu-backward",
    "multiplied by x",
    hint="Your dx grows with x. How steep is the rectifier at 1, how steep at 2?",
    fails=("backward",),
)
def relu_backward(dout, cache):
    x = cache[0] if isinstance(cache, tuple) else cache
    return dout * x


@mistake(
    "relu-backward",
    "the output in place of the gradient",
    hint="You return what the layer computes forwards.",
    fails=("backward",),
)
def relu_backward(dout, cache):
    x = cache[0] if isinstance(cache, tuple) else cache
    return np.maximum(x, 0)


@mistake(
    "relu-backward",
    "the wrong sign",
    hint="Every sign is turned round. A larger positive input makes the output larger.",
    fails=("backward",),
)
def relu_backward(dout, cache):
    x = cache[0] if isinstance(cache, tuple) else cache
    return -dout * (x > 0)


@mistake(
    "relu-backward",
    "both signs have to be positive",
    hint="You let through only where dout is positive too. A negative signal says something as well.",
    fails=("backward",),
)
def relu_backward(dout, cache):
    x = cache[0] if isinstance(cache, tuple) else cache
    return dout * (x > 0) * (dout > 0)


@mistake(
    "relu-backward",
    "a leak in the derivative",
    hint="Something goes through where x is negative. The leaky rectifier is another function.",
    fails=("backward",),
)
def relu_backward(dout, cache):
    x = cache[0] if isinstance(cache, tuple) else cache
    return dout * np.where(x > 0, 1.0, 0.01)


# --- softmax_loss ---


@mistake(
    "softmax-loss",
    "the sum of the losses, not their mean",
    hint="Write the batch twice: the mean stays as it is. Your loss doubles.",
    fails=("loss", "extremes"),
)
def softmax_loss(x, y):
    n, c = x.shape
    rows, onehot = np.arange(n), np.eye(c)[y]
    shifted = x - x.max(axis=1, keepdims=True)
    logp = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    p = np.exp(logp)
    return -np.sum(logp[rows, y]), (p - onehot) / n


@mistake(
    "softmax-loss",
    "the mean over all entries of the scores",
    hint="Your loss is too small by the number of classes. Over how many numbers is the mean taken?",
    fails=("loss", "extremes"),
)
def softmax_loss(x, y):
    n, c = x.shape
    rows, onehot = np.arange(n), np.eye(c)[y]
    shifted = x - x.max(axis=1, keepdims=True)
    logp = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    p = np.exp(logp)
    return -np.sum(logp[rows, y]) / (n * c), (p - onehot) / n


@mistake(
    "softmax-loss",
    "the loss without its minus",
    hint="Your loss is negative. The logarithm of a probability is never above 0.",
    fails=("loss", "extremes"),
)
def softmax_loss(x, y):
    n, c = x.shape
    rows, onehot = np.arange(n), np.eye(c)[y]
    shifted = x - x.max(axis=1, keepdims=True)
    logp = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    p = np.exp(logp)
    return np.mean(logp[rows, y]), (p - onehot) / n


@mistake(
    "softmax-loss",
    "the logarithm to base 2",
    hint="Equal scores for C classes should give log C. By which factor are you off, and which logarithm would that be?",
    fails=("loss", "extremes"),
)
def softmax_loss(x, y):
    n, c = x.shape
    rows, onehot = np.arange(n), np.eye(c)[y]
    shifted = x - x.max(axis=1, keepdims=True)
    logp = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    p = np.exp(logp)
    return -np.mean(logp[rows, y]) / np.log(2), (p - onehot) / n


@mistake(
    "softmax-loss",
    "the logarithm to base 10",
    hint="Equal scores for C classes should give log C. By which factor are you off, and which logarithm would that be?",
    fails=("loss", "extremes"),
)
def softmax_loss(x, y):
    n, c = x.shape
    rows, onehot = np.arange(n), np.eye(c)[y]
    shifted = x - x.max(axis=1, keepdims=True)
    logp = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    p = np.exp(logp)
    return -np.mean(logp[rows, y]) / np.log(10), (p - onehot) / n


@mistake(
    "softmax-loss",
    "the logarithm of the mean probability",
    hint="You take the mean first and the logarithm then. The two do not commute.",
    fails=("loss", "extremes"),
)
def softmax_loss(x, y):
    n, c = x.shape
    rows, onehot = np.arange(n), np.eye(c)[y]
    shifted = x - x.max(axis=1, keepdims=True)
    logp = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    p = np.exp(logp)
    return -np.log(np.mean(p[rows, y])), (p - onehot) / n


@mistake(
    "softmax-loss",
    "the probability, not its logarithm",
    hint="Your loss is never below -1. Something is missing between the probability and the mean.",
    fails=("loss", "extremes"),
)
def softmax_loss(x, y):
    n, c = x.shape
    rows, onehot = np.arange(n), np.eye(c)[y]
    shifted = x - x.max(axis=1, keepdims=True)
    logp = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    p = np.exp(logp)
    return -np.mean(p[rows, y]), (p - onehot) / n


@mistake(
    "softmax-loss",
    "the classes that are not right count too",
    hint="Your loss sums over all classes. Only the probability of the right class has a say, directly.",
    fails=("loss", "extremes"),
)
def softmax_loss(x, y):
    n, c = x.shape
    onehot = np.eye(c)[y]
    shifted = x - x.max(axis=1, keepdims=True)
    logp = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    p = np.exp(logp)
    return -np.sum(logp) / n, (p - onehot) / n


@mistake(
    "softmax-loss",
    "a small number added inside the logarithm",
    hint=(
        "Your loss is off by a tiny amount that depends on the probabilities. If you shift the scores, nothing needs to be added to"
        " keep the logarithm finite."
    ),
    fails=("loss", "extremes"),
)
def softmax_loss(x, y):
    n, c = x.shape
    rows, onehot = np.arange(n), np.eye(c)[y]
    shifted = x - x.max(axis=1, keepdims=True)
    logp = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    p = np.exp(logp)
    return -np.mean(np.log(p[rows, y] + 1e-8)), (p - onehot) / n


@mistake(
    "softmax-loss",
    "one softmax over all rows together",
    hint="Your probabilities add up to 1 over the whole batch, not in each row. Look at the axis of your sums.",
    fails=("loss", "gradient", "extremes"),
)
def softmax_loss(x, y):
    n, c = x.shape
    rows, onehot = np.arange(n), np.eye(c)[y]
    shifted = x - x.max()
    logp = shifted - np.log(np.exp(shifted).sum())
    p = np.exp(logp)
    return -np.mean(logp[rows, y]), (p - onehot) / n


@mistake(
    "softmax-loss",
    "the softmax over the samples, not the classes",
    hint="Your probabilities add up to 1 in each column, not in each row. Look at the axis of your sums.",
    fails=("loss", "gradient", "extremes"),
)
def softmax_loss(x, y):
    n, c = x.shape
    rows, onehot = np.arange(n), np.eye(c)[y]
    shifted = x - x.max(axis=0)
    logp = shifted - np.log(np.exp(shifted).sum(axis=0))
    p = np.exp(logp)
    return -np.mean(logp[rows, y]), (p - onehot) / n


@mistake(
    "softmax-loss",
    "the softmax of a softmax",
    hint="Your loss never comes near 0, however good the scores are: the softmax is taken twice.",
    fails=("loss", "gradient", "extremes"),
)
def softmax_loss(x, y):
    n, c = x.shape
    rows, onehot = np.arange(n), np.eye(c)[y]
    shifted = x - x.max(axis=1, keepdims=True)
    logp = np.exp(shifted) / np.exp(shifted).sum(axis=1, keepdims=True)
    p = np.exp(logp) / np.exp(logp).sum(axis=1, keepdims=True)
    return -np.mean(np.log(p[rows, y])), (p - onehot) / n


@mistake(
    "softmax-loss",
    "the gradient of the sum with the loss of the mean",
    hint=(
        "Your gradient is too large by the number of samples: it belongs to the sum of the losses. Write the batch twice and see "
        "what each of your two results does."
    ),
    fails=("gradient", "extremes"),
)
def softmax_loss(x, y):
    n, c = x.shape
    rows, onehot = np.arange(n), np.eye(c)[y]
    shifted = x - x.max(axis=1, keepdims=True)
    logp = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    p = np.exp(logp)
    return -np.mean(logp[rows, y]), p - onehot


@mistake(
    "softmax-loss",
    "the gradient divided by all entries",
    hint="Your gradient is too small by the number of classes. Over how many numbers is the mean of the loss taken?",
    fails=("gradient", "extremes"),
)
def softmax_loss(x, y):
    n, c = x.shape
    rows, onehot = np.arange(n), np.eye(c)[y]
    shifted = x - x.max(axis=1, keepdims=True)
    logp = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    p = np.exp(logp)
    return -np.mean(logp[rows, y]), (p - onehot) / (n * c)


@mistake(
    "softmax-loss",
    "the gradient divided by the number of samples twice",
    hint="Your gradient is too small by the number of samples. Count how often you divide by it.",
    fails=("gradient", "extremes"),
)
def softmax_loss(x, y):
    n, c = x.shape
    rows, onehot = np.arange(n), np.eye(c)[y]
    shifted = x - x.max(axis=1, keepdims=True)
    logp = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    p = np.exp(logp)
    return -np.mean(logp[rows, y]), (p - onehot) / n / n


@mistake(
    "softmax-loss",
    "the wrong sign of the gradient",
    hint="All signs are turned round. A larger score of the right class makes the loss smaller.",
    fails=("gradient", "extremes"),
)
def softmax_loss(x, y):
    n, c = x.shape
    rows, onehot = np.arange(n), np.eye(c)[y]
    shifted = x - x.max(axis=1, keepdims=True)
    logp = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    p = np.exp(logp)
    return -np.mean(logp[rows, y]), (onehot - p) / n


@mistake(
    "softmax-loss",
    "the gradient twice as large",
    hint="Your gradient is twice the right one. No square is differentiated here.",
    fails=("gradient", "extremes"),
)
def softmax_loss(x, y):
    n, c = x.shape
    rows, onehot = np.arange(n), np.eye(c)[y]
    shifted = x - x.max(axis=1, keepdims=True)
    logp = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    p = np.exp(logp)
    return -np.mean(logp[rows, y]), 2 * (p - onehot) / n


@mistake(
    "softmax-loss",
    "the right class is not treated apart",
    hint="Your rows add up to more than 0. How does the loss depend on the score of the right class, beside its part in the sum?",
    fails=("gradient", "extremes"),
)
def softmax_loss(x, y):
    n = len(x)
    rows = np.arange(n)
    shifted = x - x.max(axis=1, keepdims=True)
    logp = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    p = np.exp(logp)
    return -np.mean(logp[rows, y]), p / n


@mistake(
    "softmax-loss",
    "the label subtracted as a number",
    hint="You subtract the label itself from every entry of a row. A label says at which place something is to be done.",
    fails=("gradient", "extremes"),
)
def softmax_loss(x, y):
    n = len(x)
    rows = np.arange(n)
    shifted = x - x.max(axis=1, keepdims=True)
    logp = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    p = np.exp(logp)
    return -np.mean(logp[rows, y]), (p - y[:, None]) / n


@mistake(
    "softmax-loss",
    "only the right class has a gradient",
    hint="All other entries of your gradient are 0. They are in the sum of the exponentials too.",
    fails=("gradient", "extremes"),
)
def softmax_loss(x, y):
    n, c = x.shape
    rows, onehot = np.arange(n), np.eye(c)[y]
    shifted = x - x.max(axis=1, keepdims=True)
    logp = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    p = np.exp(logp)
    return -np.mean(logp[rows, y]), onehot * (p - 1) / n


@mistake(
    "softmax-loss",
    "the slope by the probability, not by the score",
    hint="You differentiated the logarithm, but not the softmax below it. The gradient is asked for by the scores.",
    fails=("gradient", "extremes"),
)
def softmax_loss(x, y):
    n, c = x.shape
    rows, onehot = np.arange(n), np.eye(c)[y]
    shifted = x - x.max(axis=1, keepdims=True)
    logp = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    p = np.exp(logp)
    return -np.mean(logp[rows, y]), -onehot / p / n


@mistake(
    "softmax-loss",
    "the softmax treated entry by entry",
    hint="Your rows do not add up to 0. Each score changes all probabilities of its row, not only its own.",
    fails=("gradient", "extremes"),
)
def softmax_loss(x, y):
    n, c = x.shape
    rows, onehot = np.arange(n), np.eye(c)[y]
    shifted = x - x.max(axis=1, keepdims=True)
    logp = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    p = np.exp(logp)
    return -np.mean(logp[rows, y]), (p - onehot) * p * (1 - p) / n


@mistake(
    "softmax-loss",
    "only the label's part divided by the number of samples",
    hint="Your rows do not add up to 0. The division belongs to the whole difference.",
    fails=("gradient", "extremes"),
)
def softmax_loss(x, y):
    n, c = x.shape
    rows, onehot = np.arange(n), np.eye(c)[y]
    shifted = x - x.max(axis=1, keepdims=True)
    logp = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    p = np.exp(logp)
    return -np.mean(logp[rows, y]), p - onehot / n


@mistake(
    "softmax-loss",
    "only the probabilities divided by the number of samples",
    hint="Your rows do not add up to 0. The division belongs to the whole difference.",
    fails=("gradient", "extremes"),
)
def softmax_loss(x, y):
    n, c = x.shape
    rows, onehot = np.arange(n), np.eye(c)[y]
    shifted = x - x.max(axis=1, keepdims=True)
    logp = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    p = np.exp(logp)
    return -np.mean(logp[rows, y]), p / n - onehot


@mistake(
    "softmax-loss",
    "the scores are not shifted",
    hint=("e^800 is infinite, and infinity divided by infinity is nothing at all. Which number may you subtract from all scores of a row?"),
    fails=("extremes",),
)
def softmax_loss(x, y):
    n, c = x.shape
    rows, onehot = np.arange(n), np.eye(c)[y]
    shifted = x
    logp = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    p = np.exp(logp)
    return -np.mean(logp[rows, y]), (p - onehot) / n


@mistake(
    "softmax-loss",
    "one shift for all rows",
    hint="You subtract the same number from all rows. Rows that lie 800 lower then have exponentials that are all 0.",
    fails=("extremes",),
)
def softmax_loss(x, y):
    n, c = x.shape
    rows, onehot = np.arange(n), np.eye(c)[y]
    shifted = x - x.max()
    logp = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    p = np.exp(logp)
    return -np.mean(logp[rows, y]), (p - onehot) / n


@mistake(
    "softmax-loss",
    "a shift that leaves large scores",
    hint=(
        "You shift each row, but what is left, say after the mean or the smallest score, may still be as large as 800. Which shift "
        "leaves nothing above 0?"
    ),
    fails=("extremes",),
)
def softmax_loss(x, y):
    n, c = x.shape
    rows, onehot = np.arange(n), np.eye(c)[y]
    shifted = x - x.mean(axis=1, keepdims=True)
    logp = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    p = np.exp(logp)
    return -np.mean(logp[rows, y]), (p - onehot) / n


@mistake(
    "softmax-loss",
    "the logarithm of a probability that is 0",
    hint=(
        "A confident wrong answer has a loss of 800, but its probability is rounded to 0, and the logarithm of 0 is infinite. Take "
        "the logarithm on paper."
    ),
    fails=("extremes",),
)
def softmax_loss(x, y):
    n, c = x.shape
    rows, onehot = np.arange(n), np.eye(c)[y]
    shifted = x - x.max(axis=1, keepdims=True)
    logp = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    p = np.exp(logp)
    return -np.mean(np.log(p[rows, y])), (p - onehot) / n


@mistake(
    "softmax-loss",
    "the probability kept from 0 by a bound",
    hint=(
        "A confident wrong answer has a loss of 800; yours stops at a bound of its own, near 28 or 690. Take the logarithm on "
        "paper, and no bound is needed."
    ),
    fails=("extremes",),
)
def softmax_loss(x, y):
    n, c = x.shape
    rows, onehot = np.arange(n), np.eye(c)[y]
    shifted = x - x.max(axis=1, keepdims=True)
    logp = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    p = np.exp(logp)
    return -np.mean(np.log(np.maximum(p[rows, y], 1e-12))), (p - onehot) / n


@mistake(
    "softmax-loss",
    "the scores clipped",
    hint=(
        "Scores of 800 count as 500 with you, and the loss of a confident wrong answer comes out too small. Shifting changes "
        "nothing; clipping does."
    ),
    fails=("extremes",),
)
def softmax_loss(x, y):
    n, c = x.shape
    rows, onehot = np.arange(n), np.eye(c)[y]
    shifted = np.clip(x, -500, 500)
    logp = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    p = np.exp(logp)
    return -np.mean(logp[rows, y]), (p - onehot) / n


# --- mlp_loss_and_grads ---


@mistake(
    "mlp-loss-and-grads",
    "the slope of the activation is missing",
    hint=(
        "The last layer is right and everything below it is not. On its way down the signal passes each activation; what does it do to it?"
    ),
    fails=("one-hidden-layer", "any-depth"),
)
def mlp_loss_and_grads(params, x, y, activation):
    f = {"relu": lambda z: np.maximum(z, 0), "tanh": np.tanh, "sigmoid": lambda z: 1 / (1 + np.exp(-z))}[activation]
    depth, a, z = len(params) // 2, [x], []
    for k in range(1, depth + 1):
        z.append(a[-1] @ params[f"W{k}"] + params[f"b{k}"])
        a.append(f(z[-1]) if k < depth else z[-1])
    loss, delta = softmax_loss(z[-1], y)
    grads = {}
    for k in range(depth, 0, -1):
        grads[f"W{k}"] = a[k - 1].T @ delta
        grads[f"b{k}"] = delta.sum(axis=0)
        if k > 1:
            delta = delta @ params[f"W{k}"].T
    return loss, grads


@mistake(
    "mlp-loss-and-grads",
    "the slope is missing in the lowest activation",
    hint="Only the first layer is wrong. Is its activation passed on the way back?",
    fails=("one-hidden-layer", "any-depth"),
)
def mlp_loss_and_grads(params, x, y, activation):
    f = {"relu": lambda z: np.maximum(z, 0), "tanh": np.tanh, "sigmoid": lambda z: 1 / (1 + np.exp(-z))}[activation]
    slope = {"relu": lambda z: z > 0, "tanh": lambda z: 1 - f(z) ** 2, "sigmoid": lambda z: f(z) * (1 - f(z))}[activation]
    depth, a, z = len(params) // 2, [x], []
    for k in range(1, depth + 1):
        z.append(a[-1] @ params[f"W{k}"] + params[f"b{k}"])
        a.append(f(z[-1]) if k < depth else z[-1])
    loss, delta = softmax_loss(z[-1], y)
    grads = {}
    for k in range(depth, 0, -1):
        grads[f"W{k}"] = a[k - 1].T @ delta
        grads[f"b{k}"] = delta.sum(axis=0)
        if k > 1:
            delta = delta @ params[f"W{k}"].T
            if k > 2:
                delta = delta * slope(z[k - 2])
    return loss, grads


@mistake(
    "mlp-loss-and-grads",
    "the slope is missing in the highest activation",
    hint="The last layer is right, and everything below the activation under it is not. Is that activation passed on the way back?",
    fails=("one-hidden-layer", "any-depth"),
)
def mlp_loss_and_grads(params, x, y, activation):
    f = {"relu": lambda z: np.maximum(z, 0), "tanh": np.tanh, "sigmoid": lambda z: 1 / (1 + np.exp(-z))}[activation]
    slope = {"relu": lambda z: z > 0, "tanh": lambda z: 1 - f(z) ** 2, "sigmoid": lambda z: f(z) * (1 - f(z))}[activation]
    depth, a, z = len(params) // 2, [x], []
    for k in range(1, depth + 1):
        z.append(a[-1] @ params[f"W{k}"] + params[f"b{k}"])
        a.append(f(z[-1]) if k < depth else z[-1])
    loss, delta = softmax_loss(z[-1], y)
    grads = {}
    for k in range(depth, 0, -1):
        grads[f"W{k}"] = a[k - 1].T @ delta
        grads[f"b{k}"] = delta.sum(axis=0)
        if k > 1:
            delta = delta @ params[f"W{k}"].T
            if k < depth:
                delta = delta * slope(z[k - 2])
    return loss, grads


@mistake(
    "mlp-loss-and-grads",
    "the slope counted twice",
    hint=(
        "The last layer is right, and each layer below is damped once too often. How often does the signal pass an activation "
        "between two layers?"
    ),
    fails=("one-hidden-layer", "any-depth"),
)
def mlp_loss_and_grads(params, x, y, activation):
    f = {"relu": lambda z: np.maximum(z, 0), "tanh": np.tanh, "sigmoid": lambda z: 1 / (1 + np.exp(-z))}[activation]
    slope = {"relu": lambda z: z > 0, "tanh": lambda z: 1 - f(z) ** 2, "sigmoid": lambda z: f(z) * (1 - f(z))}[activation]
    depth, a, z = len(params) // 2, [x], []
    for k in range(1, depth + 1):
        z.append(a[-1] @ params[f"W{k}"] + params[f"b{k}"])
        a.append(f(z[-1]) if k < depth else z[-1])
    loss, delta = softmax_loss(z[-1], y)
    grads = {}
    for k in range(depth, 0, -1):
        grads[f"W{k}"] = a[k - 1].T @ delta
        grads[f"b{k}"] = delta.sum(axis=0)
        if k > 1:
            delta = (delta @ params[f"W{k}"].T) * slope(z[k - 2]) ** 2
    return loss, grads


@mistake(
    "mlp-loss-and-grads",
    "the slope at the output, not at the pre-activation",
    hint=(
        "The last layer is right, and below it your gradients point nearly, but not quite, the right way. At which place do you ask"
        " for the slope?"
    ),
    fails=("one-hidden-layer", "any-depth"),
)
def mlp_loss_and_grads(params, x, y, activation):
    f = {"relu": lambda z: np.maximum(z, 0), "tanh": np.tanh, "sigmoid": lambda z: 1 / (1 + np.exp(-z))}[activation]
    slope = {"relu": lambda z: z > 0, "tanh": lambda z: 1 - f(z) ** 2, "sigmoid": lambda z: f(z) * (1 - f(z))}[activation]
    depth, a, z = len(params) // 2, [x], []
    for k in range(1, depth + 1):
        z.append(a[-1] @ params[f"W{k}"] + params[f"b{k}"])
        a.append(f(z[-1]) if k < depth else z[-1])
    loss, delta = softmax_loss(z[-1], y)
    grads = {}
    for k in range(depth, 0, -1):
        grads[f"W{k}"] = a[k - 1].T @ delta
        grads[f"b{k}"] = delta.sum(axis=0)
        if k > 1:
            delta = (delta @ params[f"W{k}"].T) * slope(a[k - 1])
    return loss, grads


@mistake(
    "mlp-loss-and-grads",
    "the activation in place of its slope",
    hint="The last layer is right. On the way back you multiply by the value of the activation; how steep is it there?",
    fails=("one-hidden-layer", "any-depth"),
)
def mlp_loss_and_grads(params, x, y, activation):
    f = {"relu": lambda z: np.maximum(z, 0), "tanh": np.tanh, "sigmoid": lambda z: 1 / (1 + np.exp(-z))}[activation]
    depth, a, z = len(params) // 2, [x], []
    for k in range(1, depth + 1):
        z.append(a[-1] @ params[f"W{k}"] + params[f"b{k}"])
        a.append(f(z[-1]) if k < depth else z[-1])
    loss, delta = softmax_loss(z[-1], y)
    grads = {}
    for k in range(depth, 0, -1):
        grads[f"W{k}"] = a[k - 1].T @ delta
        grads[f"b{k}"] = delta.sum(axis=0)
        if k > 1:
            delta = (delta @ params[f"W{k}"].T) * f(z[k - 2])
    return loss, grads


@mistake(
    "mlp-loss-and-grads",
    "the slope of the layer above",
    hint=("The slope that you multiply by belongs to another layer: the shapes fit only where widths are equal. Number your z's on paper."),
    fails=("loss", "one-hidden-layer", "any-depth"),
)
def mlp_loss_and_grads(params, x, y, activation):
    f = {"relu": lambda z: np.maximum(z, 0), "tanh": np.tanh, "sigmoid": lambda z: 1 / (1 + np.exp(-z))}[activation]
    slope = {"relu": lambda z: z > 0, "tanh": lambda z: 1 - f(z) ** 2, "sigmoid": lambda z: f(z) * (1 - f(z))}[activation]
    depth, a, z = len(params) // 2, [x], []
    for k in range(1, depth + 1):
        z.append(a[-1] @ params[f"W{k}"] + params[f"b{k}"])
        a.append(f(z[-1]) if k < depth else z[-1])
    loss, delta = softmax_loss(z[-1], y)
    grads = {}
    for k in range(depth, 0, -1):
        grads[f"W{k}"] = a[k - 1].T @ delta
        grads[f"b{k}"] = delta.sum(axis=0)
        if k > 1:
            delta = (delta @ params[f"W{k}"].T) * slope(z[k - 1])
    return loss, grads


@mistake(
    "mlp-loss-and-grads",
    "the slope on the last layer too",
    hint="Already the last layer is wrong. It is linear: there is no activation between the scores and the loss.",
    fails=("one-hidden-layer", "any-depth"),
)
def mlp_loss_and_grads(params, x, y, activation):
    f = {"relu": lambda z: np.maximum(z, 0), "tanh": np.tanh, "sigmoid": lambda z: 1 / (1 + np.exp(-z))}[activation]
    slope = {"relu": lambda z: z > 0, "tanh": lambda z: 1 - f(z) ** 2, "sigmoid": lambda z: f(z) * (1 - f(z))}[activation]
    depth, a, z = len(params) // 2, [x], []
    for k in range(1, depth + 1):
        z.append(a[-1] @ params[f"W{k}"] + params[f"b{k}"])
        a.append(f(z[-1]) if k < depth else z[-1])
    loss, delta = softmax_loss(z[-1], y)
    delta = delta * slope(z[-1])
    grads = {}
    for k in range(depth, 0, -1):
        grads[f"W{k}"] = a[k - 1].T @ delta
        grads[f"b{k}"] = delta.sum(axis=0)
        if k > 1:
            delta = (delta @ params[f"W{k}"].T) * slope(z[k - 2])
    return loss, grads


@mistake(
    "mlp-loss-and-grads",
    "tanh's slope as 1 - z^2",
    hint="For tanh you square the pre-activation. Which quantity is squared in its slope?",
    fails=("one-hidden-layer", "any-depth"),
)
def mlp_loss_and_grads(params, x, y, activation):
    f = {"relu": lambda z: np.maximum(z, 0), "tanh": np.tanh, "sigmoid": lambda z: 1 / (1 + np.exp(-z))}[activation]
    slope = {"relu": lambda z: z > 0, "tanh": lambda z: 1 - z**2, "sigmoid": lambda z: f(z) * (1 - f(z))}[activation]
    depth, a, z = len(params) // 2, [x], []
    for k in range(1, depth + 1):
        z.append(a[-1] @ params[f"W{k}"] + params[f"b{k}"])
        a.append(f(z[-1]) if k < depth else z[-1])
    loss, delta = softmax_loss(z[-1], y)
    grads = {}
    for k in range(depth, 0, -1):
        grads[f"W{k}"] = a[k - 1].T @ delta
        grads[f"b{k}"] = delta.sum(axis=0)
        if k > 1:
            delta = (delta @ params[f"W{k}"].T) * slope(z[k - 2])
    return loss, grads


@mistake(
    "mlp-loss-and-grads",
    "tanh's slope as 1 - tanh",
    hint="For tanh a square is missing: your slope is not the same at z and -z.",
    fails=("one-hidden-layer", "any-depth"),
)
def mlp_loss_and_grads(params, x, y, activation):
    f = {"relu": lambda z: np.maximum(z, 0), "tanh": np.tanh, "sigmoid": lambda z: 1 / (1 + np.exp(-z))}[activation]
    slope = {"relu": lambda z: z > 0, "tanh": lambda z: 1 - f(z), "sigmoid": lambda z: f(z) * (1 - f(z))}[activation]
    depth, a, z = len(params) // 2, [x], []
    for k in range(1, depth + 1):
        z.append(a[-1] @ params[f"W{k}"] + params[f"b{k}"])
        a.append(f(z[-1]) if k < depth else z[-1])
    loss, delta = softmax_loss(z[-1], y)
    grads = {}
    for k in range(depth, 0, -1):
        grads[f"W{k}"] = a[k - 1].T @ delta
        grads[f"b{k}"] = delta.sum(axis=0)
        if k > 1:
            delta = (delta @ params[f"W{k}"].T) * slope(z[k - 2])
    return loss, grads


@mistake(
    "mlp-loss-and-grads",
    "the sigmoid's slope as the sigmoid",
    hint="The sigmoid's slope is never above 1/4. Yours is the sigmoid itself.",
    fails=("any-depth",),
)
def mlp_loss_and_grads(params, x, y, activation):
    f = {"relu": lambda z: np.maximum(z, 0), "tanh": np.tanh, "sigmoid": lambda z: 1 / (1 + np.exp(-z))}[activation]
    slope = {"relu": lambda z: z > 0, "tanh": lambda z: 1 - f(z) ** 2, "sigmoid": f}[activation]
    depth, a, z = len(params) // 2, [x], []
    for k in range(1, depth + 1):
        z.append(a[-1] @ params[f"W{k}"] + params[f"b{k}"])
        a.append(f(z[-1]) if k < depth else z[-1])
    loss, delta = softmax_loss(z[-1], y)
    grads = {}
    for k in range(depth, 0, -1):
        grads[f"W{k}"] = a[k - 1].T @ delta
        grads[f"b{k}"] = delta.sum(axis=0)
        if k > 1:
            delta = (delta @ params[f"W{k}"].T) * slope(z[k - 2])
    return loss, grads


@mistake(
    "mlp-loss-and-grads",
    "the sigmoid's slope as z (1 - z)",
    hint="The formula s (1 - s) wants the sigmoid for s, not the pre-activation.",
    fails=("any-depth",),
)
def mlp_loss_and_grads(params, x, y, activation):
    f = {"relu": lambda z: np.maximum(z, 0), "tanh": np.tanh, "sigmoid": lambda z: 1 / (1 + np.exp(-z))}[activation]
    slope = {"relu": lambda z: z > 0, "tanh": lambda z: 1 - f(z) ** 2, "sigmoid": lambda z: z * (1 - z)}[activation]
    depth, a, z = len(params) // 2, [x], []
    for k in range(1, depth + 1):
        z.append(a[-1] @ params[f"W{k}"] + params[f"b{k}"])
        a.append(f(z[-1]) if k < depth else z[-1])
    loss, delta = softmax_loss(z[-1], y)
    grads = {}
    for k in range(depth, 0, -1):
        grads[f"W{k}"] = a[k - 1].T @ delta
        grads[f"b{k}"] = delta.sum(axis=0)
        if k > 1:
            delta = (delta @ params[f"W{k}"].T) * slope(z[k - 2])
    return loss, grads


@mistake(
    "mlp-loss-and-grads",
    "the rectifier let through by the sign of the signal",
    hint="For relu the sign of the signal decides in your code. What decides is the sign of the pre-activation.",
    fails=("any-depth",),
)
def mlp_loss_and_grads(params, x, y, activation):
    f = {"relu": lambda z: np.maximum(z, 0), "tanh": np.tanh, "sigmoid": lambda z: 1 / (1 + np.exp(-z))}[activation]
    slope = {"relu": lambda z: z > 0, "tanh": lambda z: 1 - f(z) ** 2, "sigmoid": lambda z: f(z) * (1 - f(z))}[activation]
    depth, a, z = len(params) // 2, [x], []
    for k in range(1, depth + 1):
        z.append(a[-1] @ params[f"W{k}"] + params[f"b{k}"])
        a.append(f(z[-1]) if k < depth else z[-1])
    loss, delta = softmax_loss(z[-1], y)
    grads = {}
    for k in range(depth, 0, -1):
        grads[f"W{k}"] = a[k - 1].T @ delta
        grads[f"b{k}"] = delta.sum(axis=0)
        if k > 1:
            delta = delta @ params[f"W{k}"].T
            delta = delta * (delta > 0 if activation == "relu" else slope(z[k - 2]))
    return loss, grads


@mistake(
    "mlp-loss-and-grads",
    "the weights are not transposed",
    hint=(
        "Down through a layer of shape (a, b) goes a signal with b columns. Write the shapes beside the line; in a square layer "
        "nothing warns you."
    ),
    fails=("loss", "one-hidden-layer", "any-depth"),
)
def mlp_loss_and_grads(params, x, y, activation):
    f = {"relu": lambda z: np.maximum(z, 0), "tanh": np.tanh, "sigmoid": lambda z: 1 / (1 + np.exp(-z))}[activation]
    slope = {"relu": lambda z: z > 0, "tanh": lambda z: 1 - f(z) ** 2, "sigmoid": lambda z: f(z) * (1 - f(z))}[activation]
    depth, a, z = len(params) // 2, [x], []
    for k in range(1, depth + 1):
        z.append(a[-1] @ params[f"W{k}"] + params[f"b{k}"])
        a.append(f(z[-1]) if k < depth else z[-1])
    loss, delta = softmax_loss(z[-1], y)
    grads = {}
    for k in range(depth, 0, -1):
        grads[f"W{k}"] = a[k - 1].T @ delta
        grads[f"b{k}"] = delta.sum(axis=0)
        if k > 1:
            delta = (delta @ params[f"W{k}"]) * slope(z[k - 2])
    return loss, grads


@mistake(
    "mlp-loss-and-grads",
    "the weights reshaped, not transposed",
    hint="The last layer is right. Below it the shapes are right and the numbers are not: reshape does not turn rows into columns.",
    fails=("one-hidden-layer", "any-depth"),
)
def mlp_loss_and_grads(params, x, y, activation):
    f = {"relu": lambda z: np.maximum(z, 0), "tanh": np.tanh, "sigmoid": lambda z: 1 / (1 + np.exp(-z))}[activation]
    slope = {"relu": lambda z: z > 0, "tanh": lambda z: 1 - f(z) ** 2, "sigmoid": lambda z: f(z) * (1 - f(z))}[activation]
    depth, a, z = len(params) // 2, [x], []
    for k in range(1, depth + 1):
        z.append(a[-1] @ params[f"W{k}"] + params[f"b{k}"])
        a.append(f(z[-1]) if k < depth else z[-1])
    loss, delta = softmax_loss(z[-1], y)
    grads = {}
    for k in range(depth, 0, -1):
        grads[f"W{k}"] = a[k - 1].T @ delta
        grads[f"b{k}"] = delta.sum(axis=0)
        if k > 1:
            delta = (delta @ params[f"W{k}"].reshape(params[f"W{k}"].shape[::-1])) * slope(z[k - 2])
    return loss, grads


@mistake(
    "mlp-loss-and-grads",
    "stopped before the first layer",
    hint="The gradients of the first layer are all 0. How far down does your loop go?",
    fails=("one-hidden-layer", "any-depth"),
)
def mlp_loss_and_grads(params, x, y, activation):
    f = {"relu": lambda z: np.maximum(z, 0), "tanh": np.tanh, "sigmoid": lambda z: 1 / (1 + np.exp(-z))}[activation]
    slope = {"relu": lambda z: z > 0, "tanh": lambda z: 1 - f(z) ** 2, "sigmoid": lambda z: f(z) * (1 - f(z))}[activation]
    depth, a, z = len(params) // 2, [x], []
    for k in range(1, depth + 1):
        z.append(a[-1] @ params[f"W{k}"] + params[f"b{k}"])
        a.append(f(z[-1]) if k < depth else z[-1])
    loss, delta = softmax_loss(z[-1], y)
    grads = {name: np.zeros_like(array) for name, array in params.items()}
    for k in range(depth, 1, -1):
        grads[f"W{k}"] = a[k - 1].T @ delta
        grads[f"b{k}"] = delta.sum(axis=0)
        if k > 1:
            delta = (delta @ params[f"W{k}"].T) * slope(z[k - 2])
    return loss, grads


@mistake(
    "mlp-loss-and-grads",
    "stopped after the last layer",
    hint="Only the gradients of the last layer are not 0. The way back goes on from there.",
    fails=("one-hidden-layer", "any-depth"),
)
def mlp_loss_and_grads(params, x, y, activation):
    f = {"relu": lambda z: np.maximum(z, 0), "tanh": np.tanh, "sigmoid": lambda z: 1 / (1 + np.exp(-z))}[activation]
    slope = {"relu": lambda z: z > 0, "tanh": lambda z: 1 - f(z) ** 2, "sigmoid": lambda z: f(z) * (1 - f(z))}[activation]
    depth, a, z = len(params) // 2, [x], []
    for k in range(1, depth + 1):
        z.append(a[-1] @ params[f"W{k}"] + params[f"b{k}"])
        a.append(f(z[-1]) if k < depth else z[-1])
    loss, delta = softmax_loss(z[-1], y)
    grads = {name: np.zeros_like(array) for name, array in params.items()}
    for k in range(depth, depth - 1, -1):
        grads[f"W{k}"] = a[k - 1].T @ delta
        grads[f"b{k}"] = delta.sum(axis=0)
        if k > 1:
            delta = (delta @ params[f"W{k}"].T) * slope(z[k - 2])
    return loss, grads


@mistake(
    "mlp-loss-and-grads",
    "the first layer has no gradients",
    hint="Your grads lack the first layer's parameters. How far down does your loop go?",
    fails=("one-hidden-layer", "any-depth"),
)
def mlp_loss_and_grads(params, x, y, activation):
    f = {"relu": lambda z: np.maximum(z, 0), "tanh": np.tanh, "sigmoid": lambda z: 1 / (1 + np.exp(-z))}[activation]
    slope = {"relu": lambda z: z > 0, "tanh": lambda z: 1 - f(z) ** 2, "sigmoid": lambda z: f(z) * (1 - f(z))}[activation]
    depth, a, z = len(params) // 2, [x], []
    for k in range(1, depth + 1):
        z.append(a[-1] @ params[f"W{k}"] + params[f"b{k}"])
        a.append(f(z[-1]) if k < depth else z[-1])
    loss, delta = softmax_loss(z[-1], y)
    grads = {}
    for k in range(depth, 1, -1):
        grads[f"W{k}"] = a[k - 1].T @ delta
        grads[f"b{k}"] = delta.sum(axis=0)
        if k > 1:
            delta = (delta @ params[f"W{k}"].T) * slope(z[k - 2])
    return loss, grads


@mistake(
    "mlp-loss-and-grads",
    "z in place of a in the weights' gradient",
    hint="All gradients by biases are right, and so is the first layer's W. What does a layer multiply by its W on the way up?",
    fails=("one-hidden-layer", "any-depth"),
)
def mlp_loss_and_grads(params, x, y, activation):
    f = {"relu": lambda z: np.maximum(z, 0), "tanh": np.tanh, "sigmoid": lambda z: 1 / (1 + np.exp(-z))}[activation]
    slope = {"relu": lambda z: z > 0, "tanh": lambda z: 1 - f(z) ** 2, "sigmoid": lambda z: f(z) * (1 - f(z))}[activation]
    depth, a, z = len(params) // 2, [x], []
    for k in range(1, depth + 1):
        z.append(a[-1] @ params[f"W{k}"] + params[f"b{k}"])
        a.append(f(z[-1]) if k < depth else z[-1])
    loss, delta = softmax_loss(z[-1], y)
    grads = {}
    for k in range(depth, 0, -1):
        grads[f"W{k}"] = (z[k - 2] if k > 1 else x).T @ delta
        grads[f"b{k}"] = delta.sum(axis=0)
        if k > 1:
            delta = (delta @ params[f"W{k}"].T) * slope(z[k - 2])
    return loss, grads


@mistake(
    "mlp-loss-and-grads",
    "the layer's output in place of its input",
    hint="The shape of your gradient by W fits only in square layers. What does a layer multiply by its W on the way up?",
    fails=("one-hidden-layer", "any-depth"),
)
def mlp_loss_and_grads(params, x, y, activation):
    f = {"relu": lambda z: np.maximum(z, 0), "tanh": np.tanh, "sigmoid": lambda z: 1 / (1 + np.exp(-z))}[activation]
    slope = {"relu": lambda z: z > 0, "tanh": lambda z: 1 - f(z) ** 2, "sigmoid": lambda z: f(z) * (1 - f(z))}[activation]
    depth, a, z = len(params) // 2, [x], []
    for k in range(1, depth + 1):
        z.append(a[-1] @ params[f"W{k}"] + params[f"b{k}"])
        a.append(f(z[-1]) if k < depth else z[-1])
    loss, delta = softmax_loss(z[-1], y)
    grads = {}
    for k in range(depth, 0, -1):
        grads[f"W{k}"] = a[k].T @ delta
        grads[f"b{k}"] = delta.sum(axis=0)
        if k > 1:
            delta = (delta @ params[f"W{k}"].T) * slope(z[k - 2])
    return loss, grads


@mistake(
    "mlp-loss-and-grads",
    "x in place of each layer's input",
    hint="Only the first layer is fed with x. What does layer 2 multiply by its W?",
    fails=("one-hidden-layer", "any-depth"),
)
def mlp_loss_and_grads(params, x, y, activation):
    f = {"relu": lambda z: np.maximum(z, 0), "tanh": np.tanh, "sigmoid": lambda z: 1 / (1 + np.exp(-z))}[activation]
    slope = {"relu": lambda z: z > 0, "tanh": lambda z: 1 - f(z) ** 2, "sigmoid": lambda z: f(z) * (1 - f(z))}[activation]
    depth, a, z = len(params) // 2, [x], []
    for k in range(1, depth + 1):
        z.append(a[-1] @ params[f"W{k}"] + params[f"b{k}"])
        a.append(f(z[-1]) if k < depth else z[-1])
    loss, delta = softmax_loss(z[-1], y)
    grads = {}
    for k in range(depth, 0, -1):
        grads[f"W{k}"] = x.T @ delta
        grads[f"b{k}"] = delta.sum(axis=0)
        if k > 1:
            delta = (delta @ params[f"W{k}"].T) * slope(z[k - 2])
    return loss, grads


@mistake(
    "mlp-loss-and-grads",
    "the weights' gradient transposed",
    hint="The gradient by W has the shape of W. Which of the two factors comes first?",
    fails=("one-hidden-layer", "any-depth"),
)
def mlp_loss_and_grads(params, x, y, activation):
    f = {"relu": lambda z: np.maximum(z, 0), "tanh": np.tanh, "sigmoid": lambda z: 1 / (1 + np.exp(-z))}[activation]
    slope = {"relu": lambda z: z > 0, "tanh": lambda z: 1 - f(z) ** 2, "sigmoid": lambda z: f(z) * (1 - f(z))}[activation]
    depth, a, z = len(params) // 2, [x], []
    for k in range(1, depth + 1):
        z.append(a[-1] @ params[f"W{k}"] + params[f"b{k}"])
        a.append(f(z[-1]) if k < depth else z[-1])
    loss, delta = softmax_loss(z[-1], y)
    grads = {}
    for k in range(depth, 0, -1):
        grads[f"W{k}"] = delta.T @ a[k - 1]
        grads[f"b{k}"] = delta.sum(axis=0)
        if k > 1:
            delta = (delta @ params[f"W{k}"].T) * slope(z[k - 2])
    return loss, grads


@mistake(
    "mlp-loss-and-grads",
    "the weights' gradient reshaped",
    hint="The gradient by W has the right shape, but its entries are in the wrong places: a transpose is not a reshape.",
    fails=("one-hidden-layer", "any-depth"),
)
def mlp_loss_and_grads(params, x, y, activation):
    f = {"relu": lambda z: np.maximum(z, 0), "tanh": np.tanh, "sigmoid": lambda z: 1 / (1 + np.exp(-z))}[activation]
    slope = {"relu": lambda z: z > 0, "tanh": lambda z: 1 - f(z) ** 2, "sigmoid": lambda z: f(z) * (1 - f(z))}[activation]
    depth, a, z = len(params) // 2, [x], []
    for k in range(1, depth + 1):
        z.append(a[-1] @ params[f"W{k}"] + params[f"b{k}"])
        a.append(f(z[-1]) if k < depth else z[-1])
    loss, delta = softmax_loss(z[-1], y)
    grads = {}
    for k in range(depth, 0, -1):
        grads[f"W{k}"] = a[k - 1].reshape(a[k - 1].shape[::-1]) @ delta
        grads[f"b{k}"] = delta.sum(axis=0)
        if k > 1:
            delta = (delta @ params[f"W{k}"].T) * slope(z[k - 2])
    return loss, grads


@mistake(
    "mlp-loss-and-grads",
    "only the last sample's share",
    hint="Your gradients know only the last sample. A loop over the samples must add up, not overwrite.",
    fails=("one-hidden-layer", "any-depth"),
)
def mlp_loss_and_grads(params, x, y, activation):
    f = {"relu": lambda z: np.maximum(z, 0), "tanh": np.tanh, "sigmoid": lambda z: 1 / (1 + np.exp(-z))}[activation]
    slope = {"relu": lambda z: z > 0, "tanh": lambda z: 1 - f(z) ** 2, "sigmoid": lambda z: f(z) * (1 - f(z))}[activation]
    depth, a, z = len(params) // 2, [x], []
    for k in range(1, depth + 1):
        z.append(a[-1] @ params[f"W{k}"] + params[f"b{k}"])
        a.append(f(z[-1]) if k < depth else z[-1])
    loss, delta = softmax_loss(z[-1], y)
    grads = {}
    for k in range(depth, 0, -1):
        grads[f"W{k}"] = np.outer(a[k - 1][-1], delta[-1])
        grads[f"b{k}"] = delta[-1]
        if k > 1:
            delta = (delta @ params[f"W{k}"].T) * slope(z[k - 2])
    return loss, grads


@mistake(
    "mlp-loss-and-grads",
    "the gradient of the last sample's loss",
    hint="Your gradients belong to the loss of the last sample by itself. A loop over the samples must add up, not overwrite.",
    fails=("one-hidden-layer", "any-depth"),
)
def mlp_loss_and_grads(params, x, y, activation):
    f = {"relu": lambda z: np.maximum(z, 0), "tanh": np.tanh, "sigmoid": lambda z: 1 / (1 + np.exp(-z))}[activation]
    slope = {"relu": lambda z: z > 0, "tanh": lambda z: 1 - f(z) ** 2, "sigmoid": lambda z: f(z) * (1 - f(z))}[activation]
    depth, a, z = len(params) // 2, [x], []
    for k in range(1, depth + 1):
        z.append(a[-1] @ params[f"W{k}"] + params[f"b{k}"])
        a.append(f(z[-1]) if k < depth else z[-1])
    loss, delta = softmax_loss(z[-1], y)
    grads = {}
    for k in range(depth, 0, -1):
        grads[f"W{k}"] = np.outer(a[k - 1][-1], delta[-1]) * len(y)
        grads[f"b{k}"] = delta[-1] * len(y)
        if k > 1:
            delta = (delta @ params[f"W{k}"].T) * slope(z[k - 2])
    return loss, grads


@mistake(
    "mlp-loss-and-grads",
    "only the first sample's share",
    hint="Your gradients know only the first sample. Perhaps a loop returns too early.",
    fails=("one-hidden-layer", "any-depth"),
)
def mlp_loss_and_grads(params, x, y, activation):
    f = {"relu": lambda z: np.maximum(z, 0), "tanh": np.tanh, "sigmoid": lambda z: 1 / (1 + np.exp(-z))}[activation]
    slope = {"relu": lambda z: z > 0, "tanh": lambda z: 1 - f(z) ** 2, "sigmoid": lambda z: f(z) * (1 - f(z))}[activation]
    depth, a, z = len(params) // 2, [x], []
    for k in range(1, depth + 1):
        z.append(a[-1] @ params[f"W{k}"] + params[f"b{k}"])
        a.append(f(z[-1]) if k < depth else z[-1])
    loss, delta = softmax_loss(z[-1], y)
    grads = {}
    for k in range(depth, 0, -1):
        grads[f"W{k}"] = np.outer(a[k - 1][0], delta[0])
        grads[f"b{k}"] = delta[0]
        if k > 1:
            delta = (delta @ params[f"W{k}"].T) * slope(z[k - 2])
    return loss, grads


@mistake(
    "mlp-loss-and-grads",
    "the gradient of the sum with the loss of the mean",
    hint="Everything is too large by the number of samples. Your loss is a mean: is your gradient the gradient of it?",
    fails=("one-hidden-layer", "any-depth"),
)
def mlp_loss_and_grads(params, x, y, activation):
    f = {"relu": lambda z: np.maximum(z, 0), "tanh": np.tanh, "sigmoid": lambda z: 1 / (1 + np.exp(-z))}[activation]
    slope = {"relu": lambda z: z > 0, "tanh": lambda z: 1 - f(z) ** 2, "sigmoid": lambda z: f(z) * (1 - f(z))}[activation]
    depth, a, z = len(params) // 2, [x], []
    for k in range(1, depth + 1):
        z.append(a[-1] @ params[f"W{k}"] + params[f"b{k}"])
        a.append(f(z[-1]) if k < depth else z[-1])
    loss, delta = softmax_loss(z[-1], y)
    delta = delta * len(y)
    grads = {}
    for k in range(depth, 0, -1):
        grads[f"W{k}"] = a[k - 1].T @ delta
        grads[f"b{k}"] = delta.sum(axis=0)
        if k > 1:
            delta = (delta @ params[f"W{k}"].T) * slope(z[k - 2])
    return loss, grads


@mistake(
    "mlp-loss-and-grads",
    "divided by the number of samples once more",
    hint="Everything is too small by the number of samples. The loss has divided by it already.",
    fails=("one-hidden-layer", "any-depth"),
)
def mlp_loss_and_grads(params, x, y, activation):
    f = {"relu": lambda z: np.maximum(z, 0), "tanh": np.tanh, "sigmoid": lambda z: 1 / (1 + np.exp(-z))}[activation]
    slope = {"relu": lambda z: z > 0, "tanh": lambda z: 1 - f(z) ** 2, "sigmoid": lambda z: f(z) * (1 - f(z))}[activation]
    depth, a, z = len(params) // 2, [x], []
    for k in range(1, depth + 1):
        z.append(a[-1] @ params[f"W{k}"] + params[f"b{k}"])
        a.append(f(z[-1]) if k < depth else z[-1])
    loss, delta = softmax_loss(z[-1], y)
    delta = delta / len(y)
    grads = {}
    for k in range(depth, 0, -1):
        grads[f"W{k}"] = a[k - 1].T @ delta
        grads[f"b{k}"] = delta.sum(axis=0)
        if k > 1:
            delta = (delta @ params[f"W{k}"].T) * slope(z[k - 2])
    return loss, grads


@mistake(
    "mlp-loss-and-grads",
    "divided by the number of samples in each layer",
    hint=(
        "The last layer is right, and each layer below is smaller by the number of samples once more. The loss has divided by it already."
    ),
    fails=("one-hidden-layer", "any-depth"),
)
def mlp_loss_and_grads(params, x, y, activation):
    f = {"relu": lambda z: np.maximum(z, 0), "tanh": np.tanh, "sigmoid": lambda z: 1 / (1 + np.exp(-z))}[activation]
    slope = {"relu": lambda z: z > 0, "tanh": lambda z: 1 - f(z) ** 2, "sigmoid": lambda z: f(z) * (1 - f(z))}[activation]
    depth, a, z = len(params) // 2, [x], []
    for k in range(1, depth + 1):
        z.append(a[-1] @ params[f"W{k}"] + params[f"b{k}"])
        a.append(f(z[-1]) if k < depth else z[-1])
    loss, delta = softmax_loss(z[-1], y)
    grads = {}
    for k in range(depth, 0, -1):
        grads[f"W{k}"] = a[k - 1].T @ delta
        grads[f"b{k}"] = delta.sum(axis=0)
        if k > 1:
            delta = (delta @ params[f"W{k}"].T) * slope(z[k - 2]) / len(y)
    return loss, grads


@mistake(
    "mlp-loss-and-grads",
    "divided by the number of classes",
    hint="Everything is too small by the number of classes. Over how many numbers is the mean of the loss taken?",
    fails=("one-hidden-layer", "any-depth"),
)
def mlp_loss_and_grads(params, x, y, activation):
    f = {"relu": lambda z: np.maximum(z, 0), "tanh": np.tanh, "sigmoid": lambda z: 1 / (1 + np.exp(-z))}[activation]
    slope = {"relu": lambda z: z > 0, "tanh": lambda z: 1 - f(z) ** 2, "sigmoid": lambda z: f(z) * (1 - f(z))}[activation]
    depth, a, z = len(params) // 2, [x], []
    for k in range(1, depth + 1):
        z.append(a[-1] @ params[f"W{k}"] + params[f"b{k}"])
        a.append(f(z[-1]) if k < depth else z[-1])
    loss, delta = softmax_loss(z[-1], y)
    delta = delta / z[-1].shape[1]
    grads = {}
    for k in range(depth, 0, -1):
        grads[f"W{k}"] = a[k - 1].T @ delta
        grads[f"b{k}"] = delta.sum(axis=0)
        if k > 1:
            delta = (delta @ params[f"W{k}"].T) * slope(z[k - 2])
    return loss, grads


@mistake(
    "mlp-loss-and-grads",
    "everything twice as large",
    hint="Everything is twice the right gradient. No square is differentiated here.",
    fails=("one-hidden-layer", "any-depth"),
)
def mlp_loss_and_grads(params, x, y, activation):
    f = {"relu": lambda z: np.maximum(z, 0), "tanh": np.tanh, "sigmoid": lambda z: 1 / (1 + np.exp(-z))}[activation]
    slope = {"relu": lambda z: z > 0, "tanh": lambda z: 1 - f(z) ** 2, "sigmoid": lambda z: f(z) * (1 - f(z))}[activation]
    depth, a, z = len(params) // 2, [x], []
    for k in range(1, depth + 1):
        z.append(a[-1] @ params[f"W{k}"] + params[f"b{k}"])
        a.append(f(z[-1]) if k < depth else z[-1])
    loss, delta = softmax_loss(z[-1], y)
    delta = 2 * delta
    grads = {}
    for k in range(depth, 0, -1):
        grads[f"W{k}"] = a[k - 1].T @ delta
        grads[f"b{k}"] = delta.sum(axis=0)
        if k > 1:
            delta = (delta @ params[f"W{k}"].T) * slope(z[k - 2])
    return loss, grads


@mistake(
    "mlp-loss-and-grads",
    "everything half as large",
    hint="Everything is half of the right gradient. The 1/2 belongs to a squared error, and there is none.",
    fails=("one-hidden-layer", "any-depth"),
)
def mlp_loss_and_grads(params, x, y, activation):
    f = {"relu": lambda z: np.maximum(z, 0), "tanh": np.tanh, "sigmoid": lambda z: 1 / (1 + np.exp(-z))}[activation]
    slope = {"relu": lambda z: z > 0, "tanh": lambda z: 1 - f(z) ** 2, "sigmoid": lambda z: f(z) * (1 - f(z))}[activation]
    depth, a, z = len(params) // 2, [x], []
    for k in range(1, depth + 1):
        z.append(a[-1] @ params[f"W{k}"] + params[f"b{k}"])
        a.append(f(z[-1]) if k < depth else z[-1])
    loss, delta = softmax_loss(z[-1], y)
    delta = delta / 2
    grads = {}
    for k in range(depth, 0, -1):
        grads[f"W{k}"] = a[k - 1].T @ delta
        grads[f"b{k}"] = delta.sum(axis=0)
        if k > 1:
            delta = (delta @ params[f"W{k}"].T) * slope(z[k - 2])
    return loss, grads


@mistake(
    "mlp-loss-and-grads",
    "the wrong sign everywhere",
    hint="Every sign is turned round. The step against the gradient is taken later, by whoever changes the parameters.",
    fails=("one-hidden-layer", "any-depth"),
)
def mlp_loss_and_grads(params, x, y, activation):
    f = {"relu": lambda z: np.maximum(z, 0), "tanh": np.tanh, "sigmoid": lambda z: 1 / (1 + np.exp(-z))}[activation]
    slope = {"relu": lambda z: z > 0, "tanh": lambda z: 1 - f(z) ** 2, "sigmoid": lambda z: f(z) * (1 - f(z))}[activation]
    depth, a, z = len(params) // 2, [x], []
    for k in range(1, depth + 1):
        z.append(a[-1] @ params[f"W{k}"] + params[f"b{k}"])
        a.append(f(z[-1]) if k < depth else z[-1])
    loss, delta = softmax_loss(z[-1], y)
    delta = -delta
    grads = {}
    for k in range(depth, 0, -1):
        grads[f"W{k}"] = a[k - 1].T @ delta
        grads[f"b{k}"] = delta.sum(axis=0)
        if k > 1:
            delta = (delta @ params[f"W{k}"].T) * slope(z[k - 2])
    return loss, grads


@mistake(
    "mlp-loss-and-grads",
    "the weights' gradients divided by the number of samples once more",
    hint=(
        "The gradients by the biases are right, those by the weights too small by the number of samples. The loss has divided by it"
        " already."
    ),
    fails=("one-hidden-layer", "any-depth"),
)
def mlp_loss_and_grads(params, x, y, activation):
    f = {"relu": lambda z: np.maximum(z, 0), "tanh": np.tanh, "sigmoid": lambda z: 1 / (1 + np.exp(-z))}[activation]
    slope = {"relu": lambda z: z > 0, "tanh": lambda z: 1 - f(z) ** 2, "sigmoid": lambda z: f(z) * (1 - f(z))}[activation]
    depth, a, z = len(params) // 2, [x], []
    for k in range(1, depth + 1):
        z.append(a[-1] @ params[f"W{k}"] + params[f"b{k}"])
        a.append(f(z[-1]) if k < depth else z[-1])
    loss, delta = softmax_loss(z[-1], y)
    grads = {}
    for k in range(depth, 0, -1):
        grads[f"W{k}"] = a[k - 1].T @ delta / len(y)
        grads[f"b{k}"] = delta.sum(axis=0)
        if k > 1:
            delta = (delta @ params[f"W{k}"].T) * slope(z[k - 2])
    return loss, grads


@mistake(
    "mlp-loss-and-grads",
    "the mean for the biases",
    hint=("The gradients by the weights are right, those by the biases too small by the number of samples. What is shared is summed over."),
    fails=("one-hidden-layer", "any-depth"),
)
def mlp_loss_and_grads(params, x, y, activation):
    f = {"relu": lambda z: np.maximum(z, 0), "tanh": np.tanh, "sigmoid": lambda z: 1 / (1 + np.exp(-z))}[activation]
    slope = {"relu": lambda z: z > 0, "tanh": lambda z: 1 - f(z) ** 2, "sigmoid": lambda z: f(z) * (1 - f(z))}[activation]
    depth, a, z = len(params) // 2, [x], []
    for k in range(1, depth + 1):
        z.append(a[-1] @ params[f"W{k}"] + params[f"b{k}"])
        a.append(f(z[-1]) if k < depth else z[-1])
    loss, delta = softmax_loss(z[-1], y)
    grads = {}
    for k in range(depth, 0, -1):
        grads[f"W{k}"] = a[k - 1].T @ delta
        grads[f"b{k}"] = delta.mean(axis=0)
        if k > 1:
            delta = (delta @ params[f"W{k}"].T) * slope(z[k - 2])
    return loss, grads


@mistake(
    "mlp-loss-and-grads",
    "the biases have no gradient",
    hint=("The gradients by the weights are right, those by the biases are all 0. Move a bias a little: does the loss stay as it is?"),
    fails=("one-hidden-layer", "any-depth"),
)
def mlp_loss_and_grads(params, x, y, activation):
    f = {"relu": lambda z: np.maximum(z, 0), "tanh": np.tanh, "sigmoid": lambda z: 1 / (1 + np.exp(-z))}[activation]
    slope = {"relu": lambda z: z > 0, "tanh": lambda z: 1 - f(z) ** 2, "sigmoid": lambda z: f(z) * (1 - f(z))}[activation]
    depth, a, z = len(params) // 2, [x], []
    for k in range(1, depth + 1):
        z.append(a[-1] @ params[f"W{k}"] + params[f"b{k}"])
        a.append(f(z[-1]) if k < depth else z[-1])
    loss, delta = softmax_loss(z[-1], y)
    grads = {}
    for k in range(depth, 0, -1):
        grads[f"W{k}"] = a[k - 1].T @ delta
        grads[f"b{k}"] = np.zeros_like(params[f"b{k}"])
        if k > 1:
            delta = (delta @ params[f"W{k}"].T) * slope(z[k - 2])
    return loss, grads


@mistake(
    "mlp-loss-and-grads",
    "the biases' gradients are not summed",
    hint="The gradient by b has the shape of b. Yours still has a row for each sample.",
    fails=("one-hidden-layer", "any-depth"),
)
def mlp_loss_and_grads(params, x, y, activation):
    f = {"relu": lambda z: np.maximum(z, 0), "tanh": np.tanh, "sigmoid": lambda z: 1 / (1 + np.exp(-z))}[activation]
    slope = {"relu": lambda z: z > 0, "tanh": lambda z: 1 - f(z) ** 2, "sigmoid": lambda z: f(z) * (1 - f(z))}[activation]
    depth, a, z = len(params) // 2, [x], []
    for k in range(1, depth + 1):
        z.append(a[-1] @ params[f"W{k}"] + params[f"b{k}"])
        a.append(f(z[-1]) if k < depth else z[-1])
    loss, delta = softmax_loss(z[-1], y)
    grads = {}
    for k in range(depth, 0, -1):
        grads[f"W{k}"] = a[k - 1].T @ delta
        grads[f"b{k}"] = delta
        if k > 1:
            delta = (delta @ params[f"W{k}"].T) * slope(z[k - 2])
    return loss, grads


@mistake(
    "mlp-loss-and-grads",
    "the biases' gradients summed over the units",
    hint="The gradient by b has the shape of b. Yours has an entry for each sample: over which axis do you sum?",
    fails=("one-hidden-layer", "any-depth"),
)
def mlp_loss_and_grads(params, x, y, activation):
    f = {"relu": lambda z: np.maximum(z, 0), "tanh": np.tanh, "sigmoid": lambda z: 1 / (1 + np.exp(-z))}[activation]
    slope = {"relu": lambda z: z > 0, "tanh": lambda z: 1 - f(z) ** 2, "sigmoid": lambda z: f(z) * (1 - f(z))}[activation]
    depth, a, z = len(params) // 2, [x], []
    for k in range(1, depth + 1):
        z.append(a[-1] @ params[f"W{k}"] + params[f"b{k}"])
        a.append(f(z[-1]) if k < depth else z[-1])
    loss, delta = softmax_loss(z[-1], y)
    grads = {}
    for k in range(depth, 0, -1):
        grads[f"W{k}"] = a[k - 1].T @ delta
        grads[f"b{k}"] = delta.sum(axis=1)
        if k > 1:
            delta = (delta @ params[f"W{k}"].T) * slope(z[k - 2])
    return loss, grads


@mistake(
    "mlp-loss-and-grads",
    "the biases' gradients keep an axis",
    hint="The gradient by b has the shape of b, which is (n,). Yours has two axes.",
    fails=("one-hidden-layer", "any-depth"),
)
def mlp_loss_and_grads(params, x, y, activation):
    f = {"relu": lambda z: np.maximum(z, 0), "tanh": np.tanh, "sigmoid": lambda z: 1 / (1 + np.exp(-z))}[activation]
    slope = {"relu": lambda z: z > 0, "tanh": lambda z: 1 - f(z) ** 2, "sigmoid": lambda z: f(z) * (1 - f(z))}[activation]
    depth, a, z = len(params) // 2, [x], []
    for k in range(1, depth + 1):
        z.append(a[-1] @ params[f"W{k}"] + params[f"b{k}"])
        a.append(f(z[-1]) if k < depth else z[-1])
    loss, delta = softmax_loss(z[-1], y)
    grads = {}
    for k in range(depth, 0, -1):
        grads[f"W{k}"] = a[k - 1].T @ delta
        grads[f"b{k}"] = delta.sum(axis=0, keepdims=True)
        if k > 1:
            delta = (delta @ params[f"W{k}"].T) * slope(z[k - 2])
    return loss, grads


@mistake(
    "mlp-loss-and-grads",
    "hidden layers counted twice",
    hint=(
        "The last layer is right, and the gradients of all others are twice too large, though the signal that they pass on is "
        "right. Is something added twice?"
    ),
    fails=("one-hidden-layer", "any-depth"),
)
def mlp_loss_and_grads(params, x, y, activation):
    f = {"relu": lambda z: np.maximum(z, 0), "tanh": np.tanh, "sigmoid": lambda z: 1 / (1 + np.exp(-z))}[activation]
    slope = {"relu": lambda z: z > 0, "tanh": lambda z: 1 - f(z) ** 2, "sigmoid": lambda z: f(z) * (1 - f(z))}[activation]
    depth, a, z = len(params) // 2, [x], []
    for k in range(1, depth + 1):
        z.append(a[-1] @ params[f"W{k}"] + params[f"b{k}"])
        a.append(f(z[-1]) if k < depth else z[-1])
    loss, delta = softmax_loss(z[-1], y)
    grads = {}
    for k in range(depth, 0, -1):
        grads[f"W{k}"] = (1 + (k < depth)) * a[k - 1].T @ delta
        grads[f"b{k}"] = (1 + (k < depth)) * delta.sum(axis=0)
        if k > 1:
            delta = (delta @ params[f"W{k}"].T) * slope(z[k - 2])
    return loss, grads


@mistake(
    "mlp-loss-and-grads",
    "the signal of the last layer used everywhere",
    hint=(
        "With one hidden layer you are right, with more you are not: each layer must go on with the signal of the layer above it, "
        "not with that of the last one."
    ),
    fails=("any-depth",),
)
def mlp_loss_and_grads(params, x, y, activation):
    f = {"relu": lambda z: np.maximum(z, 0), "tanh": np.tanh, "sigmoid": lambda z: 1 / (1 + np.exp(-z))}[activation]
    slope = {"relu": lambda z: z > 0, "tanh": lambda z: 1 - f(z) ** 2, "sigmoid": lambda z: f(z) * (1 - f(z))}[activation]
    depth, a, z = len(params) // 2, [x], []
    for k in range(1, depth + 1):
        z.append(a[-1] @ params[f"W{k}"] + params[f"b{k}"])
        a.append(f(z[-1]) if k < depth else z[-1])
    loss, delta = softmax_loss(z[-1], y)
    top = delta
    grads = {}
    for k in range(depth, 0, -1):
        grads[f"W{k}"] = a[k - 1].T @ delta
        grads[f"b{k}"] = delta.sum(axis=0)
        if k > 1:
            delta = (top @ params[f"W{k}"].T) * slope(z[k - 2])
    return loss, grads


@mistake(
    "mlp-loss-and-grads",
    "weight decay in the gradient",
    hint="Your gradient by each W holds a small multiple of W. No weight decay is asked for.",
    fails=("one-hidden-layer", "any-depth"),
)
def mlp_loss_and_grads(params, x, y, activation):
    f = {"relu": lambda z: np.maximum(z, 0), "tanh": np.tanh, "sigmoid": lambda z: 1 / (1 + np.exp(-z))}[activation]
    slope = {"relu": lambda z: z > 0, "tanh": lambda z: 1 - f(z) ** 2, "sigmoid": lambda z: f(z) * (1 - f(z))}[activation]
    depth, a, z = len(params) // 2, [x], []
    for k in range(1, depth + 1):
        z.append(a[-1] @ params[f"W{k}"] + params[f"b{k}"])
        a.append(f(z[-1]) if k < depth else z[-1])
    loss, delta = softmax_loss(z[-1], y)
    grads = {}
    for k in range(depth, 0, -1):
        grads[f"W{k}"] = a[k - 1].T @ delta + 0.01 * params[f"W{k}"]
        grads[f"b{k}"] = delta.sum(axis=0)
        if k > 1:
            delta = (delta @ params[f"W{k}"].T) * slope(z[k - 2])
    return loss, grads


@mistake(
    "mlp-loss-and-grads",
    "weight decay in loss and gradient",
    hint="Your loss holds a small multiple of the squared weights. No weight decay is asked for.",
    fails=("loss", "one-hidden-layer", "any-depth"),
)
def mlp_loss_and_grads(params, x, y, activation):
    f = {"relu": lambda z: np.maximum(z, 0), "tanh": np.tanh, "sigmoid": lambda z: 1 / (1 + np.exp(-z))}[activation]
    slope = {"relu": lambda z: z > 0, "tanh": lambda z: 1 - f(z) ** 2, "sigmoid": lambda z: f(z) * (1 - f(z))}[activation]
    depth, a, z = len(params) // 2, [x], []
    for k in range(1, depth + 1):
        z.append(a[-1] @ params[f"W{k}"] + params[f"b{k}"])
        a.append(f(z[-1]) if k < depth else z[-1])
    loss, delta = softmax_loss(z[-1], y)
    grads = {}
    for k in range(depth, 0, -1):
        grads[f"W{k}"] = a[k - 1].T @ delta + 0.01 * params[f"W{k}"]
        grads[f"b{k}"] = delta.sum(axis=0)
        if k > 1:
            delta = (delta @ params[f"W{k}"].T) * slope(z[k - 2])
    loss += 0.005 * sum(np.sum(params[f"W{k}"] ** 2) for k in range(1, depth + 1))
    return loss, grads


@mistake(
    "mlp-loss-and-grads",
    "gradients clipped to 5",
    hint="No entry of your gradients is larger than 5. Clipping comes later, and by whoever changes the parameters.",
    fails=("any-depth",),
)
def mlp_loss_and_grads(params, x, y, activation):
    f = {"relu": lambda z: np.maximum(z, 0), "tanh": np.tanh, "sigmoid": lambda z: 1 / (1 + np.exp(-z))}[activation]
    slope = {"relu": lambda z: z > 0, "tanh": lambda z: 1 - f(z) ** 2, "sigmoid": lambda z: f(z) * (1 - f(z))}[activation]
    depth, a, z = len(params) // 2, [x], []
    for k in range(1, depth + 1):
        z.append(a[-1] @ params[f"W{k}"] + params[f"b{k}"])
        a.append(f(z[-1]) if k < depth else z[-1])
    loss, delta = softmax_loss(z[-1], y)
    grads = {}
    for k in range(depth, 0, -1):
        grads[f"W{k}"] = a[k - 1].T @ delta
        grads[f"b{k}"] = delta.sum(axis=0)
        if k > 1:
            delta = (delta @ params[f"W{k}"].T) * slope(z[k - 2])
    return loss, {name: np.clip(grad, -5, 5) for name, grad in grads.items()}


@mistake(
    "mlp-loss-and-grads",
    "the norm of each gradient clipped to 5",
    hint="No norm of your gradients is larger than 5. Clipping comes later, and by whoever changes the parameters.",
    fails=("any-depth",),
)
def mlp_loss_and_grads(params, x, y, activation):
    f = {"relu": lambda z: np.maximum(z, 0), "tanh": np.tanh, "sigmoid": lambda z: 1 / (1 + np.exp(-z))}[activation]
    slope = {"relu": lambda z: z > 0, "tanh": lambda z: 1 - f(z) ** 2, "sigmoid": lambda z: f(z) * (1 - f(z))}[activation]
    depth, a, z = len(params) // 2, [x], []
    for k in range(1, depth + 1):
        z.append(a[-1] @ params[f"W{k}"] + params[f"b{k}"])
        a.append(f(z[-1]) if k < depth else z[-1])
    loss, delta = softmax_loss(z[-1], y)
    grads = {}
    for k in range(depth, 0, -1):
        grads[f"W{k}"] = a[k - 1].T @ delta
        grads[f"b{k}"] = delta.sum(axis=0)
        if k > 1:
            delta = (delta @ params[f"W{k}"].T) * slope(z[k - 2])
    return loss, {name: grad * min(1, 5 / np.linalg.norm(grad)) for name, grad in grads.items()}


@mistake(
    "mlp-loss-and-grads",
    "an activation on the last layer, and its slope too",
    hint="Your scores have passed an activation. The last layer stays linear.",
    fails=("loss", "one-hidden-layer", "any-depth"),
)
def mlp_loss_and_grads(params, x, y, activation):
    f = {"relu": lambda z: np.maximum(z, 0), "tanh": np.tanh, "sigmoid": lambda z: 1 / (1 + np.exp(-z))}[activation]
    slope = {"relu": lambda z: z > 0, "tanh": lambda z: 1 - f(z) ** 2, "sigmoid": lambda z: f(z) * (1 - f(z))}[activation]
    depth, a, z = len(params) // 2, [x], []
    for k in range(1, depth + 1):
        z.append(a[-1] @ params[f"W{k}"] + params[f"b{k}"])
        a.append(f(z[-1]))
    loss, delta = softmax_loss(a[-1], y)
    delta = delta * slope(z[-1])
    grads = {}
    for k in range(depth, 0, -1):
        grads[f"W{k}"] = a[k - 1].T @ delta
        grads[f"b{k}"] = delta.sum(axis=0)
        if k > 1:
            delta = (delta @ params[f"W{k}"].T) * slope(z[k - 2])
    return loss, grads


@mistake(
    "mlp-loss-and-grads",
    "an activation on the last layer, without its slope",
    hint="Your scores have passed an activation. The last layer stays linear.",
    fails=("loss", "one-hidden-layer", "any-depth"),
)
def mlp_loss_and_grads(params, x, y, activation):
    f = {"relu": lambda z: np.maximum(z, 0), "tanh": np.tanh, "sigmoid": lambda z: 1 / (1 + np.exp(-z))}[activation]
    slope = {"relu": lambda z: z > 0, "tanh": lambda z: 1 - f(z) ** 2, "sigmoid": lambda z: f(z) * (1 - f(z))}[activation]
    depth, a, z = len(params) // 2, [x], []
    for k in range(1, depth + 1):
        z.append(a[-1] @ params[f"W{k}"] + params[f"b{k}"])
        a.append(f(z[-1]))
    loss, delta = softmax_loss(a[-1], y)
    grads = {}
    for k in range(depth, 0, -1):
        grads[f"W{k}"] = a[k - 1].T @ delta
        grads[f"b{k}"] = delta.sum(axis=0)
        if k > 1:
            delta = (delta @ params[f"W{k}"].T) * slope(z[k - 2])
    return loss, grads


@mistake(
    "mlp-loss-and-grads",
    "no activation between the layers",
    hint="Your loss is that of a network without activations. What happens between two layers?",
    fails=("loss", "one-hidden-layer", "any-depth"),
)
def mlp_loss_and_grads(params, x, y, activation):
    depth, a, z = len(params) // 2, [x], []
    for k in range(1, depth + 1):
        z.append(a[-1] @ params[f"W{k}"] + params[f"b{k}"])
        a.append(z[-1])
    loss, delta = softmax_loss(z[-1], y)
    grads = {}
    for k in range(depth, 0, -1):
        grads[f"W{k}"] = a[k - 1].T @ delta
        grads[f"b{k}"] = delta.sum(axis=0)
        if k > 1:
            delta = delta @ params[f"W{k}"].T
    return loss, grads


@mistake(
    "mlp-loss-and-grads",
    "the biases are forgotten on the way up",
    hint="Set all weights to 0: the loss still depends on the last layer's biases. Yours does not.",
    fails=("loss", "one-hidden-layer", "any-depth"),
)
def mlp_loss_and_grads(params, x, y, activation):
    f = {"relu": lambda z: np.maximum(z, 0), "tanh": np.tanh, "sigmoid": lambda z: 1 / (1 + np.exp(-z))}[activation]
    slope = {"relu": lambda z: z > 0, "tanh": lambda z: 1 - f(z) ** 2, "sigmoid": lambda z: f(z) * (1 - f(z))}[activation]
    depth, a, z = len(params) // 2, [x], []
    for k in range(1, depth + 1):
        z.append(a[-1] @ params[f"W{k}"])
        a.append(f(z[-1]) if k < depth else z[-1])
    loss, delta = softmax_loss(z[-1], y)
    grads = {}
    for k in range(depth, 0, -1):
        grads[f"W{k}"] = a[k - 1].T @ delta
        grads[f"b{k}"] = delta.sum(axis=0)
        if k > 1:
            delta = (delta @ params[f"W{k}"].T) * slope(z[k - 2])
    return loss, grads


@mistake(
    "mlp-loss-and-grads",
    "the biases of hidden layers are forgotten",
    hint="Your loss does not change with the biases of the hidden layers.",
    fails=("loss", "one-hidden-layer", "any-depth"),
)
def mlp_loss_and_grads(params, x, y, activation):
    f = {"relu": lambda z: np.maximum(z, 0), "tanh": np.tanh, "sigmoid": lambda z: 1 / (1 + np.exp(-z))}[activation]
    slope = {"relu": lambda z: z > 0, "tanh": lambda z: 1 - f(z) ** 2, "sigmoid": lambda z: f(z) * (1 - f(z))}[activation]
    depth, a, z = len(params) // 2, [x], []
    for k in range(1, depth + 1):
        z.append(a[-1] @ params[f"W{k}"] + (params[f"b{k}"] if k == depth else 0))
        a.append(f(z[-1]) if k < depth else z[-1])
    loss, delta = softmax_loss(z[-1], y)
    grads = {}
    for k in range(depth, 0, -1):
        grads[f"W{k}"] = a[k - 1].T @ delta
        grads[f"b{k}"] = delta.sum(axis=0)
        if k > 1:
            delta = (delta @ params[f"W{k}"].T) * slope(z[k - 2])
    return loss, grads


@mistake(
    "mlp-loss-and-grads",
    "the bias of the last layer is forgotten",
    hint="Your loss does not change with the biases of the last layer.",
    fails=("loss", "one-hidden-layer", "any-depth"),
)
def mlp_loss_and_grads(params, x, y, activation):
    f = {"relu": lambda z: np.maximum(z, 0), "tanh": np.tanh, "sigmoid": lambda z: 1 / (1 + np.exp(-z))}[activation]
    slope = {"relu": lambda z: z > 0, "tanh": lambda z: 1 - f(z) ** 2, "sigmoid": lambda z: f(z) * (1 - f(z))}[activation]
    depth, a, z = len(params) // 2, [x], []
    for k in range(1, depth + 1):
        z.append(a[-1] @ params[f"W{k}"] + (params[f"b{k}"] if k < depth else 0))
        a.append(f(z[-1]) if k < depth else z[-1])
    loss, delta = softmax_loss(z[-1], y)
    grads = {}
    for k in range(depth, 0, -1):
        grads[f"W{k}"] = a[k - 1].T @ delta
        grads[f"b{k}"] = delta.sum(axis=0)
        if k > 1:
            delta = (delta @ params[f"W{k}"].T) * slope(z[k - 2])
    return loss, grads


@mistake(
    "mlp-loss-and-grads",
    "tanh whatever the activation is called",
    hint="Your result is the same for each activation.",
    fails=("any-depth",),
)
def mlp_loss_and_grads(params, x, y, activation):
    f, slope = np.tanh, lambda z: 1 - np.tanh(z) ** 2
    depth, a, z = len(params) // 2, [x], []
    for k in range(1, depth + 1):
        z.append(a[-1] @ params[f"W{k}"] + params[f"b{k}"])
        a.append(f(z[-1]) if k < depth else z[-1])
    loss, delta = softmax_loss(z[-1], y)
    grads = {}
    for k in range(depth, 0, -1):
        grads[f"W{k}"] = a[k - 1].T @ delta
        grads[f"b{k}"] = delta.sum(axis=0)
        if k > 1:
            delta = (delta @ params[f"W{k}"].T) * slope(z[k - 2])
    return loss, grads


@mistake(
    "mlp-loss-and-grads",
    "relu whatever the activation is called",
    hint="Your result is the same for each activation.",
    fails=("loss", "one-hidden-layer", "any-depth"),
)
def mlp_loss_and_grads(params, x, y, activation):
    f, slope = lambda z: np.maximum(z, 0), lambda z: z > 0
    depth, a, z = len(params) // 2, [x], []
    for k in range(1, depth + 1):
        z.append(a[-1] @ params[f"W{k}"] + params[f"b{k}"])
        a.append(f(z[-1]) if k < depth else z[-1])
    loss, delta = softmax_loss(z[-1], y)
    grads = {}
    for k in range(depth, 0, -1):
        grads[f"W{k}"] = a[k - 1].T @ delta
        grads[f"b{k}"] = delta.sum(axis=0)
        if k > 1:
            delta = (delta @ params[f"W{k}"].T) * slope(z[k - 2])
    return loss, grads


@mistake(
    "mlp-loss-and-grads",
    "the sigmoid whatever the activation is called",
    hint="Your result is the same for each activation.",
    fails=("loss", "one-hidden-layer", "any-depth"),
)
def mlp_loss_and_grads(params, x, y, activation):
    f, slope = lambda z: 1 / (1 + np.exp(-z)), lambda z: f(z) * (1 - f(z))
    depth, a, z = len(params) // 2, [x], []
    for k in range(1, depth + 1):
        z.append(a[-1] @ params[f"W{k}"] + params[f"b{k}"])
        a.append(f(z[-1]) if k < depth else z[-1])
    loss, delta = softmax_loss(z[-1], y)
    grads = {}
    for k in range(depth, 0, -1):
        grads[f"W{k}"] = a[k - 1].T @ delta
        grads[f"b{k}"] = delta.sum(axis=0)
        if k > 1:
            delta = (delta @ params[f"W{k}"].T) * slope(z[k - 2])
    return loss, grads


@mistake(
    "mlp-loss-and-grads",
    "the layers sorted as words",
    hint="Up to nine layers you are right. As words, W10 comes before W2.",
    fails=("any-depth",),
)
def mlp_loss_and_grads(params, x, y, activation):
    f = {"relu": lambda z: np.maximum(z, 0), "tanh": np.tanh, "sigmoid": lambda z: 1 / (1 + np.exp(-z))}[activation]
    slope = {"relu": lambda z: z > 0, "tanh": lambda z: 1 - f(z) ** 2, "sigmoid": lambda z: f(z) * (1 - f(z))}[activation]
    order = sorted(name[1:] for name in params if name[0] == "W")
    depth, a, z = len(params) // 2, [x], []
    for k, number in enumerate(order, 1):
        z.append(a[-1] @ params[f"W{number}"] + params[f"b{number}"])
        a.append(f(z[-1]) if k < depth else z[-1])
    loss, delta = softmax_loss(z[-1], y)
    grads = {}
    for k in range(depth, 0, -1):
        grads[f"W{k}"] = a[k - 1].T @ delta
        grads[f"b{k}"] = delta.sum(axis=0)
        if k > 1:
            delta = (delta @ params[f"W{k}"].T) * slope(z[k - 2])
    return loss, grads


@mistake(
    "mlp-loss-and-grads",
    "one hidden layer whatever the depth is",
    hint="With one hidden layer you are right. How many layers there are, params can tell you.",
    fails=("any-depth",),
)
def mlp_loss_and_grads(params, x, y, activation):
    f = {"relu": lambda z: np.maximum(z, 0), "tanh": np.tanh, "sigmoid": lambda z: 1 / (1 + np.exp(-z))}[activation]
    slope = {"relu": lambda z: z > 0, "tanh": lambda z: 1 - f(z) ** 2, "sigmoid": lambda z: f(z) * (1 - f(z))}[activation]
    depth, a, z = 2, [x], []
    for k in range(1, depth + 1):
        z.append(a[-1] @ params[f"W{k}"] + params[f"b{k}"])
        a.append(f(z[-1]) if k < depth else z[-1])
    loss, delta = softmax_loss(z[-1], y)
    grads = {}
    for k in range(depth, 0, -1):
        grads[f"W{k}"] = a[k - 1].T @ delta
        grads[f"b{k}"] = delta.sum(axis=0)
        if k > 1:
            delta = (delta @ params[f"W{k}"].T) * slope(z[k - 2])
    return loss, grads


@mistake(
    "mlp-loss-and-grads",
    "the sum of the losses, not their mean",
    hint="Write the batch twice: the mean stays as it is. Your loss doubles.",
    fails=("loss",),
)
def mlp_loss_and_grads(params, x, y, activation):
    f = {"relu": lambda z: np.maximum(z, 0), "tanh": np.tanh, "sigmoid": lambda z: 1 / (1 + np.exp(-z))}[activation]
    slope = {"relu": lambda z: z > 0, "tanh": lambda z: 1 - f(z) ** 2, "sigmoid": lambda z: f(z) * (1 - f(z))}[activation]
    depth, a, z = len(params) // 2, [x], []
    for k in range(1, depth + 1):
        z.append(a[-1] @ params[f"W{k}"] + params[f"b{k}"])
        a.append(f(z[-1]) if k < depth else z[-1])
    loss, delta = softmax_loss(z[-1], y)
    grads = {}
    for k in range(depth, 0, -1):
        grads[f"W{k}"] = a[k - 1].T @ delta
        grads[f"b{k}"] = delta.sum(axis=0)
        if k > 1:
            delta = (delta @ params[f"W{k}"].T) * slope(z[k - 2])
    return loss * len(y), grads


@mistake(
    "mlp-loss-and-grads",
    "gradients first, loss second",
    hint="You return the two in the wrong order: first the loss, then the gradients.",
    fails=("loss", "one-hidden-layer", "any-depth"),
)
def mlp_loss_and_grads(params, x, y, activation):
    f = {"relu": lambda z: np.maximum(z, 0), "tanh": np.tanh, "sigmoid": lambda z: 1 / (1 + np.exp(-z))}[activation]
    slope = {"relu": lambda z: z > 0, "tanh": lambda z: 1 - f(z) ** 2, "sigmoid": lambda z: f(z) * (1 - f(z))}[activation]
    depth, a, z = len(params) // 2, [x], []
    for k in range(1, depth + 1):
        z.append(a[-1] @ params[f"W{k}"] + params[f"b{k}"])
        a.append(f(z[-1]) if k < depth else z[-1])
    loss, delta = softmax_loss(z[-1], y)
    grads = {}
    for k in range(depth, 0, -1):
        grads[f"W{k}"] = a[k - 1].T @ delta
        grads[f"b{k}"] = delta.sum(axis=0)
        if k > 1:
            delta = (delta @ params[f"W{k}"].T) * slope(z[k - 2])
    return grads, loss


@mistake(
    "mlp-loss-and-grads",
    "only the gradients",
    hint="Two results are asked for: first the loss, then the gradients.",
    fails=("loss", "one-hidden-layer", "any-depth"),
)
def mlp_loss_and_grads(params, x, y, activation):
    f = {"relu": lambda z: np.maximum(z, 0), "tanh": np.tanh, "sigmoid": lambda z: 1 / (1 + np.exp(-z))}[activation]
    slope = {"relu": lambda z: z > 0, "tanh": lambda z: 1 - f(z) ** 2, "sigmoid": lambda z: f(z) * (1 - f(z))}[activation]
    depth, a, z = len(params) // 2, [x], []
    for k in range(1, depth + 1):
        z.append(a[-1] @ params[f"W{k}"] + params[f"b{k}"])
        a.append(f(z[-1]) if k < depth else z[-1])
    _, delta = softmax_loss(z[-1], y)
    grads = {}
    for k in range(depth, 0, -1):
        grads[f"W{k}"] = a[k - 1].T @ delta
        grads[f"b{k}"] = delta.sum(axis=0)
        if k > 1:
            delta = (delta @ params[f"W{k}"].T) * slope(z[k - 2])
    return grads


# --- layer_gradient_norms, relative_updates ---


@mistake(
    "layer-report",
    "the layers sorted as words",
    hint="Up to nine layers you are right. As words, W10 comes before W2.",
    fails=("norms",),
)
def layer_gradient_norms(grads):
    return np.array([np.linalg.norm(grads[name]) for name in sorted(grads) if name[0] == "W"])


@mistake(
    "layer-report",
    "the order of the dictionary",
    hint="The keys of a dictionary stand in the order in which they were put in, which need not be that of the layers.",
    fails=("norms",),
)
def layer_gradient_norms(grads):
    return np.array([np.linalg.norm(grad) for name, grad in grads.items() if name[0] == "W"])


@mistake(
    "layer-report",
    "the biases counted in",
    hint="Change a bias's gradient: your norm changes. Only the weights' entries are asked for.",
    fails=("norms",),
)
def layer_gradient_norms(grads):
    return np.array([np.sqrt(np.sum(grads[f"W{k}"] ** 2) + np.sum(grads[f"b{k}"] ** 2)) for k in range(1, len(grads) // 2 + 1)])


@mistake(
    "layer-report",
    "the norms of the biases as well",
    hint="You return twice as many numbers as there are layers.",
    fails=("norms",),
)
def layer_gradient_norms(grads):
    return np.array([np.linalg.norm(grads[f"{letter}{k}"]) for k in range(1, len(grads) // 2 + 1) for letter in "Wb"])


@mistake(
    "layer-report",
    "the biases in place of the weights",
    hint="Your norms are those of the biases' gradients.",
    fails=("norms",),
)
def layer_gradient_norms(grads):
    return np.array([np.linalg.norm(grads[f"b{k}"]) for k in range(1, len(grads) // 2 + 1)])


@mistake(
    "layer-report",
    "the square of the norm",
    hint="For [[3, 4]] you get 25. What is still to be done?",
    fails=("norms",),
)
def layer_gradient_norms(grads):
    return np.array([np.sum(grads[f"W{k}"] ** 2) for k in range(1, len(grads) // 2 + 1)])


@mistake(
    "layer-report",
    "the sum of the sizes of all entries",
    hint="For [[3, 4]] you get 7. Squares are to be summed.",
    fails=("norms",),
)
def layer_gradient_norms(grads):
    return np.array([np.sum(np.abs(grads[f"W{k}"])) for k in range(1, len(grads) // 2 + 1)])


@mistake(
    "layer-report",
    "the largest singular value",
    hint="For a matrix numpy's norm with ord=2 is the largest singular value. The Frobenius norm is another one.",
    fails=("norms",),
)
def layer_gradient_norms(grads):
    return np.array([np.linalg.norm(grads[f"W{k}"], 2) for k in range(1, len(grads) // 2 + 1)])


@mistake(
    "layer-report",
    "the largest entry",
    hint="For [[3, 4]] you get 4. All entries count.",
    fails=("norms",),
)
def layer_gradient_norms(grads):
    return np.array([np.max(np.abs(grads[f"W{k}"])) for k in range(1, len(grads) // 2 + 1)])


@mistake(
    "layer-report",
    "the root of the mean square",
    hint="For [[3, 4]] you get less than 4. A sum is asked for, not a mean.",
    fails=("norms",),
)
def layer_gradient_norms(grads):
    return np.array([np.sqrt(np.mean(grads[f"W{k}"] ** 2)) for k in range(1, len(grads) // 2 + 1)])


@mistake(
    "layer-report",
    "the standard deviation",
    hint="A gradient with all entries equal has norm 0 with you. The mean is not to be subtracted.",
    fails=("norms",),
)
def layer_gradient_norms(grads):
    return np.array([np.std(grads[f"W{k}"]) for k in range(1, len(grads) // 2 + 1)])


@mistake(
    "layer-report",
    "the norm of the sum over the rows",
    hint="Your norms change when the rows change their signs. Square before you sum.",
    fails=("norms",),
)
def layer_gradient_norms(grads):
    return np.array([np.linalg.norm(grads[f"W{k}"].sum(axis=0)) for k in range(1, len(grads) // 2 + 1)])


@mistake(
    "layer-report",
    "the last layer first",
    hint="Your norms stand in the order of the way back. The first layer comes first.",
    fails=("norms",),
)
def layer_gradient_norms(grads):
    return np.array([np.linalg.norm(grads[f"W{k}"]) for k in range(len(grads) // 2, 0, -1)])


@mistake(
    "layer-report",
    "the last layer left out",
    hint="One number is missing. range ends before its second argument.",
    fails=("norms",),
)
def layer_gradient_norms(grads):
    return np.array([np.linalg.norm(grads[f"W{k}"]) for k in range(1, len(grads) // 2)])


@mistake(
    "layer-report",
    "relative to the largest",
    hint="Your largest norm is always 1. The norms themselves are asked for.",
    fails=("norms",),
)
def layer_gradient_norms(grads):
    norms = np.array([np.linalg.norm(grads[f"W{k}"]) for k in range(1, len(grads) // 2 + 1)])
    return norms / norms.max()


@mistake(
    "layer-report",
    "the learning rate is missing",
    hint="Double the learning rate: your answer stays as it is.",
    fails=("updates",),
)
def relative_updates(params, grads, lr):
    return np.array([np.linalg.norm(grads[f"W{k}"]) / np.linalg.norm(params[f"W{k}"]) for k in range(1, len(grads) // 2 + 1)])


@mistake(
    "layer-report",
    "the ratio upside down",
    hint="You divide the weights by the step. What is measured by what?",
    fails=("updates",),
)
def relative_updates(params, grads, lr):
    return np.array([np.linalg.norm(params[f"W{k}"]) / (lr * np.linalg.norm(grads[f"W{k}"])) for k in range(1, len(grads) // 2 + 1)])


@mistake(
    "layer-report",
    "divided by the learning rate",
    hint="Double the learning rate: your answer is halved. A larger rate makes a longer step.",
    fails=("updates",),
)
def relative_updates(params, grads, lr):
    return np.array([np.linalg.norm(grads[f"W{k}"]) / np.linalg.norm(params[f"W{k}"]) / lr for k in range(1, len(grads) // 2 + 1)])


@mistake(
    "layer-report",
    "not divided by the weights",
    hint="Double all weights: your answer stays as it is.",
    fails=("updates",),
)
def relative_updates(params, grads, lr):
    return np.array([lr * np.linalg.norm(grads[f"W{k}"]) for k in range(1, len(grads) // 2 + 1)])


@mistake(
    "layer-report",
    "squared",
    hint="Your numbers are the squares of the right ones, but for the learning rate. A norm has a root.",
    fails=("updates",),
)
def relative_updates(params, grads, lr):
    return np.array([lr * (np.linalg.norm(grads[f"W{k}"]) / np.linalg.norm(params[f"W{k}"])) ** 2 for k in range(1, len(grads) // 2 + 1)])


@mistake(
    "layer-report",
    "the whole squared",
    hint="Your numbers are the squares of the right ones. A norm has a root.",
    fails=("updates",),
)
def relative_updates(params, grads, lr):
    return np.array([(lr * np.linalg.norm(grads[f"W{k}"]) / np.linalg.norm(params[f"W{k}"])) ** 2 for k in range(1, len(grads) // 2 + 1)])


@mistake(
    "layer-report",
    "the mean of the ratios of the entries",
    hint="You take the ratio entry by entry and then a mean. The ratio of two norms is another number.",
    fails=("updates",),
)
def relative_updates(params, grads, lr):
    return np.array([lr * np.mean(np.abs(grads[f"W{k}"] / params[f"W{k}"])) for k in range(1, len(grads) // 2 + 1)])


@mistake(
    "layer-report",
    "the norm of the ratios of the entries",
    hint="You take the ratio entry by entry and then the norm. The ratio of two norms is another number.",
    fails=("updates",),
)
def relative_updates(params, grads, lr):
    return np.array([lr * np.linalg.norm(grads[f"W{k}"] / params[f"W{k}"]) for k in range(1, len(grads) // 2 + 1)])


@mistake(
    "layer-report",
    "measured by the weights after the step",
    hint="You divide by the size of the weights after the step. It is to be measured by what it changes.",
    fails=("updates",),
)
def relative_updates(params, grads, lr):
    return np.array(
        [lr * np.linalg.norm(grads[f"W{k}"]) / np.linalg.norm(params[f"W{k}"] - lr * grads[f"W{k}"]) for k in range(1, len(grads) // 2 + 1)]
    )


@mistake(
    "layer-report",
    "updates with the biases counted in",
    hint="Change a bias: your answer changes. Only the weights are asked for.",
    fails=("updates",),
)
def relative_updates(params, grads, lr):
    def norm(arrays, k):
        return np.sqrt(np.sum(arrays[f"W{k}"] ** 2) + np.sum(arrays[f"b{k}"] ** 2))

    return np.array([lr * norm(grads, k) / norm(params, k) for k in range(1, len(grads) // 2 + 1)])


@mistake(
    "layer-report",
    "measured by all weights together",
    hint="You divide each step by the size of all layers' weights. Each layer is measured by its own size.",
    fails=("updates",),
)
def relative_updates(params, grads, lr):
    total = np.sqrt(sum(np.sum(params[f"W{k}"] ** 2) for k in range(1, len(params) // 2 + 1)))
    return np.array([lr * np.linalg.norm(grads[f"W{k}"]) / total for k in range(1, len(grads) // 2 + 1)])


@mistake(
    "layer-report",
    "updates with the layers sorted as words",
    hint="Up to nine layers you are right. As words, W10 comes before W2.",
    fails=("updates",),
)
def relative_updates(params, grads, lr):
    names = sorted(name for name in grads if name[0] == "W")
    return np.array([lr * np.linalg.norm(grads[name]) / np.linalg.norm(params[name]) for name in names])


@mistake(
    "layer-report",
    "updates in the order of the dictionary",
    hint="The keys of a dictionary stand in the order in which they were put in, which need not be that of the layers.",
    fails=("updates",),
)
def relative_updates(params, grads, lr):
    names = [name for name in grads if name[0] == "W"]
    return np.array([lr * np.linalg.norm(grads[name]) / np.linalg.norm(params[name]) for name in names])


# --- chain_gradients, critical_weight ---


@mistake(
    "chain-gradients",
    "the layer's own slope is missing",
    hint="Try a chain of one neuron: how does its output change with its z? Your answer is 1.",
    fails=("values",),
)
def chain_gradients(weights, biases, x, activation):
    f = {"relu": lambda z: max(z, 0.0), "tanh": math.tanh, "sigmoid": lambda z: 1 / (1 + math.exp(-z))}[activation]
    slope = {"relu": lambda z: float(z > 0), "tanh": lambda z: 1 - f(z) ** 2, "sigmoid": lambda z: f(z) * (1 - f(z))}[activation]
    z, a = [], x
    for w, b in zip(weights, biases, strict=True):
        z.append(w * a + b)
        a = f(z[-1])
    d = np.array([slope(value) for value in z])
    return np.array([np.prod(weights[k + 1 :] * d[k + 1 :]) for k in range(len(z))])


@mistake(
    "chain-gradients",
    "the layer's own weight counted in",
    hint="You go one step too far down: the weight of layer l stands below z_l. Try a chain of one neuron.",
    fails=("values",),
)
def chain_gradients(weights, biases, x, activation):
    f = {"relu": lambda z: max(z, 0.0), "tanh": math.tanh, "sigmoid": lambda z: 1 / (1 + math.exp(-z))}[activation]
    slope = {"relu": lambda z: float(z > 0), "tanh": lambda z: 1 - f(z) ** 2, "sigmoid": lambda z: f(z) * (1 - f(z))}[activation]
    z, a = [], x
    for w, b in zip(weights, biases, strict=True):
        z.append(w * a + b)
        a = f(z[-1])
    d = np.array([slope(value) for value in z])
    return np.array([np.prod(weights[k:] * d[k:]) for k in range(len(z))])


@mistake(
    "chain-gradients",
    "the last layer's slope is missing",
    hint="All layers have an activation here, the last one too. Try a chain of one neuron.",
    fails=("values",),
)
def chain_gradients(weights, biases, x, activation):
    f = {"relu": lambda z: max(z, 0.0), "tanh": math.tanh, "sigmoid": lambda z: 1 / (1 + math.exp(-z))}[activation]
    slope = {"relu": lambda z: float(z > 0), "tanh": lambda z: 1 - f(z) ** 2, "sigmoid": lambda z: f(z) * (1 - f(z))}[activation]
    z, a = [], x
    for w, b in zip(weights, biases, strict=True):
        z.append(w * a + b)
        a = f(z[-1])
    d = np.array([slope(value) for value in z])
    return np.array([np.prod(weights[k + 1 :] * d[k:-1]) for k in range(len(z))])


@mistake(
    "chain-gradients",
    "the weights are missing",
    hint="With all weights 1 you are right. On its way the signal passes weights too.",
    fails=("values",),
)
def chain_gradients(weights, biases, x, activation):
    f = {"relu": lambda z: max(z, 0.0), "tanh": math.tanh, "sigmoid": lambda z: 1 / (1 + math.exp(-z))}[activation]
    slope = {"relu": lambda z: float(z > 0), "tanh": lambda z: 1 - f(z) ** 2, "sigmoid": lambda z: f(z) * (1 - f(z))}[activation]
    z, a = [], x
    for w, b in zip(weights, biases, strict=True):
        z.append(w * a + b)
        a = f(z[-1])
    d = np.array([slope(value) for value in z])
    return np.array([np.prod(d[k:]) for k in range(len(z))])


@mistake(
    "chain-gradients",
    "the slopes above are missing",
    hint="With slopes of 1 you are right. Each activation on the way multiplies too.",
    fails=("values",),
)
def chain_gradients(weights, biases, x, activation):
    f = {"relu": lambda z: max(z, 0.0), "tanh": math.tanh, "sigmoid": lambda z: 1 / (1 + math.exp(-z))}[activation]
    slope = {"relu": lambda z: float(z > 0), "tanh": lambda z: 1 - f(z) ** 2, "sigmoid": lambda z: f(z) * (1 - f(z))}[activation]
    z, a = [], x
    for w, b in zip(weights, biases, strict=True):
        z.append(w * a + b)
        a = f(z[-1])
    d = np.array([slope(value) for value in z])
    return np.array([d[k] * np.prod(weights[k + 1 :]) for k in range(len(z))])


@mistake(
    "chain-gradients",
    "the last layer first",
    hint="The numbers are right, in the order of the way back. The first layer comes first.",
    fails=("values",),
)
def chain_gradients(weights, biases, x, activation):
    f = {"relu": lambda z: max(z, 0.0), "tanh": math.tanh, "sigmoid": lambda z: 1 / (1 + math.exp(-z))}[activation]
    slope = {"relu": lambda z: float(z > 0), "tanh": lambda z: 1 - f(z) ** 2, "sigmoid": lambda z: f(z) * (1 - f(z))}[activation]
    z, a = [], x
    for w, b in zip(weights, biases, strict=True):
        z.append(w * a + b)
        a = f(z[-1])
    d = np.array([slope(value) for value in z])
    return np.array([d[k] * np.prod(weights[k + 1 :] * d[k + 1 :]) for k in range(len(z))])[::-1]


@mistake(
    "chain-gradients",
    "the product from the wrong end",
    hint=(
        "Your last entry holds a product of all layers, and your first one only one factor. The way from z_1 to the output is the longest."
    ),
    fails=("values",),
)
def chain_gradients(weights, biases, x, activation):
    f = {"relu": lambda z: max(z, 0.0), "tanh": math.tanh, "sigmoid": lambda z: 1 / (1 + math.exp(-z))}[activation]
    slope = {"relu": lambda z: float(z > 0), "tanh": lambda z: 1 - f(z) ** 2, "sigmoid": lambda z: f(z) * (1 - f(z))}[activation]
    z, a = [], x
    for w, b in zip(weights, biases, strict=True):
        z.append(w * a + b)
        a = f(z[-1])
    d = np.array([slope(value) for value in z])
    return np.array([d[k] * np.prod(weights[:k] * d[:k]) for k in range(len(z))])


@mistake(
    "chain-gradients",
    "each layer's weight in place of the next one's",
    hint="The numbering is off by one: between z_l and z_(l+1) stands the weight of layer l + 1.",
    fails=("values",),
)
def chain_gradients(weights, biases, x, activation):
    f = {"relu": lambda z: max(z, 0.0), "tanh": math.tanh, "sigmoid": lambda z: 1 / (1 + math.exp(-z))}[activation]
    slope = {"relu": lambda z: float(z > 0), "tanh": lambda z: 1 - f(z) ** 2, "sigmoid": lambda z: f(z) * (1 - f(z))}[activation]
    z, a = [], x
    for w, b in zip(weights, biases, strict=True):
        z.append(w * a + b)
        a = f(z[-1])
    d = np.array([slope(value) for value in z])
    return np.array([d[k] * np.prod(weights[k:-1] * d[k + 1 :]) for k in range(len(z))])


@mistake(
    "chain-gradients",
    "only the next layer",
    hint="Three layers from the end you are wrong: the product goes on to the last layer.",
    fails=("values",),
)
def chain_gradients(weights, biases, x, activation):
    f = {"relu": lambda z: max(z, 0.0), "tanh": math.tanh, "sigmoid": lambda z: 1 / (1 + math.exp(-z))}[activation]
    slope = {"relu": lambda z: float(z > 0), "tanh": lambda z: 1 - f(z) ** 2, "sigmoid": lambda z: f(z) * (1 - f(z))}[activation]
    z, a = [], x
    for w, b in zip(weights, biases, strict=True):
        z.append(w * a + b)
        a = f(z[-1])
    d = np.array([slope(value) for value in z])
    return np.array([d[k] * np.prod(weights[k + 1 : k + 2] * d[k + 1 : k + 2]) for k in range(len(z))])


@mistake(
    "chain-gradients",
    "a sum in place of a product",
    hint="Along a chain factors multiply. You add them.",
    fails=("values",),
)
def chain_gradients(weights, biases, x, activation):
    f = {"relu": lambda z: max(z, 0.0), "tanh": math.tanh, "sigmoid": lambda z: 1 / (1 + math.exp(-z))}[activation]
    slope = {"relu": lambda z: float(z > 0), "tanh": lambda z: 1 - f(z) ** 2, "sigmoid": lambda z: f(z) * (1 - f(z))}[activation]
    z, a = [], x
    for w, b in zip(weights, biases, strict=True):
        z.append(w * a + b)
        a = f(z[-1])
    d = np.array([slope(value) for value in z])
    return np.array([d[k] + np.sum(weights[k + 1 :] * d[k + 1 :]) for k in range(len(z))])


@mistake(
    "chain-gradients",
    "the slope at the output, not at the pre-activation",
    hint="At which place do you ask for the slope? f' wants z, not f(z).",
    fails=("values",),
)
def chain_gradients(weights, biases, x, activation):
    f = {"relu": lambda z: max(z, 0.0), "tanh": math.tanh, "sigmoid": lambda z: 1 / (1 + math.exp(-z))}[activation]
    slope = {"relu": lambda z: float(z > 0), "tanh": lambda z: 1 - f(z) ** 2, "sigmoid": lambda z: f(z) * (1 - f(z))}[activation]
    z, a = [], x
    for w, b in zip(weights, biases, strict=True):
        z.append(w * a + b)
        a = f(z[-1])
    d = np.array([slope(f(value)) for value in z])
    return np.array([d[k] * np.prod(weights[k + 1 :] * d[k + 1 :]) for k in range(len(z))])


@mistake(
    "chain-gradients",
    "the activation in place of its slope",
    hint="You multiply by the values of the activations. How steep are they there?",
    fails=("values",),
)
def chain_gradients(weights, biases, x, activation):
    f = {"relu": lambda z: max(z, 0.0), "tanh": math.tanh, "sigmoid": lambda z: 1 / (1 + math.exp(-z))}[activation]
    z, a = [], x
    for w, b in zip(weights, biases, strict=True):
        z.append(w * a + b)
        a = f(z[-1])
    d = np.array([f(value) for value in z])
    return np.array([d[k] * np.prod(weights[k + 1 :] * d[k + 1 :]) for k in range(len(z))])


@mistake(
    "chain-gradients",
    "the biases forgotten",
    hint="Your answer does not change with the biases. They decide where on its curve each neuron sits.",
    fails=("values",),
)
def chain_gradients(weights, biases, x, activation):
    f = {"relu": lambda z: max(z, 0.0), "tanh": math.tanh, "sigmoid": lambda z: 1 / (1 + math.exp(-z))}[activation]
    slope = {"relu": lambda z: float(z > 0), "tanh": lambda z: 1 - f(z) ** 2, "sigmoid": lambda z: f(z) * (1 - f(z))}[activation]
    z, a = [], x
    for w, b in zip(weights, biases, strict=True):
        z.append(w * a + 0 * b)
        a = f(z[-1])
    d = np.array([slope(value) for value in z])
    return np.array([d[k] * np.prod(weights[k + 1 :] * d[k + 1 :]) for k in range(len(z))])


@mistake(
    "chain-gradients",
    "no activation between the neurons",
    hint="Each z is computed from the z below it. Between the two there is an activation.",
    fails=("values",),
)
def chain_gradients(weights, biases, x, activation):
    f = {"relu": lambda z: max(z, 0.0), "tanh": math.tanh, "sigmoid": lambda z: 1 / (1 + math.exp(-z))}[activation]
    slope = {"relu": lambda z: float(z > 0), "tanh": lambda z: 1 - f(z) ** 2, "sigmoid": lambda z: f(z) * (1 - f(z))}[activation]
    z, a = [], x
    for w, b in zip(weights, biases, strict=True):
        z.append(w * a + b)
        a = z[-1]
    d = np.array([slope(value) for value in z])
    return np.array([d[k] * np.prod(weights[k + 1 :] * d[k + 1 :]) for k in range(len(z))])


@mistake(
    "chain-gradients",
    "the derivative by the weight, not by z",
    hint="You have multiplied by the neuron's input: that gives the derivative by its weight. It is asked for by z.",
    fails=("values",),
)
def chain_gradients(weights, biases, x, activation):
    f = {"relu": lambda z: max(z, 0.0), "tanh": math.tanh, "sigmoid": lambda z: 1 / (1 + math.exp(-z))}[activation]
    slope = {"relu": lambda z: float(z > 0), "tanh": lambda z: 1 - f(z) ** 2, "sigmoid": lambda z: f(z) * (1 - f(z))}[activation]
    z, a = [], x
    for w, b in zip(weights, biases, strict=True):
        z.append(w * a + b)
        a = f(z[-1])
    d = np.array([slope(value) for value in z])
    return np.array([[x, *map(f, z)][k] * d[k] * np.prod(weights[k + 1 :] * d[k + 1 :]) for k in range(len(z))])


@mistake(
    "chain-gradients",
    "the sizes of the weights",
    hint="Your entries have the wrong signs where weights are negative.",
    fails=("values",),
)
def chain_gradients(weights, biases, x, activation):
    f = {"relu": lambda z: max(z, 0.0), "tanh": math.tanh, "sigmoid": lambda z: 1 / (1 + math.exp(-z))}[activation]
    slope = {"relu": lambda z: float(z > 0), "tanh": lambda z: 1 - f(z) ** 2, "sigmoid": lambda z: f(z) * (1 - f(z))}[activation]
    z, a = [], x
    for w, b in zip(weights, biases, strict=True):
        z.append(w * a + b)
        a = f(z[-1])
    d = np.array([slope(value) for value in z])
    return np.array([d[k] * np.prod(np.abs(weights[k + 1 :]) * d[k + 1 :]) for k in range(len(z))])


@mistake(
    "chain-gradients",
    "the sigmoid whatever the activation is called",
    hint="Your result is the same for each activation.",
    fails=("values",),
)
def chain_gradients(weights, biases, x, activation):
    def f(z):
        return 1 / (1 + math.exp(-z))

    def slope(z):
        return f(z) * (1 - f(z))

    z, a = [], x
    for w, b in zip(weights, biases, strict=True):
        z.append(w * a + b)
        a = f(z[-1])
    d = np.array([slope(value) for value in z])
    return np.array([d[k] * np.prod(weights[k + 1 :] * d[k + 1 :]) for k in range(len(z))])


@mistake(
    "chain-gradients",
    "tanh's slope as 1 - tanh",
    hint="For tanh a square is missing: your slope is not the same at z and -z.",
    fails=("values",),
)
def chain_gradients(weights, biases, x, activation):
    f = {"relu": lambda z: max(z, 0.0), "tanh": math.tanh, "sigmoid": lambda z: 1 / (1 + math.exp(-z))}[activation]
    slope = {"relu": lambda z: float(z > 0), "tanh": lambda z: 1 - f(z), "sigmoid": lambda z: f(z) * (1 - f(z))}[activation]
    z, a = [], x
    for w, b in zip(weights, biases, strict=True):
        z.append(w * a + b)
        a = f(z[-1])
    d = np.array([slope(value) for value in z])
    return np.array([d[k] * np.prod(weights[k + 1 :] * d[k + 1 :]) for k in range(len(z))])


@mistake(
    "chain-gradients",
    "tanh's slope as 1 - z^2",
    hint="For tanh you square the pre-activation. Which quantity is squared in its slope?",
    fails=("values",),
)
def chain_gradients(weights, biases, x, activation):
    f = {"relu": lambda z: max(z, 0.0), "tanh": math.tanh, "sigmoid": lambda z: 1 / (1 + math.exp(-z))}[activation]
    slope = {"relu": lambda z: float(z > 0), "tanh": lambda z: 1 - z**2, "sigmoid": lambda z: f(z) * (1 - f(z))}[activation]
    z, a = [], x
    for w, b in zip(weights, biases, strict=True):
        z.append(w * a + b)
        a = f(z[-1])
    d = np.array([slope(value) for value in z])
    return np.array([d[k] * np.prod(weights[k + 1 :] * d[k + 1 :]) for k in range(len(z))])


@mistake(
    "chain-gradients",
    "the sigmoid's slope as z (1 - z)",
    hint="The formula s (1 - s) wants the sigmoid for s, not the pre-activation.",
    fails=("values",),
)
def chain_gradients(weights, biases, x, activation):
    f = {"relu": lambda z: max(z, 0.0), "tanh": math.tanh, "sigmoid": lambda z: 1 / (1 + math.exp(-z))}[activation]
    slope = {"relu": lambda z: float(z > 0), "tanh": lambda z: 1 - f(z) ** 2, "sigmoid": lambda z: z * (1 - z)}[activation]
    z, a = [], x
    for w, b in zip(weights, biases, strict=True):
        z.append(w * a + b)
        a = f(z[-1])
    d = np.array([slope(value) for value in z])
    return np.array([d[k] * np.prod(weights[k + 1 :] * d[k + 1 :]) for k in range(len(z))])


@mistake(
    "chain-gradients",
    "the first layer left out",
    hint="One number is missing: there are as many entries as layers.",
    fails=("values",),
)
def chain_gradients(weights, biases, x, activation):
    f = {"relu": lambda z: max(z, 0.0), "tanh": math.tanh, "sigmoid": lambda z: 1 / (1 + math.exp(-z))}[activation]
    slope = {"relu": lambda z: float(z > 0), "tanh": lambda z: 1 - f(z) ** 2, "sigmoid": lambda z: f(z) * (1 - f(z))}[activation]
    z, a = [], x
    for w, b in zip(weights, biases, strict=True):
        z.append(w * a + b)
        a = f(z[-1])
    d = np.array([slope(value) for value in z])
    return np.array([d[k] * np.prod(weights[k + 1 :] * d[k + 1 :]) for k in range(1, len(z))])


@mistake(
    "chain-gradients",
    "only the first layer's entry for all",
    hint="All your entries are the same. Each layer has its own, shorter way to the output.",
    fails=("values",),
)
def chain_gradients(weights, biases, x, activation):
    f = {"relu": lambda z: max(z, 0.0), "tanh": math.tanh, "sigmoid": lambda z: 1 / (1 + math.exp(-z))}[activation]
    slope = {"relu": lambda z: float(z > 0), "tanh": lambda z: 1 - f(z) ** 2, "sigmoid": lambda z: f(z) * (1 - f(z))}[activation]
    z, a = [], x
    for w, b in zip(weights, biases, strict=True):
        z.append(w * a + b)
        a = f(z[-1])
    d = np.array([slope(value) for value in z])
    return np.array([d[0] * np.prod(weights[1:] * d[1:]) for _ in z])


@mistake(
    "chain-gradients",
    "the slope itself",
    hint="Each layer multiplies the signal by two factors. Yours multiply to slope squared, which is 1 only for a slope of 1.",
    fails=("critical-weight",),
)
def critical_weight(slope):
    return slope


@mistake(
    "chain-gradients",
    "the weight for the sigmoid's largest slope, whatever the slope is",
    hint="Your answer is the same for each slope.",
    fails=("critical-weight",),
)
def critical_weight(slope):
    return 4.0


@mistake(
    "chain-gradients",
    "the root of what it should be",
    hint="Put your weight into a chain: each layer multiplies by weight times slope. How large is that?",
    fails=("critical-weight",),
)
def critical_weight(slope):
    return slope**-0.5


@mistake(
    "chain-gradients",
    "the square of what it should be",
    hint="Put your weight into a chain: each layer multiplies by weight times slope. How large is that?",
    fails=("critical-weight",),
)
def critical_weight(slope):
    return slope**-2.0


@mistake(
    "chain-gradients",
    "1 less the slope",
    hint="Each layer multiplies the signal by weight times slope; it does not add the two.",
    fails=("critical-weight",),
)
def critical_weight(slope):
    return 1 - slope


@mistake(
    "chain-gradients",
    "1 over 1 less the slope",
    hint="Put your weight into a chain: each layer multiplies by weight times slope. How large is that?",
    fails=("critical-weight",),
)
def critical_weight(slope):
    return 1 / (1 - slope)


@mistake(
    "chain-gradients",
    "of the wrong sign",
    hint="A positive weight is asked for.",
    fails=("critical-weight",),
)
def critical_weight(slope):
    return -1 / slope


@mistake(
    "chain-gradients",
    "1 whatever the slope is",
    hint="With a weight of 1 each layer still multiplies by its slope.",
    fails=("critical-weight",),
)
def critical_weight(slope):
    return 1.0
