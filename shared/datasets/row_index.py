"""Fingerprints of all rows of a file, and what is told by rows that share them: duplicates, conflicts, diversity.

36 bytes a row, so that a file of 2 GB takes about 70 MB. Refuses to know texts.
"""

# ruff: noqa: SLF001 - indexes look into each other
from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from struct import Struct
from typing import NamedTuple

from shared.datasets.canonical import Digests

_RECORD = Struct("<16s8s8sI")
_SIZE = _RECORD.size
_PROMPT = slice(0, 16)
_ANSWER = slice(16, 24)
_ASKED = slice(24, 32)
_ROWS_AT_ONCE = 100_000
"""Grouped in one dictionary; more are grouped in parts by a byte of their digest, to bound memory."""


class Entry(NamedTuple):
    line: int
    prompt: bytes
    answer: bytes
    asked: bytes


class RowIndex:
    """One record a row, in the order of the lines."""

    def __init__(self) -> None:
        self._records = bytearray()
        self._starts = [0]
        "The record with which each stretch begins, and below the line before it."
        self._lines_before = [0]

    def __len__(self) -> int:
        return len(self._records) // _SIZE

    def add(self, lines: Iterable[int], digests: Iterable[Digests]) -> None:
        """Add rows by their lines, which count from 1 within the stretch."""
        pack = _RECORD.pack
        self._records += b"".join([pack(*three, line) for three, line in zip(digests, lines, strict=True)])

    def merge(self, later: "RowIndex", *, lines: int) -> None:
        """Add the index of the stretch that follows after so many lines."""
        n_records = len(self)
        self._starts += [n_records + start for start in later._starts]
        self._lines_before += [lines + before for before in later._lines_before]
        self._records += later._records

    def prompts(self) -> Iterator[list[Entry]]:
        """Rows that share their prompt with another, in the order of the file."""
        return self._groups(at=0, key=lambda record: record[_PROMPT])

    def questions(self) -> Iterator[list[Entry]]:
        """Rows that share their last question and its answer with another."""
        return self._groups(at=_ASKED.start, key=lambda record: record[_ANSWER.start : _ASKED.stop])

    def count_answers(self) -> tuple[int, int]:
        """Distinct answers, and how often the commonest stands."""
        return self._count(_ANSWER)

    def count_prompts(self) -> int:
        """Distinct prompts."""
        return self._count(_PROMPT)[0]

    def entries(self) -> Iterator[Entry]:
        return (self._entry(number) for number in range(len(self)))

    def known_prompts(self, other: "RowIndex") -> Iterator[tuple[Entry, Entry]]:
        """Rows of `other` whose prompt is here too, each with the first row here that has it."""
        for part, part_of_other in zip(self._parts(0, 256), other._parts(0, 256), strict=True):
            wanted = {bytes(other._record(number)[_PROMPT]): number for number in reversed(part_of_other)}
            firsts: dict[bytes, int] = {}
            for number in part:
                prompt = self._record(number)[_PROMPT]
                if prompt in wanted:
                    firsts.setdefault(prompt, number)
            for number in part_of_other:
                first = firsts.get(other._record(number)[_PROMPT])
                if first is not None:
                    yield other._entry(number), self._entry(first)

    def _count(self, field: slice) -> tuple[int, int]:
        n_distinct = most = 0
        for part in self._parts(field.start, self._n_parts()):
            counts = Counter(self._record(number)[field] for number in part)
            n_distinct += len(counts)
            most = max(most, *counts.values()) if counts else most
        return n_distinct, most

    def _groups(self, *, at: int, key: Callable[[bytes], bytes]) -> Iterator[list[Entry]]:
        for part in self._parts(at, self._n_parts()):
            firsts: dict[bytes, int] = {}
            groups: dict[int, list[int]] = {}
            for number in part:
                first = firsts.setdefault(key(self._record(number)), number)
                if first != number:
                    groups.setdefault(first, [first]).append(number)
            for numbers in groups.values():
                yield [self._entry(number) for number in numbers]

    def _n_parts(self) -> int:
        return 1 if len(self) <= _ROWS_AT_ONCE else 256

    def _parts(self, at: int, n_parts: int) -> Sequence[Sequence[int]]:
        """Numbers of records, parted by the byte `at`."""
        if n_parts == 1:
            return [range(len(self))]
        parts = [array("I") for _ in range(256)]
        for number, byte in enumerate(self._records[at::_SIZE]):
            parts[byte].append(number)
        return parts

    def _record(self, number: int) -> bytes:
        return bytes(self._records[number * _SIZE : (number + 1) * _SIZE])

    def _entry(self, number: int) -> Entry:
        prompt, answer, asked, line = _RECORD.unpack_from(self._records, number * _SIZE)
        return Entry(line + self._lines_before[bisect_right(self._starts, number) - 1], prompt, answer, asked)
