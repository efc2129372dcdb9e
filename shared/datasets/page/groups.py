"""Whom prompts speak of: the groups that a report compares, by which words, and what their labels are."""

from collections.abc import Mapping, Sequence
from typing import Any

from shared.pages.html import Html, tag

_WORDS = 20
_LABELS = 3


def render_groups(document: Mapping[str, Any]) -> Html | None:
    """None for a report without groups."""
    groups = document.get("groups")
    if not groups:
        return None
    counted = document.get("facts", {}).get("demographics", {})
    rows = [_row(group, words, counted.get(group, {})) for group, words in groups.items()]
    head = tag("tr", *(tag("th", title, scope="col") for title in ("Group", "Words", "Prompts", "Commonest labels")))
    told = "Labels are compared by whether a prompt has one of the words; how it is meant, nobody here knows."
    return tag(
        "section",
        tag("h2", "Whom prompts speak of"),
        tag("p", told, class_="muted"),
        tag("div", tag("table", tag("thead", head), tag("tbody", *rows)), class_="scroll"),
    )


def _row(group: str, words: Sequence[str], counted: Mapping[str, Any]) -> Html:
    shown = ", ".join(words[:_WORDS]) + (f" and {len(words) - _WORDS} more" if len(words) > _WORDS else "")
    labels = list(counted.get("labels", {}).items())[:_LABELS]
    return tag(
        "tr",
        tag("th", group, scope="row"),
        tag("td", shown),
        tag("td", f"{counted.get('n_rows', 0):,}"),
        tag("td", ", ".join(f"{label} ({count:,})" for label, count in labels) or "none"),
    )
