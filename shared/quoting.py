"""Showing someone else's text in our sentences: short, on one line, with nothing that moves a cursor."""

MAX_CHARS = 80


def quote(text: str, *, max_chars: int = MAX_CHARS) -> str:
    """`text` in double quotes, unprintable characters as escapes, cut to `max_chars` with an ellipsis.

    Unprintable is what Unicode says: controls, line separators, direction marks, lone surrogates.
    """
    shown = "".join(c if c.isprintable() else _escape(c) for c in text[: max_chars + 1])
    return f'"{shown}"' if len(shown) <= max_chars else f'"{shown[: max_chars - 1]}…"'


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
