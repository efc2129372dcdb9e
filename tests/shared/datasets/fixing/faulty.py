"""For every code that is fixed by itself, a file that has it."""

import json
from typing import Any

from tests.shared.datasets.builders import ANSWER, ASSISTANT, CALL, GOOD, TOOL, USER, chat, line, pair, talk

SYSTEM = {"role": "system", "content": "Be kind."}
PADDED: dict[str, Any] = json.loads(json.dumps(TOOL))
PADDED["function"]["parameters"]["properties"]["b"] = None
FUNCTION_CALL = {"role": "assistant", "content": None, "function_call": {"name": "find", "arguments": '{"a": 1}'}}
FUNCTION_ANSWER = {"role": "function", "name": "find", "content": "found"}


def calling(arguments: object) -> dict[str, Any]:
    call = CALL | {"function": {"name": "find", "arguments": arguments}}
    return {"role": "assistant", "content": None, "tool_calls": [call]}


def parts(*content: object) -> bytes:
    return chat({"role": "user", "content": list(content)}, ASSISTANT)


FILES: dict[str, list[bytes]] = {
    "json_array_file": [
        b"[" + GOOD.strip() + b", " + talk("[{", '\\"}').strip() + b"]\n",
        b"[\n" + GOOD + b",\n" + talk("a", "b") + b"]",
    ],
    "json_pretty_printed": [json.dumps(json.loads(GOOD), indent=2).encode() + b"\n" + talk("{", "\n").strip()],
    "encoding_bom": [b"\xef\xbb\xbf" + GOOD],
    "line_endings_crlf": [GOOD.strip() + b"\r\n" + talk("a", "b")],
    "blank_line": [GOOD + b"  \n\n" + talk("a", "b")],
    "unknown_top_level_key": [chat(id=7), chat(metadata=None), pair("a", "b", id=7)],
    "message_unknown_key": [chat(USER | {"id": 7}, ASSISTANT), chat(USER, ASSISTANT | {"tool_call_id": "x"})],
    "content_part_invalid": [
        parts({"type": "text", "value": "Hello"}),
        parts({"text": "Hello"}),
        parts("Hello"),
        parts({"type": "image_url", "image_url": "https://example.com/a.png"}),
    ],
    "last_message_not_assistant": [chat(USER, ASSISTANT, USER), chat(USER, calling('{"a": 1}'), ANSWER, tools=[TOOL])],
    "multiple_system_messages": [chat(SYSTEM, SYSTEM, USER, ASSISTANT), chat(SYSTEM, USER, SYSTEM, ASSISTANT)],
    "consecutive_same_role": [
        chat(USER, USER, ASSISTANT, ASSISTANT),
        chat({"role": "user", "content": [{"type": "text", "text": "a"}]}, USER, ASSISTANT),
    ],
    "answer_edge_whitespace": [
        talk("a", " b\n") + b"".join(talk(str(n), f"{n}") for n in range(3)),
        b"".join(talk(str(n), f" {n}") for n in range(3)),
        line({"prompt": "a", "completion": " b"}),
        pair(" yes", "no"),
        chat(USER, {"role": "assistant", "content": [{"type": "text", "text": " b "}]}),
    ],
    "mojibake": [talk("Voilà un cafÃ© trÃ¨s bon", "Oui."), pair("schÃ¶n und grÃ¼n", "no")],
    "control_characters": [talk("It\x92s \x07 here", "b\x7f"), line({"prompt": "a\x00", "completion": "b"})],
    "invisible_characters": [talk("a\u200bb", "c\ufeff"), chat(USER, calling('{"a": "\\u200b1"}'), tools=[TOOL])],
    "unnormalised_unicode": [talk("cafe\u0301", "ja")],
    "pii_detected": [
        talk("Write to jane.doe@acme.io or call +49 30 1234567", "ok"),
        talk("jane@example.com", "4111 1111 1111 1111, DE89 3704 0044 0532 0130 00, 536-90-4399, 93.184.215.14"),
        chat(USER, calling('{"a": "jane.doe@acme.io"}'), tools=[TOOL]),
    ],
    "tool_arguments_not_string": [chat(USER, calling({"a": 1}), tools=[TOOL])],
    "tool_arguments_double_encoded": [chat(USER, calling(json.dumps('{"a": 1}')), tools=[TOOL])],
    "function_call_deprecated": [
        chat(USER, FUNCTION_CALL, FUNCTION_ANSWER, ASSISTANT, functions=[TOOL["function"]]),
        chat(USER, FUNCTION_CALL, functions=[TOOL["function"]]),
        chat(USER, ASSISTANT, functions=[]),
    ],
    "tool_schema_null_padding": [chat(USER, ASSISTANT, tools=[PADDED])],
    "duplicate_exact": [GOOD + talk("a", "b") + GOOD, pair("a", "b") + pair("a ", "b")],
}
