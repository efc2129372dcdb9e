"""Counts the tokens of all rows, and keeps the sum."""

import msgspec

from shared.datasets.found import Found
from shared.datasets.row import Row
from shared.datasets.tokens.counting import Batch, RowCounter
from shared.datasets.tokens.models import get_token_model
from shared.datasets.watchers import Facts

_ROWS_AT_ONCE = 300


class TokenTotals:
    def __init__(self, model: str) -> None:
        self.total = 0
        self._batch: Batch | None = Batch(RowCounter(get_token_model(model)))

    def see(self, row: Row, _line: int, raw: bytes, _found: Found) -> None:
        assert self._batch is not None
        if row.tools or row.calls or row.untrained:
            self._batch.add(msgspec.json.decode(raw))
        else:
            self._batch.add_turns(row.turns)
        if len(self._batch) >= _ROWS_AT_ONCE:
            self.measure()

    def measure(self) -> None:
        assert self._batch is not None
        self.total += sum(row.total for row in self._batch.measure())

    def close(self) -> None:
        """Make it ready to travel between processes."""
        self.measure()
        self._batch = None

    def merge(self, later: "TokenTotals", _lines: int) -> None:
        self.total += later.total

    def finish(self, _found: Found, _facts: Facts) -> None:
        """Nothing is reported."""
