"""Charts as inline SVG: every figure is also there as text, for readers of screens and for those who search."""

from collections.abc import Mapping, Sequence
from math import sqrt

from shared.pages.figures import number, percent, short_number
from shared.pages.html import Html, tag

_WIDTH, _HEIGHT = 440, 180
_LEFT, _RIGHT, _TOP, _BOTTOM = 8, 8, 22, 30
_FLOOR = _HEIGHT - _BOTTOM
_GAP = 2
_WIDEST = 72
_MOST_LABELS = 7


def histogram(bars: Sequence[Mapping[str, int]], *, title: str, unit: str) -> Html:
    """Columns for `{from, to, count}`, whose widths are drawn alike. Empty for no bars."""
    if not bars:
        return Html("")
    most = max(bar["count"] for bar in bars)
    width = min(_WIDEST, (_WIDTH - _LEFT - _RIGHT) / len(bars))
    columns = [
        _column(
            _tell(bar, unit), bar["count"], left=_LEFT + place * width, width=width, height=_height(bar["count"], most)
        )
        for place, bar in enumerate(bars)
    ]
    return tag(
        "figure",
        tag("figcaption", title),
        tag(
            "svg",
            tag("line", x1=_LEFT, y1=_FLOOR, x2=_WIDTH - _RIGHT, y2=_FLOOR, class_="axis"),
            *columns,
            *_scale(bars, width),
            viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
            role="img",
            aria_label=f"{title}: {len(bars)} columns, the highest {most:,}",
        ),
    )


def shares(rows: Sequence[tuple[str, int, float]], *, title: str) -> Html:
    """A bar for each (label, count, share from 0 to 1). Empty for no rows."""
    if not rows:
        return Html("")
    lines = [
        tag(
            "tr",
            tag("th", label, scope="row"),
            tag("td", _bar(share), class_="bar"),
            tag("td", f"{count:,}", class_="figure"),
            tag("td", percent(share), class_="figure muted"),
        )
        for label, count, share in rows
    ]
    return tag("figure", tag("figcaption", title), tag("table", tag("tbody", *lines), class_="shares"))


def _height(count: int, most: int) -> float:
    """By the square root: the few rows of a long tail are what a look at the chart is for."""
    return (_FLOOR - _TOP) * sqrt(count / most) if most else 0.0


def _tell(bar: Mapping[str, int], unit: str) -> str:
    last = bar["to"] - 1
    values = number(last) if bar["from"] == last else f"{number(bar['from'])} to {number(last)}"
    return f"{values} {unit}: {bar['count']:,}"


def _column(told: str, count: int, *, left: float, width: float, height: float) -> Html:
    shape = tag(
        "rect",
        x=_place(left + _GAP / 2),
        y=_place(_FLOOR - height),
        width=_place(max(1.0, width - _GAP)),
        height=_place(height),
        rx=2,
        class_="column",
    )
    over = {"x": _place(left + width / 2), "y": _place(_FLOOR - height - 5), "class_": "count"}
    return tag("g", tag("title", told), shape, tag("text", short_number(count), **over) if count else None)


def _scale(bars: Sequence[Mapping[str, int]], width: float) -> list[Html]:
    """Limits below the columns, as many as fit; a column for a single value has its label in the middle."""
    is_single = all(bar["to"] - bar["from"] == 1 for bar in bars)
    step = -(-len(bars) // _MOST_LABELS)
    shift = width / 2 if is_single else 0.0
    return [
        tag(
            "text",
            short_number(bars[place]["from"]),
            x=_place(_LEFT + place * width + shift),
            y=_HEIGHT - _BOTTOM + 18,
            class_="tick" if is_single or place else "tick first",
        )
        for place in range(0, len(bars), step)
    ]


def _bar(share: float) -> Html:
    return tag(
        "svg",
        tag("rect", width=100, height=8, rx=1, class_="track"),
        tag("rect", width=_place(100 * share), height=8, rx=1, class_="column"),
        viewBox="0 0 100 8",
        preserveAspectRatio="none",
        aria_hidden="true",
    )


def _place(value: float) -> str:
    return f"{value:.1f}"
