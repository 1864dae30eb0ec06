"""The axis of a figure: which values it spans, where its ticks stand and how they are written. Numbers only, no drawing."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

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

    def place(self, value: float) -> float | None:
        """Where `value` stands, 0 at `low` and 1 at `high`; None where the axis has no place for it."""
        if not _has_place(value, log=self.log):
            return None
        return (_on_axis(value, log=self.log) - self.low) / (self.high - self.low)


def axis(values: Iterable[float | None], *, log: bool = False) -> Axis:
    """The axis that holds the finite ones of `values`; a logarithmic one holds the positive ones."""
    found = [_on_axis(value, log=log) for value in values if value is not None and _has_place(value, log=log)]
    low, high = (min(found), max(found)) if found else (0.0, 1.0)
    return _logarithmic(low, high) if log else _linear(low, high, whole=all(value == round(value) for value in found if abs(value) < 1e9))


def _has_place(value: float, *, log: bool) -> bool:
    return math.isfinite(value) and (value > 0 or not log)


def _on_axis(value: float, *, log: bool) -> float:
    return math.log10(value) if log else max(-_LARGEST, min(_LARGEST, value))


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
