"""JSON objects of a file that has them in one array or spread over lines, one after the other as bytes.

Memory is bounded by the largest object allowed. Refuses to know what is in them.
"""

import re
from collections.abc import Iterable, Iterator

from shared.datasets.reshaping.errors import DatasetUnreadableError
from shared.datasets.reshaping.rows import RawRow

_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+(")?|[{}\[\]]', re.DOTALL)
_BETWEEN = b" \t\r\n,[]"
"""What may stand between objects, and around them."""


def read_documents(chunks: Iterable[bytes], *, max_bytes: int) -> Iterator[RawRow]:
    """Each object with the line on which it begins. Raises DatasetUnreadableError."""
    scan = _Scan(max_bytes)
    for chunk in chunks:
        yield from scan.feed(chunk)
    scan.finish()


class _Scan:
    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._held = b""
        "From the beginning of the object under way, or of what stands between objects."
        self._position = 0
        "Up to where the held bytes have been looked at."
        self._depth = 0
        self._line = 1
        "Of the first held byte."

    def feed(self, chunk: bytes) -> Iterator[RawRow]:
        self._held += chunk
        while (token := _TOKEN.search(self._held, self._position)) is not None:
            if token.group()[:1] == b'"' and token.group(1) is None:
                # A text that goes on in the next chunk is looked at again from its beginning.
                self._position = token.start()
                break
            self._position = token.end()
            yield from self._take(token)
        else:
            self._position = len(self._held)
        if len(self._held) > self._max_bytes + len(chunk):
            raise DatasetUnreadableError(f"The object on line {self._line:,} is longer than {self._max_bytes:,} bytes.")

    def finish(self) -> None:
        if self._depth:
            raise DatasetUnreadableError(f"The file ends within the object that begins on line {self._line:,}.")
        self._drop(len(self._held))

    def _take(self, token: "re.Match[bytes]") -> Iterator[RawRow]:
        sign = token.group()
        if self._depth == 0 and sign == b"{":
            self._drop(token.start())
            self._position = 1
            self._depth = 1
        elif self._depth and sign in {b"{", b"["}:
            self._depth += 1
        elif self._depth and sign in {b"}", b"]"}:
            self._depth -= 1
            if self._depth == 0:
                document, self._held = self._held[: self._position], self._held[self._position :]
                self._position = 0
                yield RawRow(self._line, document)
                self._line += document.count(b"\n")

    def _drop(self, end: int) -> None:
        between, self._held = self._held[:end], self._held[end:]
        self._line += between.count(b"\n")
        if between.strip(_BETWEEN):
            raise DatasetUnreadableError(f"Something other than an object stands before line {self._line + 1:,}.")
