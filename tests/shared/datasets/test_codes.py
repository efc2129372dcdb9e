"""One small file for every code: the code is reported, at its severity, and nothing else is."""

from typing import Any

import pytest

from shared.datasets.codes import CODES, Severity, files, images, preferences, rows, texts, tokens, tools, whole
from tests.shared.datasets.builders import (
    ANSWER,
    ASSISTANT,
    CALL,
    CALLING,
    GOOD,
    MAX_LINE_BYTES,
    TOOL,
    USER,
    chat,
    check,
    codes,
    graded,
    line,
    pair,
)

SYSTEM = {"role": "system", "content": "Be brief."}
PNG = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1Pe"
GRAY_PNG = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptV"
GIF = "data:image/png;base64,R0lGODlhAQABAAAAACw="


def calling(arguments: object, **function: Any) -> bytes:
    """A row whose last message calls the one function that it offers."""
    call = {**CALL, "function": {"name": "find", "arguments": arguments, **function}}
    return chat(USER, {"role": "assistant", "tool_calls": [call]}, tools=[TOOL])


def offering(**function: Any) -> bytes:
    return chat(tools=[{"type": "function", "function": {"name": "find", **function}}])


def showing(url: str, **image: Any) -> dict[str, Any]:
    return {"role": "user", "content": [{"type": "image_url", "image_url": {"url": url, **image}}]}


def with_input(*messages: Any) -> bytes:
    outputs = {"preferred_output": [ASSISTANT], "non_preferred_output": [{**ASSISTANT, "content": "No."}]}
    return line({"input": {"messages": list(messages)}, **outputs})


FILES: dict[str, bytes] = {
    "file_empty": b"\n \n",
    "file_format_unsupported": b"\x1f\x8b\x08\x00",
    "json_array_file": b"[" + GOOD.strip() + b"]",
    "json_pretty_printed": b'{\n  "messages": []\n}\n',
    "encoding_bom": b"\xef\xbb\xbf" + GOOD,
    "line_endings_crlf": GOOD.strip() + b"\r\n" + GOOD,
    "format_mixed": GOOD + pair("Yes.", "No."),
    "encoding_not_utf8": GOOD + b'{"messages": "Z\xfcrich"}\n',
    "blank_line": GOOD + b"\n" + GOOD,
    "line_too_long": GOOD + b"x" * (MAX_LINE_BYTES + 1) + b"\n",
    "json_invalid": GOOD + b'{"messages": \n',
    "json_duplicate_key": GOOD + b'{"messages": [], "messages": []}\n',
    "json_number_out_of_range": GOOD + b'{"messages": 1e400}\n',
    "nesting_too_deep": GOOD + b"[" * 100_000 + b"\n",
    "lone_surrogate": GOOD + rb'{"messages": "\ud800"}' + b"\n",
    "line_not_object": GOOD + b"[]\n",
    "messages_missing": GOOD + line({"instruction": "a", "output": "b"}),
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
    "tool_name_invalid": offering(name="find it"),
    "tool_name_duplicate": chat(tools=[TOOL, TOOL]),
    "tool_schema_invalid": offering(parameters={"type": "dict"}),
    "tool_schema_null_padding": offering(parameters={"type": "object", "properties": {"a": {}, "b": None}}),
    "tool_call_malformed": chat(USER, {"role": "assistant", "tool_calls": [{**CALL, "type": None}]}, tools=[TOOL]),
    "tool_call_id_duplicate": chat(USER, CALLING, ANSWER, CALLING, ANSWER, ASSISTANT, tools=[TOOL]),
    "tool_call_id_missing": chat(USER, ASSISTANT, {"role": "tool", "content": "found"}, ASSISTANT),
    "tool_call_unknown_function": calling("{}", name="search"),
    "tool_arguments_not_string": calling({"a": 1}),
    "tool_arguments_invalid_json": calling("{'a': 1}"),
    "tool_arguments_double_encoded": calling('"{\\"a\\": 1}"'),
    "tool_arguments_not_object": calling("[]"),
    "tool_arguments_schema_mismatch": calling('{"a": "1"}'),
    "tool_arguments_unknown_property": calling('{"a": 1, "b": 2}'),
    "tool_response_missing": chat(USER, CALLING, USER, ASSISTANT, tools=[TOOL]),
    "tool_response_orphan": chat(USER, ANSWER, ASSISTANT),
    "function_call_deprecated": chat(functions=[]),
    "image_in_assistant": chat(USER, {**showing(PNG), "role": "assistant"}),
    "image_url_invalid": chat(showing("file:///etc/passwd"), ASSISTANT),
    "image_format_unsupported": chat(showing(GIF), ASSISTANT),
    "image_mode_unsupported": chat(showing(GRAY_PNG), ASSISTANT),
    "image_decode_failed": chat(showing(PNG[:40]), ASSISTANT),
    "too_many_images": chat({"role": "user", "content": showing(PNG)["content"] * 11}, ASSISTANT),
    "image_detail_invalid": chat(showing(PNG, detail="best"), ASSISTANT),
    "image_not_checked": chat(showing("https://example.com/a.png"), ASSISTANT),
    "dpo_field_missing": line({"input": {"messages": [USER]}, "preferred_output": [ASSISTANT]}),
    "dpo_input_last_is_assistant": with_input(USER, ASSISTANT),
    "dpo_output_not_single_assistant": line(
        {"input": {"messages": [USER]}, "preferred_output": [USER], "non_preferred_output": [ASSISTANT]}
    ),
    "dpo_outputs_identical": b"".join(pair(f"Answer {n}.", "No.", asked=f"{n}?") for n in range(10))
    + pair("No.", "No."),
    "dpo_multi_turn": with_input(USER, ASSISTANT, USER),
    "duplicate_exact": GOOD + GOOD,
}
WITH_METHOD: dict[str, tuple[bytes, dict[str, Any]]] = {
    "method_format_mismatch": (GOOD, {"method": "dpo"}),
    "rft_last_message_not_user": (GOOD, {"method": "reinforcement"}),
    "rft_reference_missing": (graded("2 + 2?", answer=None), {"item_fields": ("answer",)}),
    "rft_reference_empty": (graded("2 + 2?", answer=" "), {"item_fields": ("answer",)}),
}


class TestEveryStructuralCode:
    @pytest.mark.parametrize("code", FILES)
    def test_is_reported_alone(self, code: str) -> None:
        """The file of a code gives this code once, at the severity of the table."""
        report = check(FILES[code])

        finding = next(finding for finding in report.findings if finding.code == code)
        beside = {"duplicate_exact"} if code in {"blank_line", "line_endings_crlf"} else set[str]()
        assert set(report.counts) - beside == {code}
        assert report.counts[code] == 1
        assert finding.severity == CODES[code].severity

    @pytest.mark.parametrize("code", WITH_METHOD)
    def test_is_reported_for_its_method(self, code: str) -> None:
        """What depends on the training method is told when the method is known, and not otherwise."""
        data, options = WITH_METHOD[code]

        assert set(codes(check(data, **options))) == {code}
        assert codes(check(data)) == {}

    @pytest.mark.parametrize("code", FILES)
    def test_is_told_in_one_plain_sentence(self, code: str) -> None:
        """Each finding reads as a short printable sentence that names its line, if it has one."""
        finding = check(FILES[code]).findings[0]

        assert finding.message.isprintable()
        assert 20 < len(finding.message) < 300
        assert finding.line is None or finding.message.startswith(f"Line {finding.line}")


class TestTheTable:
    @pytest.mark.parametrize("code", CODES)
    def test_has_a_description(self, code: str) -> None:
        """Each code is described in one short sentence."""
        assert CODES[code].description.endswith(".")
        assert len(CODES[code].description) < 110

    def test_names_are_unique(self) -> None:
        """No code is in two families."""
        families = (files, rows, tools, images, preferences, texts, whole, tokens)
        assert sum(len(family.CODES) for family in families) == len(CODES)

    def test_every_severity_is_used(self) -> None:
        """There are errors, warnings and infos."""
        assert {code.severity for code in CODES.values()} == set(Severity)
