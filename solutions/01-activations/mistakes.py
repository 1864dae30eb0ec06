"""Wrong answers to 01-activations that people really write, each with a hint and the parts that it fails."""

import math

import numpy as np

from autograder.checks import mistake

# --- sigmoid ---


@mistake(
    "sigmoid",
    "nan for large z, as e^z / (1 + e^z) gives it",
    hint=(
        "Print each step of your formula at z = 1000. Infinity over infinity and infinity times 0 are not numbers; the sigmoid can be "
        "written so that they never meet."
    ),
    fails=("extremes", "sigmoid-tails/values"),
)
def sigmoid(z):
    e = np.exp(np.asarray(z, dtype=float))
    return e / (1 + e)


@mistake(
    "sigmoid",
    "the sigmoid of -z: it falls in place of rising",
    hint="Should the sigmoid rise or fall as z grows? Compare your values at -2 and at 3, and follow the signs.",
    fails=("values", "extremes"),
)
def sigmoid(z):
    return 1 / (1 + np.exp(np.asarray(z, dtype=float)))


@mistake(
    "sigmoid",
    "tanh in place of the sigmoid",
    hint="The sigmoid lies between 0 and 1 and is 1/2 at z = 0. Where does yours lie?",
    fails=("values", "extremes", "dead-zone/share"),
)
def sigmoid(z):
    return np.tanh(np.asarray(z, dtype=float))


@mistake(
    "sigmoid",
    "the sigmoid of 2z, as tanh shifted and scaled without halving its argument",
    hint="The range is right and so is the value at 0. Now compare how steep your curve is there with the definition.",
    fails=("values", "extremes"),
)
def sigmoid(z):
    return 0.5 * (1 + np.tanh(np.asarray(z, dtype=float)))


@mistake(
    "sigmoid",
    "a minus in the denominator",
    hint="Yours has no value at z = 0, because its denominator is 0 there. Check its signs against the definition.",
    fails=("values", "extremes"),
)
def sigmoid(z):
    return 1 / (1 - np.exp(-np.asarray(z, dtype=float)))


@mistake(
    "sigmoid",
    "1 + e^-z, with nothing divided by it",
    hint=(
        "Between which two numbers must a sigmoid lie? Yours is above 1 everywhere. What is divided by what? If you wrote a fraction, "
        "check its brackets."
    ),
    fails=("values", "extremes", "sigmoid-tails/values", "dead-zone/share"),
)
def sigmoid(z):
    return 1 / 1 + np.exp(-np.asarray(z, dtype=float))


@mistake(
    "sigmoid",
    "normalised over the entries, as a softmax",
    hint="The sigmoid looks at one entry at a time. What does yours return for an array that holds a single number?",
    fails=("values", "extremes", "dead-zone/share"),
)
def sigmoid(z):
    z = np.asarray(z, dtype=float)
    e = np.exp(z - np.max(z))
    return e / np.sum(e)


@mistake(
    "sigmoid",
    "float32 inside",
    hint="Your values are right to seven digits and no further. Somewhere a narrower type than numpy's usual float comes in.",
    fails=("values", "extremes"),
)
def sigmoid(z):
    z = np.asarray(z, dtype=np.float32)
    small = np.exp(-np.abs(z))
    return np.where(z >= 0, np.float32(1), small) / (np.float32(1) + small)


@mistake(
    "sigmoid",
    "integers in, whole numbers out",
    hint="Your answers to integers are whole numbers. An array that takes its type from z, or that is z itself, cuts fractions off.",
    fails=("extremes",),
)
def sigmoid(z):
    z = np.asarray(z)
    out = np.zeros_like(z)
    out[z >= 0] = 1 / (1 + np.exp(-z[z >= 0]))
    out[z < 0] = np.exp(z[z < 0]) / (1 + np.exp(z[z < 0]))
    return out


@mistake(
    "sigmoid",
    "a single number comes back as an array of length 1",
    hint="The result has the shape of z. For a number that is the empty shape (), not (1,).",
    fails=("extremes",),
)
def sigmoid(z):
    z = np.atleast_1d(np.asarray(z, dtype=float))
    small = np.exp(-np.abs(z))
    return np.where(z >= 0, 1.0, small) / (1 + small)


# --- sigmoid_grad ---


@mistake(
    "sigmoid-grad",
    "the rule for the sigmoid's output, fed with z",
    hint="z (1 - z) is right for a z that is already a sigmoid's output. Here z is the pre-activation: at z = 0 the slope is not 0.",
    fails=("values", "sigmoid-tails/values"),
)
def sigmoid_grad(z):
    z = np.asarray(z, dtype=float)
    return z * (1 - z)


@mistake(
    "sigmoid-grad",
    "the derivative at sigmoid(z) in place of z",
    hint="The sigmoid was applied once too often: your value at z = 0 is the slope at z = 0.5.",
    fails=("values", "sigmoid-tails/values", "dead-zone/share"),
)
def sigmoid_grad(z):
    s = 1 / (1 + np.exp(-1 / (1 + np.exp(-np.asarray(z, dtype=float)))))
    return s * (1 - s)


@mistake(
    "sigmoid-grad",
    "the sigmoid itself in place of its derivative",
    hint="Your value at 0 is 1/2, the height of the curve. Its slope is asked for.",
    fails=("values", "sigmoid-tails/values"),
)
def sigmoid_grad(z):
    return 1 / (1 + np.exp(-np.asarray(z, dtype=float)))


@mistake(
    "sigmoid-grad",
    "one factor only",
    hint="For large negative z your slope is near 1, though the curve is flat there. At 0 it is 1/2. A factor is missing.",
    fails=("values", "sigmoid-tails/values"),
)
def sigmoid_grad(z):
    return 1 / (1 + np.exp(np.asarray(z, dtype=float)))


@mistake(
    "sigmoid-grad",
    "the wrong sign",
    hint="The sigmoid rises everywhere, so its slope is positive everywhere. Follow the signs through your derivation once more.",
    fails=("values", "sigmoid-tails/values", "dead-zone/share"),
)
def sigmoid_grad(z):
    e = np.exp(-np.abs(np.asarray(z, dtype=float)))
    return -e / (1 + e) ** 2


@mistake(
    "sigmoid-grad",
    "the square of the sigmoid",
    hint="At 0 you are right; at 5 your slope is almost 1 where the curve is flat. Which part of the derivative falls as z grows?",
    fails=("values", "sigmoid-tails/values"),
)
def sigmoid_grad(z):
    return 1 / (1 + np.exp(-np.asarray(z, dtype=float))) ** 2


@mistake(
    "sigmoid-grad",
    "e^-|z| over 1 + e^-|z|, the denominator not squared",
    hint="Your slope at 0 is 1/2, twice what it should be. If you came by way of the quotient rule, look at the power of its denominator.",
    fails=("values", "sigmoid-tails/values"),
)
def sigmoid_grad(z):
    e = np.exp(-np.abs(np.asarray(z, dtype=float)))
    return e / (1 + e)


@mistake(
    "sigmoid-grad",
    "the rule for tanh on the sigmoid",
    hint="1 - f(z)^2 is another function's derivative. At 0 yours gives 3/4.",
    fails=("values", "sigmoid-tails/values"),
)
def sigmoid_grad(z):
    return 1 - (1 / (1 + np.exp(-np.asarray(z, dtype=float)))) ** 2


@mistake(
    "sigmoid-grad",
    "sigmoid(z) times 1 - z",
    hint="One of your two factors still holds z where it should hold a value of the sigmoid.",
    fails=("values", "sigmoid-tails/values"),
)
def sigmoid_grad(z):
    z = np.asarray(z, dtype=float)
    return (1 - z) / (1 + np.exp(-z))


@mistake(
    "sigmoid-grad",
    "a plus in place of a minus",
    hint="For large z your slope is near 2, though the curve is flat there. Look at the signs between your terms.",
    fails=("values", "sigmoid-tails/values"),
)
def sigmoid_grad(z):
    s = 1 / (1 + np.exp(-np.asarray(z, dtype=float)))
    return s * (1 + s)


@mistake(
    "sigmoid-grad",
    "a one-sided difference in place of the formula",
    hint="(f(z + h) - f(z)) / h is right to about five digits. A formula is asked for: differentiate the definition.",
    fails=("values", "sigmoid-tails/values"),
)
def sigmoid_grad(z):
    z = np.asarray(z, dtype=float)
    return (1 / (1 + np.exp(-(z + 1e-5))) - 1 / (1 + np.exp(-z))) / 1e-5


@mistake(
    "sigmoid-grad",
    "always 0.25",
    hint="Your function returns the same number for each z. That number is the slope at a single place.",
    fails=("values", "sigmoid-tails/values", "dead-zone/share"),
)
def sigmoid_grad(z):
    return np.full(np.shape(z), 0.25)


@mistake(
    "sigmoid-grad",
    "float32 inside",
    hint="Your values are right to seven digits and no further. Somewhere a narrower type than numpy's usual float comes in.",
    fails=("values", "sigmoid-tails/values"),
)
def sigmoid_grad(z):
    e = np.exp(-np.abs(np.asarray(z, dtype=np.float32)))
    return e / (np.float32(1) + e) ** 2


@mistake(
    "sigmoid-grad",
    "integers in, whole numbers out",
    hint="Your answers to integers are whole numbers. An array that takes its type from z, or that is z itself, cuts fractions off.",
    fails=("values",),
)
def sigmoid_grad(z):
    z = np.asarray(z)
    out = np.zeros_like(z)
    e = np.exp(-np.abs(z))
    out[...] = e / (1 + e) ** 2
    return out


@mistake(
    "sigmoid-tails",
    "exactly 0 in the right tail, as s (1 - s) is",
    hint=(
        "Where is the small number lost? If you subtract s from 1, print 1 - s at z = 40 beside the sigmoid at -40: both stand for the"
        " same number, and only one of them is a difference."
    ),
    fails=("values",),
)
def sigmoid_grad(z):
    s = 1 / (1 + np.exp(-np.asarray(z, dtype=float)))
    return s * (1 - s)


@mistake(
    "sigmoid-tails",
    "exactly 0 in both tails",
    hint="The slope far out is small, not 0. A difference of two numbers near 1 has no digits left there, and a cut to 0 throws them away.",
    fails=("values",),
)
def sigmoid_grad(z):
    return 0.25 * (1 - np.tanh(np.asarray(z, dtype=float) / 2) ** 2)


@mistake(
    "sigmoid-tails",
    "lost in the left tail from |z| = 355 on, where a square leaves the floats",
    hint=(
        "On the left side a step of yours goes like e^(2|z|) or its inverse, which no float holds beyond |z| = 372. The slope is the "
        "same at z and at -z: choose the side where nothing is that large or small."
    ),
    fails=("values",),
)
def sigmoid_grad(z):
    e = np.exp(-np.asarray(z, dtype=float))
    return e / (1 + e) ** 2


@mistake(
    "sigmoid-tails",
    "lost in the right tail from |z| = 355 on, where a square leaves the floats",
    hint=(
        "On the right side a step of yours goes like e^(2|z|) or its inverse, which no float holds beyond |z| = 372. The slope is the "
        "same at z and at -z: choose the side where nothing is that large or small."
    ),
    fails=("values",),
)
def sigmoid_grad(z):
    e = np.exp(np.asarray(z, dtype=float))
    return e / (1 + e) ** 2


@mistake(
    "sigmoid-tails",
    "the same slope from |z| = 500 on",
    hint="From |z| = 500 on your slope stays the same, while the true one goes on falling. Find a form that needs no limit.",
    fails=("values",),
)
def sigmoid_grad(z):
    e = np.exp(-np.abs(np.clip(np.asarray(z, dtype=float), -500, 500)))
    return e / (1 + e) ** 2


@mistake(
    "sigmoid-tails",
    "a floor of 1e-12 under the slope",
    hint="Your slope never falls below 1e-12, which is wrong by many powers of ten far out. A float can hold the true value.",
    fails=("values",),
)
def sigmoid_grad(z):
    e = np.exp(-np.abs(np.asarray(z, dtype=float)))
    return np.maximum(e / (1 + e) ** 2, 1e-12)


# --- tanh ---


@mistake(
    "tanh-grad",
    "the sigmoid in place of tanh",
    hint="tanh runs from -1 to 1 and is 0 at 0. Where does yours run?",
    fails=("tanh",),
)
def tanh(z):
    e = np.exp(-np.abs(np.asarray(z, dtype=float)))
    return np.where(np.asarray(z) >= 0, 1.0, e) / (1 + e)


@mistake(
    "tanh-grad",
    "tanh of z / 2, as 2 sigmoid - 1 without doubling the argument",
    hint="The range is right, the slope at 0 is half of what it should be. What happens to z inside?",
    fails=("tanh",),
)
def tanh(z):
    return np.tanh(np.asarray(z, dtype=float) / 2)


@mistake(
    "tanh-grad",
    "the hyperbolic sine: the numerator alone",
    hint="Your tanh leaves the range from -1 to 1: that is the hyperbolic sine. What is it divided by?",
    fails=("tanh",),
)
def tanh(z):
    return np.sinh(np.asarray(z, dtype=float))


@mistake(
    "tanh-grad",
    "the wrong sign of tanh",
    hint="tanh rises. Compare your value at 1 with your value at -1.",
    fails=("tanh",),
)
def tanh(z):
    return -np.tanh(np.asarray(z, dtype=float))


@mistake(
    "tanh-grad",
    "integers in, whole numbers out of tanh",
    hint="Your answers to integers are whole numbers. An array that takes its type from z, or that is z itself, cuts fractions off.",
    fails=("tanh",),
)
def tanh(z):
    z = np.asarray(z)
    out = np.zeros_like(z)
    out[...] = np.tanh(z)
    return out


@mistake(
    "tanh-grad",
    "1 - z^2: the rule for the output, fed with z",
    hint="A slope of -3 at z = 2? tanh never falls. Your rule wants the value of tanh, not z.",
    fails=("grad",),
)
def tanh_grad(z):
    return 1 - np.asarray(z, dtype=float) ** 2


@mistake(
    "tanh-grad",
    "1 - tanh, the square forgotten",
    hint="Your slopes at z and -z differ, and they add up to 2. Is the curve not as steep on the left as on the right?",
    fails=("grad",),
)
def tanh_grad(z):
    return 1 - np.tanh(np.asarray(z, dtype=float))


@mistake(
    "tanh-grad",
    "1 + tanh^2",
    hint="Your slope is never below 1, though the curve flattens on both sides. Look at the signs.",
    fails=("grad",),
)
def tanh_grad(z):
    return 1 + np.tanh(np.asarray(z, dtype=float)) ** 2


@mistake(
    "tanh-grad",
    "tanh itself in place of its derivative",
    hint="Your value at 0 is 0, the height of the curve. It is steepest there, and the slope is asked for.",
    fails=("grad",),
)
def tanh_grad(z):
    return np.tanh(np.asarray(z, dtype=float))


@mistake(
    "tanh-grad",
    "the sigmoid's rule on tanh",
    hint="a (1 - a) is right for an activation that runs from 0 to 1. Do the chain rule again for one that runs from -1 to 1.",
    fails=("grad",),
)
def tanh_grad(z):
    a = np.tanh(np.asarray(z, dtype=float))
    return a * (1 - a)


@mistake(
    "tanh-grad",
    "the derivative at tanh(z) in place of z",
    hint="tanh was applied once too often. Your slope never falls below 0.4, however large z is.",
    fails=("grad",),
)
def tanh_grad(z):
    return 1 - np.tanh(np.tanh(np.asarray(z, dtype=float))) ** 2


@mistake(
    "tanh-grad",
    "tanh squared",
    hint="Your slope is 0 at z = 0, where the curve is steepest, and near 1 where it is flat. It is the wrong way round.",
    fails=("grad",),
)
def tanh_grad(z):
    return np.tanh(np.asarray(z, dtype=float)) ** 2


@mistake(
    "tanh-grad",
    "1 / cosh, the square forgotten",
    hint="Right at 0, too large everywhere else. Write tanh as a fraction and do the quotient rule once more.",
    fails=("grad",),
)
def tanh_grad(z):
    return 1 / np.cosh(np.asarray(z, dtype=float))


@mistake(
    "tanh-grad",
    "half of the derivative: an inner factor lost",
    hint="Each of your slopes is half of the right one. If you came by way of the sigmoid of 2z, count the factors of 2 again.",
    fails=("grad",),
)
def tanh_grad(z):
    return 0.5 / np.cosh(np.asarray(z, dtype=float)) ** 2


@mistake(
    "tanh-grad",
    "the sigmoid's derivative in place of the one of tanh",
    hint="Your largest slope is 1/4. How steep is tanh at 0?",
    fails=("grad",),
)
def tanh_grad(z):
    return 0.25 / np.cosh(np.asarray(z, dtype=float) / 2) ** 2


@mistake(
    "tanh-grad",
    "float32 inside",
    hint="Your values are right to seven digits and no further. Somewhere a narrower type than numpy's usual float comes in.",
    fails=("grad",),
)
def tanh_grad(z):
    return 1 - np.tanh(np.asarray(z, dtype=np.float32)) ** 2


@mistake(
    "tanh-grad",
    "integers in, whole numbers out of the derivative",
    hint="Your answers to integers are whole numbers. An array that takes its type from z, or that is z itself, cuts fractions off.",
    fails=("grad",),
)
def tanh_grad(z):
    z = np.asarray(z)
    out = np.zeros_like(z)
    out[...] = 1 - np.tanh(z) ** 2
    return out


# --- relu ---


@mistake(
    "relu-grad",
    "the absolute value",
    hint="What should come out for a negative z? Yours is as large as z, only positive.",
    fails=("relu",),
)
def relu(z):
    return np.abs(np.asarray(z, dtype=float))


@mistake(
    "relu-grad",
    "the smaller of 0 and z",
    hint="Your function lets the negative half through. Which half should pass?",
    fails=("relu",),
)
def relu(z):
    return np.minimum(np.asarray(z, dtype=float), 0)


@mistake(
    "relu-grad",
    "the mask in place of the masked values",
    hint="Your answer says where z is positive. The value of z itself is missing there.",
    fails=("relu",),
)
def relu(z):
    return np.where(np.asarray(z) > 0, 1.0, 0.0)


@mistake(
    "relu-grad",
    "the largest entry along axis 0, as np.max gives it",
    hint="What comes back is the largest entry along axis 0. You want the larger of two numbers, z and 0, entry by entry.",
    fails=("relu",),
)
def relu(z):
    return np.max(np.asarray(z, dtype=float), 0)


@mistake(
    "relu-grad",
    "one maximum for the whole array",
    hint="All entries of your answer are the same. The larger of z and 0 is to be found for each entry by itself.",
    fails=("relu",),
)
def relu(z):
    z = np.asarray(z, dtype=float)
    return np.maximum(z, max(float(np.max(z)), 0.0))


@mistake(
    "relu-grad",
    "relu itself in place of its derivative",
    hint="At z = 3 your slope is 3. How steep is a straight line of the form y = z?",
    fails=("grad",),
)
def relu_grad(z):
    return np.maximum(np.asarray(z, dtype=float), 0)


@mistake(
    "relu-grad",
    "the sides swapped",
    hint="Your slope is 1 where relu is flat and 0 where it rises. Which side is which?",
    fails=("grad",),
)
def relu_grad(z):
    return np.where(np.asarray(z) < 0, 1.0, 0.0)


@mistake(
    "relu-grad",
    "the sign of z",
    hint="Your slope is -1 for negative z: that belongs to |z|. How does relu change there?",
    fails=("grad",),
)
def relu_grad(z):
    return np.sign(np.asarray(z, dtype=float))


@mistake(
    "relu-grad",
    "1 everywhere",
    hint="Your slope for z < 0 is that of a line which goes on rising. What does relu do there?",
    fails=("grad",),
)
def relu_grad(z):
    return np.ones(np.shape(z))


@mistake(
    "relu-grad",
    "z left standing on the left side",
    hint="For z < 0 your slope is z itself. How steep is relu there?",
    fails=("grad",),
)
def relu_grad(z):
    z = np.asarray(z, dtype=float)
    return np.where(z > 0, 1.0, z)


@mistake(
    "relu-grad",
    "nan at z = 0",
    hint=(
        "At z = 0 your slope is not a number. A fraction whose two halves are both 0 there, such as z / |z|, has no value; decide by a"
        " comparison."
    ),
    fails=("at-zero",),
)
def relu_grad(z):
    z = np.asarray(z, dtype=float)
    return np.maximum(z, 0) / z


@mistake(
    "relu-grad",
    "2 at z = 0",
    hint="At z = 0 your slope is 2, which is steeper than relu is anywhere. If you add up masks, see which of them contain 0.",
    fails=("at-zero",),
)
def relu_grad(z):
    z = np.asarray(z, dtype=float)
    return (z >= 0) * 1.0 + (z == 0) * 1.0


# --- leaky_relu ---


@mistake(
    "leaky-relu",
    "0 on the left side, as plain relu",
    hint="The leak is missing: what should happen to a negative z?",
    fails=("value",),
)
def leaky_relu(z, slope):
    return np.maximum(np.asarray(z, dtype=float), 0)


@mistake(
    "leaky-relu",
    "the sides swapped in the value",
    hint="Your positive entries are shrunk and your negative ones pass. It should be the other way round.",
    fails=("value",),
)
def leaky_relu(z, slope):
    z = np.asarray(z, dtype=float)
    return np.where(z > 0, slope * z, z)


@mistake(
    "leaky-relu",
    "the larger of z and the slope",
    hint="On the left side your value is the slope itself. It should still depend on z.",
    fails=("value",),
)
def leaky_relu(z, slope):
    return np.maximum(np.asarray(z, dtype=float), slope)


@mistake(
    "leaky-relu",
    "both sides multiplied by the slope",
    hint="Your function is one straight line. Which side should keep its values?",
    fails=("value",),
)
def leaky_relu(z, slope):
    return slope * np.asarray(z, dtype=float)


@mistake(
    "leaky-relu",
    "the left side turned upwards",
    hint="For a negative z your value is positive. A leak is small, and it keeps its sign.",
    fails=("value",),
)
def leaky_relu(z, slope):
    z = np.asarray(z, dtype=float)
    return np.where(z > 0, z, -slope * z)


@mistake(
    "leaky-relu",
    "the slope fixed at 0.01 in the value",
    hint="Call your function with two different slopes and compare: the answers are the same. Your left side has the steepness 0.01.",
    fails=("value",),
)
def leaky_relu(z, slope):
    z = np.asarray(z, dtype=float)
    return np.where(z > 0, z, 0.01 * z)


@mistake(
    "leaky-relu",
    "integers in, whole numbers out of the value",
    hint="Your answers to integers are whole numbers. An array that takes its type from z, or that is z itself, cuts fractions off.",
    fails=("value",),
)
def leaky_relu(z, slope):
    z = np.array(z)
    z[...] = np.where(z > 0, z, slope * z)
    return z


@mistake(
    "leaky-relu",
    "slope times z on the left side of the derivative",
    hint="That is the function's value. A straight line has one slope wherever you stand on it.",
    fails=("grad",),
)
def leaky_relu_grad(z, slope):
    z = np.asarray(z, dtype=float)
    return np.where(z > 0, 1.0, slope * z)


@mistake(
    "leaky-relu",
    "the function itself in place of its derivative",
    hint="At z = 3 your slope is 3. What is asked for is how fast the value changes, not the value.",
    fails=("grad",),
)
def leaky_relu_grad(z, slope):
    z = np.asarray(z, dtype=float)
    return np.where(z > 0, z, slope * z)


@mistake(
    "leaky-relu",
    "the derivative of plain relu",
    hint="Left of 0 your gradient is dead, which is what the leak is there to prevent.",
    fails=("grad",),
)
def leaky_relu_grad(z, slope):
    return np.where(np.asarray(z) > 0, 1.0, 0.0)


@mistake(
    "leaky-relu",
    "the sides swapped in the derivative",
    hint="Your slope is the small one where the function passes z unchanged. Which side is which?",
    fails=("grad",),
)
def leaky_relu_grad(z, slope):
    return np.where(np.asarray(z) > 0, slope, 1.0)


@mistake(
    "leaky-relu",
    "1 on both sides",
    hint=(
        "Left of 0 your slope is 1 as well. If you write it into z itself, those entries are then positive, and a second comparison "
        "finds them: compare first, then write."
    ),
    fails=("grad",),
)
def leaky_relu_grad(z, slope):
    z = np.array(z, dtype=float)
    z[z <= 0] = slope
    z[z > 0] = 1
    return z


@mistake(
    "leaky-relu",
    "the slope's sign turned in the derivative",
    hint="With a positive slope the function rises on both sides. Can its derivative be negative?",
    fails=("grad",),
)
def leaky_relu_grad(z, slope):
    return np.where(np.asarray(z) > 0, 1.0, -slope)


@mistake(
    "leaky-relu",
    "the slope fixed at 0.01 in the derivative",
    hint="Call your function with two different slopes and compare: the answers are the same. Your left side has the steepness 0.01.",
    fails=("grad",),
)
def leaky_relu_grad(z, slope):
    return np.where(np.asarray(z) > 0, 1.0, 0.01)


@mistake(
    "leaky-relu",
    "float32 inside",
    hint="Your slope is right to seven digits and no further. Somewhere a narrower type than numpy's usual float comes in.",
    fails=("grad",),
)
def leaky_relu_grad(z, slope):
    return np.where(np.asarray(z) > 0, 1, slope).astype(np.float32)


@mistake(
    "leaky-relu",
    "integers in, whole numbers out of the derivative",
    hint="Your slopes at integers are whole numbers, and 0.1 is none. An array that takes its type from z cuts fractions off.",
    fails=("grad",),
)
def leaky_relu_grad(z, slope):
    z = np.asarray(z)
    out = np.ones_like(z)
    out[z < 0] = slope
    return out


# --- elu ---


@mistake(
    "elu",
    "alpha forgotten in the value",
    hint="Call your function with two different alphas and compare. How far down may it go for large negative z?",
    fails=("value", "extremes"),
)
def elu(z, alpha):
    z = np.asarray(z, dtype=float)
    return np.where(z > 0, z, np.exp(np.minimum(z, 0)) - 1)


@mistake(
    "elu",
    "alpha e^z - 1: the bracket forgotten",
    hint="What is your value just left of 0? The two branches should meet there, whatever alpha is.",
    fails=("value", "extremes"),
)
def elu(z, alpha):
    z = np.asarray(z, dtype=float)
    return np.where(z > 0, z, alpha * np.exp(np.minimum(z, 0)) - 1)


@mistake(
    "elu",
    "the -1 forgotten",
    hint="For negative z your value is positive. The two branches should meet at 0.",
    fails=("value", "extremes"),
)
def elu(z, alpha):
    z = np.asarray(z, dtype=float)
    return np.where(z > 0, z, alpha * np.exp(np.minimum(z, 0)))


@mistake(
    "elu",
    "alpha on both branches",
    hint="For z > 0 the function is z itself. Which entries does alpha touch?",
    fails=("value", "extremes"),
)
def elu(z, alpha):
    z = np.asarray(z, dtype=float)
    return alpha * np.where(z > 0, z, np.exp(np.minimum(z, 0)) - 1)


@mistake(
    "elu",
    "alpha in the exponent",
    hint="alpha sets how far down the curve goes: it multiplies. Compare your value at a large negative z.",
    fails=("value", "extremes"),
)
def elu(z, alpha):
    z = np.asarray(z, dtype=float)
    return np.where(z > 0, z, np.exp(alpha * np.minimum(z, 0)) - 1)


@mistake(
    "elu",
    "a leaky rectifier of slope alpha",
    hint="Left of 0 the curve bends and levels off. Yours is a straight line.",
    fails=("value", "extremes"),
)
def elu(z, alpha):
    z = np.asarray(z, dtype=float)
    return np.where(z > 0, z, alpha * z)


@mistake(
    "elu",
    "nan for large z in the value",
    hint=(
        "Print each step at z = 1000. If you multiply by a mask, the branch that is not meant is computed all the same, and 0 times "
        "infinity is not 0."
    ),
    fails=("extremes",),
)
def elu(z, alpha):
    z = np.asarray(z, dtype=float)
    return (z > 0) * z + (z <= 0) * alpha * (np.exp(z) - 1)


@mistake(
    "elu",
    "integers in, whole numbers out of the value",
    hint="Your answers to integers are whole numbers. An array that takes its type from z, or that is z itself, cuts fractions off.",
    fails=("value",),
)
def elu(z, alpha):
    z = np.array(z)
    z[...] = np.where(z > 0, z, alpha * np.expm1(np.minimum(z, 0)))
    return z


@mistake(
    "elu",
    "alpha for every z < 0 in the derivative",
    hint="Left of 0 the curve bends, so its slope cannot be a constant.",
    fails=("grad", "extremes"),
)
def elu_grad(z, alpha):
    return np.where(np.asarray(z) > 0, 1.0, alpha)


@mistake(
    "elu",
    "alpha forgotten in the derivative",
    hint="Call your function with two different alphas and compare. A factor in front survives differentiation.",
    fails=("grad",),
)
def elu_grad(z, alpha):
    z = np.asarray(z, dtype=float)
    return np.where(z > 0, 1.0, np.exp(np.minimum(z, 0)))


@mistake(
    "elu",
    "the value of the left branch in place of its derivative",
    hint="Your slope is negative for z < 0, though the curve rises. What is the derivative of a constant?",
    fails=("grad", "extremes"),
)
def elu_grad(z, alpha):
    z = np.asarray(z, dtype=float)
    return np.where(z > 0, 1.0, alpha * np.expm1(np.minimum(z, 0)))


@mistake(
    "elu",
    "elu(z) + 1, right only for alpha = 1",
    hint=(
        "Just left of 0 your slope is 1, whatever alpha is, and far out it levels off at 1 - alpha. How do e^z and elu(z) belong "
        "together when alpha is not 1?"
    ),
    fails=("grad", "extremes"),
)
def elu_grad(z, alpha):
    z = np.asarray(z, dtype=float)
    return np.where(z > 0, 1.0, alpha * np.expm1(np.minimum(z, 0)) + 1)


@mistake(
    "elu",
    "elu itself in place of its derivative",
    hint="At z = 3 your slope is 3. What is asked for is how fast the value changes, not the value.",
    fails=("grad", "extremes"),
)
def elu_grad(z, alpha):
    z = np.asarray(z, dtype=float)
    return np.where(z > 0, z, alpha * np.expm1(np.minimum(z, 0)))


@mistake(
    "elu",
    "alpha on both branches of the derivative",
    hint="For z > 0 the function is z itself: alpha plays no part in its slope there.",
    fails=("grad", "extremes"),
)
def elu_grad(z, alpha):
    z = np.asarray(z, dtype=float)
    return alpha * np.exp(np.minimum(z, 0))


@mistake(
    "elu",
    "the smaller of 1 and alpha e^z",
    hint="With alpha > 1 the slope just left of 0 is larger than 1. Yours never is. Only the sign of z decides between the branches.",
    fails=("grad",),
)
def elu_grad(z, alpha):
    z = np.asarray(z, dtype=float)
    return np.where(z > 0, 1.0, np.minimum(1.0, alpha * np.exp(np.minimum(z, 0))))


@mistake(
    "elu",
    "1 on both sides",
    hint=(
        "Left of 0 your slope is 1 as well. If you write it into z itself, those entries are then positive, and a second comparison "
        "finds them: compare first, then write."
    ),
    fails=("grad", "extremes"),
)
def elu_grad(z, alpha):
    z = np.array(z, dtype=float)
    z[z <= 0] = alpha * np.exp(z[z <= 0])
    z[z > 0] = 1
    return z


@mistake(
    "elu",
    "nan for large z in the derivative",
    hint=(
        "Print each step at z = 1000. If you multiply by a mask, the branch that is not meant is computed all the same, and 0 times "
        "infinity is not 0."
    ),
    fails=("extremes",),
)
def elu_grad(z, alpha):
    z = np.asarray(z, dtype=float)
    return (z > 0) + (z <= 0) * alpha * np.exp(z)


@mistake(
    "elu",
    "float32 inside",
    hint="Your values are right to seven digits and no further. Somewhere a narrower type than numpy's usual float comes in.",
    fails=("grad",),
)
def elu_grad(z, alpha):
    z = np.asarray(z, dtype=np.float32)
    return np.where(z > 0, np.float32(1), np.float32(alpha) * np.exp(np.minimum(z, np.float32(0))))


@mistake(
    "elu",
    "integers in, whole numbers out of the derivative",
    hint="Your answers to integers are whole numbers. An array that takes its type from z, or that is z itself, cuts fractions off.",
    fails=("grad",),
)
def elu_grad(z, alpha):
    z = np.asarray(z)
    out = np.ones_like(z)
    out[z < 0] = alpha * np.exp(z[z < 0])
    return out


# --- dead zone ---


@mistake(
    "dead-zone",
    "tanh treated as the sigmoid",
    hint="Call your function with both names: the answers must differ. tanh is steeper, and its largest slope is 1.",
    fails=("zone",),
)
def dead_zone(name, threshold):
    return 2 * math.acosh(0.5 / math.sqrt(threshold))


@mistake(
    "dead-zone",
    "the sigmoid treated as tanh",
    hint="Call your function with both names: the answers must differ. The sigmoid is wider, and its largest slope is 1/4.",
    fails=("zone",),
)
def dead_zone(name, threshold):
    return math.acosh(1 / math.sqrt(threshold))


@mistake(
    "dead-zone",
    "the zone of tanh twice too wide",
    hint="For the sigmoid you are right, for tanh twice too far out. tanh(z) = 2 sigmoid(2z) - 1: what does the 2z do to z0?",
    fails=("zone",),
)
def dead_zone(name, threshold):
    return 2 * math.acosh((0.5 if name == "sigmoid" else 1) / math.sqrt(threshold))


@mistake(
    "dead-zone",
    "the zone of tanh as half that of the sigmoid",
    hint="For tanh your answer is half of the sigmoid's at the same threshold. tanh(z) = 2 sigmoid(2z) - 1: how tall is its derivative?",
    fails=("zone",),
)
def dead_zone(name, threshold):
    if name == "sigmoid":
        return 2 * math.acosh(0.5 / math.sqrt(threshold))
    return math.acosh(0.5 / math.sqrt(threshold))


@mistake(
    "dead-zone",
    "the activation held against the threshold, not its derivative",
    hint=(
        "At your answer the activation equals the threshold. The dead zone asks for the slope. Put your answer into your derivative "
        "and compare."
    ),
    fails=("zone",),
)
def dead_zone(name, threshold):
    return math.log(threshold / (1 - threshold)) if name == "sigmoid" else math.atanh(threshold)


@mistake(
    "dead-zone",
    "the left edge in place of the right one",
    hint="z0 is a distance from 0, so it is not negative. Of the two solutions take the other.",
    fails=("zone",),
)
def dead_zone(name, threshold):
    if name == "sigmoid":
        return -2 * math.acosh(0.5 / math.sqrt(threshold))
    return -math.acosh(1 / math.sqrt(threshold))


@mistake(
    "dead-zone",
    "the width of the live zone",
    hint="Your answers are twice the right ones for both names. From -z0 to z0 is twice as wide as what is asked for.",
    fails=("zone",),
)
def dead_zone(name, threshold):
    if name == "sigmoid":
        return 4 * math.acosh(0.5 / math.sqrt(threshold))
    return 2 * math.acosh(1 / math.sqrt(threshold))


@mistake(
    "dead-zone",
    "the value of the activation at the edge, not the edge",
    hint="You found how high the activation is where the zone begins. One step is left: which z gives that height?",
    fails=("zone",),
)
def dead_zone(name, threshold):
    if name == "sigmoid":
        return (1 + math.sqrt(1 - 4 * threshold)) / 2
    return math.sqrt(1 - threshold)


@mistake(
    "dead-zone",
    "too small by the factor log 10",
    hint="Your answer is too small by the factor 2.302585, which is ln 10. e^x is undone by the natural logarithm.",
    fails=("zone",),
)
def dead_zone(name, threshold):
    z0 = 2 * math.acosh(0.5 / math.sqrt(threshold)) if name == "sigmoid" else math.acosh(1 / math.sqrt(threshold))
    return z0 / math.log(10)


@mistake(
    "dead-zone",
    "rounded up to a multiple of 0.001",
    hint="Your answer is right to a step of 0.001. Six digits are asked for: solve for z0, or halve an interval again and again.",
    fails=("zone",),
)
def dead_zone(name, threshold):
    z = np.arange(0, 20, 0.001)
    slope = 0.25 / np.cosh(z / 2) ** 2 if name == "sigmoid" else 1 / np.cosh(z) ** 2
    return float(z[np.argmax(slope <= threshold)])


@mistake(
    "dead-zone",
    "the published example for any question",
    hint="Your function returns the same number for each name and threshold.",
    fails=("zone",),
)
def dead_zone(name, threshold):
    return 2.063437


@mistake(
    "dead-zone",
    "a count in place of a share",
    hint="A share lies between 0 and 1. What must a count be divided by?",
    fails=("share",),
)
def saturated_share(z, threshold):
    return float(np.sum(1 / (2 + 2 * np.cosh(np.asarray(z, dtype=float))) < threshold))


@mistake(
    "dead-zone",
    "divided by the number of rows",
    hint="Your count is divided by the number of rows, which is what len(z) gives. How many entries has a matrix?",
    fails=("share",),
)
def saturated_share(z, threshold):
    return float(np.sum(1 / (2 + 2 * np.cosh(np.asarray(z, dtype=float))) < threshold)) / len(z)


@mistake(
    "dead-zone",
    "the live entries counted, not the saturated ones",
    hint="Try an array of zeros: no entry is saturated there. What does your function say?",
    fails=("share",),
)
def saturated_share(z, threshold):
    return float(np.mean(1 / (2 + 2 * np.cosh(np.asarray(z, dtype=float))) > threshold))


@mistake(
    "dead-zone",
    "per cent in place of a share",
    hint="A share lies between 0 and 1.",
    fails=("share",),
)
def saturated_share(z, threshold):
    return 100 * float(np.mean(1 / (2 + 2 * np.cosh(np.asarray(z, dtype=float))) < threshold))


@mistake(
    "dead-zone",
    "the right tail alone",
    hint="Try z = -9 by itself: the sigmoid is flat on the left as well.",
    fails=("share",),
)
def saturated_share(z, threshold):
    z = np.asarray(z, dtype=float)
    return float(np.mean((z > 0) & (1 / (2 + 2 * np.cosh(z)) < threshold)))


@mistake(
    "dead-zone",
    "the sigmoid held against the threshold, not its derivative",
    hint="Try z = 9 by itself: the sigmoid is near 1 there and still flat. Which of your functions tells you how flat?",
    fails=("share",),
)
def saturated_share(z, threshold):
    return float(np.mean(1 / (1 + np.exp(-np.asarray(z, dtype=float))) < threshold))


@mistake(
    "dead-zone",
    "z itself held against the threshold",
    hint="The threshold is a slope. Which of your functions turns z into a slope?",
    fails=("share",),
)
def saturated_share(z, threshold):
    return float(np.mean(np.abs(np.asarray(z, dtype=float)) < threshold))


@mistake(
    "dead-zone",
    "the derivative of tanh in place of the sigmoid's",
    hint="tanh goes flat closer to 0 than the sigmoid does. Which of the two is asked for?",
    fails=("share",),
)
def saturated_share(z, threshold):
    return float(np.mean(1 / np.cosh(np.asarray(z, dtype=float)) ** 2 < threshold))


# --- best case ---


@mistake(
    "best-case",
    "the sigmoid's value at 0 in place of its slope",
    hint="A factor of 1/2 a layer: that is how high the sigmoid is at 0. How steep is it there?",
    fails=("product",),
)
def best_case(depth):
    return 0.5**depth


@mistake(
    "best-case",
    "a sum in place of a product",
    hint="The factors of a chain rule multiply. Your value grows with depth.",
    fails=("product",),
)
def best_case(depth):
    return 0.25 * depth


@mistake(
    "best-case",
    "one factor too few",
    hint="Count for depth = 1: one derivative is one factor.",
    fails=("product",),
)
def best_case(depth):
    return 0.25 ** (depth - 1)


@mistake(
    "best-case",
    "one factor too many",
    hint="Count for depth = 1: one derivative is one factor.",
    fails=("product",),
)
def best_case(depth):
    return 0.25 ** (depth + 1)


@mistake(
    "best-case",
    "4 to the power of depth",
    hint="A product of numbers below 1 shrinks. Yours grows with depth: which way up is its factor?",
    fails=("product",),
)
def best_case(depth):
    return 4.0**depth


@mistake(
    "best-case",
    "the best case of tanh",
    hint="1 to any power is 1: that holds for tanh. How steep is the sigmoid at most?",
    fails=("product",),
)
def best_case(depth):
    return 1.0


@mistake(
    "best-case",
    "1/4 divided by the depth",
    hint="Each further layer multiplies by 1/4 again. Compare depth 2 with depth 3.",
    fails=("product",),
)
def best_case(depth):
    return 0.25 / depth


@mistake(
    "best-case",
    "the published example for any depth",
    hint="Your function returns the same number for each depth.",
    fails=("product",),
)
def best_case(depth):
    return 0.0625


@mistake(
    "best-case",
    "0 for a very deep net",
    hint=(
        "Your product ends at exactly 0 for a very deep net. Python's own floats reach down to 1e-308; a float32 ends at 1e-45, and "
        "rounding to some decimals sooner."
    ),
    fails=("product",),
)
def best_case(depth):
    return float(np.prod(np.full(depth, 0.25, dtype=np.float32)))


@mistake(
    "best-case",
    "rounded down",
    hint="With that many layers the product is still larger than the factor. Put your answer into best_case.",
    fails=("layers",),
)
def layers_to_shrink(factor):
    return math.floor(math.log(factor) / math.log(0.25))


@mistake(
    "best-case",
    "rounded to the nearest",
    hint="Fewest layers whose best case is at most the factor: for some factors your answer is one too few. Put it into best_case.",
    fails=("layers",),
)
def layers_to_shrink(factor):
    return round(math.log(factor) / math.log(0.25))


@mistake(
    "best-case",
    "one layer too many",
    hint="One layer less would do as well: put your answer minus 1 into best_case. If you count in a loop, check where the counter starts.",
    fails=("layers",),
)
def layers_to_shrink(factor):
    return math.ceil(math.log(factor) / math.log(0.25)) + 1


@mistake(
    "best-case",
    "a factor of 1/2 a layer",
    hint="Your layers halve the signal. By how much does it shrink in each layer at best?",
    fails=("layers",),
)
def layers_to_shrink(factor):
    return math.ceil(math.log(factor) / math.log(0.5))


@mistake(
    "best-case",
    "a factor of 1/e a layer",
    hint=(
        "Your layers divide the signal by e, which is what the natural logarithm of the factor alone counts. By how much does each "
        "divide it at best?"
    ),
    fails=("layers",),
)
def layers_to_shrink(factor):
    return math.ceil(-math.log(factor))


@mistake(
    "best-case",
    "a factor of 1/10 a layer",
    hint=(
        "Your layers divide the signal by ten, which is what the decimal logarithm of the factor alone counts. By how much does each "
        "divide it at best?"
    ),
    fails=("layers",),
)
def layers_to_shrink(factor):
    return math.ceil(-math.log10(factor))


@mistake(
    "best-case",
    "too few by the factor log 10",
    hint="Your answer is too small by a factor of about 2.3, which is ln 10. If you divide two logarithms, take both to the same base.",
    fails=("layers",),
)
def layers_to_shrink(factor):
    return math.ceil(math.log10(factor) / math.log(0.25))


@mistake(
    "best-case",
    "a negative number of layers",
    hint="A number of layers is not negative. If you divide two logarithms, look at their signs.",
    fails=("layers",),
)
def layers_to_shrink(factor):
    return math.ceil(math.log(factor) / math.log(4))


@mistake(
    "best-case",
    "the published example for any factor",
    hint="Your function returns the same number for each factor.",
    fails=("layers",),
)
def layers_to_shrink(factor):
    return 2
