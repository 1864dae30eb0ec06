"""False alarms and power of the bands: draws from the law, and real networks run forward and backward."""

import math

import numpy as np
from common import Figure, table

from autograder.gradients import draw_norms, linear_law, norm_band, orthogonal_relu_law, relu_law, residual_law, sampled_curve_bands

ALPHA = 1e-3
NETS = 2_000
SIGMAS = 3.5
"""Sampling error allowed, in standard deviations: some twenty counts are held against it in one run."""


def alive(rng, width, shape):
    """Live units of layers that aren't dead."""
    count = rng.binomial(width, 0.5, size=shape)
    while (count == 0).any():
        count[count == 0] = rng.binomial(width, 0.5, size=np.count_nonzero(count == 0))
    return count


def relu_draws(rng, width, shape):
    return np.log(2 / width * rng.chisquare(alive(rng, width, shape)))


def weight_draws(rng, width, shape):
    count = alive(rng, width, shape)
    return np.log(rng.chisquare(count) / rng.chisquare(count))


def linear_draws(rng, width, shape):
    return np.log(rng.chisquare(width, size=shape) / width)


def orthogonal_draws(rng, width, shape):
    count = alive(rng, width, shape)
    return np.log(2 * np.where(count == width, 1.0, rng.beta(count / 2, np.maximum(width - count, 1) / 2)))


def residual_draws(rng, width, shape):
    count = rng.binomial(width, 0.5, size=shape)
    branch = np.where(count > 0, 2 / width * rng.chisquare(np.maximum(count, 1)), 0.0) / width
    return np.log((1 + np.sqrt(branch) * rng.normal(size=shape)) ** 2 + branch * rng.chisquare(width - 1, size=shape))


LAWS = {
    "relu, He": (relu_law, relu_draws),
    "relu, He, dW": (lambda width: relu_law(width).weights, weight_draws),
    "linear": (linear_law, linear_draws),
    "orthogonal relu": (orthogonal_relu_law, orthogonal_draws),
    "residual": (residual_law, residual_draws),
}


def outside(band, logs):
    ratios = np.exp(logs / 2)
    return int(np.count_nonzero(~((band.low <= ratios) & (ratios <= band.high))))


def allowed(count, alpha=ALPHA):
    expected = count * alpha
    return expected, SIGMAS * math.sqrt(expected)


def from_the_law(full):
    draws = 200_000
    shapes = [(width, depth) for width in (8, 32, 64, 128) for depth in (5, 20, 50)]
    rows, worst, power_off = [], 0.0, 0.0
    expected, error = allowed(draws)
    for name, (law, draw) in LAWS.items():
        for width, depth in shapes if name == "relu, He" or full else [(8, 5), (32, 5), (64, 20)]:
            factors = depth - 1
            band = norm_band([law(width)] * factors, alpha=ALPHA)
            logs = draw(np.random.default_rng([21, width, depth]), width, (draws, factors)).sum(axis=1)
            found = outside(band, logs)
            worst = max(worst, abs(found - expected) / error)
            gain = band.smallest_gain(0.9)[1]
            simulated = outside(band, logs + 2 * factors * math.log(gain)) / draws
            power_off = max(power_off, abs(simulated - 0.9))
            rows.append([name, width, depth, f"{band.low:.3g} .. {band.high:.3g}", found, f"{gain:.3f}", f"{simulated:.3f}"])
    title = f"draws from the law, {draws:,} each: right is {expected:.0f} +- {error:.0f} outside at alpha = {ALPHA:g}"
    table(title, ["net", "width", "depth", "band of the norms' ratio", "outside", "gain caught, stated 90 %", "simulated"], rows)
    return [
        Figure("false alarms off by this part of their sampling error", worst, 1, at_most=True),
        Figure("power off by", power_off, 0.05, at_most=True),
    ]


def orthogonal(rng, shape):
    q, r = np.linalg.qr(rng.standard_normal(shape))
    return q * np.sign(np.einsum("...ii->...i", r))[..., None, :]


def real_nets(rng, kind, width, depth, count, *, gain=1.0):
    """log |delta_1|**2 / |delta_L|**2, or that of dW, of nets with an input and a readout that are random; float32 weights are plenty."""
    result = []
    size = max(1, 2**24 // (width * width * depth))
    for start in range(0, count, size):
        some = min(size, count - start)
        a = rng.standard_normal((some, width)).astype(np.float32)
        layers, grown = [], np.full(some, math.log(2 / width))  # of an input of norm 1
        for _ in range(depth - 1):
            shape = (some, width, width)
            if kind == "orthogonal relu":
                w = orthogonal(rng, shape).astype(np.float32) * np.float32(2**0.5 * gain)
            else:
                w = rng.standard_normal(shape, dtype=np.float32) * np.float32((2 if kind != "linear" else 1) ** 0.5 * gain / width**0.5)
            second = rng.standard_normal(shape, dtype=np.float32) * np.float32(width**-0.5) if kind == "residual" else None
            z = np.einsum("mij,mj->mi", w, a) if kind == "residual" else a
            mask = np.ones_like(z) if kind == "linear" else (z > 0).astype(np.float32)
            layers.append((w, second, mask))
            a = a + np.einsum("mij,mj->mi", second, mask * z) if kind == "residual" else np.einsum("mij,mj->mi", w, mask * z)
            size_of_a = np.linalg.norm(a, axis=1, keepdims=True)
            last_size, grown = 2 * np.log(np.maximum(np.linalg.norm(mask * z, axis=1), 1e-30)) + grown, grown + 2 * np.log(size_of_a[:, 0])
            a = a / size_of_a  # float32 stays in range
        last = delta = rng.standard_normal((some, width)).astype(np.float32)
        log = np.zeros(some)
        for w, second, mask in reversed(layers):
            back = np.einsum("mij,mi->mj", second if kind == "residual" else w, delta)
            delta = delta + np.einsum("mij,mi->mj", w, mask * back) if kind == "residual" else mask * back
            norm = np.linalg.norm(delta.astype(np.float64), axis=1)
            log += 2 * np.log(np.maximum(norm, 1e-300))
            delta = (delta / np.maximum(norm, 1e-300)[:, None]).astype(np.float32)
        log -= 2 * np.log(np.linalg.norm(last.astype(np.float64), axis=1))
        result.append(log - last_size if kind.endswith("dW") else log)
    return np.concatenate(result)


def from_real_nets(full):
    shapes = [(width, depth) for width in (32, 64, 128) for depth in (5, 20, 50)]
    plans = [("relu, He", *shape) for shape in (shapes if full else shapes[:7])]
    plans += [("linear", 64, 20), ("residual", 32, 20), ("orthogonal relu", 32, 20)] if full else [("linear", 32, 20), ("residual", 32, 5)]
    plans += [("residual", 8, 2), ("orthogonal relu", 16, 4), ("relu, He, dW", 32, 2), ("relu, He, dW", 64, 20), ("relu, He, dW", 128, 20)]
    rows, total, exact, worst = [], 0, 0, 0.0
    for kind, width, depth in plans:
        factors = depth - 1
        band = norm_band([LAWS[kind][0](width)] * factors, alpha=ALPHA)
        logs = real_nets(np.random.default_rng([22, width, depth]), kind, width, depth, NETS)
        mean, deviation = band.law.mean, band.law.deviation
        found = outside(band, logs)
        if not (kind.endswith("dW") and factors > 1):  # their layers aren't quite independent, and spread less than the band allows
            total, exact = total + found, exact + 1
        worst = max(worst, found - allowed(NETS)[0] - allowed(NETS)[1])
        off = (logs.mean() - mean) / (deviation / NETS**0.5)
        rows.append([kind, width, depth, found, f"{off:+.1f}", f"{logs.std() / deviation:.3f}"])
    expected, error = allowed(NETS * exact)
    title = (
        f"real nets, {NETS:,} each: right is {allowed(NETS)[0]:.0f} +- {allowed(NETS)[1]:.0f} outside (dW: at most), "
        f"{expected:.0f} +- {error:.0f} in all but dW"
    )
    table(title, ["net", "width", "depth", "outside", "mean off, in its errors", "deviation, found over stated"], rows)
    return [
        Figure(
            "real nets outside, all plans but deep dW, off by this part of the sampling error",
            abs(total - expected) / error,
            1,
            at_most=True,
        ),
        Figure("real nets outside, any one plan, beyond its sampling error", worst, 0, at_most=True),
    ]


def mix_up(full):
    count = 1_000 if full else 300
    band = norm_band([relu_law(128)] * 19, alpha=1e-6)
    caught = outside(band, real_nets(np.random.default_rng(23), "relu, He", 128, 20, count, gain=2**-0.5))
    table(
        "Xavier's 1 / n in place of He's 2 / n, width 128, depth 20, alpha 1e-6",
        ["caught", "stated power"],
        [[f"{caught} of {count}", f"{band.power(2**-0.5):.6f}"]],
    )
    return [Figure("He / Xavier mix-ups caught", caught / count, 1.0)]


SMOOTH = {
    "tanh": (np.tanh, lambda z: 1 - np.tanh(z) ** 2),
    "sigmoid": (lambda z: 0.5 * (1 + np.tanh(z / 2)), lambda z: 0.25 / np.cosh(z / 2) ** 2),
}


def xavier(fan_in, fan_out, rng):
    return rng.standard_normal((fan_in, fan_out)) * (2 / (fan_in + fan_out)) ** 0.5


def from_samples(full):
    drawn, fresh, alpha = (2_000, 20_000, 0.01) if full else (1_000, 3_000, 0.01)
    widths, rows, worst = [20] + [32] * 7 + [10], [], 0.0
    for number, (name, activation) in enumerate(SMOOTH.items()):
        for of in ("deltas", "weights"):
            rng = np.random.default_rng([24, number, of == "weights"])
            bands = sampled_curve_bands(draw_norms(xavier, widths, *activation, rng, of=of, nets=drawn), alpha=alpha)
            curves = draw_norms(xavier, widths, *activation, rng, of=of, nets=fresh)
            ratios = curves[:, :-1] / curves[:, -1:]
            beyond = np.array([(ratios[:, layer] < band.low) | (ratios[:, layer] > band.high) for layer, band in enumerate(bands)])
            any_layer = int(beyond.any(axis=0).sum())
            worst = max(worst, any_layer - fresh * alpha - SIGMAS * math.sqrt(fresh * alpha))
            rows.append([name, of, f"{bands[0].low:.3g} .. {bands[0].high:.3g}", any_layer, f"{fresh * alpha:.0f}"])
    title = f"bands from {drawn:,} nets of 8 layers, width 32, Xavier; {fresh:,} fresh nets each, outside in any layer"
    table(title, ["net", "norms of", "band of the lowest layer", "outside", "allowed"], rows)
    return [Figure("fresh nets outside sampled bands, any one plan, beyond its sampling error", worst, 0, at_most=True)]
