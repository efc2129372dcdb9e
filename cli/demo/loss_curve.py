"""Draws a loss curve as SVG, by hand: two series, axes, ticks, legend. Knows nothing of jobs or files."""

import math
from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape

Point = tuple[float, float]

_WIDTH, _HEIGHT = 760, 420
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 736, 56, 364
_TRAIN, _VALIDATION = "#2563eb", "#ea580c"
_INK, _FAINT = "#1f2937", "#e5e7eb"
_TICKS = 5
_HEAD = (
    f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
    f'width="{_WIDTH}" height="{_HEIGHT}" font-family="system-ui, sans-serif" font-size="13" fill="{_INK}">'
)


class _Scale:
    """Maps the data's interval onto the picture's, with round ticks that cover it."""

    def __init__(self, highest: float, *, start: float, end: float, whole: bool = False) -> None:
        self._step = _round_step(highest / _TICKS, whole=whole)
        self._top = self._step * max(1, math.ceil(highest / self._step - 1e-9))
        self._start, self._end = start, end

    def __call__(self, value: float) -> float:
        return round(self._start + (self._end - self._start) * value / self._top, 1)

    def ticks(self) -> Iterator[float]:
        return (self._step * n for n in range(round(self._top / self._step) + 1))


def loss_curve_svg(train: Sequence[Point], validation: Sequence[Point], *, title: str) -> str:
    """An SVG document of (step, loss) points: training as a line, validation as a line with dots.

    Raises ValueError without a training point.
    """
    if not train:
        raise ValueError("a loss curve needs at least one training point")
    points = [*train, *validation]
    x = _Scale(max(step for step, _ in points), start=_LEFT, end=_RIGHT, whole=True)
    y = _Scale(max(loss for _, loss in points), start=_BOTTOM, end=_TOP)
    parts = [
        _HEAD,
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>',
        f'<text x="{_LEFT}" y="30" font-size="17" font-weight="600">{escape(title)}</text>',
        *_axes(x, y),
        *_series("train", train, x, y, color=_TRAIN),
        *_series("validation", validation, x, y, color=_VALIDATION),
        *_dots(validation, x, y, color=_VALIDATION),
        *_legend("training loss", color=_TRAIN, row=0),
        *(_legend("validation loss", color=_VALIDATION, row=1) if validation else ()),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _axes(x: _Scale, y: _Scale) -> Iterator[str]:
    for tick in y.ticks():
        yield f'<line x1="{_LEFT}" y1="{y(tick)}" x2="{_RIGHT}" y2="{y(tick)}" stroke="{_FAINT}"/>'
        yield f'<text x="{_LEFT - 10}" y="{y(tick) + 4}" text-anchor="end">{tick:g}</text>'
    for tick in x.ticks():
        yield f'<line x1="{x(tick)}" y1="{_BOTTOM}" x2="{x(tick)}" y2="{_BOTTOM + 5}" stroke="{_INK}"/>'
        yield f'<text x="{x(tick)}" y="{_BOTTOM + 21}" text-anchor="middle">{tick:g}</text>'
    yield f'<line x1="{_LEFT}" y1="{_BOTTOM}" x2="{_RIGHT}" y2="{_BOTTOM}" stroke="{_INK}"/>'
    yield f'<text x="{(_LEFT + _RIGHT) / 2:g}" y="{_BOTTOM + 43}" text-anchor="middle">step</text>'
    middle = f"{(_TOP + _BOTTOM) / 2:g}"
    yield f'<text x="26" y="{middle}" text-anchor="middle" transform="rotate(-90 26 {middle})">loss</text>'


def _series(name: str, points: Sequence[Point], x: _Scale, y: _Scale, *, color: str) -> Iterator[str]:
    if points:
        path = " ".join(f"{x(step)},{y(loss)}" for step, loss in points)
        stroke = f'stroke="{color}" stroke-width="2.2" stroke-linejoin="round"'
        yield f'<polyline id="{name}" points="{path}" fill="none" {stroke}/>'


def _dots(points: Sequence[Point], x: _Scale, y: _Scale, *, color: str) -> Iterator[str]:
    for step, loss in points:
        yield f'<circle cx="{x(step)}" cy="{y(loss)}" r="4.5" fill="{color}" stroke="#ffffff"/>'


def _legend(text: str, *, color: str, row: int) -> Iterator[str]:
    y = _TOP + 14 + 22 * row
    x = _RIGHT - 150
    yield f'<line x1="{x}" y1="{y}" x2="{x + 28}" y2="{y}" stroke="{color}" stroke-width="3"/>'
    yield f'<text x="{x + 36}" y="{y + 4}">{text}</text>'


def _round_step(step: float, *, whole: bool) -> float:
    """The next 1, 2 or 5 times a power of ten; at least 1 where only whole numbers make sense."""
    if step <= 0:
        return 1
    power = 10.0 ** math.floor(math.log10(step))
    rounded = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= step * (1 - 1e-9))
    return max(1, rounded) if whole else rounded
