"""Merging: rows of one format, in order or shuffled, repeated ones once if wanted."""

import random

import pytest

from shared.datasets.reshaping.digest_set import DigestSet
from shared.datasets.reshaping.errors import FormatsDifferError
from shared.datasets.reshaping.sorting import SpillingSorter
from tests.shared.datasets.builders import line, pair, talk
from tests.shared.datasets.reshaping.doing import exam, merge


class TestRows:
    def test_follow_each_other(self) -> None:
        """Rows stand in the order of the files, each ended by a line feed, whether or not the last one was."""
        first, second = exam(2), exam(5)[6:]

        merged, summary = merge(b"".join(first).rstrip(b"\n"), b"".join(second))

        assert merged == [row.strip() for row in first + second]
        assert summary["files"] == [{"name": "1", "n_rows": 6}, {"name": "2", "n_rows": 9}]

    def test_repeated_ones_once(self) -> None:
        """Rows that say the same but for white space are kept once if wanted, and counted."""
        merged, summary = merge(talk("a ", "b") + talk("c", "d"), talk("a", "b"), talk("a", "b"), dedupe=True)

        assert len(merged) == 2
        assert summary["n_duplicates_left_out"] == 2

    def test_shuffled(self) -> None:
        """A seed gives one order of all rows; without one they keep theirs."""
        rows = exam(30)
        halves = b"".join(rows[:45]), b"".join(rows[45:])

        first, again, other = (merge(*halves, shuffle_seed=seed)[0] for seed in (1, 1, 2))

        assert first == again != other
        assert sorted(first) == sorted(row.strip() for row in rows) != first


class TestFormats:
    @pytest.mark.parametrize(
        ("second", "name"),
        [
            (pair("yes", "no"), "preference rows"),
            (line({"prompt": "a", "completion": "b"}), "prompt and completion rows"),
            (line({"instruction": "a", "output": "b"}), "Alpaca rows"),
        ],
    )
    def test_must_agree(self, second: bytes, name: str) -> None:
        """Files of two formats are refused, naming both files, lines and formats."""
        with pytest.raises(FormatsDifferError, match=rf"1 \(line 1\) has chat rows, and 2 \(line 2\) has {name}"):
            merge(talk("a", "b"), b"not json\n" + second)


class TestSorting:
    @pytest.mark.parametrize("max_held_bytes", [1, 2_000, 1 << 20])
    def test_is_the_same_on_disk(self, max_held_bytes: int) -> None:
        """What does not fit into memory comes out in the same order as what does."""
        pairs = [(random.Random(number).randbytes(number % 7), b"%d" % number) for number in range(300)]

        with SpillingSorter(max_held_bytes=max_held_bytes) as sorter:
            for key, value in pairs:
                sorter.add(key, value)
            ordered = list(sorter)

        assert ordered == sorted(pairs)


class TestDigestSet:
    def test_is_a_set(self) -> None:
        """It tells new digests from known ones as Python's set does, over several growths."""
        digests = [random.Random(number % 6_000).getrandbits(64) for number in range(9_000)]
        seen: set[int] = set()
        known = DigestSet()

        for digest in digests:
            assert known.add(digest) == (digest not in seen)
            seen.add(digest)

        assert len(known) == len(seen) == 6_000
