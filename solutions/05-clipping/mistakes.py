"""Wrong answers to 05-clipping that people really write, each with a hint and the parts that it fails."""

import math

import numpy as np

from autograder.checks import mistake

# --- clip_by_value ---


@mistake(
    "clip-by-value",
    "the lower limit forgotten",
    hint="Large positive entries are right. What does yours make of -9 with a limit of 1?",
    fails=("values",),
)
def clip_by_value(grads, limit):
    return [np.minimum(grad, limit) for grad in grads]


@mistake(
    "clip-by-value",
    "the upper limit forgotten",
    hint="Large negative entries are right. What does yours make of 9 with a limit of 1?",
    fails=("values",),
)
def clip_by_value(grads, limit):
    return [np.maximum(grad, -limit) for grad in grads]


@mistake(
    "clip-by-value",
    "0 as the lower limit: negative entries are lost",
    hint="No negative entry is left in your result. The interval has two ends, at equal distance from 0.",
    fails=("values",),
)
def clip_by_value(grads, limit):
    return [np.clip(grad, 0, limit) for grad in grads]


@mistake(
    "clip-by-value",
    "the sign of clipped entries lost",
    hint="Follow a large negative entry through your code: it comes out positive. A gradient that points the other way climbs.",
    fails=("values",),
)
def clip_by_value(grads, limit):
    return [np.where(np.abs(grad) > limit, limit, grad) for grad in grads]


@mistake(
    "clip-by-value",
    "absolute values returned",
    hint="Every entry of your result is positive. How large an entry is decides whether it is clipped; its sign must stay.",
    fails=("values",),
)
def clip_by_value(grads, limit):
    return [np.minimum(np.abs(grad), limit) for grad in grads]


@mistake(
    "clip-by-value",
    "entries that are too large set to 0",
    hint="An entry beyond the limit should end up at the limit. Yours vanishes.",
    fails=("values",),
)
def clip_by_value(grads, limit):
    return [np.where(np.abs(grad) > limit, 0, grad) for grad in grads]


@mistake(
    "clip-by-value",
    "every entry moved to the limit",
    hint="Entries that lie within the limits have to stay as they are. Yours keep nothing but their sign.",
    fails=("values",),
)
def clip_by_value(grads, limit):
    return [np.sign(grad) * limit for grad in grads]


@mistake(
    "clip-by-value",
    "the comparison the wrong way round",
    hint="Small entries grow to the limit in your result, and large ones stay. Which of the two should be changed?",
    fails=("values",),
)
def clip_by_value(grads, limit):
    return [np.where(np.abs(grad) < limit, np.sign(grad) * limit, grad) for grad in grads]


@mistake(
    "clip-by-value",
    "each array scaled until its largest entry fits",
    hint="Your result points where the gradient did, which clipping by value does not promise. Each entry is treated by itself here.",
    fails=("values",),
)
def clip_by_value(grads, limit):
    return [grad * min(1, limit / np.max(np.abs(grad))) for grad in grads]


@mistake(
    "clip-by-value",
    "all arrays scaled until the largest entry fits",
    hint="Your result points where the gradient did, which clipping by value does not promise. Each entry is treated by itself here.",
    fails=("values",),
)
def clip_by_value(grads, limit):
    largest = max(np.max(np.abs(grad)) for grad in grads)
    return [grad * min(1, limit / largest) for grad in grads]


@mistake(
    "clip-by-value",
    "each array clipped by its norm",
    hint="This is what exercise 3 asks for. Here the limit holds for each entry, not for the length of an array.",
    fails=("values",),
)
def clip_by_value(grads, limit):
    return [grad * min(1, limit / np.linalg.norm(grad)) for grad in grads]


@mistake(
    "clip-by-value",
    "all arrays clipped by their norm",
    hint="This is what exercise 4 asks for. Here the limit holds for each entry, not for the length of the gradient.",
    fails=("values",),
)
def clip_by_value(grads, limit):
    norm = math.sqrt(sum(np.sum(grad**2) for grad in grads))
    return [grad * min(1, limit / norm) for grad in grads]


@mistake(
    "clip-by-value",
    "squashed by tanh",
    hint="Your entries bend towards the limit before they reach it. Those within the limits have to stay exactly as they are.",
    fails=("values",),
)
def clip_by_value(grads, limit):
    return [limit * np.tanh(grad / limit) for grad in grads]


@mistake(
    "clip-by-value",
    "clipped to 1 whatever the limit",
    hint="Try the same gradient with two limits: does your result change?",
    fails=("values",),
)
def clip_by_value(grads, limit):
    return [np.clip(grad, -1, 1) for grad in grads]


@mistake(
    "clip-by-value",
    "only the first array clipped",
    hint="Your first array is right, the others come back as they were. Where does your loop end?",
    fails=("values",),
)
def clip_by_value(grads, limit):
    return [np.clip(grads[0], -limit, limit), *grads[1:]]


@mistake(
    "clip-by-value",
    "nothing clipped",
    hint="Your function gives its input back. If you clip into a new name, see which name you return.",
    fails=("values",),
)
def clip_by_value(grads, limit):
    return list(grads)


@mistake(
    "clip-by-value",
    "clipped in place",
    hint=(
        "The values are right, but the caller's own arrays have changed too. An argument that says where to write, or an assignment "
        "to part of an array, changes the array itself. Make a copy, or compute a new array."
    ),
    fails=("input-unchanged",),
)
def clip_by_value(grads, limit):
    for grad in grads:
        np.clip(grad, -limit, limit, out=grad)
    return grads


# --- global_norm ---


@mistake(
    "global-norm",
    "the root forgotten",
    hint="[[3], [4]] should give 5. Yours gives 25: which step is left?",
    fails=("values", "float32"),
)
def global_norm(grads):
    return sum(float(np.sum(np.asarray(grad, dtype=np.float64) ** 2)) for grad in grads)


@mistake(
    "global-norm",
    "the norms of the arrays added up",
    hint="[[3], [4]] should give 5. Yours gives 7. Lengths at right angles do not add; what about them does?",
    fails=("values", "float32"),
)
def global_norm(grads):
    return sum(float(np.linalg.norm(np.asarray(grad, dtype=np.float64))) for grad in grads)


@mistake(
    "global-norm",
    "the largest of the arrays' norms",
    hint="[[3], [4]] should give 5. Yours gives 4: the shorter array does not count.",
    fails=("values", "float32"),
)
def global_norm(grads):
    return float(np.max([np.linalg.norm(np.asarray(grad, dtype=np.float64)) for grad in grads]))


@mistake(
    "global-norm",
    "the mean of the arrays' norms",
    hint="[[3], [4]] should give 5. Yours gives 3.5. The length of the whole is no mean of the lengths of its parts.",
    fails=("values", "float32"),
)
def global_norm(grads):
    return float(np.mean([np.linalg.norm(np.asarray(grad, dtype=np.float64)) for grad in grads]))


@mistake(
    "global-norm",
    "absolute values in place of squares",
    hint="Yours is the sum of all sizes. The Euclidean length of (3, 4) is 5, not 7.",
    fails=("values", "float32"),
)
def global_norm(grads):
    return sum(float(np.sum(np.abs(np.asarray(grad, dtype=np.float64)))) for grad in grads)


@mistake(
    "global-norm",
    "the largest entry",
    hint="Yours is the size of the largest entry. All the others have a share in the length too.",
    fails=("values", "float32"),
)
def global_norm(grads):
    return float(np.max([np.max(np.abs(np.asarray(grad, dtype=np.float64))) for grad in grads]))


@mistake(
    "global-norm",
    "the root of the mean square",
    hint="Yours does not grow when the same array is in the list twice. A length is made of a sum, not of a mean.",
    fails=("values", "float32"),
)
def global_norm(grads):
    flat = np.concatenate([np.ravel(grad) for grad in grads]).astype(np.float64)
    return float(np.sqrt(np.mean(flat**2)))


@mistake(
    "global-norm",
    "divided by the number of arrays",
    hint="With one array yours is right, with more of them too small. Try [[3], [4]].",
    fails=("values", "float32"),
)
def global_norm(grads):
    return math.sqrt(sum(float(np.sum(np.asarray(grad, dtype=np.float64) ** 2)) for grad in grads)) / len(grads)


@mistake(
    "global-norm",
    "the square of the sum in place of the sum of squares",
    hint="Try [[1, -1]]: yours is 0. Square each entry first, add afterwards.",
    fails=("values", "float32"),
)
def global_norm(grads):
    return math.sqrt(sum(float(np.sum(np.asarray(grad, dtype=np.float64))) ** 2 for grad in grads))


@mistake(
    "global-norm",
    "the first array alone",
    hint="Try [[3], [4]]: yours is 3. Where does your loop end, or where does it return?",
    fails=("values", "float32", "not-finite"),
)
def global_norm(grads):
    return float(np.linalg.norm(np.asarray(grads[0], dtype=np.float64)))


@mistake(
    "global-norm",
    "the last array alone",
    hint="Try [[3], [4]]: yours is 4. Does each turn of your loop add to the sum, or begin a new one?",
    fails=("values", "float32", "not-finite"),
)
def global_norm(grads):
    return float(np.linalg.norm(np.asarray(grads[-1], dtype=np.float64)))


@mistake(
    "global-norm",
    "the roots added up",
    hint="Yours takes a root for each array and adds after it. Try [[3], [4]]: add all squares first, then take one root.",
    fails=("values", "float32"),
)
def global_norm(grads):
    return math.sqrt(sum(float(np.linalg.norm(np.asarray(grad, dtype=np.float64))) for grad in grads))


@mistake(
    "global-norm",
    "the spectral norm of matrices",
    hint=(
        "Arrays with one axis are right, matrices too small. There are several norms of a matrix, and yours is how much it can stretch a "
        "vector. Asked for is the root of the sum of its squared entries."
    ),
    fails=("values", "float32"),
)
def global_norm(grads):
    arrays = [np.asarray(grad, dtype=np.float64) for grad in grads]
    norms = [np.linalg.norm(array, 2) if array.ndim == 2 and np.isfinite(array).all() else np.linalg.norm(array) for array in arrays]
    return math.sqrt(sum(float(norm) ** 2 for norm in norms))


@mistake(
    "global-norm",
    "a small number added, to the norm or under its root",
    hint=(
        "A gradient of zeros has the length 0, and one of 1e-30 is not 1e-6 long. What protects a division belongs where one divides, "
        "not in here."
    ),
    fails=("values", "float32"),
)
def global_norm(grads):
    return math.sqrt(sum(float(np.sum(np.asarray(grad, dtype=np.float64) ** 2)) for grad in grads) + 1e-12)


@mistake(
    "global-norm",
    "squared in the arrays' own float32",
    hint=(
        "Your norm of float32 entries of 1e20 is infinite, or that of 1e-30 is 0. The squares would be 1e40 and 1e-60, and a float32 holds "
        "neither. In which type does your code square?"
    ),
    fails=("float32",),
)
def global_norm(grads):
    return math.sqrt(sum(float(np.sum(grad**2)) for grad in grads))


@mistake(
    "global-norm",
    "NaN left out of the sum",
    hint="Your norm of a gradient with a NaN looks like any other, and nobody will notice that something broke. Should it be hidden?",
    fails=("not-finite",),
)
def global_norm(grads):
    return math.sqrt(sum(float(np.nansum(np.asarray(grad, dtype=np.float64) ** 2)) for grad in grads))


@mistake(
    "global-norm",
    "what is not finite left out of the sum",
    hint="Your norm of a gradient with an infinite entry is an ordinary number, and nobody will notice. Should it be hidden?",
    fails=("not-finite",),
)
def global_norm(grads):
    arrays = [np.asarray(grad, dtype=np.float64) for grad in grads]
    return math.sqrt(sum(float(np.sum(array[np.isfinite(array)] ** 2)) for array in arrays))


@mistake(
    "global-norm",
    "0 when something is not finite",
    hint="You answer 0 when an entry is infinite or NaN, as if the gradient were gone. The text says what the caller wants to see.",
    fails=("not-finite",),
)
def global_norm(grads):
    norm = math.sqrt(sum(float(np.sum(np.asarray(grad, dtype=np.float64) ** 2)) for grad in grads))
    return norm if np.isfinite(norm) else 0.0


@mistake(
    "global-norm",
    "inf when something is NaN",
    hint="An infinite entry is right. With a NaN nobody knows how long the gradient is, and your answer claims to.",
    fails=("not-finite",),
)
def global_norm(grads):
    norm = math.sqrt(sum(float(np.sum(np.asarray(grad, dtype=np.float64) ** 2)) for grad in grads))
    return norm if np.isfinite(norm) else math.inf


@mistake(
    "global-norm",
    "NaN when an entry is infinite",
    hint=(
        "With an infinite entry yours gives NaN. If you divide by the largest entry to keep the squares small: what is infinity divided by "
        "infinity?"
    ),
    fails=("not-finite",),
)
def global_norm(grads):
    flat = np.concatenate([np.ravel(grad) for grad in grads]).astype(np.float64)
    largest = np.max(np.abs(flat))
    if largest == 0:
        return 0.0
    return float(largest * np.sqrt(np.sum((flat / largest) ** 2)))


# --- clip_by_norm ---


@mistake(
    "clip-by-norm",
    "always scaled to the limit",
    hint="Try [3, 4] with the limit 10: yours grows. A gradient that is short enough has to stay as it is.",
    fails=("values",),
)
def clip_by_norm(grad, max_norm):
    norm = np.linalg.norm(grad)
    return np.zeros_like(grad) if norm == 0 or not np.isfinite(norm) else grad * (max_norm / norm)


@mistake(
    "clip-by-norm",
    "always scaled to the limit, and NaN for zeros",
    hint="Try [3, 4] with the limit 10: yours grows. And zeros come out as NaN: what do you divide by?",
    fails=("values",),
)
def clip_by_norm(grad, max_norm):
    norm = np.linalg.norm(grad)
    return grad * (max_norm / norm) if np.isfinite(norm) else np.zeros_like(grad)


@mistake(
    "clip-by-norm",
    "NaN for zeros",
    hint="Try an array of zeros: its norm is 0, and you divide by it. What should come out?",
    fails=("values",),
)
def clip_by_norm(grad, max_norm):
    norm = np.linalg.norm(grad)
    return grad / norm * min(norm, max_norm) if np.isfinite(norm) else np.zeros_like(grad)


@mistake(
    "clip-by-norm",
    "scaled by the squared norm",
    hint="Measure the length of your result: it is not the limit, but the limit divided by the norm. A root is missing.",
    fails=("values",),
)
def clip_by_norm(grad, max_norm):
    square = np.sum(grad**2)
    if not np.isfinite(square):
        return np.zeros_like(grad)
    return grad * (max_norm / square) if square > max_norm else grad


@mistake(
    "clip-by-norm",
    "the squared norm held against the limit",
    hint="Your factor is right, but it is applied too early: try [2, 2], which is 2.83 long, with the limit 3.",
    fails=("values",),
)
def clip_by_norm(grad, max_norm):
    square = np.sum(grad**2)
    if not np.isfinite(square):
        return np.zeros_like(grad)
    return grad * (max_norm / np.sqrt(square)) if square > max_norm else grad


@mistake(
    "clip-by-norm",
    "scaled by the sum of absolute values",
    hint="Your result is shorter than the limit. Try [3, 4]: its length is 5, not 7.",
    fails=("values",),
)
def clip_by_norm(grad, max_norm):
    norm = np.sum(np.abs(grad))
    if not np.isfinite(norm):
        return np.zeros_like(grad)
    return grad * (max_norm / norm) if norm > max_norm else grad


@mistake(
    "clip-by-norm",
    "scaled by the largest entry",
    hint="Your result is still longer than the limit. Try [3, 4]: its length is 5, not 4.",
    fails=("values",),
)
def clip_by_norm(grad, max_norm):
    norm = np.max(np.abs(grad))
    if not np.isfinite(norm):
        return np.zeros_like(grad)
    return grad * (max_norm / norm) if norm > max_norm else grad


@mistake(
    "clip-by-norm",
    "scaled by the root of the mean square",
    hint="Your result is longer than the limit, the more entries the longer. The norm is made of a sum, not of a mean.",
    fails=("values",),
)
def clip_by_norm(grad, max_norm):
    norm = np.sqrt(np.mean(grad**2))
    if not np.isfinite(norm):
        return np.zeros_like(grad)
    return grad * (max_norm / norm) if norm > max_norm else grad


@mistake(
    "clip-by-norm",
    "the spectral norm of matrices",
    hint=(
        "One axis is right, two are not: there are several norms of a matrix, and yours is how much it can stretch a vector. Asked for is "
        "the root of the sum of its squared entries."
    ),
    fails=("values",),
)
def clip_by_norm(grad, max_norm):
    if not np.isfinite(grad).all():
        return np.zeros_like(grad)
    norm = np.linalg.norm(grad, 2) if grad.ndim == 2 else np.linalg.norm(grad)
    return grad * (max_norm / norm) if norm > max_norm else grad


@mistake(
    "clip-by-norm",
    "each row by its own norm",
    hint="One axis is right, two are not: yours clips each row for itself, and the direction of the whole is lost.",
    fails=("values",),
)
def clip_by_norm(grad, max_norm):
    if not np.isfinite(grad).all():
        return np.zeros_like(grad)
    norms = np.linalg.norm(grad, axis=-1, keepdims=True)
    return grad * np.minimum(1, max_norm / np.where(norms == 0, 1, norms))


@mistake(
    "clip-by-norm",
    "the factor upside down",
    hint="What is too long becomes longer still. Which way up is your factor?",
    fails=("values",),
)
def clip_by_norm(grad, max_norm):
    norm = np.linalg.norm(grad)
    if not np.isfinite(norm):
        return np.zeros_like(grad)
    return grad * (norm / max_norm) if norm > max_norm else grad


@mistake(
    "clip-by-norm",
    "the larger of 1 and the factor",
    hint="Long gradients stay and short ones grow. Of 1 and your factor, which should win?",
    fails=("values",),
)
def clip_by_norm(grad, max_norm):
    norm = np.linalg.norm(grad)
    if not np.isfinite(norm) or norm == 0:
        return np.zeros_like(grad)
    return grad * max(1, max_norm / norm)


@mistake(
    "clip-by-norm",
    "scaled to length 1, not to the limit",
    hint="Your result has the same length whatever the limit. What is missing from your factor?",
    fails=("values",),
)
def clip_by_norm(grad, max_norm):
    norm = np.linalg.norm(grad)
    if not np.isfinite(norm):
        return np.zeros_like(grad)
    return grad / norm if norm > max_norm else grad


@mistake(
    "clip-by-norm",
    "multiplied by the limit, not divided by the norm",
    hint="Measure the length of your result against the limit. Which factor makes one out of the other?",
    fails=("values",),
)
def clip_by_norm(grad, max_norm):
    norm = np.linalg.norm(grad)
    if not np.isfinite(norm):
        return np.zeros_like(grad)
    return grad * max_norm if norm > max_norm else grad


@mistake(
    "clip-by-norm",
    "clipped entry by entry",
    hint="This is exercise 1. Here the whole array is scaled, so that its direction stays: try [3, 4] with the limit 1.",
    fails=("values",),
)
def clip_by_norm(grad, max_norm):
    return np.clip(grad, -max_norm, max_norm) if np.isfinite(grad).all() else np.zeros_like(grad)


@mistake(
    "clip-by-norm",
    "dropped when it is too long",
    hint="A gradient that is too long becomes 0 with you. It should become shorter and keep its direction.",
    fails=("values",),
)
def clip_by_norm(grad, max_norm):
    return grad if np.linalg.norm(grad) <= max_norm else np.zeros_like(grad)


@mistake(
    "clip-by-norm",
    "nothing clipped",
    hint="Your function gives its input back. If you scale into a new name, see which name you return.",
    fails=("values",),
)
def clip_by_norm(grad, max_norm):
    return grad if np.isfinite(grad).all() else np.zeros_like(grad)


@mistake(
    "clip-by-norm",
    "a small number added to the norm, and too large a one",
    hint="Your factor is off by a thousandth or so: what you add to the norm to avoid dividing by 0 is too large.",
    fails=("values",),
)
def clip_by_norm(grad, max_norm):
    norm = np.linalg.norm(grad)
    return grad * min(1, max_norm / (norm + 1e-3)) if np.isfinite(norm) else np.zeros_like(grad)


@mistake(
    "clip-by-norm",
    "what is not finite falls through the comparison",
    hint=(
        "Try [1, inf] and [1, nan]. A comparison with NaN is never true, so it takes your branch for short gradients; and infinity times 0 "
        "is NaN. Ask whether the norm is finite before you compare."
    ),
    fails=("values",),
)
def clip_by_norm(grad, max_norm):
    norm = np.linalg.norm(grad)
    return grad * (max_norm / norm) if norm > max_norm else grad


@mistake(
    "clip-by-norm",
    "what is not finite makes everything NaN",
    hint="Try [1, inf] and [1, nan]: the text says what should come out. Ask whether the norm is finite before you compute a factor.",
    fails=("values",),
)
def clip_by_norm(grad, max_norm):
    norm = np.linalg.norm(grad)
    return grad * (max_norm / np.maximum(norm, max_norm))


@mistake(
    "clip-by-norm",
    "what is not finite comes back as it was",
    hint="Try [1, inf] and [1, nan]: you notice them and hand them on. The text says what should come out.",
    fails=("values",),
)
def clip_by_norm(grad, max_norm):
    norm = np.linalg.norm(grad)
    return grad * (max_norm / norm) if np.isfinite(norm) and norm > max_norm else np.array(grad)


@mistake(
    "clip-by-norm",
    "only the entries that are not finite set to 0",
    hint="You mend the bad entries and keep the others. When one entry is lost nobody knows what the others are worth: see the text.",
    fails=("values",),
)
def clip_by_norm(grad, max_norm):
    grad = np.where(np.isfinite(grad), grad, 0)
    return grad * min(1, max_norm / max(np.linalg.norm(grad), 1e-12))


# --- clip_by_global_norm ---


@mistake(
    "clip-by-global-norm",
    "each array clipped by its own norm",
    hint=(
        "Each of your arrays is short enough, but all together are not, and their proportions have changed. One factor, from the norm of "
        "everything, belongs to all of them."
    ),
    fails=("above", "not-finite", "float32"),
)
def clip_by_global_norm(grads, max_norm):
    clipped = []
    for grad in grads:
        norm = np.linalg.norm(np.asarray(grad, dtype=np.float64))
        clipped.append(grad * min(1, max_norm / max(norm, 1e-40)) if np.isfinite(norm) else np.zeros_like(grad))
    return clipped, global_norm(grads)


@mistake(
    "clip-by-global-norm",
    "a factor of its own for each array once the whole is too long",
    hint=(
        "You decide by the norm of everything, and then scale each array by its own norm. Each ends at the limit, and all together are "
        "longer. One factor belongs to all of them."
    ),
    fails=("above", "float32"),
)
def clip_by_global_norm(grads, max_norm):
    norm = global_norm(grads)
    if not np.isfinite(norm):
        return [np.zeros_like(grad) for grad in grads], norm
    if norm <= max_norm:
        return list(grads), norm
    return [grad * (max_norm / max(np.linalg.norm(np.asarray(grad, dtype=np.float64)), 1e-12)) for grad in grads], norm


@mistake(
    "clip-by-global-norm",
    "the limit shared out among the arrays",
    hint="You give each array its part of the limit. No array has a limit of its own: one factor, from the norm of everything.",
    fails=("above", "at-or-below", "not-finite", "float32"),
)
def clip_by_global_norm(grads, max_norm):
    share = max_norm / math.sqrt(len(grads))
    clipped = []
    for grad in grads:
        norm = np.linalg.norm(np.asarray(grad, dtype=np.float64))
        clipped.append(grad * min(1, share / max(norm, 1e-40)) if np.isfinite(norm) else np.zeros_like(grad))
    return clipped, global_norm(grads)


@mistake(
    "clip-by-global-norm",
    "clipped entry by entry",
    hint="This is exercise 1, and it bends the direction. Here one factor belongs to all entries of all arrays.",
    fails=("above", "float32"),
)
def clip_by_global_norm(grads, max_norm):
    norm = global_norm(grads)
    if not np.isfinite(norm):
        return [np.zeros_like(grad) for grad in grads], norm
    return [np.clip(grad, -max_norm, max_norm) for grad in grads], norm


@mistake(
    "clip-by-global-norm",
    "always scaled to the limit",
    hint="Try [[3], [4]] with the limit 10: yours grows. A gradient that is short enough has to stay as it is.",
    fails=("at-or-below", "float32"),
)
def clip_by_global_norm(grads, max_norm):
    norm = global_norm(grads)
    if not np.isfinite(norm) or norm == 0:
        return [np.zeros_like(grad) for grad in grads], norm
    return [grad * (max_norm / norm) for grad in grads], norm


@mistake(
    "clip-by-global-norm",
    "always scaled to the limit, and NaN for zeros",
    hint="Try [[3], [4]] with the limit 10: yours grows. And zeros come out as NaN: what do you divide by?",
    fails=("at-or-below", "float32"),
)
def clip_by_global_norm(grads, max_norm):
    norm = global_norm(grads)
    if not np.isfinite(norm):
        return [np.zeros_like(grad) for grad in grads], norm
    return [grad * (np.float64(max_norm) / norm) for grad in grads], norm


@mistake(
    "clip-by-global-norm",
    "NaN for zeros",
    hint="Try arrays of zeros: their norm is 0, and you divide by it. What should come out?",
    fails=("at-or-below",),
)
def clip_by_global_norm(grads, max_norm):
    norm = np.float64(global_norm(grads))
    if not np.isfinite(norm):
        return [np.zeros_like(grad) for grad in grads], norm
    return [grad * (min(norm, max_norm) / norm) for grad in grads], norm


@mistake(
    "clip-by-global-norm",
    "scaled by the squared norm",
    hint="Measure the norm of your result: it is not the limit, but the limit divided by the norm. A root is missing from the factor.",
    fails=("above", "float32"),
)
def clip_by_global_norm(grads, max_norm):
    norm = global_norm(grads)
    if not np.isfinite(norm):
        return [np.zeros_like(grad) for grad in grads], norm
    return [grad * (min(1, max_norm / norm**2) if norm > max_norm else 1) for grad in grads], norm


@mistake(
    "clip-by-global-norm",
    "the squared norm held against the limit",
    hint="Your factor is right, but it is applied too early: try [[2], [2]], which is 2.83 long, with the limit 3.",
    fails=("at-or-below",),
)
def clip_by_global_norm(grads, max_norm):
    norm = global_norm(grads)
    if not np.isfinite(norm):
        return [np.zeros_like(grad) for grad in grads], norm
    return [grad * (max_norm / norm if norm**2 > max_norm else 1) for grad in grads], norm


@mistake(
    "clip-by-global-norm",
    "the squared norm in place of the norm",
    hint="Try [[3], [4]]: the norm is 5, and you return and divide by 25. A root is missing.",
    fails=("above", "at-or-below", "float32"),
)
def clip_by_global_norm(grads, max_norm):
    norm = sum(float(np.sum(np.asarray(grad, dtype=np.float64) ** 2)) for grad in grads)
    if not np.isfinite(norm):
        return [np.zeros_like(grad) for grad in grads], norm
    return [grad * (max_norm / norm if norm > max_norm else 1) for grad in grads], norm


@mistake(
    "clip-by-global-norm",
    "the norms of the arrays added up",
    hint="Try [[3], [4]]: the norm is 5, and you return and divide by 7. How does exercise 2 put the arrays together?",
    fails=("above", "at-or-below", "float32"),
)
def clip_by_global_norm(grads, max_norm):
    norm = sum(float(np.linalg.norm(np.asarray(grad, dtype=np.float64))) for grad in grads)
    if not np.isfinite(norm):
        return [np.zeros_like(grad) for grad in grads], norm
    return [grad * (max_norm / norm if norm > max_norm else 1) for grad in grads], norm


@mistake(
    "clip-by-global-norm",
    "the sum of absolute values in place of the norm",
    hint="Your norm is the sum of all sizes. The Euclidean length of (3, 4) is 5, not 7; exercise 2 has it.",
    fails=("above", "at-or-below", "float32"),
)
def clip_by_global_norm(grads, max_norm):
    norm = sum(float(np.sum(np.abs(np.asarray(grad, dtype=np.float64)))) for grad in grads)
    if not np.isfinite(norm):
        return [np.zeros_like(grad) for grad in grads], norm
    return [grad * (max_norm / norm if norm > max_norm else 1) for grad in grads], norm


@mistake(
    "clip-by-global-norm",
    "the largest entry in place of the norm",
    hint="Your norm is the size of the largest entry, and your result is still too long. Exercise 2 has the norm that is meant.",
    fails=("above", "at-or-below", "float32"),
)
def clip_by_global_norm(grads, max_norm):
    norm = float(np.max([np.max(np.abs(np.asarray(grad, dtype=np.float64))) for grad in grads]))
    if not np.isfinite(norm):
        return [np.zeros_like(grad) for grad in grads], norm
    return [grad * (max_norm / norm if norm > max_norm else 1) for grad in grads], norm


@mistake(
    "clip-by-global-norm",
    "the largest of the arrays' norms in place of the norm of all",
    hint="Try [[3], [4]]: the norm is 5, and you return and divide by 4. All arrays count together.",
    fails=("above", "at-or-below", "float32"),
)
def clip_by_global_norm(grads, max_norm):
    norm = float(np.max([np.linalg.norm(np.asarray(grad, dtype=np.float64)) for grad in grads]))
    if not np.isfinite(norm):
        return [np.zeros_like(grad) for grad in grads], norm
    return [grad * (max_norm / norm if norm > max_norm else 1) for grad in grads], norm


@mistake(
    "clip-by-global-norm",
    "the factor upside down",
    hint="What is too long becomes longer still. Which way up is your factor?",
    fails=("above", "float32"),
)
def clip_by_global_norm(grads, max_norm):
    norm = global_norm(grads)
    if not np.isfinite(norm):
        return [np.zeros_like(grad) for grad in grads], norm
    return [grad * (norm / max_norm if norm > max_norm else 1) for grad in grads], norm


@mistake(
    "clip-by-global-norm",
    "the larger of 1 and the factor",
    hint="Long gradients stay and short ones grow. Of 1 and your factor, which should win?",
    fails=("above", "at-or-below", "float32"),
)
def clip_by_global_norm(grads, max_norm):
    norm = global_norm(grads)
    if not np.isfinite(norm) or norm == 0:
        return [np.zeros_like(grad) for grad in grads], norm
    return [grad * max(1, max_norm / norm) for grad in grads], norm


@mistake(
    "clip-by-global-norm",
    "the comparison the wrong way round",
    hint="Long gradients stay as they are and short ones are scaled. Which of the two should change?",
    fails=("above", "at-or-below", "float32"),
)
def clip_by_global_norm(grads, max_norm):
    norm = global_norm(grads)
    if not np.isfinite(norm):
        return [np.zeros_like(grad) for grad in grads], norm
    if norm < max_norm:
        return [grad * (np.float64(max_norm) / norm) for grad in grads], norm
    return list(grads), norm


@mistake(
    "clip-by-global-norm",
    "the norm computed again after each array",
    hint=(
        "Change the order of the arrays and your result changes. You measure the norm inside the loop, where some arrays are clipped "
        "already. Measure once, before it."
    ),
    fails=("above", "float32"),
)
def clip_by_global_norm(grads, max_norm):
    before = global_norm(grads)
    if not np.isfinite(before):
        return [np.zeros_like(grad) for grad in grads], before
    clipped = [np.array(grad, dtype=float) for grad in grads]
    for place in range(len(clipped)):
        norm = global_norm(clipped)
        if norm > max_norm:
            clipped[place] *= max_norm / norm
    return clipped, before


@mistake(
    "clip-by-global-norm",
    "only the first array scaled",
    hint="Your factor is right, and the first array alone gets it. Where does your loop end?",
    fails=("above", "float32"),
)
def clip_by_global_norm(grads, max_norm):
    norm = global_norm(grads)
    if not np.isfinite(norm):
        return [np.zeros_like(grad) for grad in grads], norm
    return [grads[0] * (1.0 if norm <= max_norm else max_norm / norm), *grads[1:]], norm


@mistake(
    "clip-by-global-norm",
    "scaled to length 1, not to the limit",
    hint="Your result has the same length whatever the limit. What is missing from your factor?",
    fails=("above", "float32"),
)
def clip_by_global_norm(grads, max_norm):
    norm = global_norm(grads)
    if not np.isfinite(norm):
        return [np.zeros_like(grad) for grad in grads], norm
    return [grad * (1.0 if norm <= max_norm else 1 / norm) for grad in grads], norm


@mistake(
    "clip-by-global-norm",
    "dropped when it is too long",
    hint="A gradient that is too long becomes 0 with you. It should become shorter and keep its direction.",
    fails=("above", "float32"),
)
def clip_by_global_norm(grads, max_norm):
    norm = global_norm(grads)
    if norm <= max_norm:
        return list(grads), norm
    return [np.zeros_like(grad) for grad in grads], norm


@mistake(
    "clip-by-global-norm",
    "nothing clipped",
    hint="Your arrays come back as they were. If you scale into a new name, see which name you return.",
    fails=("above", "float32"),
)
def clip_by_global_norm(grads, max_norm):
    norm = global_norm(grads)
    return [np.asarray(grad) if np.isfinite(norm) else np.zeros_like(grad) for grad in grads], norm


@mistake(
    "clip-by-global-norm",
    "the norm after clipping returned",
    hint="Your arrays are right. The norm that is asked for is the one before clipping: yours never tells that a gradient exploded.",
    fails=("above", "not-finite", "float32"),
)
def clip_by_global_norm(grads, max_norm):
    norm = global_norm(grads)
    factor = 1.0 if norm <= max_norm else max_norm / norm
    clipped = [grad * factor if np.isfinite(norm) else np.zeros_like(grad) for grad in grads]
    return clipped, global_norm(clipped)


@mistake(
    "clip-by-global-norm",
    "the limit returned where the norm is above it",
    hint="Your arrays are right. The norm that is asked for is the one before clipping: yours never tells that a gradient exploded.",
    fails=("above", "float32"),
)
def clip_by_global_norm(grads, max_norm):
    norm = global_norm(grads)
    factor = 1.0 if norm <= max_norm else max_norm / norm
    clipped = [grad * factor if np.isfinite(norm) else np.zeros_like(grad) for grad in grads]
    return clipped, min(norm, max_norm) if np.isfinite(norm) else norm


@mistake(
    "clip-by-global-norm",
    "the factor returned, not the norm",
    hint="Your arrays are right. Beside them you return the factor; asked for is the norm before clipping.",
    fails=("above", "at-or-below", "float32", "not-finite"),
)
def clip_by_global_norm(grads, max_norm):
    norm = global_norm(grads)
    if not np.isfinite(norm):
        return [np.zeros_like(grad) for grad in grads], 0.0
    factor = 1.0 if norm <= max_norm else max_norm / norm
    return [grad * factor for grad in grads], factor


@mistake(
    "clip-by-global-norm",
    "NaN and inf fall through the comparison",
    hint=(
        "Try [[1], [nan]] and [[1], [inf]]. A comparison with NaN is never true, so it takes your branch for short gradients; and infinity "
        "times 0 is NaN. Ask whether the norm is finite before you compare."
    ),
    fails=("not-finite",),
)
def clip_by_global_norm(grads, max_norm):
    norm = global_norm(grads)
    if norm > max_norm:
        return [grad * (max_norm / norm) for grad in grads], norm
    return list(grads), norm


@mistake(
    "clip-by-global-norm",
    "NaN falls through the comparison",
    hint=(
        "An infinite entry is handled. Now try [[1], [nan]]: a comparison with NaN is never true, so it takes your branch for short "
        "gradients. Ask whether the norm is finite, not whether it is infinite."
    ),
    fails=("not-finite",),
)
def clip_by_global_norm(grads, max_norm):
    norm = global_norm(grads)
    if np.isinf(norm):
        return [np.zeros_like(grad) for grad in grads], norm
    if norm > max_norm:
        return [grad * (max_norm / norm) for grad in grads], norm
    return list(grads), norm


@mistake(
    "clip-by-global-norm",
    "an infinite norm turned into NaN by 0 times infinity",
    hint="A NaN is handled. Now try [[1], [inf]]: your factor is 0, and 0 times infinity is NaN.",
    fails=("not-finite",),
)
def clip_by_global_norm(grads, max_norm):
    norm = global_norm(grads)
    if np.isnan(norm):
        return [np.zeros_like(grad) for grad in grads], norm
    return [grad * (1.0 if norm <= max_norm else max_norm / norm) for grad in grads], norm


@mistake(
    "clip-by-global-norm",
    "what is not finite spoils every array",
    hint="Try [[1], [nan]] and [[1], [inf]]: the text says what should come out. Ask whether the norm is finite before you make a factor.",
    fails=("not-finite",),
)
def clip_by_global_norm(grads, max_norm):
    norm = global_norm(grads)
    return [grad * (max_norm / np.maximum(norm, max_norm)) for grad in grads], norm


@mistake(
    "clip-by-global-norm",
    "what is not finite comes back as it was",
    hint="Try [[1], [inf]]: you notice it and hand it on. The text says what should come out.",
    fails=("not-finite",),
)
def clip_by_global_norm(grads, max_norm):
    norm = global_norm(grads)
    factor = max_norm / norm if np.isfinite(norm) and norm > max_norm else 1.0
    return [grad * factor if np.isfinite(norm) else grad for grad in grads], norm


@mistake(
    "clip-by-global-norm",
    "only the arrays that are not finite set to 0",
    hint=(
        "You drop the arrays that hold the bad entry and keep the others. When one entry is lost nobody knows what the others are worth: "
        "the text asks for zeros everywhere."
    ),
    fails=("not-finite",),
)
def clip_by_global_norm(grads, max_norm):
    norm = global_norm(grads)
    kept = [grad if np.isfinite(grad).all() else np.zeros_like(grad) for grad in grads]
    short = global_norm(kept)
    return [grad * (1.0 if short <= max_norm else max_norm / short) for grad in kept], norm


@mistake(
    "clip-by-global-norm",
    "only the entries that are not finite set to 0",
    hint=(
        "You mend the bad entries and keep the others. When one entry is lost nobody knows what the others are worth: the text asks for "
        "zeros everywhere."
    ),
    fails=("not-finite",),
)
def clip_by_global_norm(grads, max_norm):
    norm = global_norm(grads)
    kept = [np.where(np.isfinite(grad), grad, 0) for grad in grads]
    short = global_norm(kept)
    return [grad * (1.0 if short <= max_norm else max_norm / short) for grad in kept], norm


@mistake(
    "clip-by-global-norm",
    "0 returned as the norm of what is not finite",
    hint="Your arrays are right. The norm beside them is the caller's only sign that something broke: hand it on as it is.",
    fails=("not-finite",),
)
def clip_by_global_norm(grads, max_norm):
    norm = global_norm(grads)
    if not np.isfinite(norm):
        return [np.zeros_like(grad) for grad in grads], 0.0
    return [grad * (1.0 if norm <= max_norm else max_norm / norm) for grad in grads], norm


@mistake(
    "clip-by-global-norm",
    "squared in the arrays' own float32",
    hint=(
        "float32 entries of 1e20 have a finite norm, and yours is infinite, so a good gradient is thrown away. The squares would be 1e40, "
        "more than a float32 holds. In which type does your code square?"
    ),
    fails=("float32",),
)
def clip_by_global_norm(grads, max_norm):
    norm = math.sqrt(sum(float(np.sum(grad**2)) for grad in grads))
    if not np.isfinite(norm):
        return [np.zeros_like(grad) for grad in grads], norm
    return [grad * (1.0 if norm <= max_norm else max_norm / norm) for grad in grads], norm


@mistake(
    "clip-by-global-norm",
    "clipped by a norm of 1 whatever the limit",
    hint="Try the same gradient with two limits: does your result change?",
    fails=("above", "at-or-below", "float32"),
)
def clip_by_global_norm(grads, max_norm):
    norm = global_norm(grads)
    if not np.isfinite(norm):
        return [np.zeros_like(grad) for grad in grads], norm
    return [grad * (1.0 if norm <= 1 else 1 / norm) for grad in grads], norm


# --- cosine_similarity ---


@mistake(
    "cosine",
    "the mean of the arrays' cosines",
    hint="With one array yours is right. All entries of all arrays make one long vector: only then take the cosine.",
    fails=("values",),
)
def cosine_similarity(grads_a, grads_b):
    pairs = zip(grads_a, grads_b)
    return float(np.mean([np.sum(a * b) / np.linalg.norm(a) / np.linalg.norm(b) for a, b in pairs]))


@mistake(
    "cosine",
    "the cosine of the first arrays alone",
    hint="With one array yours is right; the others do not count. Where does your loop end, or where does it return?",
    fails=("values",),
)
def cosine_similarity(grads_a, grads_b):
    a, b = grads_a[0], grads_b[0]
    return float(np.sum(a * b) / np.linalg.norm(a) / np.linalg.norm(b))


@mistake(
    "cosine",
    "the cosines of the arrays added up",
    hint="With one array yours is right, with several it can exceed 1, which no cosine does. Add before you divide.",
    fails=("values",),
)
def cosine_similarity(grads_a, grads_b):
    return float(sum(np.sum(a * b) / np.linalg.norm(a) / np.linalg.norm(b) for a, b in zip(grads_a, grads_b)))


@mistake(
    "cosine",
    "the product without division by the norms",
    hint="A cosine lies between -1 and 1. What must the sum of products be divided by?",
    fails=("values",),
)
def cosine_similarity(grads_a, grads_b):
    return float(sum(np.sum(a * b) for a, b in zip(grads_a, grads_b)))


@mistake(
    "cosine",
    "divided by the squared norms",
    hint="The cosine of a gradient with itself is 1. Yours is smaller: how often do you divide by its norm?",
    fails=("values",),
)
def cosine_similarity(grads_a, grads_b):
    square = float(sum(np.sum(a**2) for a in grads_a)) * float(sum(np.sum(b**2) for b in grads_b))
    return float(sum(np.sum(a * b) for a, b in zip(grads_a, grads_b))) / square


@mistake(
    "cosine",
    "divided by the first norm twice",
    hint="Scale the second gradient by 3 and your value changes. Both lengths have to be divided out.",
    fails=("values",),
)
def cosine_similarity(grads_a, grads_b):
    square = float(sum(np.sum(a**2) for a in grads_a))
    return float(sum(np.sum(a * b) for a, b in zip(grads_a, grads_b))) / square


@mistake(
    "cosine",
    "divided by the second norm twice",
    hint="Scale the first gradient by 3 and your value changes. Both lengths have to be divided out.",
    fails=("values",),
)
def cosine_similarity(grads_a, grads_b):
    square = float(sum(np.sum(b**2) for b in grads_b))
    return float(sum(np.sum(a * b) for a, b in zip(grads_a, grads_b))) / square


@mistake(
    "cosine",
    "divided by products of the arrays' norms, added up",
    hint="Your denominator is made array by array. Take the norm of each whole gradient, as in exercise 2, and multiply the two.",
    fails=("values",),
)
def cosine_similarity(grads_a, grads_b):
    pairs = list(zip(grads_a, grads_b))
    return float(sum(np.sum(a * b) for a, b in pairs) / sum(np.linalg.norm(a) * np.linalg.norm(b) for a, b in pairs))


@mistake(
    "cosine",
    "divided by the sum of the norms",
    hint="The cosine of a gradient with itself is 1 and does not depend on lengths. What do you do with the two norms before you divide?",
    fails=("values",),
)
def cosine_similarity(grads_a, grads_b):
    norms = math.sqrt(sum(np.sum(a**2) for a in grads_a)) + math.sqrt(sum(np.sum(b**2) for b in grads_b))
    return float(sum(np.sum(a * b) for a, b in zip(grads_a, grads_b)) / norms)


@mistake(
    "cosine",
    "divided by the number of entries",
    hint="A cosine does not get smaller when there are more entries. If you take a mean somewhere, take a sum.",
    fails=("values",),
)
def cosine_similarity(grads_a, grads_b):
    dot = sum(np.sum(a * b) for a, b in zip(grads_a, grads_b)) / sum(a.size for a in grads_a)
    return float(dot / math.sqrt(sum(np.sum(a**2) for a in grads_a)) / math.sqrt(sum(np.sum(b**2) for b in grads_b)))


@mistake(
    "cosine",
    "the sign lost",
    hint="Compare a gradient with its negative: what should come out? Yours is positive.",
    fails=("values",),
)
def cosine_similarity(grads_a, grads_b):
    dot = sum(np.sum(a * b) for a, b in zip(grads_a, grads_b))
    return float(abs(dot) / math.sqrt(sum(np.sum(a**2) for a in grads_a)) / math.sqrt(sum(np.sum(b**2) for b in grads_b)))


@mistake(
    "cosine",
    "the squared cosine",
    hint="Compare a gradient with its negative: what should come out? And one of your factors is there twice.",
    fails=("values",),
)
def cosine_similarity(grads_a, grads_b):
    dot = sum(np.sum(a * b) for a, b in zip(grads_a, grads_b))
    return float(dot**2 / sum(np.sum(a**2) for a in grads_a) / sum(np.sum(b**2) for b in grads_b))


@mistake(
    "cosine",
    "the distance, 1 minus the cosine",
    hint="A gradient compared with itself should give 1. Yours gives 0.",
    fails=("values",),
)
def cosine_similarity(grads_a, grads_b):
    dot = sum(np.sum(a * b) for a, b in zip(grads_a, grads_b))
    return float(1 - dot / math.sqrt(sum(np.sum(a**2) for a in grads_a)) / math.sqrt(sum(np.sum(b**2) for b in grads_b)))


@mistake(
    "cosine",
    "the angle, not its cosine",
    hint="A gradient compared with itself should give 1. Yours gives 0, which is the angle. Leave out the last step.",
    fails=("values",),
)
def cosine_similarity(grads_a, grads_b):
    dot = sum(np.sum(a * b) for a, b in zip(grads_a, grads_b))
    cosine = dot / math.sqrt(sum(np.sum(a**2) for a in grads_a)) / math.sqrt(sum(np.sum(b**2) for b in grads_b))
    return float(np.arccos(np.clip(cosine, -1, 1)))


@mistake(
    "cosine",
    "the trace of matrix products in place of the sum of products",
    hint="Square arrays go wrong with you. Multiply entry by entry and add; a matrix product pairs other entries.",
    fails=("values",),
)
def cosine_similarity(grads_a, grads_b):
    dot = 0.0
    for a, b in zip(grads_a, grads_b):
        square = a.ndim == 2 and a.shape[0] == a.shape[1]
        dot += float(np.trace(a @ b)) if square else float(np.sum(a * b))
    return dot / math.sqrt(sum(np.sum(a**2) for a in grads_a)) / math.sqrt(sum(np.sum(b**2) for b in grads_b))


@mistake(
    "cosine",
    "1 for any two gradients",
    hint="Your function returns the same number for each pair.",
    fails=("values",),
)
def cosine_similarity(grads_a, grads_b):
    return 1.0


# --- clipped_sgd_step ---


@mistake(
    "clipped-step",
    "uphill: the step added",
    hint="Your step has the right size and goes the wrong way. The gradient points to where the loss grows.",
    fails=("step",),
)
def clipped_sgd_step(params, grads, lr, max_norm):
    clipped, _ = clip_by_global_norm([grads[key] for key in params], max_norm)
    return {key: params[key] + lr * step for key, step in zip(params, clipped)}


@mistake(
    "clipped-step",
    "the learning rate forgotten",
    hint="Your step is as long as the clipped gradient. What shortens it further?",
    fails=("step",),
)
def clipped_sgd_step(params, grads, lr, max_norm):
    clipped, _ = clip_by_global_norm([grads[key] for key in params], max_norm)
    return {key: params[key] - step for key, step in zip(params, clipped)}


@mistake(
    "clipped-step",
    "the step clipped, not the gradient",
    hint="You multiply by lr before you clip, so the step is as long as max_norm. It should be lr * max_norm at most.",
    fails=("step",),
)
def clipped_sgd_step(params, grads, lr, max_norm):
    clipped, _ = clip_by_global_norm([lr * grads[key] for key in params], max_norm)
    return {key: params[key] - step for key, step in zip(params, clipped)}


@mistake(
    "clipped-step",
    "nothing clipped",
    hint="Yours is a plain step of gradient descent. Measure its length when the gradient is long.",
    fails=("step",),
)
def clipped_sgd_step(params, grads, lr, max_norm):
    if not np.isfinite(global_norm(grads.values())):
        return params
    return {key: params[key] - lr * grads[key] for key in params}


@mistake(
    "clipped-step",
    "nothing clipped, and what is not finite goes into the parameters",
    hint="Yours is a plain step of gradient descent: max_norm is not used, and one NaN in the gradient ruins the parameters for good.",
    fails=("step", "not-finite"),
)
def clipped_sgd_step(params, grads, lr, max_norm):
    return {key: params[key] - lr * grads[key] for key in params}


@mistake(
    "clipped-step",
    "each array clipped by its own norm",
    hint="The step can be longer than lr * max_norm with you. Clip all gradients together, by one factor.",
    fails=("step", "not-finite"),
)
def clipped_sgd_step(params, grads, lr, max_norm):
    return {key: params[key] - lr * clip_by_norm(grads[key], max_norm) for key in params}


@mistake(
    "clipped-step",
    "clipped by value in place of by norm",
    hint="You clip entry by entry. The text asks for the gradients clipped by their global norm.",
    fails=("step",),
)
def clipped_sgd_step(params, grads, lr, max_norm):
    if not np.isfinite(global_norm(grads.values())):
        return params
    return {key: params[key] - lr * np.clip(grads[key], -max_norm, max_norm) for key in params}


@mistake(
    "clipped-step",
    "the new parameters clipped",
    hint="You clip the weights after the step, so that they can never grow. It is the gradient that should be clipped.",
    fails=("step", "not-finite"),
)
def clipped_sgd_step(params, grads, lr, max_norm):
    clipped, _ = clip_by_global_norm([params[key] - lr * grads[key] for key in params], max_norm)
    return dict(zip(params, clipped))


@mistake(
    "clipped-step",
    "gradients and parameters paired by their order",
    hint=(
        "You walk through both dictionaries side by side, but their keys may come in different orders. Ask for each gradient by the name "
        "of its parameter."
    ),
    fails=("step", "input-unchanged", "not-finite"),
)
def clipped_sgd_step(params, grads, lr, max_norm):
    clipped, _ = clip_by_global_norm(list(grads.values()), max_norm)
    return {key: params[key] - lr * step for key, step in zip(params, clipped)}


@mistake(
    "clipped-step",
    "the step returned, not the new parameters",
    hint="What you return is by how much the parameters change. Where do they arrive?",
    fails=("step", "not-finite"),
)
def clipped_sgd_step(params, grads, lr, max_norm):
    clipped, _ = clip_by_global_norm([grads[key] for key in params], max_norm)
    return {key: -lr * step for key, step in zip(params, clipped)}


@mistake(
    "clipped-step",
    "the step from 0 in the other direction",
    hint="What you return is lr times the clipped gradient. Where do the parameters arrive after the step?",
    fails=("step", "not-finite"),
)
def clipped_sgd_step(params, grads, lr, max_norm):
    clipped, _ = clip_by_global_norm([grads[key] for key in params], max_norm)
    return {key: lr * step for key, step in zip(params, clipped)}


@mistake(
    "clipped-step",
    "always a step of full length",
    hint="When the gradient is shorter than max_norm it should stay as it is. Your step always has the length lr * max_norm.",
    fails=("step",),
)
def clipped_sgd_step(params, grads, lr, max_norm):
    norm = global_norm([grads[key] for key in params])
    if not np.isfinite(norm):
        return dict(params)
    return {key: params[key] - lr * grads[key] * (max_norm / norm) for key in params}


@mistake(
    "clipped-step",
    "the parameters shrunk as well",
    hint="With gradients of zeros nothing should move. The factor that clips belongs to the gradient alone.",
    fails=("step",),
)
def clipped_sgd_step(params, grads, lr, max_norm):
    norm = global_norm([grads[key] for key in params])
    if not np.isfinite(norm):
        return dict(params)
    factor = 1.0 if norm <= max_norm else max_norm / norm
    return {key: factor * (params[key] - lr * grads[key]) for key in params}


@mistake(
    "clipped-step",
    "what is not finite goes into the parameters",
    hint=(
        "One inf or NaN in a gradient, and your parameters are ruined for good. Your clip_by_global_norm gives zeros in that case: is it "
        "what you step by?"
    ),
    fails=("not-finite",),
)
def clipped_sgd_step(params, grads, lr, max_norm):
    norm = global_norm([grads[key] for key in params])
    factor = max_norm / norm if norm > max_norm else 1.0
    return {key: params[key] - lr * factor * grads[key] for key in params}


@mistake(
    "clipped-step",
    "only the arrays that are not finite left out of the step",
    hint="When one gradient is not finite the whole step is skipped: all parameters stay. With you some of them move.",
    fails=("not-finite",),
)
def clipped_sgd_step(params, grads, lr, max_norm):
    kept = [grads[key] if np.isfinite(grads[key]).all() else np.zeros_like(grads[key]) for key in params]
    clipped, _ = clip_by_global_norm(kept, max_norm)
    return {key: params[key] - lr * step for key, step in zip(params, clipped)}


@mistake(
    "clipped-step",
    "zeros in place of the parameters when a gradient is not finite",
    hint="When a gradient is not finite you throw the parameters away. Skipping a step means that they stay where they were.",
    fails=("not-finite",),
)
def clipped_sgd_step(params, grads, lr, max_norm):
    clipped, norm = clip_by_global_norm([grads[key] for key in params], max_norm)
    if not np.isfinite(norm):
        return {key: np.zeros_like(params[key]) for key in params}
    return {key: params[key] - lr * step for key, step in zip(params, clipped)}


@mistake(
    "clipped-step",
    "the parameters changed in place",
    hint=(
        "The values are right, but the caller's own parameters have changed too. `-=` writes into the array itself, and a copy of a "
        "dictionary still holds the same arrays."
    ),
    fails=("input-unchanged",),
)
def clipped_sgd_step(params, grads, lr, max_norm):
    clipped, _ = clip_by_global_norm([grads[key] for key in params], max_norm)
    new = dict(params)
    for key, step in zip(params, clipped):
        new[key] -= lr * step
    return new


# --- recurrence_backward ---


@mistake(
    "recurrence",
    "the norms in the order in which they were found",
    hint="The last entry belongs to h_T and is the norm of v. Yours comes first: you walk back, but the list runs forward.",
    fails=("norms",),
)
def recurrence_backward(W, h0, v, steps):
    hs = [h0]
    for _ in range(steps):
        hs.append(hs[-1] @ W)
    dW, delta, norms = np.zeros_like(W), v, [np.linalg.norm(v)]
    for t in range(steps, 0, -1):
        dW = dW + hs[t - 1].T @ delta
        delta = delta @ W.T
        norms.append(np.linalg.norm(delta))
    return dW, norms


@mistake(
    "recurrence",
    "the gradient of the last use of W alone",
    hint="W is used T times, and each use adds its share to dW. Yours is right for T = 1.",
    fails=("dw",),
)
def recurrence_backward(W, h0, v, steps):
    hs = [h0]
    for _ in range(steps):
        hs.append(hs[-1] @ W)
    delta, norms = v, [np.linalg.norm(v)]
    for _ in range(steps):
        delta = delta @ W.T
        norms.insert(0, np.linalg.norm(delta))
    return hs[-2].T @ v, norms


@mistake(
    "recurrence",
    "the gradient of the first use of W alone",
    hint="W is used T times, and each use adds its share to dW. With you the last share replaces the others: add to dW, don't set it.",
    fails=("dw",),
)
def recurrence_backward(W, h0, v, steps):
    delta, norms = v, [np.linalg.norm(v)]
    for _ in range(steps):
        dW = h0.T @ delta
        delta = delta @ W.T
        norms.insert(0, np.linalg.norm(delta))
    return dW, norms


@mistake(
    "recurrence",
    "T times the gradient of the last use of W",
    hint="Each use of W adds its own share to dW, and they differ: each has its own state and its own gradient.",
    fails=("dw",),
)
def recurrence_backward(W, h0, v, steps):
    hs = [h0]
    for _ in range(steps):
        hs.append(hs[-1] @ W)
    delta, norms = v, [np.linalg.norm(v)]
    for _ in range(steps):
        delta = delta @ W.T
        norms.insert(0, np.linalg.norm(delta))
    return steps * (hs[-2].T @ v), norms


@mistake(
    "recurrence",
    "W in place of its transpose on the way back",
    hint=(
        "With a symmetric W yours is right. Write the step for one entry: h'_j = sum over i of h_i W_ij; now which index "
        "does the sum run over?"
    ),
    fails=("norms", "dw"),
)
def recurrence_backward(W, h0, v, steps):
    hs = [h0]
    for _ in range(steps):
        hs.append(hs[-1] @ W)
    dW, delta, norms = np.zeros_like(W), v, [np.linalg.norm(v)]
    for t in range(steps, 0, -1):
        dW = dW + hs[t - 1].T @ delta
        delta = delta @ W
        norms.insert(0, np.linalg.norm(delta))
    return dW, norms


@mistake(
    "recurrence",
    "the transpose of W on the way forward",
    hint="Your norms are right, dW is not. Look at the states you go through on the way forward: h_t = h_{t-1} W, without a transpose.",
    fails=("dw",),
)
def recurrence_backward(W, h0, v, steps):
    hs = [h0]
    for _ in range(steps):
        hs.append(hs[-1] @ W.T)
    dW, delta, norms = np.zeros_like(W), v, [np.linalg.norm(v)]
    for t in range(steps, 0, -1):
        dW = dW + hs[t - 1].T @ delta
        delta = delta @ W.T
        norms.insert(0, np.linalg.norm(delta))
    return dW, norms


@mistake(
    "recurrence",
    "dW transposed",
    hint=(
        "Your dW is the transpose of the right one. In entry (i, j) of W, i belongs to the state that goes in and j to the "
        "one that comes out."
    ),
    fails=("dw",),
)
def recurrence_backward(W, h0, v, steps):
    hs = [h0]
    for _ in range(steps):
        hs.append(hs[-1] @ W)
    dW, delta, norms = np.zeros_like(W), v, [np.linalg.norm(v)]
    for t in range(steps, 0, -1):
        dW = dW + delta.T @ hs[t - 1]
        delta = delta @ W.T
        norms.insert(0, np.linalg.norm(delta))
    return dW, norms


@mistake(
    "recurrence",
    "the state after the step in place of the one before it",
    hint="Try T = 1: the input of the only step is h0. Which state do you multiply by?",
    fails=("dw",),
)
def recurrence_backward(W, h0, v, steps):
    hs = [h0]
    for _ in range(steps):
        hs.append(hs[-1] @ W)
    dW, delta, norms = np.zeros_like(W), v, [np.linalg.norm(v)]
    for t in range(steps, 0, -1):
        dW = dW + hs[t].T @ delta
        delta = delta @ W.T
        norms.insert(0, np.linalg.norm(delta))
    return dW, norms


@mistake(
    "recurrence",
    "the gradient one step too far back",
    hint="Try T = 1: the gradient that meets h0 is v itself. You go back one step before you use it.",
    fails=("dw",),
)
def recurrence_backward(W, h0, v, steps):
    hs = [h0]
    for _ in range(steps):
        hs.append(hs[-1] @ W)
    dW, delta, norms = np.zeros_like(W), v, [np.linalg.norm(v)]
    for t in range(steps, 0, -1):
        delta = delta @ W.T
        norms.insert(0, np.linalg.norm(delta))
        dW = dW + hs[t - 1].T @ delta
    return dW, norms


@mistake(
    "recurrence",
    "h0 in place of the state of each step",
    hint="Right for T = 1. For later steps the input is no longer h0: keep the states of the way forward.",
    fails=("dw",),
)
def recurrence_backward(W, h0, v, steps):
    dW, delta, norms = np.zeros_like(W), v, [np.linalg.norm(v)]
    for _ in range(steps):
        dW = dW + h0.T @ delta
        delta = delta @ W.T
        norms.insert(0, np.linalg.norm(delta))
    return dW, norms


@mistake(
    "recurrence",
    "v in place of the gradient of each step",
    hint="Right for T = 1. For earlier steps the gradient that arrives is no longer v: it has gone back through W.",
    fails=("dw",),
)
def recurrence_backward(W, h0, v, steps):
    hs = [h0]
    for _ in range(steps):
        hs.append(hs[-1] @ W)
    dW, delta, norms = np.zeros_like(W), v, [np.linalg.norm(v)]
    for t in range(steps, 0, -1):
        dW = dW + hs[t - 1].T @ v
        delta = delta @ W.T
        norms.insert(0, np.linalg.norm(delta))
    return dW, norms


@mistake(
    "recurrence",
    "the states on the way back in the order of the way forward",
    hint="Right for T = 1. The last gradient, v, belongs to the last step, whose input is h_{T-1}, not h0.",
    fails=("dw",),
)
def recurrence_backward(W, h0, v, steps):
    hs = [h0]
    for _ in range(steps):
        hs.append(hs[-1] @ W)
    dW, delta, norms = np.zeros_like(W), v, [np.linalg.norm(v)]
    for t in range(steps):
        dW = dW + hs[t].T @ delta
        delta = delta @ W.T
        norms.insert(0, np.linalg.norm(delta))
    return dW, norms


@mistake(
    "recurrence",
    "dW divided by the number of samples",
    hint="Your dW is too small by the number of rows. The loss is a sum over the samples, not their mean.",
    fails=("dw",),
)
def recurrence_backward(W, h0, v, steps):
    hs = [h0]
    for _ in range(steps):
        hs.append(hs[-1] @ W)
    dW, delta, norms = np.zeros_like(W), v, [np.linalg.norm(v)]
    for t in range(steps, 0, -1):
        dW = dW + hs[t - 1].T @ delta / len(h0)
        delta = delta @ W.T
        norms.insert(0, np.linalg.norm(delta))
    return dW, norms


@mistake(
    "recurrence",
    "dW divided by the number of steps",
    hint="Your dW is too small by the factor T. The shares of all steps add up; there is no mean over them.",
    fails=("dw",),
)
def recurrence_backward(W, h0, v, steps):
    hs = [h0]
    for _ in range(steps):
        hs.append(hs[-1] @ W)
    dW, delta, norms = np.zeros_like(W), v, [np.linalg.norm(v)]
    for t in range(steps, 0, -1):
        dW = dW + hs[t - 1].T @ delta / steps
        delta = delta @ W.T
        norms.insert(0, np.linalg.norm(delta))
    return dW, norms


@mistake(
    "recurrence",
    "the sign of dW",
    hint="Your dW is the negative of the right one. Is it a gradient, or a step against it?",
    fails=("dw",),
)
def recurrence_backward(W, h0, v, steps):
    hs = [h0]
    for _ in range(steps):
        hs.append(hs[-1] @ W)
    dW, delta, norms = np.zeros_like(W), v, [np.linalg.norm(v)]
    for t in range(steps, 0, -1):
        dW = dW - hs[t - 1].T @ delta
        delta = delta @ W.T
        norms.insert(0, np.linalg.norm(delta))
    return dW, norms


@mistake(
    "recurrence",
    "the first share of dW left out",
    hint=(
        "Your loop ends one step too early: the use of W that meets h0 is missing, and so is the norm at h0, or it is made after the loop."
    ),
    fails=("dw",),
)
def recurrence_backward(W, h0, v, steps):
    hs = [h0]
    for _ in range(steps):
        hs.append(hs[-1] @ W)
    dW, delta, norms = np.zeros_like(W), v, [np.linalg.norm(v)]
    for t in range(steps, 0, -1):
        if t > 1:
            dW = dW + hs[t - 1].T @ delta
        delta = delta @ W.T
        norms.insert(0, np.linalg.norm(delta))
    return dW, norms


@mistake(
    "recurrence",
    "a norm missing at one end",
    hint="There are T + 1 states, h_0 to h_T, and each has a norm. Yours has T.",
    fails=("norms",),
)
def recurrence_backward(W, h0, v, steps):
    hs = [h0]
    for _ in range(steps):
        hs.append(hs[-1] @ W)
    dW, delta, norms = np.zeros_like(W), v, []
    for t in range(steps, 0, -1):
        dW = dW + hs[t - 1].T @ delta
        delta = delta @ W.T
        norms.insert(0, np.linalg.norm(delta))
    return dW, norms


@mistake(
    "recurrence",
    "the norm at h0 missing",
    hint="There are T + 1 states, h_0 to h_T, and each has a norm. Yours has T.",
    fails=("norms",),
)
def recurrence_backward(W, h0, v, steps):
    hs = [h0]
    for _ in range(steps):
        hs.append(hs[-1] @ W)
    dW, delta, norms = np.zeros_like(W), v, []
    for t in range(steps, 0, -1):
        norms.insert(0, np.linalg.norm(delta))
        dW = dW + hs[t - 1].T @ delta
        delta = delta @ W.T
    return dW, norms


@mistake(
    "recurrence",
    "each norm one place too early in time",
    hint="Your last two norms are equal: each is written down before the gradient has gone back through W, so it belongs to a later state.",
    fails=("norms",),
)
def recurrence_backward(W, h0, v, steps):
    hs = [h0]
    for _ in range(steps):
        hs.append(hs[-1] @ W)
    dW, delta, norms = np.zeros_like(W), v, [np.linalg.norm(v)]
    for t in range(steps, 0, -1):
        dW = dW + hs[t - 1].T @ delta
        norms.insert(0, np.linalg.norm(delta))
        delta = delta @ W.T
    return dW, norms


@mistake(
    "recurrence",
    "squared norms",
    hint="Your norms are the squares of the right ones. A root is missing.",
    fails=("norms",),
)
def recurrence_backward(W, h0, v, steps):
    hs = [h0]
    for _ in range(steps):
        hs.append(hs[-1] @ W)
    dW, delta, norms = np.zeros_like(W), v, [np.sum(v**2)]
    for t in range(steps, 0, -1):
        dW = dW + hs[t - 1].T @ delta
        delta = delta @ W.T
        norms.insert(0, np.sum(delta**2))
    return dW, norms


@mistake(
    "recurrence",
    "the norms of the states, not of their gradients",
    hint="Yours are the lengths of h_0 to h_T. Asked for is how strongly the loss depends on each of them; the last one is the norm of v.",
    fails=("norms",),
)
def recurrence_backward(W, h0, v, steps):
    hs = [h0]
    for _ in range(steps):
        hs.append(hs[-1] @ W)
    dW, delta = np.zeros_like(W), v
    for t in range(steps, 0, -1):
        dW = dW + hs[t - 1].T @ delta
        delta = delta @ W.T
    return dW, [np.linalg.norm(h) for h in hs]


@mistake(
    "recurrence",
    "norms of the shares of dW in place of those of the states' gradients",
    hint="Your norms belong to W's gradient. Asked for is the gradient by the states; the last one is the norm of v itself.",
    fails=("norms",),
)
def recurrence_backward(W, h0, v, steps):
    hs = [h0]
    for _ in range(steps):
        hs.append(hs[-1] @ W)
    dW, delta, norms = np.zeros_like(W), v, [np.linalg.norm(v)]
    for t in range(steps, 0, -1):
        share = hs[t - 1].T @ delta
        dW = dW + share
        delta = delta @ W.T
        norms.insert(0, np.linalg.norm(share))
    return dW, norms


@mistake(
    "recurrence",
    "the spectral norm of the states' gradients",
    hint=(
        "There are several norms of a matrix, and yours is how much it can stretch a vector. Asked for is the root of the sum of its "
        "squared entries."
    ),
    fails=("norms",),
)
def recurrence_backward(W, h0, v, steps):
    hs = [h0]
    for _ in range(steps):
        hs.append(hs[-1] @ W)
    dW, delta, norms = np.zeros_like(W), v, [np.linalg.norm(v, 2)]
    for t in range(steps, 0, -1):
        dW = dW + hs[t - 1].T @ delta
        delta = delta @ W.T
        norms.insert(0, np.linalg.norm(delta, 2))
    return dW, norms


@mistake(
    "recurrence",
    "norms for the mean over the samples",
    hint="Your norms are too small by the root of the number of samples or more. The loss is a sum over the samples.",
    fails=("norms",),
)
def recurrence_backward(W, h0, v, steps):
    hs = [h0]
    for _ in range(steps):
        hs.append(hs[-1] @ W)
    dW, delta, norms = np.zeros_like(W), v, [np.linalg.norm(v) / len(v)]
    for t in range(steps, 0, -1):
        dW = dW + hs[t - 1].T @ delta
        delta = delta @ W.T
        norms.insert(0, np.linalg.norm(delta) / len(v))
    return dW, norms


@mistake(
    "recurrence",
    "only the norm at h0 repeated",
    hint="All your norms are equal: the list holds the last one found. Write down a norm at each step back.",
    fails=("norms",),
)
def recurrence_backward(W, h0, v, steps):
    hs = [h0]
    for _ in range(steps):
        hs.append(hs[-1] @ W)
    dW, delta = np.zeros_like(W), v
    for t in range(steps, 0, -1):
        dW = dW + hs[t - 1].T @ delta
        delta = delta @ W.T
    return dW, np.full(steps + 1, np.linalg.norm(delta))


@mistake(
    "recurrence",
    "scaled back to the norm of v at each step",
    hint="You clip on the way back, and the picture you were asked to draw is gone. Clipping comes after the gradient, not within it.",
    fails=("norms", "dw"),
)
def recurrence_backward(W, h0, v, steps):
    hs = [h0]
    for _ in range(steps):
        hs.append(hs[-1] @ W)
    dW, delta, norms = np.zeros_like(W), v, [np.linalg.norm(v)]
    for t in range(steps, 0, -1):
        dW = dW + hs[t - 1].T @ delta
        delta = delta @ W.T
        delta = delta * (np.linalg.norm(v) / np.linalg.norm(delta))
        norms.insert(0, np.linalg.norm(delta))
    return dW, norms


# --- theory ---


@mistake(
    "clip-theory",
    "1, as for clipping by norm",
    hint=(
        "You say that the direction stays. It does when a gradient is clipped by its norm; draw (1, 100) before and after "
        "clipping by value."
    ),
    fails=("cosine",),
)
def value_clip_cosine(g, limit):
    return 1.0


@mistake(
    "clip-theory",
    "clipped by norm in place of by value",
    hint="You compare with the array clipped by its norm, which points the same way. Clip by value.",
    fails=("cosine",),
)
def value_clip_cosine(g, limit):
    clipped = g * min(1, limit / np.linalg.norm(g))
    return float(np.sum(g * clipped) / np.sum(g**2))


@mistake(
    "clip-theory",
    "the upper limit alone",
    hint="Large negative entries are clipped too. Try (-100, 1) with the limit 1.",
    fails=("cosine",),
)
def value_clip_cosine(g, limit):
    clipped = np.minimum(g, limit)
    return float(np.sum(g * clipped) / np.linalg.norm(g) / np.linalg.norm(clipped))


@mistake(
    "clip-theory",
    "the signs in place of the clipped array",
    hint="Entries within the limits stay as they are. Try an array that the limit leaves alone: the cosine is 1.",
    fails=("cosine",),
)
def value_clip_cosine(g, limit):
    return float(np.sum(np.abs(g)) / np.linalg.norm(g) / math.sqrt(g.size))


@mistake(
    "clip-theory",
    "the ratio of the norms, not the cosine",
    hint="You say how much shorter the clipped array is. The cosine tells how much it has turned, and takes no notice of lengths.",
    fails=("cosine",),
)
def value_clip_cosine(g, limit):
    return float(np.linalg.norm(np.clip(g, -limit, limit)) / np.linalg.norm(g))


@mistake(
    "clip-theory",
    "divided by the norm of g twice",
    hint="Two lengths have to be divided out, and they differ: that of g, and that of the clipped array.",
    fails=("cosine",),
)
def value_clip_cosine(g, limit):
    return float(np.sum(g * np.clip(g, -limit, limit)) / np.sum(g**2))


@mistake(
    "clip-theory",
    "the angle, not its cosine",
    hint="An array that the limit leaves alone should give 1. Yours gives 0, which is the angle.",
    fails=("cosine",),
)
def value_clip_cosine(g, limit):
    clipped = np.clip(g, -limit, limit)
    return float(np.arccos(np.clip(np.sum(g * clipped) / np.linalg.norm(g) / np.linalg.norm(clipped), -1, 1)))


@mistake(
    "clip-theory",
    "the published example for any array",
    hint="Your function returns the same number for each array and limit.",
    fails=("cosine",),
)
def value_clip_cosine(g, limit):
    return 10.1 / math.sqrt(204.02)


@mistake(
    "clip-theory",
    "rounded down",
    hint="With so many steps the limit is not exceeded yet. Put your answer into rho^T.",
    fails=("steps",),
)
def steps_to_exceed(rho, limit):
    return math.floor(math.log(limit) / math.log(rho))


@mistake(
    "clip-theory",
    "rounded to the nearest",
    hint="For some limits your answer is one too few. Put it into rho^T.",
    fails=("steps",),
)
def steps_to_exceed(rho, limit):
    return round(math.log(limit) / math.log(rho))


@mistake(
    "clip-theory",
    "one step too many",
    hint="One step less would do as well: put your answer minus 1 into rho^T. If you count in a loop, check where the counter starts.",
    fails=("steps",),
)
def steps_to_exceed(rho, limit):
    return math.ceil(math.log(limit) / math.log(rho)) + 1


@mistake(
    "clip-theory",
    "rho taken for a rate: limit over rho minus 1",
    hint="The factors multiply, so growth is not by the same amount in each step. Which function turns a product into a sum?",
    fails=("steps",),
)
def steps_to_exceed(rho, limit):
    return math.ceil((limit - 1) / (rho - 1))


@mistake(
    "clip-theory",
    "the limit divided by rho",
    hint="rho^T is T factors of rho, not T times rho. Which function turns a product into a sum?",
    fails=("steps",),
)
def steps_to_exceed(rho, limit):
    return math.ceil(limit / rho)


@mistake(
    "clip-theory",
    "rho - 1 in place of the logarithm of rho",
    hint="Near rho = 1 you are almost right. ln(1 + x) is x for a very small x alone.",
    fails=("steps",),
)
def steps_to_exceed(rho, limit):
    return math.ceil(math.log(limit) / (rho - 1))


@mistake(
    "clip-theory",
    "logarithms to two bases",
    hint="Your answer is too small by a factor of about 2.3, which is ln 10. If you divide two logarithms, take both to the same base.",
    fails=("steps",),
)
def steps_to_exceed(rho, limit):
    return math.ceil(math.log10(limit) / math.log(rho))


@mistake(
    "clip-theory",
    "the logarithm of the limit alone",
    hint="Your answer is the same for each rho. How much does one step add to the logarithm?",
    fails=("steps",),
)
def steps_to_exceed(rho, limit):
    return math.ceil(math.log(limit))


@mistake(
    "clip-theory",
    "the quotient upside down",
    hint="The larger the limit, the more steps it takes. With you it is the other way round: which logarithm is divided by which?",
    fails=("steps",),
)
def steps_to_exceed(rho, limit):
    return math.ceil(math.log(rho) / math.log(limit))


@mistake(
    "clip-theory",
    "the published example for any rho and limit",
    hint="Your function returns the same number for each rho and limit.",
    fails=("steps",),
)
def steps_to_exceed(rho, limit):
    return 7
