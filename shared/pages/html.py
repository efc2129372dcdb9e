"""HTML from nested calls. Text is escaped unless it is `Html` already, and only `tag` and `join` make that."""

import html
from collections.abc import Iterable

_VOID = frozenset({"meta"})


class Html(str):
    """Markup whose texts have been escaped."""

    __slots__ = ()


Child = str | int | None
"""A text, a number, markup, or nothing."""


def tag(name: str, /, *children: Child, **attributes: Child) -> Html:
    """`tag("p", "1 < 2", class_="note")`. Attributes that are None are left out; `_` stands for `-` in their names."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{html.escape(str(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in _VOID:
        return Html(f"<{name}{written}>")
    return Html(f"<{name}{written}>{join(children)}</{name}>")


def join(children: Iterable[Child]) -> Html:
    """One after the other."""
    return Html("".join(_escape(child) for child in children))


def _escape(child: Child) -> str:
    if child is None:
        return ""
    return child if isinstance(child, Html) else html.escape(str(child))
