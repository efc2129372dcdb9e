"""What is told of an import: how many rows, which records were skipped and why, and a few rows to look at."""

from itertools import islice
from typing import Any

from shared.datasets.conversion.convert import Conversion, Detected
from shared.datasets.conversion.detect import Match
from shared.datasets.conversion.record import Converted, Problem

PREVIEW_ROWS = 5
_PREVIEW_ITEMS = 200
"Rows and skipped records looked at for a preview: a source that starts with bad records ends it too."
_MOST_SKIPPED = 100
_TEXT_CHARS = 500
_LIST_ITEMS = 20
_REASON_CHARS = 300


class Tally:
    """Counts rows and skipped records; keeps the first of these."""

    def __init__(self) -> None:
        self.n_rows = 0
        self.n_skipped = 0
        self.first_problem: Problem | None = None
        self._skipped: list[dict[str, Any]] = []

    def add(self, item: Converted | Problem) -> None:
        """Count one row or one skipped record."""
        if isinstance(item, Converted):
            self.n_rows += 1
            return
        self.n_skipped += 1
        self.first_problem = self.first_problem or item
        if len(self._skipped) < _MOST_SKIPPED:
            self._skipped.append({"record": item.number, "reason": item.reason[:_REASON_CHARS]})

    def to_dict(self) -> dict[str, Any]:
        return {"n_rows": self.n_rows, "n_skipped": self.n_skipped, "skipped": self._skipped}


def describe(detected: Detected) -> dict[str, Any]:
    """What was found out about a source, without what could not be."""
    return {name: cut_value(value) for name, value in detected._asdict().items() if value is not None}


def preview(conversion: Conversion, match: Match) -> dict[str, Any]:
    """The first rows, their long texts cut, and what was skipped on the way to them."""
    tally = Tally()
    rows: list[dict[str, Any]] = []
    for item in islice(conversion.convert(match), _PREVIEW_ITEMS):
        tally.add(item)
        if isinstance(item, Converted):
            rows.append({"record": item.number, "row": cut_value(item.row)})
        if len(rows) == PREVIEW_ROWS:
            break
    return {"rows": rows, "skipped": tally.to_dict()["skipped"]}


def cut_value(value: Any) -> Any:
    """A value short enough to look at: texts to 500 characters, lists to 20 items, with an ellipsis for the rest."""
    if isinstance(value, str):
        # PostgreSQL's JSON takes no NUL; nothing else in a row is changed by being shown.
        shown = value.replace("\x00", "\ufffd")
        return shown if len(shown) <= _TEXT_CHARS else f"{shown[:_TEXT_CHARS]}…"
    if isinstance(value, list):
        return [cut_value(item) for item in value[:_LIST_ITEMS]] + (["…"] if len(value) > _LIST_ITEMS else [])
    if isinstance(value, dict):
        shown_keys = list(value)[:_LIST_ITEMS]
        return {key.replace("\x00", "\ufffd")[:_TEXT_CHARS]: cut_value(value[key]) for key in shown_keys}
    return value
