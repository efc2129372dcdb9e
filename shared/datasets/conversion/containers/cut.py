"""Cutting a stream of JSON into its items without reading it as a whole: of one array, or of objects in a row.

Finds brackets and strings and judges nothing: whether an item is JSON is for the strict reader.
"""

import re
from collections.abc import Iterable, Iterator

_OUTSIDE = re.compile(rb'["{}\[\],]')
_INSIDE = re.compile(rb'["\\]')
_SPACE = b" \t\r\n"
_SHOWN_BYTES = 100


class TooLongError(Exception):
    """An item has more bytes than allowed; `number` counts items from 1."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class ItemCutter:
    """Feed it chunks; it gives the bytes of each item as soon as its end is there."""

    def __init__(self, *, is_array: bool, max_item_bytes: int) -> None:
        self._base = 1 if is_array else 0
        self._max_item_bytes = max_item_bytes
        self._depth = 0
        self._in_string = False
        self._is_escaped = False
        self._item = bytearray()
        self._n_items = 0
        self.is_closed = False
        "Whether the array has ended."

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """Items that end in `chunk`. Raises TooLongError."""
        start = position = 0
        while position < len(chunk) and not self.is_closed:
            if self._in_string:
                position = self._skip_string(chunk, position)
                continue
            match = _OUTSIDE.search(chunk, position)
            if match is None:
                break
            position = match.end()
            byte = match.group()
            ends_item = self._step(byte)
            if ends_item:
                # Of an array, the bracket or comma that ends an item is no part of it.
                self._hold(chunk[start : position if self._base == 0 else position - 1])
                start = position
                if item := self._take(is_last=self.is_closed):
                    yield item
            elif self._base and self._depth == 1 and byte == b"[" and not self._item.strip(_SPACE):
                start = position
        # Behind the end of an array there should be nothing; the beginning of what is there anyway is enough to say so.
        self._hold(chunk[start:].strip(_SPACE)[:_SHOWN_BYTES] if self.is_closed else chunk[start:])

    def rest(self) -> bytes:
        """What lies behind the last whole item."""
        return bytes(self._item).strip(_SPACE)

    def _step(self, byte: bytes) -> bool:
        """Move by one mark; whether an item ends with it."""
        if byte == b'"':
            self._in_string = True
        elif byte in b"{[":
            self._depth += 1
        elif byte in b"}]":
            self._depth -= 1
            if self._base and self._depth == 0:
                self.is_closed = True
                return True
            return self._base == 0 and self._depth <= 0
        else:
            return self._base == 1 and self._depth == 1
        return False

    def _skip_string(self, chunk: bytes, position: int) -> int:
        if self._is_escaped:
            self._is_escaped = False
            return position + 1
        match = _INSIDE.search(chunk, position)
        if match is None:
            return len(chunk)
        if match.group() == b"\\":
            self._is_escaped = True
        else:
            self._in_string = False
        return match.end()

    def _hold(self, piece: bytes) -> None:
        if len(self._item) + len(piece) > self._max_item_bytes:
            raise TooLongError(self._n_items + 1)
        self._item += piece

    def _take(self, *, is_last: bool) -> bytes:
        item = bytes(self._item).strip(_SPACE)
        self._item.clear()
        self._depth = max(self._depth, 0)
        if not item and is_last:
            return b""
        self._n_items += 1
        return item or b"null"


def cut_items(chunks: Iterable[bytes], *, is_array: bool, max_item_bytes: int) -> Iterator[bytes]:
    """Every item, and last what the end of the stream cut off, or what stands behind the array. Raises TooLongError."""
    cutter = ItemCutter(is_array=is_array, max_item_bytes=max_item_bytes)
    for chunk in chunks:
        yield from cutter.feed(chunk)
    rest = cutter.rest()
    if rest or (is_array and not cutter.is_closed):
        yield rest
