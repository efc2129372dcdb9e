r"""Cutting a stream of bytes into lines, in memory that depends on the longest line allowed and not on the file.

Only "\n" ends a line: a lone CR, U+2028 and U+0085 are part of it, as every other JSON Lines reader has it.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, count
from typing import NamedTuple

from shared.byte_search import split_bytes


class Line(NamedTuple):
    number: int
    "Counted from 1."
    offset: int
    "Byte of the file at which the line begins."
    data: bytes | None
    "Without its line end; None when it is longer than allowed."
    has_cr: bool
    "Whether it ended with CR LF."


class Block(NamedTuple):
    """Lines that follow each other, field by field: most of a file's lines need nothing but their data."""

    first_number: int
    offsets: Sequence[int]
    lines: Sequence[bytes | None]
    has_cr: Sequence[bool]


def read_lines(chunks: Iterable[bytes], *, max_line_bytes: int, start_offset: int = 0) -> Iterator[Line]:
    """Yield every line, the last one with or without its newline. An overlong line is skipped, not kept."""
    for block in read_blocks(chunks, max_line_bytes=max_line_bytes, start_offset=start_offset):
        yield from map(Line, count(block.first_number), block.offsets, block.lines, block.has_cr)


def read_blocks(chunks: Iterable[bytes], *, max_line_bytes: int, start_offset: int = 0) -> Iterator[Block]:
    """The same lines, together those that end in one chunk."""
    number, offset = 1, start_offset
    pieces: list[bytes] = []
    """Of the line under way; empty once it is too long."""
    held = 0
    for chunk in chunks:
        *ended, rest = split_bytes(chunk, b"\n")
        if ended:
            sizes = [len(line) for line in ended]
            sizes[0] += held
            if pieces:
                ended[0] = b"".join([*pieces, ended[0]])
            yield _make_block(number, offset, ended, sizes, max_line_bytes)
            number += len(ended)
            offset += sum(sizes) + len(sizes)
            pieces, held = [], 0
        held += len(rest)
        # One byte more may be held than a line may have: it can be the CR of its end.
        if held > max_line_bytes + 1:
            pieces = []
        elif rest:
            pieces.append(rest)
    if held:
        yield Block(number, [offset], [b"".join(pieces) if held <= max_line_bytes else None], [False])


def _make_block(number: int, offset: int, lines: list[bytes], sizes: list[int], max_line_bytes: int) -> Block:
    """`sizes` are those of the whole lines, of which the first may be kept in part only because it is too long."""
    offsets = list(accumulate([size + 1 for size in sizes[:-1]], initial=offset))
    has_cr = [line.endswith(b"\r") for line in lines]
    longest = max(sizes)
    if longest <= max_line_bytes and True not in has_cr:
        return Block(number, offsets, lines, has_cr)
    has_cr = [is_cr and size <= max_line_bytes + 1 for is_cr, size in zip(has_cr, sizes, strict=True)]
    kept = [
        line.removesuffix(b"\r") if size - is_cr <= max_line_bytes else None
        for line, size, is_cr in zip(lines, sizes, has_cr, strict=True)
    ]
    return Block(number, offsets, kept, has_cr)
