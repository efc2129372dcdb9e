"""The fields that graders read, over all rows: a reference that never changes or hardly changes can be guessed."""

# ruff: noqa: SLF001 - watchers of a kind are merged
from xxhash import xxh3_64_intdigest

from shared.datasets.canonical import canonical_json
from shared.datasets.collector import Collector
from shared.datasets.row import Row
from shared.datasets.watchers import Facts
from shared.quoting import quote

_MAX_FIELDS = 50
_MAX_GUESSES = 5
_MIN_ROWS = 10


class References:
    def __init__(self) -> None:
        self._values: dict[str, set[int]] = {}
        "Digests of the first six different values of each field."
        self._n_rows = 0

    def see(self, row: Row, _line: int, _raw: bytes, _found: Collector) -> None:
        self._n_rows += bool(row.items)
        for name, value in row.items.items():
            if name in self._values or len(self._values) < _MAX_FIELDS:
                values = self._values.setdefault(name, set())
                if len(values) <= _MAX_GUESSES:
                    values.add(xxh3_64_intdigest(canonical_json(value)))

    def merge(self, later: "References", _lines: int) -> None:
        self._n_rows += later._n_rows
        for name, values in later._values.items():
            self._values.setdefault(name, set()).update(values)

    def finish(self, found: Collector, facts: Facts) -> None:
        if self._n_rows < _MIN_ROWS:
            return
        # Without a grader to ask, a field that is alone beside the messages must be the reference.
        only = tuple(self._values) if len(self._values) == 1 else ()
        for name in facts.context.item_fields or only:
            n_values = len(self._values.get(name, ()))
            shown = quote(name, max_chars=64)
            if n_values == 1:
                found.add("rft_reference_constant", f"{shown} is the same in all rows, so every answer is as good.")
            elif 1 < n_values <= _MAX_GUESSES:
                problem = f"{shown} has only {n_values} values; guessing earns a reward too often."
                found.add("rft_guessable", problem, detail={"n_values": n_values})
