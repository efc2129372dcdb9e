"""Multiple choice, and AR-LSAT as released."""

from pathlib import Path
from typing import Any

import pytest

from shared.datasets.conversion.dialects.choices import AR_LSAT_SYSTEM
from shared.datasets.conversion.options import Options
from tests.shared.datasets.conversion.sources import chat, dialect_of, problems_of, rows_of, write_lines

OPTIONS = ["Red", "Green", "Blue"]
ASKED = "Which?\nA. Red\nB. Green\nC. Blue\nAnswer:"


class TestMultipleChoice:
    @pytest.mark.parametrize(
        "record",
        [
            {"question": "Which?", "options": OPTIONS, "answer": "B"},
            {"question": "Which?", "choices": OPTIONS, "answer": 1},
            {"question": "Which?", "choices": OPTIONS, "answer": "Green"},
            {"question": "Which?", "choices": {"text": OPTIONS, "label": ["1", "2", "3"]}, "answerKey": "2"},
            {"question": "Which?", "choices": '["Red", "Green", "Blue"]', "label": "1.0"},
        ],
    )
    def test_answers(self, tmp_path: Path, record: dict[str, Any]) -> None:
        """The right option may be told by letter, number from 0, text or a label of its own."""
        source = write_lines(tmp_path, record)

        assert dialect_of(source) == "multiple_choice"
        assert rows_of(source) == [chat(ASKED, "B")]

    def test_columns(self, tmp_path: Path) -> None:
        """Options may have columns of their own, and a passage stands above the question."""
        record = {
            "question": "Which?",
            "A": "Red",
            "B": "Green",
            "C": "Blue",
            "D": "None",
            "answer": "d",
            "passage": "Look.",
        }

        assert rows_of(write_lines(tmp_path, record)) == [
            chat("Passage: Look.\nQuestion: Which?\nA. Red\nB. Green\nC. Blue\nD. None\nAnswer:", "D")
        ]

    @pytest.mark.parametrize("answer", ["D", 3, "Pink", ""])
    def test_wrong_labels(self, tmp_path: Path, answer: Any) -> None:
        """An answer that is none of the options is told."""
        source = write_lines(tmp_path, {"question": "Which?", "options": OPTIONS, "answer": answer})

        assert "is none of the 3 options" in problems_of(source)[0][1]


def passage(*questions: dict[str, Any]) -> dict[str, Any]:
    return {"id": "1", "passageId": "1", "fatherId": "", "passage": "Five sit in a row.", "questions": list(questions)}


def question(number: int, answer: str) -> dict[str, Any]:
    return {
        "id": f"q_{number}",
        "question": f"Who is {number}?",
        "isExcept": "",
        "options": ["Ann", "Bo"],
        "answer": answer,
    }


class TestArLsat:
    def test_as_released(self, tmp_path: Path) -> None:
        """A passage with its questions becomes a row for each, in the form of published fine-tunings."""
        source = write_lines(tmp_path, passage(question(1, "B"), question(2, "A")))

        rows = rows_of(source)

        assert dialect_of(source) == "ar_lsat"
        assert rows[0] == chat(
            "Passage: Five sit in a row.Question: Who is 1?\nA. Ann\nB. Bo\nAnswer:", "B", system=AR_LSAT_SYSTEM
        )
        assert [row["messages"][2]["content"] for row in rows] == ["B", "A"]

    def test_one_bad_question(self, tmp_path: Path) -> None:
        """A question with a wrong label is skipped by its id, and the others of its passage are not."""
        source = write_lines(tmp_path, passage(question(1, "E"), question(2, "A")))

        assert problems_of(source) == [(1, 'question "q_1": the answer "E" is none of the 2 options')]

    def test_system_text(self, tmp_path: Path) -> None:
        """The instruction can be another one, or none."""
        source = write_lines(tmp_path, passage(question(1, "B")))

        assert rows_of(source, options=Options(system="Choose."))[0]["messages"][0]["content"] == "Choose."
        assert rows_of(source, options=Options(system=""))[0]["messages"][0]["role"] == "user"

    def test_complete_release(self, tmp_path: Path) -> None:
        """The flat release makes the same rows of its numbers."""
        record = {"context": "Five.", "question": "Who?", "answers": ["Ann", "Bo"], "label": 1, "id_string": "x"}

        assert rows_of(write_lines(tmp_path, record)) == [
            chat("Passage: Five.Question: Who?\nA. Ann\nB. Bo\nAnswer:", "B", system=AR_LSAT_SYSTEM)
        ]
