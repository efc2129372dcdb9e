"""What a check of texts is: a glance at all that a row says, which spares most rows, and the check itself.

A glance is to take a few microseconds: searches for one byte cost 0.1 ns a byte of text, `translate` and searches for
longer words 0.5 to 1, a regular expression 5, and anything that asks for one character after the other 50.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from shared.datasets.found import Found
from shared.datasets.row import Row

_MEMBER, _OTHER = b"ax"


class TextCheck(NamedTuple):
    may_concern: Callable[[bytes], bool]
    "Whether a row that says this (Row.said) can have anything to report. Never wrong when it says no."
    check: Callable[[Row, Found], None]


def always(said: bytes) -> bool:  # noqa: ARG001 - the shape of a glance
    return True


def make_shape(members: str) -> bytes:
    """A table for `find_runs` of ASCII characters."""
    return bytes(_MEMBER if chr(byte) in members else _OTHER for byte in range(256))


def find_runs(said: bytes, shape: bytes, least: int) -> Iterator[tuple[int, int]]:
    """Start and end of every run of at least so many members of a shape: 1 ns a byte, where a pattern takes 5."""
    shaped = said.translate(shape)
    run = bytes([_MEMBER]) * least
    end = 0
    while (start := shaped.find(run, end)) >= 0:
        end = shaped.find(_OTHER, start)
        end = end if end >= 0 else len(shaped)
        yield start, end


def report(row: Row, number: int, found: Found, code: str, problem: str, **more: object) -> None:
    """Report `code` at turn `number`; `more` as for Found.add."""
    message_index, path = row.place(number)
    found.add(code, problem, message_index=message_index, path=path, **more)  # type: ignore[arg-type]
