"""What a check of texts is: a glance at the raw line that spares most rows, and the check itself."""

from collections.abc import Callable
from typing import NamedTuple

from shared.datasets.found import Found
from shared.datasets.row import Row


class TextCheck(NamedTuple):
    may_concern: Callable[[bytes], bool]
    "Whether a row on this line can have anything to report. Fast, and never wrong when it says no."
    check: Callable[[Row, Found], None]


def always(raw: bytes) -> bool:  # noqa: ARG001 - the shape of a glance
    return True


def report(row: Row, number: int, found: Found, code: str, problem: str, **more: object) -> None:
    """Report `code` at turn `number`; `more` as for Found.add."""
    message_index, path = row.place(number)
    found.add(code, problem, message_index=message_index, path=path, **more)  # type: ignore[arg-type]
