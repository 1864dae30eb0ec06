"""One curve as an inline SVG of our own and a table of its numbers: the student's series solid, the reference's dashed, bands shaded."""

import math
from typing import TypeVar

from autograder.exports.axes import Axis, axis
from autograder.exports.html_parts import DASH, listed, once_in, text
from autograder.model import Band, Curve, Series

# The picture's own units; the style sheet makes its text larger on a narrow screen, so the margins have room for that.
_WIDTH, _HEIGHT = 560, 320
_LEFT, _RIGHT, _TOP, _BOTTOM = 62, 14, 16, 52
_COLOURS = 6
_MOST_POINTS = 120
_MOST_MARKERS = 30
_MOST_ROWS = 40
_Value = TypeVar("_Value")


def figure(curve: Curve, number: int) -> str:
    """`curve` as a <figure>; `number` tells it from the page's other figures."""
    every = [*curve.yours, *curve.reference]
    across = axis(x for places in [*(series.x for series in every), *(band.x for band in curve.bands)] for x in places)
    ends = [end for band in curve.bands for end in (*band.low, *band.high)]
    up = axis([*(y for series in every for y in series.y), *ends], log=curve.log_y)
    lines = [_shade(band, kind, across, up) for band, kind in _shaded(curve)]
    lines += [_line(series, kind, across, up) for series, kind, _ in _drawn(curve)]
    name = f"figure-{number}"
    return f"""<figure>
<figcaption id="{name}-caption">{text(curve.title)}</figcaption>
<p class="axis-name">{text(curve.y_label)}</p>
<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-labelledby="{name}">
<title id="{name}">{text(_told(curve))}</title>
{_frame(across, up)}
<text class="axis-name" x="{(_LEFT + _WIDTH - _RIGHT) / 2:g}" y="{_HEIGHT - 8}" text-anchor="middle">{text(curve.x_label)}</text>
{"".join(lines)}
</svg>
{_legend(curve)}
{_chances(curve)}{_left_out(curve)}{_table(curve)}
</figure>"""


def _drawn(curve: Curve) -> list[tuple[Series, str, str]]:
    """Each series with its classes in the style sheet and whose it is, the reference on top; equal labels get the same number."""
    numbers = _numbers(curve)
    yours = [(series, f"yours c{numbers[series.label]}", "yours") for series in curve.yours]
    return yours + [(series, f"reference d{numbers[series.label]}", "reference") for series in curve.reference]


def _shaded(curve: Curve) -> list[tuple[Band, str]]:
    numbers = _numbers(curve)
    return [(band, f"band c{numbers[band.label]}") for band in curve.bands]


def _numbers(curve: Curve) -> dict[str, int]:
    labels = [*(series.label for series in curve.reference + curve.yours), *(band.label for band in curve.bands)]
    return {label: index % _COLOURS for index, label in enumerate(dict.fromkeys(labels))}


def _told(curve: Curve) -> str:
    scale = "logarithmic" if curve.log_y else "linear"
    names = [f"{series.label} (yours, solid)" for series in curve.yours] + [
        f"{series.label} (reference, dashed)" for series in curve.reference
    ]
    names += [f"{band.label} (band, shaded)" for band in curve.bands]
    return f"{curve.title}: {curve.y_label} against {curve.x_label}, {scale} y axis; {', '.join(names)}"


def _across(place: float) -> float:
    return _LEFT + place * (_WIDTH - _LEFT - _RIGHT)


def _down(place: float) -> float:
    return _HEIGHT - _BOTTOM - place * (_HEIGHT - _TOP - _BOTTOM)


def _frame(across: Axis, up: Axis) -> str:
    found = []
    for place, label in up.ticks:
        y = f"{_down(place):.1f}"
        found.append(f'<path class="grid" d="M{_LEFT} {y}H{_WIDTH - _RIGHT}"/>')
        found.append(f'<text x="{_LEFT - 8}" y="{y}" dy=".35em" text-anchor="end">{text(label)}</text>')
    for place, label in across.ticks:
        x = f"{_across(place):.1f}"
        found.append(f'<path class="tick" d="M{x} {_HEIGHT - _BOTTOM}v5"/>')
        found.append(f'<text x="{x}" y="{_HEIGHT - _BOTTOM + 20}" text-anchor="middle">{text(label)}</text>')
    found.append(f'<path class="tick" d="M{_LEFT} {_HEIGHT - _BOTTOM}H{_WIDTH - _RIGHT}"/>')
    return "\n".join(found)


def _line(series: Series, kind: str, across: Axis, up: Axis) -> str:
    steps: list[str] = []
    markers: list[str] = []
    drawn = False
    points = _thinned(list(zip(series.x, series.y, strict=False)), _MOST_POINTS)
    for right, high in zip(across.places(x for x, _ in points), up.places(y for _, y in points), strict=True):
        if right is None or high is None:
            drawn = False
            continue
        at = f"{_across(right):.1f} {_down(high):.1f}"
        # Relative "h0" makes a point that stands alone visible as a dot, through its round caps.
        steps.append(f"L{at}" if drawn else f"M{at}h0")
        if len(points) <= _MOST_MARKERS and kind.startswith("yours"):
            markers.append('<circle cx="{}" cy="{}" r="3"/>'.format(*at.split()))
        drawn = True
    return f'<g class="{kind}"><path d="{"".join(steps)}"/>{"".join(markers)}</g>\n' if steps else ""


def _shade(band: Band, kind: str, across: Axis, up: Axis) -> str:
    """The area between both ends: there along the lower one, back along the upper one."""
    ends = _thinned(list(zip(band.x, zip(band.low, band.high, strict=False), strict=False)), _MOST_POINTS)
    edges = across.places(x for x, _ in ends), up.places(low for _, (low, _) in ends), up.places(high for _, (_, high) in ends)
    placed = list(zip(*edges, strict=True))
    there = [f"{_across(x):.1f} {_down(low):.1f}" for x, low, high in placed if x is not None and low is not None and high is not None]
    back = [f"{_across(x):.1f} {_down(high):.1f}" for x, low, high in placed if x is not None and low is not None and high is not None]
    return f'<g class="{kind}"><path d="M{"L".join(there + back[::-1])}"/></g>\n' if there else ""


def _thinned(points: list[tuple[float, _Value]], most: int) -> list[tuple[float, _Value]]:
    """`points`, or `most` of them at even distances with both ends."""
    if len(points) <= most:
        return points
    return [points[round(index * (len(points) - 1) / (most - 1))] for index in range(most)]


def _legend(curve: Curve) -> str:
    keys = [_key(kind, series.label, whose) for series, kind, whose in _drawn(curve)]
    keys += [_key(kind, band.label, "band") for band, kind in _shaded(curve)]
    return f'<ul class="legend">{"".join(keys)}</ul>'


def _key(kind: str, label: str, whose: str) -> str:
    swatch = f'<svg viewBox="0 0 34 10" width="34" height="10" aria-hidden="true"><g class="{kind}"><path d="M1 5H33"/></g></svg>'
    return f"<li>{swatch} {text(label)} <small>{whose}</small></li>"


def _chances(curve: Curve) -> str:
    """How far each band is to be trusted, those that are alike told together."""
    alike: dict[tuple[float, str], list[str]] = {}
    for band in curve.bands:
        alike.setdefault((band.chance, band.made), []).append(text(band.label))
    said = [
        f"Shaded for {listed(labels)}: where right lines lie, by {text(made)}; one leaves its band by chance {once_in(chance)}."
        for (chance, made), labels in alike.items()
    ]
    return f'<p class="aside">{" ".join(said)}</p>\n' if said else ""


def _left_out(curve: Curve) -> str:
    """A picture must not look whole where it can't show a value: a gradient that is exactly 0 has no place on a logarithmic axis."""
    values = [y for series in (*curve.yours, *curve.reference) for y in series.y]
    missing = sum(1 for y in values if y is None or not math.isfinite(y))
    zeros = sum(1 for y in values if y is not None and math.isfinite(y) and y <= 0) if curve.log_y else 0
    reasons = [f"{count} {what}" for count, what in ((zeros, "zero or negative"), (missing, "not finite")) if count]
    return f'<p class="aside">Not drawn: {" and ".join(reasons)}, of {len(values)} values.</p>\n' if reasons else ""


def _table(curve: Curve) -> str:
    named = [(series.label, whose) for series, _, whose in _drawn(curve)]
    columns: list[dict[float, float | None]] = [dict(zip(series.x, series.y, strict=False)) for series, _, _ in _drawn(curve)]
    for band in curve.bands:
        named += [(band.label, "band from"), (band.label, "to")]
        columns += [dict(zip(band.x, ends, strict=False)) for ends in (band.low, band.high)]
    places = sorted({x for column in columns for x in column if not math.isnan(x)})
    kept = [x for x, _ in _thinned([(x, None) for x in places], _MOST_ROWS)]
    heads = "".join(f'<th scope="col">{text(label)} <small>{whose}</small></th>' for label, whose in named)
    rows = "\n".join(
        f'<tr><th scope="row">{x:.4g}</th>{"".join(f"<td>{_number(column.get(x))}</td>" for column in columns)}</tr>' for x in kept
    )
    some = f" ({len(kept)} of {len(places)} rows)" if len(kept) < len(places) else ""
    return f"""<details><summary>The numbers{some}</summary>
<div class="scroll" tabindex="0"><table class="numbers">
<thead><tr><th scope="col">{text(curve.x_label)}</th>{heads}</tr></thead>
<tbody>
{rows}
</tbody>
</table></div></details>"""


def _number(value: float | None) -> str:
    return DASH if value is None else f"{value:.4g}"
