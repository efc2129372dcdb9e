"""How many messages rows have, and who speaks them. Finds no fault; it describes."""

# ruff: noqa: SLF001 - watchers of a kind are merged
from collections import Counter
from collections.abc import Sequence
from typing import Any

from shared.datasets.collector import Collector
from shared.datasets.distribution import Distribution
from shared.datasets.row import Row
from shared.datasets.watchers import Facts

_ORDERS_HELD = 1_000
"""Orders of roles counted before they are added up: rows of a file share a few."""


class Turns:
    def __init__(self) -> None:
        self._orders: Counter[tuple[str, ...]] = Counter()
        self._lengths = Distribution()
        self._roles: Counter[str] = Counter()

    def see_block(self, rows: Sequence[Row], _lines: Sequence[int]) -> None:
        self._orders.update([row.roles for row in rows])
        if len(self._orders) > _ORDERS_HELD:
            self._add_up()

    def merge(self, later: "Turns", _lines: int) -> None:
        later._add_up()
        self._lengths.merge(later._lengths)
        self._roles.update(later._roles)

    def finish(self, _found: Collector, _facts: Facts) -> None:
        self._add_up()

    def describe(self, _facts: Facts) -> dict[str, Any]:
        """Messages in a row, the preferred answer of a preference row included, and how often each role speaks."""
        if not self._lengths.count:
            return {}
        roles = dict(self._roles.most_common())
        return {"turns": {"per_row": self._lengths.to_dict(), "histogram": self._lengths.histogram(), "roles": roles}}

    def _add_up(self) -> None:
        for order, count in self._orders.items():
            self._lengths.add_times(len(order), count)
            for role in order:
                self._roles[role] += count
        self._orders.clear()
