"""Samples: exactly as many rows as wanted, the same every time, labels in proportion if wanted."""

import random
from collections import Counter

import pytest

from shared.datasets.reshaping.errors import SampleImpossibleError
from tests.shared.datasets.builders import talk
from tests.shared.datasets.reshaping.doing import exam, passage, sample

LABELLED = [talk(f"{passage(number, 60)}?", "rare" if number % 50 == 0 else "ABC"[number % 3]) for number in range(300)]


class TestSamples:
    @pytest.mark.parametrize(("plan", "count"), [({"rows": 7}, 7), ({"share": 0.25}, 30), ({"share": 0.001}, 1)])
    def test_have_the_wanted_size(self, plan: dict[str, float], count: int) -> None:
        """Rows are counted exactly, a share is rounded, and there is at least one row."""
        rows = exam(40)

        sampled, summary = sample(b"".join(rows), **plan)

        assert len(sampled) == summary["n_rows"] == count
        assert summary["n_rows_of"] == 120
        assert sampled == [row.strip() for row in rows if row.strip() in set(sampled)]

    def test_a_seed_is_a_sample(self) -> None:
        """The same seed takes the same rows, also of another order; another seed takes others."""
        rows = exam(40)
        shuffled = random.Random(5).sample(rows, len(rows))

        first, again, other = (
            set(sample(b"".join(lines), rows=20, seed=seed)[0]) for lines, seed in ((rows, 1), (shuffled, 1), (rows, 2))
        )

        assert first == again != other

    def test_by_label(self) -> None:
        """Labels keep their shares, and a rare one has a row at least."""
        sampled, summary = sample(b"".join(LABELLED), rows=30, by_label=True)

        counts = Counter(row.rpartition(b'"content": "')[2].rstrip(b'"}]') for row in sampled)
        assert len(sampled) == 30
        assert counts[b"rare"] == summary["labels"]["rare"]["count"] == 1
        assert all(9 <= counts[label] <= 10 for label in (b"A", b"B", b"C"))

    def test_all_rows_by_label(self) -> None:
        """A sample as large as the file is the file."""
        assert len(sample(b"".join(LABELLED), rows=300, by_label=True)[0]) == 300


class TestRefusals:
    @pytest.mark.parametrize(
        ("data", "plan", "words"),
        [
            (b"\n", {"rows": 1}, "no rows"),
            (b"".join(exam(1)), {"rows": 4}, "4 rows are wanted and the file has 3"),
            (
                b"".join(talk(passage(n), passage(n + 99)) for n in range(20)),
                {"rows": 4, "by_label": True},
                "no labels",
            ),
        ],
    )
    def test_name_what_is_wrong(self, data: bytes, plan: dict[str, int], words: str) -> None:
        """A sample that cannot be taken says why."""
        with pytest.raises(SampleImpossibleError, match=words):
            sample(data, **plan)
