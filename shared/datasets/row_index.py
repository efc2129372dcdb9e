"""Fingerprints of all rows of a file, and what is told by rows that share them: duplicates, conflicts, diversity.

36 bytes a row, which are spilled to disk where many stretches are joined. Rows that may share something are looked at
in parts, so that memory does not grow with the file. Refuses to know texts.
"""

# ruff: noqa: SLF001 - indexes look into each other
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import reduce
from itertools import chain, pairwise
from operator import xor
from pathlib import Path
from struct import Struct
from typing import NamedTuple

from shared.datasets.canonical import Digests
from shared.datasets.spilling import N_PARTS, Parts, SpilledBytes

_HELD = Struct("<32sI")
"""The three digests of a row, and its line within the stretch."""

_PARTED = Struct("<32sQ")
"""The same with the line within the file."""

_PROMPT = slice(0, 16)
_ANSWER = slice(16, 24)
_ASKED = slice(24, 32)
_QUESTION = slice(16, 32)
_ROW = slice(0, 32)

# By which bytes of the digests rows are parted: what is to come together has the same ones. Of digests that may be of
# one text, other bytes are taken, as the same ones would cancel each other out.
_BY_PROMPT = (0,)
_BY_ANSWER = (16,)
_BY_QUESTION = (16, 25)
_BY_ROW = (0, 17, 26)
_BY_ROW_EITHER_WAY = (0, 16, 24)

_MAX_HELD_ROWS = 1 << 17
"""In memory, of the index and once more of its parts: 10 MB. A file of 200 MB usually has fewer."""

_ROWS_AT_ONCE = 20_000
"""Looked at in one dictionary, of 5 MB; more are looked at in parts."""

_ROWS_PER_READ = 1 << 14

_Record = tuple[bytes, int]
"""The digests of a row, and its line."""


class Entry(NamedTuple):
    line: int
    prompt: bytes
    answer: bytes


class RowIndex:
    """One record a row, in the order of the lines."""

    def __init__(self, *, max_held_rows: int = _MAX_HELD_ROWS) -> None:
        self.scratch: Path | None = None
        "Where to spill to; without it, where the system keeps temporary files."
        self._max_held_rows = max_held_rows
        self._records = SpilledBytes()
        self._starts = [0]
        "The record with which each stretch begins, and below the line before it."
        self._lines_before = [0]

    def __len__(self) -> int:
        return len(self._records) // _HELD.size

    @property
    def n_held_bytes(self) -> int:
        """What the records take in memory."""
        return self._records.n_held

    def add(self, lines: Iterable[int], digests: Iterable[Digests]) -> None:
        """Add rows by their lines, which count from 1 within the stretch."""
        pack = _HELD.pack
        joined = map(b"".join, digests)
        self._records.extend(b"".join([pack(three, line) for three, line in zip(joined, lines, strict=True)]))

    def merge(self, later: "RowIndex", *, lines: int) -> None:
        """Add the index of the stretch that follows after so many lines."""
        n_records = len(self)
        self._starts += [n_records + start for start in later._starts]
        self._lines_before += [lines + before for before in later._lines_before]
        self._records.extend_with(later._records)
        self._records.spill(self.scratch, beyond=self._max_held_rows * _HELD.size)

    def repeats(self) -> Iterator[tuple[Entry, Entry]]:
        """Rows that say the same as an earlier one, each behind the first that does."""
        return self._later_ones(_ROW, parted=_BY_ROW)

    def same_prompts(self) -> Iterator[tuple[Entry, Entry]]:
        """Rows whose prompt an earlier one has, each behind the first that has it."""
        return self._later_ones(_PROMPT, parted=_BY_PROMPT)

    def same_questions(self) -> Iterator[tuple[Entry, Entry]]:
        """Rows whose last question and its answer an earlier one has, each behind the first that has them."""
        return self._later_ones(_QUESTION, parted=_BY_QUESTION)

    def swapped(self) -> Iterator[tuple[Entry, Entry]]:
        """Rows whose answer an earlier row of the same prompt has as what was asked, and the reverse.

        Each behind the first such row. Of preference rows those are the preferred and the rejected answer.
        """
        for part in self._parts(_BY_ROW_EITHER_WAY):
            firsts: dict[bytes, int] = {}
            for digests, line in part:
                if digests[_ANSWER] != digests[_ASKED]:
                    firsts.setdefault(digests, line)
                    other = digests[_PROMPT] + digests[_ASKED] + digests[_ANSWER]
                    if other in firsts:
                        yield _make_entry(other, firsts[other]), _make_entry(digests, line)

    def count_answers(self) -> tuple[int, int]:
        """Distinct answers, and how often the commonest stands."""
        n_distinct = most = 0
        for part in self._parts(_BY_ANSWER):
            counts = Counter(digests[_ANSWER] for digests, _line in part)
            n_distinct += len(counts)
            most = max(most, *counts.values()) if counts else most
        return n_distinct, most

    def has_one_prompt(self) -> bool:
        """Whether there are rows and all have the same prompt."""
        prompts = (digests[_PROMPT] for digests, _line in self._each())
        first = next(prompts, None)
        return first is not None and all(prompt == first for prompt in prompts)

    def known_prompts(self, other: "RowIndex") -> Iterator[tuple[int, int]]:
        """Lines of rows of `other` whose prompt is here too, each with the first line here that has it."""
        is_parted = self._is_parted or other._is_parted
        parts = (index._parts(_BY_PROMPT, is_parted=is_parted) for index in (self, other))
        for part, part_of_other in zip(*parts, strict=True):
            firsts: dict[bytes, int] = {}
            for digests, line in part:
                firsts.setdefault(digests[_PROMPT], line)
            for digests, line in part_of_other:
                first = firsts.get(digests[_PROMPT])
                if first is not None:
                    yield line, first

    def _later_ones(self, key: slice, *, parted: tuple[int, ...]) -> Iterator[tuple[Entry, Entry]]:
        """The first row with a key and a later one, for all later ones. Keeps one row for each key of a part."""
        for part in self._parts(parted):
            firsts: dict[bytes, _Record] = {}
            for record in part:
                first = firsts.setdefault(record[0][key], record)
                if first is not record:
                    yield _make_entry(*first), _make_entry(*record)

    @property
    def _is_parted(self) -> bool:
        return len(self) > min(_ROWS_AT_ONCE, self._max_held_rows)

    def _parts(self, at: tuple[int, ...], *, is_parted: bool | None = None) -> Iterator[Iterable[_Record]]:
        """All records, parted by the bytes `at`; all at once if they are few. Each part is in the order of the file."""
        if not (self._is_parted if is_parted is None else is_parted):
            yield self._each()
            return
        parts = Parts(self.scratch, max_held_bytes=self._max_held_rows * _PARTED.size)
        for read, before in self._read():
            columns = (int.from_bytes(read[column :: _HELD.size]) for column in at)
            numbers = reduce(xor, columns).to_bytes(len(read) // _HELD.size)
            pack = _PARTED.pack
            parts.add(numbers, [pack(digests, line + before) for digests, line in _HELD.iter_unpack(read)])
        for number in range(N_PARTS):
            yield chain.from_iterable(map(_PARTED.iter_unpack, parts.read(number)))

    def _each(self) -> Iterator[_Record]:
        for read, before in self._read():
            for digests, line in _HELD.iter_unpack(read):
                yield digests, line + before

    def _read(self) -> Iterator[tuple[bytes, int]]:
        """Some records of a stretch at a time, in the order of the file, and the line before the stretch."""
        for (start, end), before in zip(pairwise([*self._starts, len(self)]), self._lines_before, strict=True):
            for at in range(start, end, _ROWS_PER_READ):
                yield self._records.read(at * _HELD.size, min(at + _ROWS_PER_READ, end) * _HELD.size), before


def _make_entry(digests: bytes, line: int) -> Entry:
    return Entry(line, digests[_PROMPT], digests[_ANSWER])
