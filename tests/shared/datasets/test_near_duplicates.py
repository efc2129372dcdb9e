"""Rows that are nearly the same, found exactly in small files and by estimate in large ones."""

import random
from collections.abc import Iterator

import numpy as np
import pytest

from shared.datasets import near_duplicates, similarity, sketches
from shared.datasets.depths import Depth
from shared.datasets.near_duplicates import NearDuplicates
from shared.datasets.shingles import Shingles, make_shingles
from shared.datasets.similarity import find_template
from shared.datasets.sketches import Sketches
from tests.shared.datasets.builders import check, talk

WORDS = [f"word{number}" for number in range(5_000)]


def texts(count: int, *, seed: int, n_words: int = 80) -> Iterator[list[str]]:
    source = random.Random(seed)
    for _ in range(count):
        yield source.choices(WORDS, k=n_words)


def jaccard(one: str, other: str) -> float:
    first, second = (
        {" ".join(words[at : at + 5]) for at in range(len(words) - 4)} for words in (one.split(), other.split())
    )
    return len(first & second) / len(first | second)


def find(rows: list[str]) -> set[tuple[int, int]]:
    near = NearDuplicates()
    for number, row in enumerate(rows, 1):
        near.note(number, row)
    return {(pair.line, pair.other_line) for pair in near.find_pairs()}


def join_sketches(parts: list[Shingles], *, max_held_bytes: int) -> Sketches:
    """Each part a stretch of its own."""
    whole = Sketches(np.empty(0, dtype=np.uint64), max_held_bytes=max_held_bytes)
    for part in parts:
        stretch = Sketches(np.empty(0, dtype=np.uint64))
        stretch.add(part, n_rows=int(part.texts.max()) + 1)
        whole.extend(stretch)
    return whole


def find_by_sorting(keys: list[int], rows: list[int]) -> list[tuple[int, int]]:
    """Row by row: each with up to fifty before it that have its key, the nearest first."""
    ordered = sorted(zip(keys, rows, strict=True))
    return [
        (other, row)
        for place, (key, row) in enumerate(ordered)
        for other_key, other in reversed(ordered[max(place - 50, 0) : place])
        if other_key == key and other != row
    ]


class TestShingles:
    def test_agree_with_plain_sets(self) -> None:
        """As many distinct shingles as there are runs of five different words."""
        rows = [" ".join(words) for words in texts(20, seed=1)] + ["to be or not to be that is it " * 5]

        shingles = make_shingles(rows)

        for number, row in enumerate(rows):
            words = row.split()
            wanted = len({tuple(words[at : at + 5]) for at in range(len(words) - 4)})
            assert len(set(shingles.hashes[shingles.texts == number].tolist())) == wanted

    @pytest.mark.parametrize(
        "other",
        [
            "THE QUICK BROWN FOX JUMPS OVER THE LAZY DOG",
            "the quick, brown fox\n jumps over the lazy dog!",
            "\uff54\uff48\uff45 quick brown fox jumps over the lazy dog",
        ],
    )
    def test_form_does_not_count(self, other: str) -> None:
        """Case, punctuation, white space and the width of letters make no other shingles."""
        shingles = make_shingles(["the quick brown fox jumps over the lazy dog", other])

        one, two = (set(shingles.hashes[shingles.texts == number].tolist()) for number in (0, 1))
        assert one == two

    @pytest.mark.parametrize("length", [*range(1, 20), 63, 64, 65, 72, 73, 200])
    def test_each_letter_of_a_word_counts(self, length: int) -> None:
        """A word of any length, ASCII or not, is told from one that differs in its first, middle or last letter."""
        words = ["a" * length, "ж" * length]
        words += [word[:at] + "b" + word[at + 1 :] for word in words[:2] for at in {0, length // 2, length - 1}]
        rows = [" ".join([word, *"cdefghijklmnopqrstu"]) for word in words]

        shingles = make_shingles([*rows, *rows])

        told = [frozenset(shingles.hashes[shingles.texts == number].tolist()) for number in range(2 * len(rows))]
        assert told[: len(rows)] == told[len(rows) :]
        assert len(set(told)) == len(set(rows))

    def test_short_texts_have_pieces_of_characters(self) -> None:
        """Nine characters, or five where no spaces are written; fewer make no shingle."""
        shingles = make_shingles(["abcdefghij", "今天天气很好", "short", ""])

        assert np.bincount(shingles.texts, minlength=4).tolist() == [2, 4, 0, 0]


class TestExactSearch:
    def test_finds_every_pair(self) -> None:
        """All pairs from 0.9 on are found, and none below, as comparing each with each finds them."""
        rows = []
        for number, words in enumerate(texts(60, seed=2)):
            rows.append(" ".join(words))
            changed = list(words)
            for place in range(number % 4):
                changed[place * 20] = "changed"
            rows.append(" ".join([*changed, "end"]))

        wanted = {
            (later + 1, earlier + 1)
            for later in range(len(rows))
            for earlier in range(later)
            if jaccard(rows[later], rows[earlier]) >= 0.9
        }
        assert len(wanted) >= 30
        assert find(rows) == wanted

    def test_leaves_exact_duplicates_out(self) -> None:
        """Rows that are the same but for white space are told elsewhere."""
        row = " ".join(next(texts(1, seed=3)))

        assert find([row, f"  {row}\n"]) == set()

    def test_template_does_not_count(self) -> None:
        """What stands in more than 5 % of the rows makes no two of them alike."""
        template = " ".join(next(texts(1, seed=4, n_words=400)))
        rows = [f"{template} {' '.join(words)}" for words in texts(100, seed=5, n_words=30)]

        assert find(rows) == set()

    def test_pairs_are_in_the_report(self) -> None:
        """The report names both lines and how similar they are."""
        words = next(texts(1, seed=6))
        near = talk("Tell me.", " ".join([*words, "end"]))

        report = check(talk("Tell me.", " ".join(words)) + near, depth=Depth.DATASET)

        finding = next(finding for finding in report.findings if finding.code == "duplicate_near")
        assert (finding.line, finding.detail["other_line"]) == (2, 1)
        assert 0.9 <= finding.detail["similarity"] < 1


class TestPairs:
    @pytest.mark.parametrize("n_keys", [1, 3, 40, 1_000])
    def test_are_those_with_a_key_in_common(self, monkeypatch: pytest.MonkeyPatch, n_keys: int) -> None:
        """Rows that share a key are paired in a fixed order, however few are looked at together."""
        monkeypatch.setattr(similarity, "_ROWS_AT_ONCE", 64)
        monkeypatch.setattr(similarity, "_PLACES_AT_ONCE", 10)
        source = random.Random(n_keys)
        keys, rows = [source.randrange(n_keys) for _ in range(500)], [source.randrange(400) for _ in range(500)]

        found = similarity.pairs_by_key(np.array(keys, dtype=np.uint64), np.array(rows, dtype=np.uint32))

        listed = [pair for others, later in found for pair in zip(others.tolist(), later.tolist(), strict=True)]
        assert listed == find_by_sorting(keys, rows)

    def test_are_counted_by_their_rows(self) -> None:
        """The report of a text in five versions tells of five rows in pairs, and lists pairs by their lines."""
        words = next(texts(1, seed=14))
        rows = [talk("Tell me.", " ".join([*words, f"end{number}"])) for number in range(5)]

        report = check(b"".join(rows), depth=Depth.DATASET)

        found = [finding for finding in report.findings if finding.code == "duplicate_near"]
        assert [(finding.line, finding.detail["other_line"]) for finding in found] == [
            (later, earlier) for later in range(2, 6) for earlier in range(1, later)
        ]
        assert {finding.detail["n_rows_in_pairs"] for finding in found} == {5}


class TestEstimates:
    def test_find_what_is_alike(self) -> None:
        """Sketches find nine of ten near copies, and of a hundred others none."""
        originals = [" ".join(words) for words in texts(100, seed=7, n_words=120)]
        copies = [f"{row} end" for row in originals]
        shingles = make_shingles([*originals, *copies, *(" ".join(words) for words in texts(100, seed=8))])
        estimates = Sketches(np.empty(0, dtype=np.uint64))
        estimates.add(shingles, n_rows=300)

        found = {(number, other) for number, other, _similarity in estimates.find(np.ones(300, dtype=np.bool_))}

        assert len(found & {(number, number + 100) for number in range(100)}) >= 90
        assert found <= {(number, number + 100) for number in range(100)}

    def test_take_over_in_large_files(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """When shingles get too many to hold, estimates go on, and what was held is not lost."""
        monkeypatch.setattr(near_duplicates, "_MAX_EXACT_SHINGLES", 5_000)
        monkeypatch.setattr(near_duplicates, "_BATCH_CHARS", 2_000)
        rows = [" ".join(words) for words in texts(200, seed=9)]

        found = find([*rows, *(f"{row} end" for row in rows[:50])])

        assert len(found & {(number + 201, number + 1) for number in range(50)}) >= 40

    def test_take_over_while_stretches_are_merged(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """When the shingles of two stretches together get too many to hold, pairs across them are found."""
        monkeypatch.setattr(near_duplicates, "_MAX_EXACT_SHINGLES", 20_000)
        monkeypatch.setattr(near_duplicates, "_BATCH_CHARS", 2_000)
        rows = [" ".join(words) for words in texts(150, seed=10)]
        first, second = NearDuplicates(), NearDuplicates()
        for number, row in enumerate(rows, 1):
            first.note(number, row)
            second.note(number, f"{row} end")

        first.merge(second, len(rows))

        found = {(pair.line, pair.other_line) for pair in first.find_pairs()}
        assert len(found & {(number + 150, number) for number in range(1, 151)}) >= 135

    @pytest.mark.parametrize("max_held_bytes", [0, 3_000])
    def test_are_the_same_on_disk(self, monkeypatch: pytest.MonkeyPatch, max_held_bytes: int) -> None:
        """The same pairs are found of sketches that were spilled when stretches were joined, looked at bit by bit."""
        rows = [" ".join(words) for words in texts(150, seed=13)]
        parts = [make_shingles(rows[:100]), make_shingles([f"{row} end" for row in rows]), make_shingles(rows[50:])]
        is_compared = np.ones(350, dtype=np.bool_)
        held, spilled = (join_sketches(parts, max_held_bytes=limit) for limit in (1 << 20, max_held_bytes))
        wanted = sorted(held.find(is_compared))

        monkeypatch.setattr(sketches, "_ROWS_AT_ONCE", 30)
        monkeypatch.setattr(sketches, "_PAIRS_AT_ONCE", 20)

        assert len(wanted) >= 200
        assert sorted(spilled.find(is_compared)) == wanted

    @pytest.mark.parametrize("most_held", [2_000_000, 10_000])
    def test_thousands_of_variants_of_one_text_take_no_time(
        self, monkeypatch: pytest.MonkeyPatch, most_held: int
    ) -> None:
        """A file of the same text again and again, or of hardly different ones, ends after so many pairs."""
        monkeypatch.setattr(near_duplicates, "_MAX_EXACT_SHINGLES", most_held)
        monkeypatch.setattr(similarity, "MAX_PAIRS", 1_000)
        monkeypatch.setattr(sketches, "MAX_PAIRS", 1_000)
        kinds = [" ".join(words) for words in texts(25, seed=11)]
        rows = [row for row in kinds for _ in range(100)]

        assert find(rows) == set()
        assert len(find([f"{row} {number}" for number, row in enumerate(rows)])) <= 1_000

    def test_rows_without_shingles_keep_their_places(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Rows too short to be told apart, first, last or between, move no other row when shingles become sketches."""
        monkeypatch.setattr(near_duplicates, "_MAX_EXACT_SHINGLES", 2_000)
        monkeypatch.setattr(near_duplicates, "_BATCH_CHARS", 1_000)
        said = [" ".join(words) for words in texts(30, seed=12)]
        rows = ["!", "a", *said[:15], *["?"] * 500, *said[15:], f"{said[2]} end", f"{said[20]} end", "b"]

        assert find(rows) == {(rows.index(f"{said[at]} end") + 1, rows.index(said[at]) + 1) for at in (2, 20)}

    def test_template_is_told_by_rows(self) -> None:
        """A shingle in more than five rows and 5 % of them is of the template; twice in one row is once."""
        hashes = np.array([7 << 24, 7 << 24, 9 << 24] * 6, dtype=np.uint64)
        rows = np.repeat(np.arange(6, dtype=np.uint32), 3)

        assert find_template(Shingles(hashes, rows)).tolist() == [7, 9]
        assert find_template(Shingles(hashes[:15], rows[:15])).tolist() == []
