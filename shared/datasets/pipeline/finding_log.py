"""The complete list of findings, as lines of JSON in the object store. Memory does not grow with their number.

Stretches write what they found with their own line numbers; concluding copies it with those of the file.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

import msgspec

from shared.datasets.codes import Severity
from shared.datasets.collector import FINDINGS_PER_CODE
from shared.datasets.finding import Finding
from shared.datasets.pipeline.places import findings_key, folder_of
from shared.datasets.pipeline.tables import DatasetCheck
from shared.storage.errors import ObjectNotFoundError
from shared.storage.protocol import ObjectStore, ObjectWriter

_BUFFER_BYTES = 256 << 10


class Entry(msgspec.Struct):
    """A finding of one stretch. A held one counts only if its code is released when all is read."""

    finding: Finding
    times: int
    is_held: bool


class EntryWriter:
    """Hears what one stretch finds. `close` makes the object visible, if there is anything to see."""

    def __init__(self, writer: ObjectWriter) -> None:
        self._lines = _Lines(writer)
        self._counts: Counter[str] = Counter()

    def __call__(self, finding: Finding, *, times: int, is_held: bool) -> None:
        self._counts[finding.code] += 1
        # One more than is listed, so that whoever copies the list sees that it goes on.
        if self._counts[finding.code] <= FINDINGS_PER_CODE + 1:
            self._lines.write(msgspec.json.encode(Entry(finding, times, is_held)))

    def close(self) -> None:
        self._lines.close()


class FindingWriter:
    """Writes the findings of a whole check, file by file: those about all rows first, then line by line."""

    def __init__(self, writer: ObjectWriter) -> None:
        self._lines = _Lines(writer)
        self._counts: Counter[str] = Counter()
        self._file_id = ""
        self.cut_codes: set[str] = set()
        "Codes with more findings in a file than were written of it."

    def begin_file(self, file_id: str) -> None:
        """What comes now is of this file."""
        self._file_id = file_id
        self._counts.clear()

    def __call__(self, finding: Finding, *, times: int, is_held: bool) -> None:
        if is_held:
            return
        self._counts[finding.code] += 1
        if self._counts[finding.code] > FINDINGS_PER_CODE:
            self.cut_codes.add(finding.code)
            return
        line = {"file_id": self._file_id, **finding.to_dict(), "times": times}
        self._lines.write(msgspec.json.encode(line))

    @property
    def n_written(self) -> int:
        return self._lines.count

    def close(self) -> None:
        self._lines.close()


def move_entries(
    entries: Iterable[Entry], *, lines: int, n_bytes: int, released: Mapping[str, Severity]
) -> Iterator[tuple[Finding, int]]:
    """Findings that count, with how often, in a file that has so many lines and bytes before the stretch."""
    for entry in entries:
        finding = entry.finding
        if entry.is_held:
            if finding.code not in released:
                continue
            finding = replace(finding, severity=released[finding.code])
        yield finding.moved(lines=lines, n_bytes=n_bytes), entry.times


def read_entries(store: ObjectStore, key: str) -> Iterator[Entry]:
    """What a stretch wrote; nothing if it had nothing to write."""
    decoder = msgspec.json.Decoder(Entry)
    rest = b""
    try:
        chunks = store.iter_chunks(key)
    except ObjectNotFoundError:
        return
    for chunk in chunks:
        *ended, rest = (rest + chunk).split(b"\n")
        for line in ended:
            yield decoder.decode(line)


def iter_findings(store: ObjectStore, check: DatasetCheck) -> Iterator[bytes]:
    """The list of a check that has succeeded, in chunks; empty if nothing was found."""
    try:
        return store.iter_chunks(findings_key(folder_of(check)))
    except ObjectNotFoundError:
        return iter(())


class _Lines:
    """Collects lines and writes them in larger pieces."""

    def __init__(self, writer: ObjectWriter) -> None:
        self.count = 0
        self._writer = writer
        self._buffer = bytearray()

    def write(self, line: bytes) -> None:
        self.count += 1
        self._buffer += line + b"\n"
        if len(self._buffer) >= _BUFFER_BYTES:
            self._flush()

    def close(self) -> None:
        self._flush()
        if self.count:
            self._writer.commit()

    def _flush(self) -> None:
        self._writer.write(bytes(self._buffer))
        self._buffer.clear()
