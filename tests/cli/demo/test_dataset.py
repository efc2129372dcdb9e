"""The demo's data: good enough to learn a format from, and honest about what is held out."""

from collections import Counter
from pathlib import Path

import pytest

from cli.demo.dataset import CATEGORIES, TRAINING_FILE, VALIDATION_FILE, category_of, load_held_out, read_rows

FILES = [pytest.param(TRAINING_FILE, 60, id="training"), pytest.param(VALIDATION_FILE, 12, id="validation")]


def requests(path: Path) -> list[str]:
    return [row["messages"][1]["content"] for row in read_rows(path)]


def answers(path: Path) -> list[str]:
    return [row["messages"][2]["content"] for row in read_rows(path)]


class TestRows:
    @pytest.mark.parametrize(("path", "count"), FILES)
    def test_every_category_is_as_frequent_as_the_others(self, path: Path, count: int) -> None:
        """Both files hold the six categories in equal parts."""
        categories = Counter(category_of(answer) for answer in answers(path))

        assert categories == dict.fromkeys(CATEGORIES, count // len(CATEGORIES))

    @pytest.mark.parametrize(("path", "count"), FILES)
    def test_rows_are_system_user_assistant(self, path: Path, count: int) -> None:
        """Each row is one exchange under the same system message."""
        held_out = load_held_out()

        rows = read_rows(path)

        assert len(rows) == count
        assert {tuple(message["role"] for message in row["messages"]) for row in rows} == {
            ("system", "user", "assistant")
        }
        assert {row["messages"][0]["content"] for row in rows} == {held_out.system}

    def test_no_request_occurs_twice(self) -> None:
        """Training, validation and held-out requests are all different."""
        held_out = [question.text for question in load_held_out().questions]

        texts = [text.lower() for text in requests(TRAINING_FILE) + requests(VALIDATION_FILE) + held_out]

        assert len(set(texts)) == len(texts) == 78

    def test_answers_are_short(self) -> None:
        """No answer is longer than 40 words, so that a step on two cores stays short."""
        longest = max(len(answer.split()) for answer in answers(TRAINING_FILE) + answers(VALIDATION_FILE))

        assert longest <= 40

    def test_there_is_a_question_for_each_category(self) -> None:
        """The held-out questions cover all six categories."""
        assert [question.category for question in load_held_out().questions] == list(CATEGORIES)


class TestHouseFormat:
    GOOD = "[BILLING | P1]\nSorry about that.\n1. Do this.\n2. Do that.\nThe Larkdesk team"

    def test_an_answer_in_house_format_tells_its_category(self) -> None:
        """The category is read from the tag of an answer in house format."""
        assert category_of(self.GOOD) == "BILLING"

    @pytest.mark.parametrize(
        "answer",
        [
            pytest.param("Sure! Please check your bank statement.", id="a chatty answer"),
            pytest.param(GOOD.replace("BILLING", "OTHER"), id="an unknown category"),
            pytest.param(GOOD.replace("P1", "P4"), id="an unknown priority"),
            pytest.param(GOOD.replace("1. Do this.\n", ""), id="a missing step"),
            pytest.param(GOOD.removesuffix("\nThe Larkdesk team"), id="no sign-off"),
            pytest.param(GOOD + "\nAnything else?", id="something after the sign-off"),
        ],
    )
    def test_anything_else_does_not(self, answer: str) -> None:
        """An answer that leaves the house format in any line has no category."""
        assert category_of(answer) is None
