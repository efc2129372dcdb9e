"""Sorting more than fits into memory: sorted runs on disk, merged on the way out. Knows bytes only."""

import heapq
import struct
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from types import TracebackType
from typing import IO, Self

_HEAD = struct.Struct("<II")
_OBJECT_BYTES = 150
"""What Python adds to a pair of byte strings in a list."""

MAX_HELD_BYTES = 64 << 20


class SpillingSorter:
    """Pairs of key and value in the order of their keys, equal ones in that of their values.

    Holds `max_held_bytes` in memory and the rest in temporary files without a name, which vanish with the process.
    """

    def __init__(self, *, max_held_bytes: int = MAX_HELD_BYTES) -> None:
        self._max_held_bytes = max_held_bytes
        self._pairs: list[tuple[bytes, bytes]] = []
        self._n_held = 0
        self._runs: list[IO[bytes]] = []
        self._files = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._files.close()

    def add(self, key: bytes, value: bytes) -> None:
        self._pairs.append((key, value))
        self._n_held += len(key) + len(value) + _OBJECT_BYTES
        if self._n_held > self._max_held_bytes:
            self._spill()

    def __iter__(self) -> Iterator[tuple[bytes, bytes]]:
        """All pairs, once; nothing can be added afterwards."""
        self._pairs.sort()
        return heapq.merge(*map(_read_run, self._runs), self._pairs) if self._runs else iter(self._pairs)

    def _spill(self) -> None:
        self._pairs.sort()
        run = self._files.enter_context(tempfile.TemporaryFile())  # noqa: SIM115  the stack closes it
        for key, value in self._pairs:
            run.write(_HEAD.pack(len(key), len(value)) + key + value)
        run.seek(0)
        self._runs.append(run)
        self._pairs, self._n_held = [], 0


def _read_run(run: IO[bytes]) -> Iterator[tuple[bytes, bytes]]:
    while head := run.read(_HEAD.size):
        n_key, n_value = _HEAD.unpack(head)
        yield run.read(n_key), run.read(n_value)
