"""When what ends: a line from today to the last date, with a mark for each day on which something stops."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from shared.pages.html import Html, tag

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _LINE = 880, 118, 20, 20, 64
_LEAST_DAYS = 14
_MOST_DAYS = 10 * 366
"""Some upstreams write a day far away for never: a line to it would have no room for what is near."""
_CLOSE = 190
"""Marks nearer than this, in units of the drawing, have their words on different sides of the line."""


def render_timeline(document: Mapping[str, Any]) -> Html | None:
    """Nothing when no date lies ahead."""
    today = datetime.fromtimestamp(document["as_of"], UTC).date()
    ends = _ends(document, today)
    if not ends:
        return None
    last = max(day for day, _ in ends)
    span = max((last - today).days, _LEAST_DAYS)
    marks = []
    before, is_above = -float(_CLOSE), False
    for day, words in ends:
        x = _LEFT + (_WIDTH - _LEFT - _RIGHT) * (day - today).days / span
        is_above = not is_above if x - before < _CLOSE else False
        marks.append(_mark(x, day, words, is_above=is_above))
        before = x
    told = "; ".join(f"{day.isoformat()}: {words}" for day, words in ends)
    return tag(
        "section",
        tag("h2", "What ends when"),
        tag(
            "figure",
            tag(
                "svg",
                tag("line", x1=_LEFT, y1=_LINE, x2=_WIDTH - _RIGHT, y2=_LINE, class_="axis"),
                *_months(today, span),
                tag("circle", cx=_LEFT, cy=_LINE, r=5, class_="today"),
                tag("text", "today", x=_LEFT, y=_LINE - 14, class_="tick first"),
                *marks,
                viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
                role="img",
                aria_label=told,
            ),
        ),
    )


def _ends(document: Mapping[str, Any], today: date) -> list[tuple[date, str]]:
    """Days ahead on which something stops, with what."""
    stops: dict[date, list[str]] = {}
    for model in document["at_risk"]:
        if model["last_day"] and not model["is_gone"]:
            stops.setdefault(date.fromisoformat(model["last_day"]), []).append(model["model"])
    ends = {
        day: f"{len(names)} model{'s' * (len(names) > 1)} stop{'s' * (len(names) == 1)}" for day, names in stops.items()
    }
    if document["training_ends"] is not None:
        training = date.fromisoformat(document["training_ends"]["day"])
        ends[training] = " · ".join(filter(None, [ends.get(training), "no new jobs"]))
    return sorted((day, words) for day, words in ends.items() if 0 <= (day - today).days <= _MOST_DAYS)


def _stop(count: int) -> str:
    return "1 model stops" if count == 1 else f"{count} models stop"


def _mark(x: float, day: date, words: str, *, is_above: bool) -> Html:
    """A dot on the line, and two lines of words below it, or above it where its neighbour has its own below."""
    first, stem = (_LINE - 36, _LINE - 12) if is_above else (_LINE + 26, _LINE + 12)
    anchor = "last" if x > _WIDTH - _CLOSE / 2 else "middle"
    place = f"{x:.1f}"
    return tag(
        "g",
        tag("line", x1=place, y1=_LINE, x2=place, y2=stem, class_="stem"),
        tag("circle", cx=place, cy=_LINE, r=6, class_="end"),
        tag("text", day.isoformat(), x=place, y=first, class_=f"day {anchor}"),
        tag("text", words, x=place, y=first + 16, class_=f"tick {anchor}"),
    )


def _months(today: date, span: int) -> list[Html]:
    """A small stroke at the first of each month."""
    strokes = []
    day = today + timedelta(days=1)
    while (day - today).days <= span:
        if day.day == 1:
            x = _LEFT + (_WIDTH - _LEFT - _RIGHT) * (day - today).days / span
            strokes.append(tag("line", x1=f"{x:.1f}", y1=_LINE - 4, x2=f"{x:.1f}", y2=_LINE + 4, class_="axis"))
        day += timedelta(days=1)
    return strokes
