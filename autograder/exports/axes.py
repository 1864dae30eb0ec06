"""The axis of a figure: which values it spans, where its ticks stand and how they are written. Numbers only, no drawing."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

_LARGEST = 1e300  # beyond it the span of an axis could overflow
_SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True)
class Axis:
    """An axis from `low` to `high`; for a logarithmic one, both are powers of ten. `ticks` are (place from 0 to 1, label)."""

    low: float
    high: float
    log: bool
    ticks: tuple[tuple[float, str], ...]

    def places(self, values: Iterable[float | None]) -> list[float | None]:
        """Where each of `values` stands, 0 at `low` and 1 at `high`; None where the axis has no place for it."""
        found = (_on_axis(values, log=self.log) - self.low) / (self.high - self.low)
        return [None if math.isnan(place) else place for place in found.tolist()]


def axis(values: Iterable[float | None], *, log: bool = False) -> Axis:
    """The axis that holds the finite ones of `values`; a logarithmic one holds the positive ones."""
    found = _on_axis(values, log=log)
    found = found[~np.isnan(found)]
    low, high = (float(found.min()), float(found.max())) if found.size else (0.0, 1.0)
    small = found[np.abs(found) < 1e9]
    return _logarithmic(low, high) if log else _linear(low, high, whole=bool(np.all(small == np.round(small))))


def _on_axis(values: Iterable[float | None], *, log: bool) -> np.ndarray:
    """What an axis measures of each value: its logarithm, or itself; NaN for one that it has no place for."""
    found = np.array([math.nan if value is None else value for value in values], np.float64)
    found[~np.isfinite(found) | (found <= 0 if log else False)] = math.nan
    return np.log10(found) if log else np.clip(found, -_LARGEST, _LARGEST)


def _linear(low: float, high: float, *, whole: bool) -> Axis:
    least = max(abs(low), abs(high)) * 1e-9
    if high - low <= max(least, 1e-290):
        pad = max(abs(high) / 2, least, 1e-280) if high else 1.0
        low, high = low - pad, high + pad
    step = _round_step((high - low) / 5)
    if whole and high - low < 1e9:
        step = max(step, 1.0)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    marks = [number * step for number in range(first, last + 1)]
    return Axis(low, high, log=False, ticks=tuple(((mark - low) / (high - low), _label(mark, step)) for mark in marks))


def _logarithmic(low: float, high: float) -> Axis:
    bottom, top = math.floor(low), math.ceil(high)
    top = max(top, bottom + 1)
    step = max(1, math.ceil((top - bottom) / 6))
    marks = range(math.ceil(bottom / step) * step, top + 1, step)
    return Axis(bottom, top, log=True, ticks=tuple(((mark - bottom) / (top - bottom), _power(mark)) for mark in marks))


def _round_step(rough: float) -> float:
    """The smallest of 1, 2, 5 times a power of ten that is not below `rough`."""
    scale = 10.0 ** math.floor(math.log10(rough))
    return next(factor * scale for factor in (1, 2, 5, 10) if factor * scale >= rough * (1 - 1e-9))


def _label(mark: float, step: float) -> str:
    shown = f"{0.0 if abs(mark) < step / 2 else mark:.10g}" if abs(mark) < 1e6 else f"{mark:.3g}"
    return shown.replace("-", _MINUS)


def _power(exponent: int) -> str:
    return {0: "1", 1: "10"}.get(exponent, "10" + str(exponent).translate(_SUPERSCRIPTS))
