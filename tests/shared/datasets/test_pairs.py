"""Rows that say the same or contradict each other."""

import pytest

from shared.datasets.codes import Severity
from tests.shared.datasets.builders import ASSISTANT, TOOL, asks, chat, check, check_quality, find, line, stories, talk


class TestPairs:
    @pytest.mark.parametrize(
        "other",
        [
            talk("Where is  my\norder?", " On its way."),
            talk("Where is my order?", "On its way."),
            line({"messages": [{"content": "Where is my order?", "role": "user"}, {**ASSISTANT, "weight": 1}]}),
            chat({"role": "user", "content": [{"type": "text", "text": "Where is my order?"}]}, ASSISTANT),
        ],
    )
    def test_duplicates_are_told_by_what_is_said(self, other: bytes) -> None:
        """White space, the order of keys and how a text is written down make no other row."""
        finding = find(check(chat() + other), "duplicate_exact")

        assert (finding.line, finding.detail["other_line"]) == (2, 1)

    @pytest.mark.parametrize(
        "other",
        [
            talk("where is my order?", "On its way."),
            talk("Where is my order?", "On its way!"),
            talk("Whereis my order?", "On its way."),
            talk("Where is my order?", "On its way.", "Be brief."),
            chat(tools=[TOOL]),
        ],
    )
    def test_other_words_are_no_duplicates(self, other: bytes) -> None:
        """Case, words, system prompt and tools make another row."""
        assert "duplicate_exact" not in check(chat() + other).counts

    def test_compatible_characters_are_the_same(self) -> None:
        """Ligatures and full-width letters are what they stand for."""
        assert check(talk("\ufb01nd \uff21", "\xe9") + talk("find A", "e\u0301")).counts["duplicate_exact"] == 1

    def test_conflicts(self) -> None:
        """Another answer to a prompt is a warning, and an error where answers are labels."""
        texts = check_quality(asks(stories(10)) + talk("Question 3?", "Quite another story, of no number at all."))
        labels = check_quality(asks(["yes", "no"] * 5) + talk("Question 3?", "yes"))

        assert find(texts, "conflicting_answers").severity is Severity.WARNING
        assert find(labels, "conflicting_answers").severity is Severity.ERROR
        assert find(labels, "conflicting_answers").message.startswith("Line 11: The prompt is the same as on line 4")

    def test_repeated_prompts(self) -> None:
        """The same question and answer in two conversations is told."""
        repeated = talk("Where?", "Here.", "Be brief.") + talk("Where?", "Here.", "Be kind.")
        other = talk("Where?", "Here.", "Be brief.") + talk("Where?", "There.", "Be kind.")

        assert check_quality(repeated).counts["prompt_repeated"] == 1
        assert check_quality(other).counts["prompt_repeated"] == 0
