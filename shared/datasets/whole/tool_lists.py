"""The tools of all rows: whether they are the same, and whether any row calls them."""

# ruff: noqa: SLF001 - watchers of a kind are merged
from collections import Counter

from xxhash import xxh3_64_intdigest

from shared.datasets.collector import Collector
from shared.datasets.row import Row
from shared.datasets.watchers import Facts
from shared.quoting import quote

_MAX_LISTS = 10_000
_MAX_NAMES = 10_000
_LISTED = 20


class ToolLists:
    def __init__(self) -> None:
        self._lists: set[int] = set()
        self._offered: Counter[str] = Counter()
        self._called: set[str] = set()

    def see(self, row: Row, _line: int, _raw: bytes, _found: Collector) -> None:
        if row.tools and len(self._lists) < _MAX_LISTS:
            self._lists.add(xxh3_64_intdigest(row.tools))
        for name in row.tool_names:
            if name in self._offered or len(self._offered) < _MAX_NAMES:
                self._offered[name] += 1
        if len(self._called) < _MAX_NAMES:
            self._called.update(row.called)

    def merge(self, later: "ToolLists", _lines: int) -> None:
        self._lists |= later._lists
        self._offered.update(later._offered)
        self._called |= later._called

    def finish(self, found: Collector, _facts: Facts) -> None:
        if len(self._lists) > 1:
            problem = f"The rows offer {len(self._lists):,} different lists of tools."
            found.add("tools_vary", problem, detail={"n_lists": len(self._lists)})
        unused = sorted(self._offered.keys() - self._called)
        if unused:
            names = ", ".join(quote(name, max_chars=40) for name in unused[:3])
            problem = f"{len(unused):,} of {len(self._offered):,} functions are never called: {names}."
            found.add("tools_unused", problem, detail={"names": [name[:80] for name in unused[:_LISTED]]})
