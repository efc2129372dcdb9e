r"""Cutting a stream of bytes into lines, in memory that depends on the longest line allowed and not on the file.

Only "\n" ends a line: a lone CR, U+2028 and U+0085 are part of it, as every other JSON Lines reader has it.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple


class Line(NamedTuple):
    number: int
    "Counted from 1."
    offset: int
    "Byte of the file at which the line begins."
    data: bytes | None
    "Without its line end; None when it is longer than allowed."
    has_cr: bool
    "Whether it ended with CR LF."


def read_lines(chunks: Iterable[bytes], *, max_line_bytes: int, start_offset: int = 0) -> Iterator[Line]:
    """Yield every line, the last one with or without its newline. An overlong line is skipped, not kept."""
    number, offset = 0, start_offset
    pieces: list[bytes] = []
    """Of the line under way; empty once it is too long."""
    held = 0
    for chunk in chunks:
        *ended, rest = chunk.split(b"\n")
        for piece in ended:
            number += 1
            length = held + len(piece)
            data = None if length > max_line_bytes + 1 else b"".join([*pieces, piece]) if pieces else piece
            yield _make_line(number, offset, data, max_line_bytes)
            offset += length + 1
            if pieces:
                pieces = []
            held = 0
        held += len(rest)
        # One byte more may be held than a line may have: it can be the CR of its end.
        if held > max_line_bytes + 1:
            pieces = []
        elif rest:
            pieces.append(rest)
    if held:
        yield Line(number + 1, offset, b"".join(pieces) if held <= max_line_bytes else None, has_cr=False)


def _make_line(number: int, offset: int, data: bytes | None, max_line_bytes: int) -> Line:
    has_cr = data is not None and data.endswith(b"\r")
    if has_cr and data is not None:
        data = data[:-1]
    if data is not None and len(data) > max_line_bytes:
        data = None
    return Line(number, offset, data, has_cr)
