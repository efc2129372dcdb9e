"""Questions about one passage are one group, and templates make none."""

import random

from shared.datasets.context_groups import find_context_groups

LETTERS = "abcdefghijklmnopqrstuvwxyz "


def passage(seed: int, length: int = 400) -> str:
    return "".join(random.Random(seed).choices(LETTERS, k=length))


class TestContextGroups:
    def test_are_the_passages(self) -> None:
        """Rows with the same passage are one group, whatever their order in the file."""
        rows = [
            (number, f"Passage: {passage(number)} Question {part}: {passage(900 + part, 40)}")
            for number in range(60)
            for part in range(number % 5 + 1)
        ]
        random.Random(1).shuffle(rows)

        groups = find_context_groups([text for _number, text in rows])

        pairs = {(group, number) for group, (number, _text) in zip(groups, rows, strict=True)}
        assert len(pairs) == len(set(groups)) == 60

    def test_template_is_no_context(self) -> None:
        """A long instruction before every row puts no two of them together."""
        rows = [f"{passage(5, 2_000)} Now: {passage(number, 60)}" for number in range(100)]

        assert len(set(find_context_groups(rows))) == 100

    def test_passages_behind_a_template(self) -> None:
        """Contexts are told by what is shared beyond the template."""
        rows = [
            f"{passage(5, 2_000)} {passage(number // 2, 300)} {passage(1_000 + number, 50)}" for number in range(100)
        ]

        assert len(set(find_context_groups(rows))) == 50

    def test_short_likeness_is_chance(self) -> None:
        """Less than 200 shared characters are no context."""
        assert find_context_groups([f"{passage(1, 150)}a", f"{passage(1, 150)}b"]) == [0, 1]

    def test_nothing_gives_nothing(self) -> None:
        """No row, no group."""
        assert find_context_groups([]) == []
