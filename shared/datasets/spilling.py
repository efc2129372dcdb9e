"""Memory that stays the same however much is noted: what is too much to hold lies in files without a name.

Such a file vanishes with the process that opened it, however that ends. Files are read with plain reads, since mapped
pages count as memory of a process. Refuses to know what is in the bytes.
"""

# ruff: noqa: SLF001 - merged with others of its kind
from array import array
from collections.abc import Iterable, Iterator
from itertools import accumulate
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any
from weakref import finalize

N_PARTS = 256


class ScratchFile:
    """Written at its end, read anywhere. Lies in `folder`, or where the system keeps temporary files."""

    def __init__(self, folder: Path | None) -> None:
        if folder is not None:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file = TemporaryFile(dir=folder)  # noqa: SIM115 - open as long as somebody holds this
        self.size = 0
        finalize(self, self._file.close)

    def append(self, data: bytes | bytearray) -> None:
        self._file.seek(self.size)
        self.size += self._file.write(data)

    def read(self, start: int, end: int) -> bytes:
        self._file.seek(start)
        return self._file.read(end - start)


class SpilledBytes:
    """Bytes that are added at the end and read by their place. They travel to another process as a whole."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._n_spilled = 0
        self._file: ScratchFile | None = None

    def __len__(self) -> int:
        return self._n_spilled + len(self._held)

    def __getstate__(self) -> dict[str, Any]:
        return {"_held": bytearray(self.read(0, len(self))), "_n_spilled": 0, "_file": None}

    @property
    def n_held(self) -> int:
        """How many are in memory."""
        return len(self._held)

    def extend(self, data: bytes) -> None:
        self._held += data

    def extend_with(self, other: "SpilledBytes") -> None:
        """Add all bytes of another one."""
        self._held += other._held if other._file is None else other.read(0, len(other))

    def spill(self, folder: Path | None, *, beyond: int) -> None:
        """Hold none if there are more than so many in memory."""
        if len(self._held) <= beyond:
            return
        self._file = self._file or ScratchFile(folder)
        self._file.append(self._held)
        self._n_spilled += len(self._held)
        self._held = bytearray()

    def read(self, start: int, end: int) -> bytes:
        """The bytes from `start` up to `end`, as far as there are any."""
        with memoryview(self._held) as held:
            later = bytes(held[max(start - self._n_spilled, 0) : max(end - self._n_spilled, 0)])
        if self._file is None or start >= self._n_spilled:
            return later
        return self._file.read(start, min(end, self._n_spilled)) + later


class Parts:
    """Records in 256 parts, so that those that belong together can be looked at without the others.

    Holds `max_held_bytes` in memory and the rest in a file.
    """

    def __init__(self, folder: Path | None, *, max_held_bytes: int) -> None:
        self._folder = folder
        self._max_held_bytes = max_held_bytes
        self._held = [bytearray() for _ in range(N_PARTS)]
        self._file: ScratchFile | None = None
        self._spilled: list[array[int]] = []
        "Of each time that they were spilled, where the parts begin in the file, and the end of the last."

    def add(self, parts: Iterable[int], records: Iterable[bytes]) -> None:
        """Add some records, each to the part that `parts` has for it."""
        held = self._held
        for part, record in zip(parts, records, strict=True):
            held[part] += record
        if sum(map(len, held)) > self._max_held_bytes:
            self._spill()

    def read(self, part: int) -> Iterator[bytes]:
        """What was added to a part, in its order, some records at a time."""
        if self._file is not None:
            for bounds in self._spilled:
                yield self._file.read(bounds[part], bounds[part + 1])
        yield bytes(self._held[part])

    def _spill(self) -> None:
        self._file = self._file or ScratchFile(self._folder)
        bounds = array("Q", accumulate(map(len, self._held), initial=self._file.size))
        for part in self._held:
            self._file.append(part)
            part.clear()
        self._spilled.append(bounds)
