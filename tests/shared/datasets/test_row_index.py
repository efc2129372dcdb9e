"""What rows share, told from their fingerprints: in memory and from disk alike, and in memory that does not grow."""

import random
import tracemalloc
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st
from xxhash import xxh3_64_digest, xxh3_128_digest

from shared.datasets.canonical import Digests
from shared.datasets.row_index import RowIndex
from tests.fuzzing import tries

LINES = 50
"""Of a stretch, rows or not."""

DIGESTS = st.tuples(*(st.sampled_from([bytes([digit]) * size for digit in range(3)]) for size in (16, 8, 8)))
STRETCHES = st.lists(st.dictionaries(st.integers(1, LINES), DIGESTS, max_size=12), min_size=1, max_size=5)
"""Rows of each stretch by their lines, so alike that most share something."""

LIMITS = st.sampled_from([1, 7, 1_000])

Stretches = list[dict[int, Digests]]


def make_index(stretches: Stretches, max_held_rows: int) -> RowIndex:
    """The stretches joined as by whoever concludes a check."""
    whole = RowIndex(max_held_rows=max_held_rows)
    for number, rows in enumerate(stretches):
        index = RowIndex() if number else whole
        index.add(sorted(rows), [rows[line] for line in sorted(rows)])
        if number:
            whole.merge(index, lines=number * LINES)
    return whole


def in_order(stretches: Stretches) -> list[tuple[int, Digests]]:
    """All rows with their lines in the file."""
    return [(number * LINES + line, rows[line]) for number, rows in enumerate(stretches) for line in sorted(rows)]


def later_ones(rows: list[tuple[int, Digests]], *fields: int) -> list[tuple[int, int]]:
    """Lines whose row has some fields of an earlier one, with the first such line."""
    firsts: dict[tuple[bytes, ...], int] = {}
    keyed = [(line, tuple(digests[field] for field in fields)) for line, digests in rows]
    return [(line, first) for line, key in keyed if (first := firsts.setdefault(key, line)) != line]


def random_stretches(n_stretches: int, *, n_rows: int) -> list[RowIndex]:
    """Rows of which one in four is the same as another."""
    source = random.Random(n_stretches)
    indexes = [RowIndex() for _ in range(n_stretches)]
    for index in indexes:
        texts = [source.randrange(n_stretches * n_rows * 4).to_bytes(8) for _ in range(n_rows)]
        index.add(range(1, n_rows + 1), [(xxh3_128_digest(text), xxh3_64_digest(text), text[::-1]) for text in texts])
    return indexes


class TestShared:
    @given(STRETCHES, LIMITS)
    @tries(100)
    def test_is_the_same_on_disk(self, stretches: Stretches, max_held_rows: int) -> None:
        """Repeats, prompts and questions of any rows are those that comparing all of them finds, spilled or held."""
        index, rows = make_index(stretches, max_held_rows), in_order(stretches)

        for found, fields in (
            (index.repeats(), (0, 1, 2)),
            (index.same_prompts(), (0,)),
            (index.same_questions(), (1, 2)),
        ):
            assert sorted((later.line, first.line) for first, later in found) == later_ones(rows, *fields)

    @given(STRETCHES, LIMITS)
    @tries(100)
    def test_swapped_fields_are_told(self, stretches: Stretches, max_held_rows: int) -> None:
        """A row whose answer and question an earlier one of its prompt has the other way round is told with it."""
        rows = in_order(stretches)
        wanted = [
            (line, next(earlier for earlier, other in rows if other == (prompt, asked, answer)))
            for line, (prompt, answer, asked) in rows
            if answer != asked and any(other == (prompt, asked, answer) for earlier, other in rows if earlier < line)
        ]

        found = make_index(stretches, max_held_rows).swapped()

        assert sorted((later.line, first.line) for first, later in found) == wanted

    @given(STRETCHES, LIMITS)
    @tries(100)
    def test_counts_are_exact(self, stretches: Stretches, max_held_rows: int) -> None:
        """Distinct answers, the commonest of them, and whether there is but one prompt."""
        index, rows = make_index(stretches, max_held_rows), in_order(stretches)
        answers = Counter(digests[1] for _line, digests in rows)

        assert index.count_answers() == (len(answers), max(answers.values(), default=0))
        assert index.has_one_prompt() == (len({digests[0] for _line, digests in rows}) == 1)

    @given(STRETCHES, LIMITS, STRETCHES, LIMITS)
    @tries(100)
    def test_another_file_is_compared(self, one: Stretches, held: int, two: Stretches, held_of_two: int) -> None:
        """Rows of another file with a prompt of this one are told with its first line, however each file is kept."""
        firsts: dict[bytes, int] = {}
        for line, digests in in_order(one):
            firsts.setdefault(digests[0], line)
        wanted = [(line, firsts[digests[0]]) for line, digests in in_order(two) if digests[0] in firsts]

        assert sorted(make_index(one, held).known_prompts(make_index(two, held_of_two))) == wanted


class TestMemory:
    def test_hardly_grows_with_the_file(self) -> None:
        """Of a row beyond those that may be held, joining and comparing takes less than four bytes of memory."""
        peaks = []
        for n_stretches in (25, 200):
            stretches = random_stretches(n_stretches, n_rows=500)
            tracemalloc.start()
            whole = RowIndex(max_held_rows=10_000)
            for number in range(n_stretches):
                whole.merge(stretches[number], lines=number * 500)
            assert sum(1 for _ in whole.repeats()) > 10 * n_stretches
            assert whole.count_answers()[0] > 10 * n_stretches
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()

        assert peaks[1] - peaks[0] < 4 * (200 - 25) * 500
