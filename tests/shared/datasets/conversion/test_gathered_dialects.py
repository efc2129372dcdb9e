"""Dialects whose rows need several records: batches, trees of replies, answers rated one at a time."""

from pathlib import Path
from typing import Any

import pytest

from shared.datasets.conversion.convert import convert_file
from shared.datasets.conversion.errors import NothingConvertedError, SourceTooLargeError
from shared.datasets.conversion.limits import Limits
from shared.datasets.conversion.options import Options
from shared.datasets.conversion.record import Problem
from tests.shared.datasets.conversion.sources import chat, dialect_of, problems_of, rows_of, write_lines


def request(custom_id: str, question: str) -> dict[str, Any]:
    body = {"model": "gpt-4o", "messages": [{"role": "user", "content": question}]}
    return {"custom_id": custom_id, "method": "POST", "url": "/v1/chat/completions", "body": body}


def answer(custom_id: str, text: str, *, status: int = 200) -> dict[str, Any]:
    body = {"choices": [{"message": {"role": "assistant", "content": text, "refusal": None}}]}
    return {
        "id": "batch_req_1",
        "custom_id": custom_id,
        "response": {"status_code": status, "body": body},
        "error": None,
    }


class TestBatches:
    def test_are_joined(self, tmp_path: Path) -> None:
        """Requests find their answers by custom_id in a second file, in whatever order they are."""
        asked = write_lines(tmp_path, request("a", "1?"), request("b", "2?"), name="in.jsonl")
        answered = write_lines(tmp_path, answer("b", "two"), answer("a", "one"), name="out.jsonl")

        assert rows_of(asked, partner=answered) == [chat("2?", "two"), chat("1?", "one")]

    def test_unanswered_requests(self, tmp_path: Path) -> None:
        """A request without an answer, or with a failed one, is skipped with the reason."""
        source = write_lines(tmp_path, request("a", "1?"), request("b", "2?"), answer("b", "", status=429))

        assert problems_of(source) == [
            (3, "the batch answered with status 429"),
            (1, 'no answer has the custom_id "a"; join the batch\'s other file'),
        ]

    def test_numbers_of_the_second_file(self, tmp_path: Path) -> None:
        """Records of a second file count on behind those of the first."""
        asked = write_lines(tmp_path, request("a", "1?"), name="in.jsonl")
        answered = write_lines(tmp_path, answer("a", "one"), answer("b", "two"), name="out.jsonl")

        problems = [item for item in convert_file(asked, partner=answered) if isinstance(item, Problem)]

        assert [problem.number for problem in problems] == [3]

    def test_one_half_alone(self, tmp_path: Path) -> None:
        """Half a batch converts nothing, and the error says what is missing."""
        with pytest.raises(NothingConvertedError, match="join the batch's other file"):
            list(convert_file(write_lines(tmp_path, request("a", "1?"))))

    def test_waiting_records_are_bounded(self, tmp_path: Path) -> None:
        """Records whose partners never come end in an error before they fill the memory."""
        source = write_lines(tmp_path, *(request(str(number), "?") for number in range(50)))

        with pytest.raises(SourceTooLargeError, match="lie too far apart"):
            list(convert_file(source, limits=Limits(max_gathered_bytes=1000)))


def node(message_id: str, parent: str | None, role: str, text: str, **more: Any) -> dict[str, Any]:
    return {"message_id": message_id, "parent_id": parent, "role": role, "text": text} | more


class TestTrees:
    def test_of_single_messages(self, tmp_path: Path) -> None:
        """From each root the best ranked replies make one conversation, which ends with an answer."""
        source = write_lines(
            tmp_path,
            node("1", None, "prompter", "Hi"),
            node("2", "1", "assistant", "Go away", rank=1),
            node("3", "1", "assistant", "Hello", rank=0),
            node("4", "3", "prompter", "How are you?", rank=0),
        )

        assert dialect_of(source) == "oasst_messages"
        assert rows_of(source) == [chat("Hi", "Hello")]

    def test_nested(self, tmp_path: Path) -> None:
        """Trees that hold their replies are read too; deleted replies do not count."""
        replies = [
            {"role": "assistant", "text": "Spam", "rank": 0, "deleted": True, "replies": []},
            {"role": "assistant", "text": "Hello", "rank": 1, "replies": []},
        ]
        tree = {"message_tree_id": "1", "prompt": {"role": "prompter", "text": "Hi", "replies": replies}}

        assert rows_of(write_lines(tmp_path, tree)) == [chat("Hi", "Hello")]

    def test_circles(self, tmp_path: Path) -> None:
        """Replies that reply to each other have no root, and are told."""
        source = write_lines(
            tmp_path,
            node("1", None, "prompter", "Hi"),
            node("2", "9", "assistant", "Lost"),
            node("3", "1", "assistant", "Ho"),
        )

        assert problems_of(source) == [(2, "the message replies to one that is not there")]


def rated(question: str, text: str, label: Any) -> dict[str, Any]:
    return {"prompt": question, "completion": text, "label": label}


class TestRatings:
    def test_good_ones_are_chat_rows(self, tmp_path: Path) -> None:
        """Good answers become chat rows, and bad ones are skipped with the option that would use them."""
        source = write_lines(tmp_path, rated("1?", "one", label=True), rated("2?", "fish", label=False))

        assert dialect_of(source) == "kto"
        assert "kto: pairs" in problems_of(source)[0][1]

    def test_pairs(self, tmp_path: Path) -> None:
        """Good and bad answers to the same prompt become preference rows; the others are told."""
        source = write_lines(
            tmp_path,
            rated("1?", "fish", label="false"),
            rated("1?", "one", label="true"),
            rated("2?", "two", label="true"),
        )

        items = list(convert_file(source, options=Options(kto="pairs")))

        assert [tuple(item)[:2] for item in items] == [
            (
                2,
                {
                    "input": {"messages": [{"role": "user", "content": "1?"}]},
                    "preferred_output": [{"role": "assistant", "content": "one"}],
                    "non_preferred_output": [{"role": "assistant", "content": "fish"}],
                },
            ),
            (3, "no bad answer to the same prompt was left to pair it with"),
        ]
