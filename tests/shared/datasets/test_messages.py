"""What a row and its messages may look like, beyond the one example that each code has."""

from typing import Any

import pytest

from tests.shared.datasets.builders import ASSISTANT, GOOD, USER, chat, check, codes, line

CALL = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}
CALLING = {"role": "assistant", "content": None, "tool_calls": [CALL]}
ANSWER = {"role": "tool", "tool_call_id": "c1", "content": "1"}
IMAGE = {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}
TEXT = {"type": "text", "text": "What is this?"}
TOOL = {"type": "function", "function": {"name": "f"}}


class TestSoundRows:
    @pytest.mark.parametrize(
        "row",
        [
            pytest.param(chat({"role": "developer", "content": "Be brief."}, USER, ASSISTANT), id="developer"),
            pytest.param(chat({**USER, "name": "jane_doe-1"}, ASSISTANT), id="name"),
            pytest.param(chat(USER, {**ASSISTANT, "weight": 0}, USER, {**ASSISTANT, "weight": 1}), id="weights"),
            pytest.param(chat({"role": "user", "content": [TEXT, IMAGE]}, ASSISTANT), id="parts"),
            pytest.param(chat(USER, {"role": "assistant", "refusal": "I cannot."}), id="refusal"),
            pytest.param(chat(USER, CALLING), id="open call at the end"),
            pytest.param(
                chat(USER, CALLING, ANSWER, ASSISTANT, tools=[], parallel_tool_calls=False), id="answered call"
            ),
            pytest.param(
                chat(USER, {**ASSISTANT, "weight": 0, "content": ""}, USER, ASSISTANT), id="blank, not learned"
            ),
            pytest.param(chat({"role": "user", "content": "\x00\x1b[31m\u202e"}, ASSISTANT), id="control characters"),
            pytest.param(chat({"role": "user", "content": "x" * 1_000_000}, ASSISTANT), id="a megabyte of text"),
            pytest.param(chat(*[USER, ASSISTANT] * 1_000), id="2,000 messages"),
        ],
    )
    def test_have_no_errors(self, row: bytes) -> None:
        """Everything that the format allows passes."""
        report = check(row)

        assert (report.n_examples, report.n_errors) == (1, 0)

    def test_null_padding_is_dropped(self) -> None:
        """Keys that a table has padded with null count as absent, in messages."""
        padding = {
            "name": None,
            "tool_calls": None,
            "tool_call_id": None,
            "function_call": None,
            "weight": None,
            "mood": None,
        }
        row = chat({**padding, **USER}, {**padding, **ASSISTANT})

        assert codes(check(row)) == {}


class TestContent:
    @pytest.mark.parametrize(
        ("content", "found"),
        [
            (None, {"content_missing": 1}),
            (5, {"content_wrong_type": 1}),
            (True, {"content_wrong_type": 1}),
            ({"text": "x"}, {"content_wrong_type": 1}),
            ("\n\t ", {"content_empty": 1}),
            ([], {"content_empty": 1}),
            ([{"type": "text", "text": " "}], {"content_empty": 1}),
            (["x", 5, None], {"content_part_invalid": 3}),
            ([{"text": "x"}, {"type": 5, "text": "x"}, {"type": "video"}], {"content_part_invalid": 3}),
            ([{"type": "text", "text": None}, {"type": "image_url", "image_url": "x"}], {"content_part_invalid": 2}),
            ([{"type": "image_url", "image_url": {}}], {"content_part_invalid": 1}),
        ],
    )
    def test_of_the_assistant(self, content: Any, found: dict[str, int]) -> None:
        """Each broken content of an assistant message is an error."""
        report = check(chat(USER, {"role": "assistant", "content": content}))

        assert codes(report) == found
        assert report.n_errors == sum(found.values())

    @pytest.mark.parametrize("role", ["system", "user"])
    def test_blank_elsewhere_is_a_warning(self, role: str) -> None:
        """A blank text that the model does not learn from is only a warning."""
        report = check(chat({"role": role, "content": ""}, USER, ASSISTANT))

        assert report.n_errors == 0
        assert report.counts["content_empty"] == 1

    def test_long_text_is_refused(self) -> None:
        """One text of more than 10 MB is an error that points at it."""
        row = chat({"role": "user", "content": [{"type": "text", "text": "x" * 10_000_001}]}, ASSISTANT)

        report = check(row, max_line_bytes=16 << 20)

        assert codes(report) == {"string_too_long": 1}
        assert report.findings[0].path == "/messages/0/content/0/text"


class TestRoles:
    @pytest.mark.parametrize("role", ["Assistant", "gpt", "", 5, [], {}, True, ["user"]])
    def test_unknown(self, role: Any) -> None:
        """A role is one of six words; anything else is one error and raises no follow-up errors."""
        assert codes(check(chat(USER, {"role": role, "content": "x"}))) == {"role_unknown": 1}

    @pytest.mark.parametrize("weight", [2, -1, 0.5, 1.0, "1", True, [], {}])
    def test_weight(self, weight: Any) -> None:
        """A weight is the integer 0 or 1."""
        assert codes(check(chat(USER, {**ASSISTANT, "weight": weight}))) == {"weight_invalid": 1}

    def test_weight_belongs_to_the_assistant(self) -> None:
        """Only assistant messages may have a weight."""
        assert codes(check(chat({**USER, "weight": 1}, ASSISTANT))) == {"weight_invalid": 1}

    @pytest.mark.parametrize("name", ["", "x" * 65, "a b", "ä", 5, [], "a\n"])
    def test_name(self, name: Any) -> None:
        """A name is 1 to 64 letters, digits, underscores and hyphens."""
        assert codes(check(chat({**USER, "name": name}, ASSISTANT))) == {"name_invalid": 1}

    def test_keys_belong_to_roles(self) -> None:
        """A key of one role is unknown in another."""
        row = chat({**USER, "tool_calls": [CALL]}, {**ASSISTANT, "tool_call_id": "c1"})

        assert codes(check(row)) == {"message_unknown_key": 2}


class TestRowKeys:
    def test_every_extra_key_is_named(self) -> None:
        """Each key that does not belong is an error of its own and is named."""
        report = check(chat(id=7, **{"comment\n": None}))

        assert codes(report) == {"unknown_top_level_key": 2}
        assert [finding.message for finding in report.findings] == [
            'Line 1: The row has an extra key "id"; remove it.',
            'Line 1: The row has an extra key "comment\\n"; remove it.',
        ]

    @pytest.mark.parametrize(
        ("row", "name"),
        [
            ({"instruction": "a", "output": "b"}, "Alpaca rows"),
            ({"conversations": []}, "ShareGPT rows"),
            ({"contents": []}, "Gemini rows"),
        ],
    )
    def test_other_formats_are_recognised(self, row: dict[str, Any], name: str) -> None:
        """A row of another well-known format is one error that says which format it is, and so is its file."""
        report = check(line(row))

        assert codes(report) == {"messages_missing": 1, "format_unrecognised": 1}
        assert f"it looks like one of {name}" in report.findings[-1].message


class TestToolCalls:
    @pytest.mark.parametrize(
        ("calls", "found"),
        [
            ({}, {"tool_call_malformed": 1}),
            ("x", {"tool_call_malformed": 1}),
            (["x", None], {"tool_call_malformed": 2}),
            ([{}], {"tool_call_malformed": 3}),
            ([{**CALL, "id": ""}], {"tool_call_malformed": 1}),
            ([{**CALL, "function": {}}], {"tool_call_malformed": 2}),
            ([{**CALL, "function": {"name": 5, "arguments": "{}"}}], {"tool_call_malformed": 1}),
            ([{**CALL, "function": {"name": "f", "arguments": ""}}], {"tool_arguments_invalid_json": 1}),
            ([{**CALL, "function": {"name": "f", "arguments": "[" * 1000}}], {"tool_arguments_invalid_json": 1}),
            ([{**CALL, "function": {"name": "f", "arguments": '"x"'}}], {"tool_arguments_not_object": 1}),
            ([{**CALL, "function": {"name": "f", "arguments": "null"}}], {"tool_arguments_not_object": 1}),
            ([{**CALL, "function": {"name": "f", "arguments": 7}}], {"tool_arguments_not_string": 1}),
        ],
    )
    def test_shape(self, calls: Any, found: dict[str, int]) -> None:
        """Each part that a call lacks is an error, and so are arguments that are no JSON object in a string."""
        row = chat(USER, {"role": "assistant", "content": "x", "tool_calls": calls}, tools=[TOOL])

        assert codes(check(row)) == found

    def test_function_call_is_held_to_the_same_shape(self) -> None:
        """The deprecated `function_call` is a warning, and its arguments are checked alike."""
        row = chat(USER, {"role": "assistant", "function_call": {"name": "f", "arguments": "{"}}, tools=[TOOL])

        assert codes(check(row)) == {"function_call_deprecated": 1, "tool_arguments_invalid_json": 1}

    def test_each_call_is_answered_once(self) -> None:
        """Of two calls each needs its own answer, and a second answer to one is an orphan."""
        second = {**CALL, "id": "c2"}
        row = chat(USER, {"role": "assistant", "tool_calls": [CALL, second]}, ANSWER, ANSWER, ASSISTANT, tools=[TOOL])

        assert codes(check(row)) == {"tool_response_orphan": 1, "tool_response_missing": 1}

    def test_answers_may_come_in_any_order(self) -> None:
        """Parallel calls may be answered in another order than they were made."""
        second = {**CALL, "id": "c2"}
        answers = [{**ANSWER, "tool_call_id": "c2"}, ANSWER]
        row = chat(USER, {"role": "assistant", "tool_calls": [CALL, second]}, *answers, ASSISTANT, tools=[TOOL])

        assert codes(check(row)) == {}


class TestPlaces:
    def test_point_into_the_row(self) -> None:
        """A finding names line, message and, as a JSON pointer, the very value."""
        row = chat(
            USER,
            {
                "role": "assistant",
                "tool_calls": [CALL, {**CALL, "id": "c2", "function": {"name": "f", "arguments": "{"}}],
            },
        )

        finding = next(finding for finding in check(GOOD + row).findings if finding.severity == "error")

        assert (finding.line, finding.message_index) == (2, 1)
        assert finding.path == "/messages/1/tool_calls/1/function/arguments"
        assert finding.message.startswith("Line 2, message 2: The arguments are not JSON")
