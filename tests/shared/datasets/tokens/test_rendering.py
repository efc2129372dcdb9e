"""One row as its model is trained on it."""

import json
from pathlib import Path
from typing import Any

import pytest

from shared.datasets.formats import find_format
from shared.datasets.make_row import make_row
from shared.datasets.plain import read_plain_row
from shared.datasets.row import Row
from shared.datasets.tokens.counted import HostedCounter, get_row_counter
from shared.datasets.tokens.rendering import Rendering, render_row
from shared.datasets.tokens.target import engine_target, hosted_target
from shared.engine.errors import ChatTemplateError
from tests.shared.datasets.builders import ANSWER, CALLING, GOOD, TOOL, USER, chat, graded, line, pair, talk
from tests.shared.datasets.tokens.counters import MODEL
from tests.shared.datasets.tokens.goldens import GLOOMY_ROWS, TIDE_ROW, say

PICTURE = say("user", [{"type": "text", "text": "Look:"}, {"type": "image_url", "image_url": {"url": "https://x"}}])
LINES = [
    GOOD,
    *map(line, GLOOMY_ROWS),
    line({**TIDE_ROW, "messages": [*TIDE_ROW["messages"], say("assistant", "At noon.")]}),
    chat(say("user", "Hi", name="Ann"), say("assistant", "a", weight=0), USER, say("assistant", "Grüße, 中文 😀")),
    chat(USER, CALLING, ANSWER, say("assistant", "ok"), tools=[TOOL]),
    chat(PICTURE, say("assistant", "I see.")),
    pair("Yes.", "No, never."),
    graded("2 + 2?", answer=4),
    line({"prompt": "one two ->", "completion": " three"}),
]


def read(data: bytes) -> Row:
    value: dict[str, Any] = json.loads(data)
    format_ = find_format(value, method=None)
    assert format_ is not None
    return make_row(value, format_)


def show(data: bytes, model: str = MODEL) -> Rendering:
    return render_row(read(data), hosted_target(model))


class TestHostedModels:
    @pytest.mark.parametrize("data", LINES)
    @pytest.mark.parametrize("model", ["gpt-4o-mini", "gpt-3.5-turbo-0613"])
    def test_show_what_is_counted(self, data: bytes, model: str) -> None:
        """The pieces of a row add up to its count, in all and in what is learned, for rows of every kind."""
        counted = HostedCounter(get_row_counter(model)).count([(1, read(data))])[0]
        shown = show(data, model)

        rows = [shown.row] if shown.rejected is None else [shown.row, shown.rejected]
        limit = hosted_target(model).limit_tokens or 0
        assert [row.total for row in rows] == [sequence.total for sequence in counted.sequences]
        assert [row.trained for row in rows] == [sequence.trained_within(limit) for sequence in counted.sequences]
        assert all(sum(segment.n_tokens for segment in row.segments) == row.total for row in rows)

    def test_show_texts_with_their_ids(self) -> None:
        """Each text stands with the ids of tiktoken, and the answer alone is learned."""
        segments = show(talk("Hello", "Hello world")).row.segments

        assert [(segment.text, segment.tokens) for segment in segments if segment.trained] == [
            ("Hello world", [13225, 2375])
        ]
        assert [(segment.kind, segment.text) for segment in segments if segment.tokens] == [
            ("role", "user"),
            ("text", "Hello"),
            ("role", "assistant"),
            ("text", "Hello world"),
        ]

    def test_show_marks_without_ids(self) -> None:
        """What the provider does not publish has a number of tokens, no ids, and a note that says so."""
        shown = show(GOOD)
        marks = [segment for segment in shown.row.segments if segment.kind == "mark"]

        assert [(mark.n_tokens, mark.tokens) for mark in marks] == [(3, [])] * 3
        assert "not published" in shown.note
        assert shown.is_exact

    def test_show_tools_and_images_as_estimates(self) -> None:
        """Tools and images stand as what they are counted for."""
        shown = show(LINES[6])

        assert [segment.n_tokens for segment in shown.row.segments if segment.kind == "tools"] == [69]
        assert not shown.is_exact
        assert [
            one.n_tokens for one in show(chat(PICTURE, say("assistant", "ok"))).row.segments if one.kind == "image"
        ] == [765]

    def test_show_where_a_row_is_cut(self) -> None:
        """What lies behind the model's limit is shown as lost, and the piece that is cut as two."""
        row = show(line(GLOOMY_ROWS[4]), "gpt-3.5-turbo-0613").row

        assert row.truncated_at == 4096
        assert sum(segment.n_tokens for segment in row.segments if segment.kept) == 4096
        assert [segment.kept for segment in row.segments if segment.trained] == [True, False]
        assert "".join(segment.text for segment in row.segments if segment.trained) == "It will not last!" * 1600

    def test_show_both_answers_of_a_preference(self) -> None:
        """The rejected answer has a conversation of its own."""
        shown = show(pair("Yes.", "No."))

        assert shown.rejected is not None
        assert [row.segments[-1].text for row in (shown.row, shown.rejected)] == ["Yes.", "No."]

    def test_show_plain_rows_alike(self) -> None:
        """A row read the short way looks as it does read the long way."""
        plain = read_plain_row(GOOD.strip())

        assert plain is not None
        assert render_row(plain, hosted_target(MODEL)) == show(GOOD)

    def test_of_no_known_family_are_estimates(self) -> None:
        """The tokens of a model nobody knows are called an estimate."""
        assert not show(GOOD, "somebodys-model").is_exact


class TestEngineModels:
    def test_show_their_own_template(self, tiny_model: Path) -> None:
        """Text, ids and mask are those of the training, end-of-turn mark included."""
        shown = render_row(read(talk("Hi", "Yo")), engine_target("tiny", tiny_model, limit_tokens=512))

        assert [(segment.text, segment.trained) for segment in shown.row.segments] == [
            ("<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n", False),
            ("Yo<|im_end|>", True),
            ("\n", False),
        ]
        assert all(len(segment.tokens) == segment.n_tokens for segment in shown.row.segments)
        assert shown.is_exact

    def test_show_where_a_row_is_cut(self, tiny_model: Path) -> None:
        """The engine's limit is shown in the middle of an answer."""
        shown = render_row(read(talk("Hi", "Yo" * 50)), engine_target("tiny", tiny_model, limit_tokens=60))

        assert (shown.row.truncated_at, shown.row.trained) == (60, 60 - 21)
        assert not shown.row.segments[-1].kept

    def test_show_both_answers_of_a_preference(self, tiny_model: Path) -> None:
        """Preference rows are two conversations for the engine, too."""
        shown = render_row(read(pair("Yes.", "No.")), engine_target("tiny", tiny_model, limit_tokens=512))

        assert shown.rejected is not None
        assert shown.rejected.segments[1].text == "No.<|im_end|>"

    def test_refuse_what_they_cannot_show(self, tiny_model: Path) -> None:
        """Tools that the template has no place for are refused in its words."""
        with pytest.raises(ChatTemplateError, match="no place for tools"):
            render_row(read(chat(tools=[TOOL])), engine_target("tiny", tiny_model, limit_tokens=512))

    def test_are_estimated_while_they_are_not_ready(self) -> None:
        """Without its folder a base is shown as a hosted model would be, and called an estimate."""
        shown = render_row(read(GOOD), engine_target("later", None, limit_tokens=512))

        assert not shown.is_exact
        assert "not ready" in shown.note
