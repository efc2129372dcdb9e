"""Reading an upstream's documents without trusting them: fields may be absent, of another type, or hold what no
database takes. Knows no table.
"""

import math
from typing import Any

_NAME_LIMIT = 256
_LAST_EPOCH = 1 << 40
_MOST = 2**53


def clean(value: Any) -> Any:
    """The same document without NUL, lone surrogates and numbers that are none, which PostgreSQL refuses."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, str):
        return value.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {str(clean(key)): clean(item) for key, item in value.items()}
    return [clean(item) for item in value] if isinstance(value, list) else value


def text_of(document: dict[str, Any], name: str) -> str | None:
    """A text field; None where it is absent, empty or something else."""
    value = document.get(name)
    return value if isinstance(value, str) and value else None


def name_of(document: dict[str, Any], name: str) -> str | None:
    """An id or a model's name; None where it could not be one."""
    value = text_of(document, name)
    return value if value is not None and len(value) <= _NAME_LIMIT and value.isprintable() else None


def whole_of(document: dict[str, Any], name: str, *, most: int = _MOST) -> int | None:
    """A whole number from -`most` to `most`; None where it is absent, no number, or beyond what a column holds."""
    value = document.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool) or not -most <= value <= most:
        return None
    return int(value)


def epoch_of(document: dict[str, Any], name: str) -> int | None:
    """Seconds since the epoch; None where it is absent or cannot be a time."""
    value = whole_of(document, name)
    return value if value is not None and 0 < value < _LAST_EPOCH else None


def names_in(document: dict[str, Any], name: str) -> list[str]:
    """The ids in a list field; what is no id is left out."""
    value = document.get(name)
    entries = value if isinstance(value, list) else []
    found = [name_of({"id": entry}, "id") for entry in entries]
    return [entry for entry in found if entry is not None]


def object_of(document: dict[str, Any], name: str) -> dict[str, Any]:
    """An object field; empty where it is absent or something else."""
    value = document.get(name)
    return value if isinstance(value, dict) else {}
