"""One supervised chat row: its keys, then its messages one by one, then the conversation, then tools."""

from typing import Any

from shared.datasets.checks.conversation import check_conversation
from shared.datasets.checks.messages import check_message
from shared.datasets.checks.tool_calls import check_tool_flow
from shared.datasets.checks.tools import check_tools
from shared.datasets.found import Found
from shared.quoting import quote

MAX_MESSAGES = 2048
"""The most that chat endpoints take in a request; a row beyond it could be trained on and never be asked."""

MAX_STRING_BYTES = 10_000_000
_ROW_KEYS = frozenset({"messages", "tools", "parallel_tool_calls", "functions"})
_OTHER_FORMATS = {
    "prompt": "a prompt and completion row",
    "preferred_output": "a preference row (DPO)",
    "instruction": "an Alpaca row",
    "conversations": "a ShareGPT row",
    "contents": "a Gemini row",
    "text": "a plain text row",
}


def check_chat_row(row: dict[str, Any], found: Found, *, n_bytes: int) -> None:
    """Report everything that is wrong with `row`, which took `n_bytes` in the file."""
    messages = row.get("messages")
    if "messages" not in row:
        _report_missing_messages(row, found)
        return
    _check_row_keys(row, found)
    if n_bytes > MAX_STRING_BYTES:
        _check_string_lengths(row, found)
    if type(messages) is not list:
        found.add("messages_not_list", '"messages" must be an array of messages.', path="/messages")
    elif not messages:
        found.add(
            "messages_empty", '"messages" is empty; add at least one user and one assistant message.', path="/messages"
        )
    elif len(messages) > MAX_MESSAGES:
        found.add(
            "messages_too_many",
            f"The row has {len(messages):,} messages; at most {MAX_MESSAGES:,} are taken.",
            path="/messages",
        )
    else:
        _check_messages(messages, found)


def _check_messages(messages: list[Any], found: Found) -> None:
    roles: list[str | None] = []
    uses_tools = False
    for index, message in enumerate(messages):
        role = check_message(message, index, found)
        roles.append(role)
        uses_tools = uses_tools or role == "tool" or (role == "assistant" and "tool_calls" in message)
    # A role that nobody knows makes whatever could be said about the order of turns doubtful.
    if None not in roles:
        check_conversation(messages, roles, found)
        if uses_tools:
            check_tool_flow(messages, found)


def _check_row_keys(row: dict[str, Any], found: Found) -> None:
    if len(row) == 1:
        return
    for key in row:
        if key not in _ROW_KEYS:
            found.add(
                "unknown_top_level_key",
                f"The row has an extra key {quote(key)}; remove it.",
                path=pointer(key),
            )
    if row.get("tools") is not None:
        check_tools(row["tools"], found)
    if row.get("functions") is not None:
        found.add("function_call_deprecated", '"functions" is deprecated; use "tools".', path="/functions")


def _report_missing_messages(row: dict[str, Any], found: Found) -> None:
    looks_like = next((name for key, name in _OTHER_FORMATS.items() if key in row), None)
    keys = ", ".join(quote(key, max_chars=20) for key in list(row)[:4]) or "none"
    if looks_like is not None:
        problem = f'The row has no "messages"; it looks like {looks_like}. Convert it to chat messages.'
    else:
        problem = f'The row has no "messages"; its keys are {keys}.'
    found.add("messages_missing", problem)


def _check_string_lengths(row: dict[str, Any], found: Found) -> None:
    waiting: list[tuple[str, Any]] = [("", row)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, dict):
            waiting.extend((path + pointer(key), item) for key, item in value.items())
        elif isinstance(value, list):
            waiting.extend((f"{path}/{index}", item) for index, item in enumerate(value))
        elif isinstance(value, str) and len(value) > MAX_STRING_BYTES and not value.startswith("data:image/"):
            found.add("string_too_long", f"A text has {len(value):,} characters; at most 10 MB are taken.", path=path)


def pointer(key: str) -> str:
    """`key` as a step of a JSON pointer (RFC 6901), cut where it is too long to show."""
    shown = quote(key)[1:-1]
    return "/" + shown.replace("~", "~0").replace("/", "~1")
