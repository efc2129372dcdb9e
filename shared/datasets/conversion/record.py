"""What containers give: records, and places where there should have been one."""

from typing import Any, NamedTuple


class Record(NamedTuple):
    number: int
    "Counted from 1: of lines in a file of lines, of rows in a table, of items in a JSON array."
    value: dict[str, Any]


class Problem(NamedTuple):
    """A record that cannot be read or converted. Conversion goes on behind it."""

    number: int
    reason: str


class Converted(NamedTuple):
    """One row of OpenAI's wire and the record that it was made of."""

    number: int
    row: dict[str, Any]
    line: bytes = b""
    "The row as a line of a file, its end included. Filled in once, where its length is checked."
