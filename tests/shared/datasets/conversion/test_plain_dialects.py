"""Dialects whose records are one question and one answer, or a list of turns."""

from pathlib import Path
from typing import Any

import pytest

from shared.datasets.conversion.convert import Conversion
from shared.datasets.conversion.options import Options
from tests.shared.datasets.conversion.sources import chat, dialect_of, problems_of, rows_of, write_lines

PLAIN = [
    ("alpaca", {"instruction": "Add these.", "input": "2 and 3", "output": "5"}, chat("Add these.\n2 and 3", "5")),
    ("alpaca", {"instruction": "Say hi.", "input": "", "output": "Hi."}, chat("Say hi.", "Hi.")),
    (
        "alpaca",
        {"instruction": "And now?", "output": "Noon.", "system": "Be brief.", "history": [["Early?", "Yes."]]},
        chat("Early?", "Yes.", "And now?", "Noon.", system="Be brief."),
    ),
    (
        "dolly",
        {"instruction": "Who wrote it?", "context": "Ida wrote it.", "response": "Ida.", "category": "closed_qa"},
        chat("Who wrote it?\nIda wrote it.", "Ida."),
    ),
    ("ms_swift", {"query": "2+2?", "response": "4", "system": "Count."}, chat("2+2?", "4", system="Count.")),
    ("qa", {"question": "Red or blue?", "answer": "Red."}, chat("Red or blue?", "Red.")),
    (
        "qa",
        {"question": "Where?", "context": "In Oslo.", "answers": {"text": ["Oslo"], "answer_start": [3]}},
        chat("Where?\nIn Oslo.", "Oslo"),
    ),
    ("prompt_completion", {"prompt": "Ping\n\n###\n\n", "completion": " pong END"}, chat("Ping", "pong")),
    ("input_output", {"input": "Ping", "output": "pong"}, chat("Ping", "pong")),
    ("input_output", {"user": "Ping", "assistant": "pong"}, chat("Ping", "pong")),
    ("labelled_text", {"text": "Great film", "label": "good"}, chat("Great film", "good")),
    ("qa", {"Question": "Red?", "Answer": "No.", "Nr": 1}, chat("Red?", "No.")),
    ("prompt_completion", {"prompt": "Ping ->", "completion": " pong\n"}, chat("Ping", "pong")),
    (
        "sharegpt",
        {"conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hello"}], "system": "Be kind."},
        chat("Hi", "Hello", system="Be kind."),
    ),
    ("exchanges", {"conversation": [{"human": "Hi", "assistant": "Ho"}]}, chat("Hi", "Ho")),
    ("chat", {"messages": chat("Hi", "Ho")["messages"], "source": "web", "id": 7}, chat("Hi", "Ho")),
]  # fmt: skip


class TestPlainDialects:
    @pytest.mark.parametrize(
        ("name", "record", "expected"), PLAIN, ids=[f"{n}-{name}" for n, (name, *_) in enumerate(PLAIN)]
    )
    def test_convert(self, tmp_path: Path, name: str, record: dict[str, Any], expected: dict[str, Any]) -> None:
        """A record of a known dialect is recognised by its keys and becomes a chat row."""
        source = write_lines(tmp_path, record)

        assert dialect_of(source) == name
        assert rows_of(source) == [expected]

    def test_separators_can_stay(self, tmp_path: Path) -> None:
        """Separators of the old completion format stay when the caller wants the texts as they are."""
        source = write_lines(tmp_path, {"prompt": "Ping ->", "completion": " pong"})

        assert rows_of(source, options=Options(strip_legacy=False)) == [chat("Ping ->", " pong")]

    def test_stanford_template(self, tmp_path: Path) -> None:
        """An Alpaca input can stand under the heading that Stanford gave it."""
        source = write_lines(tmp_path, {"instruction": "Add.", "input": "2, 3", "output": "5"})

        assert rows_of(source, options=Options(input_template="stanford")) == [chat("Add.\n\n### Input:\n2, 3", "5")]

    def test_system_option(self, tmp_path: Path) -> None:
        """A system text given as an option leads the rows that have none of their own."""
        source = write_lines(
            tmp_path, {"query": "a", "response": "b"}, {"query": "c", "response": "d", "system": "Own."}
        )

        assert rows_of(source, options=Options(system="Given.")) == [
            chat("a", "b", system="Given."),
            chat("c", "d", system="Own."),
        ]

    def test_records_without_an_answer(self, tmp_path: Path) -> None:
        """A record without an answer is skipped with its line and the field that is empty."""
        source = write_lines(tmp_path, {"question": "a", "answer": "b"}, {"question": "c", "answer": None})

        assert problems_of(source) == [(2, '"answer" is empty or not there')]

    def test_plain_text_is_refused(self, tmp_path: Path) -> None:
        """Plain texts are recognised, and no chat row is made of them."""
        source = write_lines(tmp_path, {"text": "Once upon a time."})

        assert dialect_of(source) == "text"
        assert "has no question and no answer" in problems_of(source)[0][1]


class TestChat:
    def test_system_columns(self, tmp_path: Path) -> None:
        """A system text beside the messages leads them."""
        source = write_lines(tmp_path, {"system": "Be kind.", "messages": chat("Hi", "Ho")["messages"]})

        assert rows_of(source) == [chat("Hi", "Ho", system="Be kind.")]

    def test_images_in_a_column(self, tmp_path: Path) -> None:
        """Empty image parts are filled from the column of images, in order."""
        asked = {"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "What?"}]}
        answered = {"role": "assistant", "content": "A cat."}
        record = {"messages": [asked, answered], "images": ["https://example.com/cat.png"]}

        rows = rows_of(write_lines(tmp_path, record))

        assert rows[0]["messages"][0]["content"] == [
            {"type": "image_url", "image_url": {"url": "https://example.com/cat.png"}},
            {"type": "text", "text": "What?"},
        ]

    def test_other_names_of_roles(self, tmp_path: Path) -> None:
        """Messages whose roles are not the wire's are read as turns of people and bots."""
        turns = [{"role": "Human", "content": "Hi"}, {"role": "AI", "content": "Ho"}]

        assert rows_of(write_lines(tmp_path, {"messages": turns})) == [chat("Hi", "Ho")]

    def test_rows_for_graders(self, tmp_path: Path) -> None:
        """Messages that end with the user keep the fields beside them, for graders."""
        record = {"messages": chat("2+2?")["messages"], "answer": 4}
        source = write_lines(tmp_path, record)

        assert dialect_of(source) == "reinforcement"
        assert rows_of(source) == [record]

    def test_unused_fields(self, tmp_path: Path) -> None:
        """Fields that do not get into the rows are named."""
        source = write_lines(tmp_path, {"messages": chat("Hi", "Ho")["messages"], "source": "web"})

        with Conversion(source) as conversion:
            assert conversion.describe(conversion.match()).unused_fields == ["source"]


class TestMappings:
    def test_by_hand(self, tmp_path: Path) -> None:
        """Unknown fields are converted once a mapping names their parts."""
        source = write_lines(tmp_path, {"frage": "Wer?", "antwort": "Ich.", "quelle": "x"})

        assert rows_of(source, mapping={"prompt": "frage", "response": "antwort"}) == [chat("Wer?", "Ich.")]

    def test_reach_into_objects(self, tmp_path: Path) -> None:
        """A name with dots reaches into objects."""
        source = write_lines(tmp_path, {"in": {"text": "Wer?"}, "out": {"text": "Ich."}})

        assert rows_of(source, mapping={"prompt": "in.text", "response": "out.text"}) == [chat("Wer?", "Ich.")]

    def test_of_speakers(self, tmp_path: Path) -> None:
        """Names of speakers that nobody knows are given their roles by hand."""
        turns = [{"who": "Klant", "said": "Hallo"}, {"who": "Medewerker", "said": "Dag"}]
        mapping = {
            "messages": "dialog",
            "role_key": "who",
            "content_key": "said",
            "role_map": {"Klant": "user", "Medewerker": "assistant"},
        }

        assert rows_of(write_lines(tmp_path, {"dialog": turns}), mapping=mapping) == [chat("Hallo", "Dag")]
