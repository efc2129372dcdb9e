"""One small file for every code: the code is reported, at its severity, and nothing else is."""

import pytest

from shared.datasets.check import check_chat_file
from shared.datasets.codes import CODES
from tests.shared.datasets.builders import ASSISTANT, GOOD, MAX_LINE_BYTES, USER, chat, line

SYSTEM = {"role": "system", "content": "Be brief."}
CALL = {"id": "call_1", "type": "function", "function": {"name": "find", "arguments": "{}"}}
CALLING = {"role": "assistant", "tool_calls": [CALL]}
ANSWER = {"role": "tool", "tool_call_id": "call_1", "content": "found"}
TOOL = {"type": "function", "function": {"name": "find"}}


def call_with(arguments: object) -> bytes:
    call = {**CALL, "function": {"name": "find", "arguments": arguments}}
    return chat(USER, {"role": "assistant", "tool_calls": [call]})


FILES: dict[str, bytes] = {
    "file_empty": b"\n \n",
    "file_format_unsupported": b"\x1f\x8b\x08\x00",
    "json_array_file": b"[" + GOOD.strip() + b"]",
    "json_pretty_printed": b'{\n  "messages": []\n}\n',
    "encoding_bom": b"\xef\xbb\xbf" + GOOD,
    "line_endings_crlf": GOOD.strip() + b"\r\n" + GOOD,
    "encoding_not_utf8": GOOD + b'{"messages": "Z\xfcrich"}\n',
    "blank_line": GOOD + b"\n" + GOOD,
    "line_too_long": GOOD + b"x" * (MAX_LINE_BYTES + 1) + b"\n",
    "json_invalid": GOOD + b'{"messages": \n',
    "json_duplicate_key": GOOD + b'{"messages": [], "messages": []}\n',
    "json_number_out_of_range": GOOD + b'{"messages": 1e400}\n',
    "nesting_too_deep": GOOD + b"[" * 100_000 + b"\n",
    "lone_surrogate": GOOD + rb'{"messages": "\ud800"}' + b"\n",
    "line_not_object": GOOD + b"[]\n",
    "messages_missing": line({"prompt": "a", "completion": "b"}),
    "messages_not_list": line({"messages": "hello"}),
    "messages_empty": line({"messages": []}),
    "messages_too_many": chat(*([USER, ASSISTANT] * 5_000)),
    "unknown_top_level_key": chat(comment=None),
    "message_not_object": chat(USER, "hello"),
    "role_missing": chat(USER, {"content": "hello"}),
    "role_unknown": chat(USER, {"role": "Assistant", "content": "hello"}),
    "message_unknown_key": chat(USER, {**ASSISTANT, "mood": "good"}),
    "name_invalid": chat({**USER, "name": "Jane Doe"}, ASSISTANT),
    "weight_invalid": chat(USER, {**ASSISTANT, "weight": True}),
    "content_missing": chat(USER, {"role": "assistant", "content": None}),
    "content_wrong_type": chat(USER, {"role": "assistant", "content": 5}),
    "content_empty": chat(USER, {"role": "assistant", "content": " "}),
    "content_part_invalid": chat({"role": "user", "content": [{"type": "text", "value": "x"}]}, ASSISTANT),
    "no_assistant_message": chat(USER),
    "no_trainable_message": chat(USER, {**ASSISTANT, "weight": 0}),
    "last_message_not_assistant": chat(USER, ASSISTANT, USER),
    "no_user_message": chat(SYSTEM, ASSISTANT),
    "system_not_first": chat(USER, SYSTEM, ASSISTANT),
    "multiple_system_messages": chat(SYSTEM, SYSTEM, USER, ASSISTANT),
    "consecutive_same_role": chat(USER, USER, ASSISTANT),
    "tools_not_list": chat(tools={}),
    "tool_type_invalid": chat(tools=[{**TOOL, "type": "search"}]),
    "tool_function_missing": chat(tools=[{"type": "function", "name": "find"}]),
    "tool_name_invalid": chat(tools=[{"type": "function", "function": {"name": "find it"}}]),
    "tool_name_duplicate": chat(tools=[TOOL, TOOL]),
    "tool_call_malformed": chat(USER, {"role": "assistant", "tool_calls": [{**CALL, "type": None}]}),
    "tool_call_id_duplicate": chat(USER, CALLING, ANSWER, CALLING, ANSWER, ASSISTANT),
    "tool_call_id_missing": chat(USER, ASSISTANT, {"role": "tool", "content": "found"}, ASSISTANT),
    "tool_arguments_not_string": call_with({"a": 1}),
    "tool_arguments_invalid_json": call_with("{'a': 1}"),
    "tool_arguments_double_encoded": call_with('"{\\"a\\": 1}"'),
    "tool_arguments_not_object": call_with("[]"),
    "tool_response_missing": chat(USER, CALLING, USER, ASSISTANT),
    "tool_response_orphan": chat(USER, ANSWER, ASSISTANT),
    "function_call_deprecated": chat(functions=[]),
}
ELSEWHERE = {"string_too_long"}
"""Only seen in lines longer than the tests' limit; see test_messages.py."""


class TestEveryCode:
    def test_has_an_example(self) -> None:
        """No code is in the table without a file that shows it."""
        assert set(FILES) | ELSEWHERE == set(CODES)

    @pytest.mark.parametrize("code", FILES)
    def test_is_reported_alone(self, code: str) -> None:
        """The file of a code gives this code once, at the severity of the table."""
        report = check_chat_file([FILES[code]], max_line_bytes=MAX_LINE_BYTES)

        finding = report.findings[0]
        allowed = {"consecutive_same_role"} if code == "messages_too_many" else set[str]()
        assert set(report.counts) - allowed == {code}
        assert report.counts[code] == 1
        assert finding.severity == CODES[code].severity

    @pytest.mark.parametrize("code", FILES)
    def test_is_told_in_one_plain_sentence(self, code: str) -> None:
        """Each finding reads as a short printable sentence that names its line, if it has one."""
        finding = check_chat_file([FILES[code]], max_line_bytes=MAX_LINE_BYTES).findings[0]

        assert finding.message.isprintable()
        assert 20 < len(finding.message) < 300
        assert finding.line is None or finding.message.startswith(f"Line {finding.line}")

    @pytest.mark.parametrize("code", FILES)
    def test_has_a_description(self, code: str) -> None:
        """Each code is described in one sentence."""
        assert CODES[code].description.endswith(".")
        assert len(CODES[code].description) < 100
