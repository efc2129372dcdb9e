"""From the object on a line, once it is known to be sound, to the one shape that later checks read."""

from collections.abc import Iterator
from typing import Any

from shared.datasets.canonical import canonical_json
from shared.datasets.checks.tool_use import Call, read_calls
from shared.datasets.formats import CHAT_KEYS, PREFERENCE_OUTPUTS
from shared.datasets.row import Format, Row, Turn


def make_row(value: dict[str, Any], format_: Format) -> Row:
    """The row in `value`, which must be sound."""
    if format_ is Format.COMPLETION:
        return Row(format_, [Turn("user", value["prompt"]), Turn("assistant", value["completion"])], value=value)
    if format_ is Format.PREFERENCE:
        preferred, rejected = (_read_output(value[name]) for name in PREFERENCE_OUTPUTS)
        row = _make_conversation(value["input"], format_)
        row.turns.append(preferred)
        row.rejected = rejected
        row.value = value
        return row
    row = _make_conversation(value, format_)
    if format_ is Format.REINFORCEMENT:
        row.items = {key: item for key, item in value.items() if key not in CHAT_KEYS}
    return row


def _make_conversation(value: dict[str, Any], format_: Format) -> Row:
    messages = value["messages"]
    tools = value.get("tools") or value.get("functions") or []
    calls: dict[int, str] = {}
    called: list[str] = []
    for call in read_calls(messages):
        calls[call.message_index] = calls.get(call.message_index, "") + _write_call(call)
        called.append(call.name)
    return Row(
        format_,
        [Turn(message["role"], read_text(message)) for message in messages],
        calls=calls,
        called=called,
        untrained=frozenset(i for i, message in enumerate(messages) if message.get("weight") == 0),
        tools=canonical_json(tools) if tools else b"",
        tool_names=list(_names(tools)),
        n_images=sum(map(_count_images, messages)),
        value=value,
    )


def read_text(message: dict[str, Any]) -> str:
    """All text of a message: its content or the texts of its parts, or else its refusal."""
    content = message.get("content")
    if isinstance(content, list):
        content = "\n".join(_text(part.get(part["type"])) for part in content)
    return _text(content) or _text(message.get("refusal"))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _read_output(messages: list[dict[str, Any]]) -> Turn:
    calls = "".join(_write_call(call) for call in read_calls(messages))
    return Turn("assistant", "\n".join([*map(read_text, messages), calls] if calls else map(read_text, messages)))


def _write_call(call: Call) -> str:
    return canonical_json([call.name, call.arguments]).decode()


def _names(tools: Any) -> Iterator[str]:
    """Names in `tools` or in the deprecated `functions`, of which nothing is known to be sound."""
    for tool in tools if isinstance(tools, list) else []:
        function = tool.get("function", tool) if isinstance(tool, dict) else None
        if isinstance(function, dict) and isinstance(function.get("name"), str):
            yield function["name"]


def _count_images(message: dict[str, Any]) -> int:
    content = message.get("content")
    if not isinstance(content, list):
        return 0
    return sum(part.get("type") == "image_url" for part in content)
