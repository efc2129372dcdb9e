"""Writing a new version of a file in which everything is mended that can be mended safely, and what was changed.

One pass; memory is 27 bytes a row, for telling repeated ones. A row that nothing is wrong with stays byte for byte.
"""

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import chain
from typing import Any

from shared.datasets.collector import Collector
from shared.datasets.fixing import FILE_CODES, ROW_FIXES
from shared.datasets.fixing.documents import read_documents
from shared.datasets.lines import read_lines
from shared.datasets.report import Report
from shared.datasets.reshaping.digest_set import DigestSet
from shared.datasets.reshaping.errors import DatasetUnreadableError
from shared.datasets.reshaping.rows import LineSink, Meter, RawRow, RowReader, Source, read_value, row_digest
from shared.datasets.sniff import HEAD_BYTES, find_file_fault

_BOM = b"\xef\xbb\xbf"
_MAX_ROUNDS = 5
"""A fix may bring up something for another one, as masks bring white space to an edge. Two rounds are the rule."""


def fix_rows(
    source: Source,
    codes: Collection[str],
    *,
    n_bytes: int,
    write: Callable[[bytes], object],
    write_change: Callable[[bytes], object],
    max_line_bytes: int,
    on_progress: Callable[[float], None] = lambda _share: None,
) -> dict[str, Any]:
    """Write the new version of a file of `n_bytes`, and a JSON line for each changed row; how it went, as JSON.

    `codes` are of FIXABLE_CODES. Raises DatasetUnreadableError.
    """
    fixing = _Fixing(codes, max_line_bytes)
    kept, changes = LineSink(write), LineSink(write_change)
    for raw in fixing.read(Meter(n_bytes, on_progress).watch(source)):
        data, mended = fixing.mend(raw)
        if data is not None:
            kept.add(data)
        if mended:
            change = {"line": raw.line, "codes": mended, "new_line": None if data is None else kept.n_rows}
            changes.add(json.dumps(change).encode())
    kept.flush()
    changes.flush()
    return {
        "is_changed": bool(fixing.counts),
        "n_rows": kept.n_rows,
        "n_rows_changed": changes.n_rows,
        "n_rows_dropped": fixing.counts.get("duplicate_exact", 0),
        "codes": dict(sorted(fixing.counts.items())),
    }


class _Fixing:
    def __init__(self, codes: Collection[str], max_line_bytes: int) -> None:
        self.counts: Counter[str] = Counter()
        "Rows or lines mended, by code."
        self._fixes = {code: fix for code, fix in ROW_FIXES.items() if code in codes}
        self._seen = DigestSet() if "duplicate_exact" in codes else None
        self._max_line_bytes = max_line_bytes
        self._reader = RowReader()
        self._is_rewritten = False
        "Whether objects have to be written anew to stand on one line each."

    def read(self, chunks: Iterable[bytes]) -> Iterator[RawRow]:
        """The rows of the file, whatever they are laid out as."""
        source = iter(chunks)
        head = _read_head(source)
        if head.startswith(_BOM):
            head = head.removeprefix(_BOM)
            self.counts["encoding_bom"] += 1
        report = Report()
        if not find_file_fault(head, Collector(report), is_whole=len(head) < HEAD_BYTES):
            yield from self._read_lines(chain([head], source))
            return
        fault = report.findings[0]
        if fault.code not in FILE_CODES:
            raise DatasetUnreadableError(fault.problem)
        self.counts[fault.code] += 1
        self._is_rewritten = True
        yield from read_documents(chain([head], source), max_bytes=self._max_line_bytes)

    def mend(self, raw: RawRow) -> tuple[bytes | None, list[str]]:
        """The row as it should be, None for one to leave out; the codes of what was mended."""
        value = read_value(raw.data)
        mended = [] if value is None else self._mend_value(value)
        data = raw.data
        if mended or (value is not None and self._is_rewritten):
            data = json.dumps(value, ensure_ascii=False).encode()
        elif self._is_rewritten:
            data = b" ".join(data.split(b"\n"))
        self.counts.update(mended)
        if self._is_repeated(data):
            self.counts["duplicate_exact"] += 1
            return None, [*mended, "duplicate_exact"]
        return data, mended

    def _is_repeated(self, data: bytes) -> bool:
        row = self._reader.read(data) if self._seen is not None else None
        return self._seen is not None and row is not None and not self._seen.add(row_digest(row, data))

    def _mend_value(self, value: dict[str, Any]) -> list[str]:
        mended: dict[str, None] = {}
        for _ in range(_MAX_ROUNDS):
            now = [code for code, fix in self._fixes.items() if fix(value)]
            mended |= dict.fromkeys(now)
            if not now:
                break
        return list(mended)

    def _read_lines(self, chunks: Iterable[bytes]) -> Iterator[RawRow]:
        n_blank = 0
        for line in read_lines(chunks, max_line_bytes=self._max_line_bytes):
            if line.data is None:
                raise DatasetUnreadableError(f"Line {line.number:,} is longer than {self._max_line_bytes:,} bytes.")
            self._count("line_endings_crlf", line.has_cr)
            if line.data.strip():
                self._count("blank_line", n_blank)
                n_blank = 0
                yield RawRow(line.number, line.data)
            else:
                n_blank += 1

    def _count(self, code: str, times: int) -> None:
        # A counter would keep a zero as if something had been there.
        if times:
            self.counts[code] += times


def _read_head(source: Iterator[bytes]) -> bytes:
    pieces: list[bytes] = []
    while sum(map(len, pieces)) < HEAD_BYTES and (chunk := next(source, None)) is not None:
        pieces.append(chunk)
    return b"".join(pieces)
