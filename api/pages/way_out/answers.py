"""Old answers beside new ones: the figures first, then pair by pair."""

from collections.abc import Mapping
from typing import Any

from shared.pages.figures import number, percent
from shared.pages.html import Html, join, tag

_WORDS = {"exact": ("same", "good"), "normalised": ("alike", "info"), "no": ("differ", "fair")}
_WAITING = {"waiting", "running"}


def render_comparisons(document: Mapping[str, Any]) -> Html | None:
    """Nothing before a job was trained again."""
    if not document["comparisons"]:
        return None
    return tag("section", tag("h2", "Old answers beside new ones"), *map(_comparison, document["comparisons"]))


def _comparison(comparison: Mapping[str, Any]) -> Html:
    figures = comparison["figures"]
    title = tag(
        "h3",
        tag("span", comparison["old_model"] or "?", class_="old"),
        " → ",
        tag("span", comparison["new_model"], class_="new"),
    )
    if not figures["n"]:
        return tag("div", title, tag("p", _why_empty(comparison), class_="muted"))
    rows = comparison["rows"]
    more = figures["n"] - len(rows)
    return tag(
        "div",
        title,
        tag("div", *_tiles(figures), class_="tiles"),
        *(_pair(row) for row in rows),
        tag("p", f"and {number(more)} more; the recordings have all of them.", class_="muted small") if more else None,
    )


def _why_empty(comparison: Mapping[str, Any]) -> str:
    if comparison["error"]:
        return str(comparison["error"]["message"])
    return "The new model has not answered yet." if comparison["state"] in _WAITING else "No prompt has both answers."


def _tiles(figures: Mapping[str, Any]) -> list[Html]:
    tiles = [
        _tile(percent(figures["exact"]), "exactly the same", f"of {number(figures['n'])} answers"),
        _tile(percent(figures["normalised"]), "the same but for case,", "space and punctuation"),
    ]
    if figures["n_with_reference"]:
        of = f"of {number(figures['n_with_reference'])} with a reference"
        tiles.append(_tile(percent(figures["old_matches_reference"]), "old: as in the data", of))
        tiles.append(_tile(percent(figures["new_matches_reference"]), "new: as in the data", of))
    if figures["median_length_ratio"] is not None:
        lengths = f"{number(figures['median_length_old'])} → {number(figures['median_length_new'])} characters"
        tiles.append(_tile(f"{figures['median_length_ratio']:.2f}", "times as long", f"{lengths}, medians"))
    return tiles


def _pair(row: Mapping[str, Any]) -> Html:
    word, kind = _WORDS[row["agree"]]
    return tag(
        "article",
        tag(
            "p",
            tag("span", word, class_=f"badge {kind}"),
            " ",
            tag("span", row["prompt"], class_="prompt"),
            class_="asked",
        ),
        tag("div", _side("old", row["old"]), _side("new", row["new"]), class_="sides"),
        tag("p", tag("small", "in the data"), " ", row["reference"], class_="reference") if row["reference"] else None,
        class_="pair",
    )


def _side(whose: str, text: str) -> Html:
    said = text or join([tag("em", "nothing")])
    return tag("div", tag("small", whose), tag("div", said, class_="said"), class_=whose)


def _tile(figure: str, what: str, more: str) -> Html:
    return tag("div", tag("strong", figure), tag("span", what), tag("small", more), class_="tile")
