"""Dialects of preference rows."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.shared.datasets.conversion.sources import dialect_of, problems_of, rows_of, write_lines

USER = {"role": "user", "content": "Tea?"}
YES, NO = {"role": "assistant", "content": "Gladly."}, {"role": "assistant", "content": "Go away."}
EXPECTED = {"input": {"messages": [USER]}, "preferred_output": [YES], "non_preferred_output": [NO]}
HUMAN, GOOD, BAD = (
    {"from": who, "value": text} for who, text in (("human", "Tea?"), ("gpt", "Gladly."), ("gpt", "Go away."))
)

RECORDS: list[tuple[str, dict[str, Any]]] = [
    ("preference", EXPECTED),
    ("chosen_rejected", {"prompt": "Tea?", "chosen": "Gladly.", "rejected": "Go away."}),
    ("chosen_rejected", {"question": "Tea?", "chosen": "Gladly.", "rejected": "Go away.", "system": ""}),
    ("chosen_rejected", {"prompt": "Tea?", "chosen": [USER, YES], "rejected": [USER, NO]}),
    ("chosen_rejected", {"prompt": [USER], "chosen": [YES], "rejected": [NO]}),
    ("chosen_rejected", {"chosen": {"messages": [USER, YES]}, "rejected": {"messages": [USER, NO]}}),
    ("chosen_rejected", {"chosen_messages": [USER, YES], "rejected_messages": [USER, NO]}),
    ("chosen_rejected", {"conversations": [HUMAN], "chosen": GOOD, "rejected": BAD}),
    (
        "chosen_rejected",
        {"chosen": "\n\nHuman: Tea?\n\nAssistant: Gladly.", "rejected": "\n\nHuman: Tea?\n\nAssistant: Go away."},
    ),
    ("chosen_rejected", {"prompt": "Tea?", "chosen": json.dumps([YES]), "rejected": "Go away."}),
    ("rated_pair", {"prompt": "Tea?", "response_0": "Go away.", "response_1": "Gladly.", "better_response_id": 1}),
    ("rated_pair", {"question": "Tea?", "answer1": "Gladly.", "answer2": "Go away.", "preferred": "answer1"}),
]  # fmt: skip


class TestPreferences:
    @pytest.mark.parametrize(("name", "record"), RECORDS, ids=[f"{n}-{name}" for n, (name, _) in enumerate(RECORDS)])
    def test_convert(self, tmp_path: Path, name: str, record: dict[str, Any]) -> None:
        """Every way to write a preference down becomes the same row."""
        source = write_lines(tmp_path, record)

        assert dialect_of(source) == name
        assert rows_of(source) == [EXPECTED]

    def test_prompts_told_three_times(self, tmp_path: Path) -> None:
        """Where prompt, both conversations and the messages of the better one are there, the answers stay apart."""
        record = {"prompt": "Tea?", "chosen": [USER, YES], "rejected": [USER, NO], "messages": [USER, YES], "score": 9}

        assert rows_of(write_lines(tmp_path, record)) == [EXPECTED]

    def test_alpaca_with_two_answers(self, tmp_path: Path) -> None:
        """Instruction and input together are the prompt of both answers."""
        record = {"instruction": "Offer", "input": "tea", "chosen": "Tea?", "rejected": "No."}

        rows = rows_of(write_lines(tmp_path, record))

        assert rows[0]["input"]["messages"] == [{"role": "user", "content": "Offer\ntea"}]

    def test_several_turns_apart(self, tmp_path: Path) -> None:
        """Conversations that part before their last answer are no pair that can be trained on."""
        record = {"chosen": [USER, YES, USER, YES], "rejected": [USER, NO, USER, NO]}

        assert problems_of(write_lines(tmp_path, record)) == [
            (1, "the chosen answer is 3 messages where a preference row takes one")
        ]

    def test_undecided(self, tmp_path: Path) -> None:
        """A verdict that names neither answer is told."""
        record = {"prompt": "Tea?", "response_0": "a", "response_1": "b", "better_response_id": "both"}

        assert 'cannot be told from "both"' in problems_of(write_lines(tmp_path, record))[0][1]
