"""Splitting: sides that know nothing of each other, of the wanted sizes, and the same every time."""

import json
import random
from collections import Counter

import pytest

from shared.datasets.check import check_stretch
from shared.datasets.checks.context import Context
from shared.datasets.depths import Depth
from shared.datasets.leakage import compare_files
from shared.datasets.reshaping.errors import DatasetUnreadableError, SplitImpossibleError
from shared.datasets.stretch import Stretch
from tests.shared.datasets.builders import MAX_LINE_BYTES, line, pair, talk
from tests.shared.datasets.reshaping.doing import exam, passage, split


def check(lines: list[bytes]) -> Stretch:
    data = b"\n".join(lines)
    return check_stretch([data], max_line_bytes=MAX_LINE_BYTES, context=Context(), depth=Depth.QUALITY)


def asked(row: bytes) -> str:
    content: str = json.loads(row)["messages"][-2]["content"]
    return content


class TestGroups:
    def test_questions_on_a_passage_stay_together(self) -> None:
        """No passage is on both sides, and the sides are of the wanted size."""
        training, validation, summary = split(b"".join(exam(60)), validation_share=0.2)

        passages = [{asked(row)[:200] for row in side} for side in (training, validation)]
        assert passages[0].isdisjoint(passages[1])
        assert (len(training), len(validation)) == (144, 36)
        assert summary["n_groups"] == 60
        assert summary["leaks"] == {"prompts": 0, "contexts": 0}

    def test_the_check_of_leaks_finds_none(self) -> None:
        """What the check of two files looks for is not in the two sides."""
        rows = exam(40)
        training, validation, _ = split(b"".join(rows + rows[:30]), validation_share=0.3)

        assert compare_files(check(training), check(validation)).n_errors == 0

    def test_same_prompts_stay_together(self) -> None:
        """Rows with one prompt, repeated or answered in two ways, are on one side."""
        rows = [talk(f"{passage(number, 50)}?", answer) for number in range(50) for answer in ("yes", "no", "yes")]

        training, validation, _ = split(b"".join(rows))

        assert {asked(row) for row in training}.isdisjoint({asked(row) for row in validation})
        assert (len(training), len(validation)) == (135, 15)

    def test_by_a_field(self) -> None:
        """Rows with the same value in the named field stay together; rows without it stand alone."""
        rows = [json.loads(talk(f"{passage(number, 30)}?", "yes")) for number in range(60)]
        lines = [line(row | ({"customer": number % 6} if number < 54 else {})) for number, row in enumerate(rows)]

        training, validation, summary = split(b"".join(lines), group_by="customer", validation_rows=10)

        sides = [{json.loads(row).get("customer") for row in side} - {None} for side in (training, validation)]
        assert sides[0].isdisjoint(sides[1])
        assert sides[1]
        assert summary["n_groups"] == 12

    @pytest.mark.parametrize("rows", [[pair(f"{n}", "no", asked=passage(n, 30)) for n in range(20)], [b"[1]\n"] * 9])
    def test_any_rows(self, rows: list[bytes]) -> None:
        """Preference rows split as chat rows do; rows that no format fits split by their bytes."""
        if rows[0] == rows[1]:
            with pytest.raises(SplitImpossibleError, match="All 9 rows share one"):
                split(b"".join(rows))
        else:
            assert len(split(b"".join(rows))[1]) == 2


class TestSides:
    def test_labels_are_balanced(self) -> None:
        """Each label has nearly its share of the whole on both sides."""
        rows = [talk(f"{passage(number, 60)}?", "spam" if number % 10 == 0 else "fine") for number in range(500)]

        _, validation, summary = split(b"".join(rows), validation_share=0.2, seed=3)

        assert Counter(json.loads(row)["messages"][-1]["content"] for row in validation) == {"fine": 90, "spam": 10}
        assert summary["validation"]["labels"]["spam"] == {"count": 10, "share": 0.1}

    def test_rows_are_written_as_they_are(self) -> None:
        """Every row is on one side, byte for byte and in the order of the file; blank lines and CRs are dropped."""
        rows = exam(20)
        data = b"\xef\xbb\xbf" + b"\n\n".join(row.replace(b"\n", b"\r\n") for row in rows)

        training, validation, _ = split(data)

        assert sorted(training + validation) == sorted(row.strip() for row in rows)
        assert training == [row.strip() for row in rows if row.strip() in set(training)]

    def test_a_seed_is_a_split(self) -> None:
        """The same seed gives the same sides, also of rows in another order; another seed gives others."""
        rows = exam(40)
        shuffled = random.Random(5).sample(rows, len(rows))

        first, again, other = (
            set(split(b"".join(lines), seed=seed)[1]) for lines, seed in ((rows, 1), (shuffled, 1), (rows, 2))
        )

        assert first == again != other


class TestRefusals:
    @pytest.mark.parametrize(
        ("data", "plan", "words"),
        [
            (talk("a", "b"), {}, "at least two"),
            (b"".join(exam(4)), {"validation_rows": 12}, "leave some to train"),
            (b"".join(exam(4)), {"group_by": "customer"}, "No row has the field"),
            (talk(passage(1) + "a", "b") + talk(passage(1) + "c", "b"), {}, "share one context"),
        ],
    )
    def test_name_what_would_help(self, data: bytes, plan: dict[str, int], words: str) -> None:
        """A split that cannot be made says why."""
        with pytest.raises(SplitImpossibleError, match=words):
            split(data, **plan)

    @pytest.mark.parametrize("data", [b"[" + exam(1)[0] + b"]", exam(1)[0].decode().encode("utf-16"), b"\x1f\x8b\x08"])
    def test_a_file_that_is_no_lines(self, data: bytes) -> None:
        """An array, another encoding or an archive is named instead of being cut at its line feeds."""
        with pytest.raises(DatasetUnreadableError, match=r"JSON array|utf-16|gzip|UTF-16"):
            split(data)
