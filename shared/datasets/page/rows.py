"""The first rows as the model sees them, with what it learns in colour and what is cut off struck through."""

from collections.abc import Sequence

from shared.datasets.tokens.rendering import RenderedRow, Segment
from shared.datasets.tokens.showing import ShownRow
from shared.pages.figures import number
from shared.pages.html import Html, tag

_HEAD_CHARS, _TAIL_CHARS = 700, 300
"""Shown of a long text: an answer is understood from its question's beginning and end."""


def render_rows(rows: Sequence[ShownRow | str]) -> Html | None:
    """Rows, or why one cannot be shown; nothing for a file without rows or without a model."""
    if not rows:
        return None
    note = next((row.rendering.note for row in rows if isinstance(row, ShownRow)), "")
    legend = tag(
        "p",
        tag("span", "learned", class_="seg trained"),
        " ",
        tag("span", "read only", class_="seg"),
        " ",
        tag("span", "cut off", class_="seg cut"),
        " ",
        tag("span", "3", class_="mark"),
        " tokens between texts",
        class_="legend small",
    )
    shown = [_row(row) if isinstance(row, ShownRow) else tag("p", row, class_="row problem") for row in rows]
    return tag("section", tag("h2", "What the model sees"), tag("p", note, class_="muted"), legend, *shown)


def _row(shown: ShownRow) -> Html:
    row, rejected = shown.rendering.row, shown.rendering.rejected
    parts = [tag("h3", f"Line {shown.line:,}"), _figures(row), _text(row)]
    if rejected is not None:
        parts += [tag("h4", "Instead of"), _figures(rejected), _text(rejected)]
    return tag("article", *parts, class_="row")


def _figures(row: RenderedRow) -> Html:
    told = f"{number(row.total)} tokens, {number(row.trained)} of them learned"
    if row.truncated_at is not None:
        told += f"; cut at {number(row.truncated_at)}"
    return tag("p", told, class_="muted small")


def _text(row: RenderedRow) -> Html:
    return tag("div", *map(_segment, row.segments), class_="text")


def _segment(segment: Segment) -> Html:
    if segment.kind == "role":
        return tag("strong", segment.text, class_="role")
    if segment.kind != "text":
        what = "" if segment.kind == "mark" else f"{segment.kind} "
        title = f"{segment.n_tokens} tokens without a text of their own"
        return tag("span", f"{what}{segment.n_tokens}", class_="mark", title=title)
    kinds = ["seg", "trained" if segment.trained else "", "" if segment.kept else "cut"]
    return tag("span", _shortened(segment.text), class_=" ".join(filter(None, kinds)))


def _shortened(text: str) -> str:
    n_left_out = len(text) - _HEAD_CHARS - _TAIL_CHARS
    if n_left_out <= 0:
        return text
    return f"{text[:_HEAD_CHARS]} […{n_left_out:,} characters…] {text[-_TAIL_CHARS:]}"
