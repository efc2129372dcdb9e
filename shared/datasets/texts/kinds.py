"""What a check of texts is: the signs without which it has nothing to say, and the check itself."""

from collections.abc import Callable
from typing import NamedTuple

from shared.datasets.collector import Collector
from shared.datasets.row import Row


class TextCheck(NamedTuple):
    check: Callable[[Row, Collector], None]
    signs: tuple[str, ...] = ()
    """Patterns as RE2 reads them, of which one is in every row with anything to report; none where any row may have.

    They are looser than what the check looks for: RE2 looks at no neighbours, and short repeats make fast tables.
    """


def report(row: Row, number: int, found: Collector, code: str, problem: str, **more: object) -> None:
    """Report `code` at turn `number`; `more` as for Collector.add."""
    message_index, path = row.place(number)
    found.add(code, problem, message_index=message_index, path=path, **more)  # type: ignore[arg-type]
