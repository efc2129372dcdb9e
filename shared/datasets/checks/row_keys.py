"""The keys of a row, and the length of the texts in it."""

from collections.abc import Collection
from typing import Any

from shared.datasets.collector import Collector
from shared.quoting import quote

MAX_STRING_BYTES = 10_000_000


def check_row_keys(row: dict[str, Any], allowed: Collection[str], found: Collector, *, path: str = "") -> None:
    """Report the keys of `row` that are not `allowed`, those with null included."""
    for key in row:
        if key not in allowed:
            problem = f"The row has an extra key {quote(key)}; remove it."
            found.add("unknown_top_level_key", problem, path=path + pointer(key))


def check_string_lengths(row: dict[str, Any], found: Collector) -> None:
    """Report texts of more than 10 MB that are not images."""
    waiting: list[tuple[str, Any]] = [("", row)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, dict):
            waiting.extend((path + pointer(key), item) for key, item in value.items())
        elif isinstance(value, list):
            waiting.extend((f"{path}/{index}", item) for index, item in enumerate(value))
        elif isinstance(value, str) and len(value) > MAX_STRING_BYTES and not value.startswith("data:image/"):
            found.add("string_too_long", f"A text has {len(value):,} characters; at most 10 MB are taken.", path=path)


def pointer(key: str) -> str:
    """`key` as a step of a JSON pointer (RFC 6901), cut where it is too long to show."""
    shown = quote(key)[1:-1]
    return "/" + shown.replace("~", "~0").replace("/", "~1")
