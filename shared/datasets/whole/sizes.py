"""Whether there are enough rows, and not too many."""

# ruff: noqa: SLF001 - watchers of a kind are merged
from shared.datasets.collector import Collector
from shared.datasets.row import Format, Row
from shared.datasets.watchers import Facts

_FEW = 50


class Sizes:
    def __init__(self) -> None:
        self._n_rows_with_images = 0

    def see(self, row: Row, _line: int, _raw: bytes, _found: Collector) -> None:
        self._n_rows_with_images += row.n_images > 0

    def merge(self, later: "Sizes", _lines: int) -> None:
        self._n_rows_with_images += later._n_rows_with_images

    def finish(self, found: Collector, facts: Facts) -> None:
        limits, n_rows = facts.context.limits, facts.n_rows
        if not facts.context.is_validation:
            _report_few(n_rows, limits.min_examples, found)
        most = limits.max_reinforcement_examples
        if facts.context.is_validation:
            most = limits.max_reinforcement_validation_examples
        if facts.main_format is Format.REINFORCEMENT and most is not None and n_rows > most:
            _report_many(n_rows, most, "rows", found)
        most = limits.max_rows_with_images
        if most is not None and self._n_rows_with_images > most:
            _report_many(self._n_rows_with_images, most, "rows with images", found)


def _report_few(n_rows: int, least: int, found: Collector) -> None:
    if n_rows < least:
        problem = f"There are {n_rows:,} sound rows; at least {least:,} are needed. Add rows or mend the bad ones."
        found.add("too_few_examples", problem)
    elif n_rows < _FEW:
        found.add("few_examples", f"There are {n_rows:,} sound rows; gains show from {_FEW} to 100 on.")


def _report_many(n_rows: int, most: int, what: str, found: Collector) -> None:
    problem = f"There are {n_rows:,} {what}; at most {most:,} are taken. Take a sample."
    found.add("too_many_examples", problem, detail={"n_rows": n_rows, "most": most})
