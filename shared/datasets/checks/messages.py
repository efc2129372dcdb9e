"""One message by itself: role, keys, name, weight, and whether there is content."""

from typing import Any

from shared.datasets.checks.content import check_content
from shared.datasets.checks.names import is_name
from shared.datasets.checks.tool_calls import check_function, check_tool_calls
from shared.datasets.collector import Collector
from shared.quoting import quote

_COMMON_KEYS = frozenset({"role", "content", "name", "weight"})
KEYS_OF_ROLE = {
    "system": _COMMON_KEYS,
    "developer": _COMMON_KEYS,
    "user": _COMMON_KEYS,
    "assistant": _COMMON_KEYS | {"tool_calls", "function_call", "refusal", "audio"},
    "tool": _COMMON_KEYS | {"tool_call_id"},
    "function": _COMMON_KEYS,
}
_PLAIN_ROLES = frozenset({"system", "developer", "user", "assistant"})


def check_message(message: Any, index: int, found: Collector) -> str | None:
    """Report what is wrong with a message; its role, or None if it has none that is known."""
    if type(message) is not dict:
        problem = "A message must be an object with a role and content."
        found.add("message_not_object", problem, message_index=index, path=f"/messages/{index}")
        return None
    role, content = message.get("role"), message.get("content")
    if len(message) == 2 and type(role) is str and role in _PLAIN_ROLES and type(content) is str and content.strip():  # noqa: PLR2004
        # Nine of ten messages are like this, and nothing can be wrong with them.
        return role
    # Tables pad every message with the keys of all others; null means that the key is not there.
    return _check_fields({key: value for key, value in message.items() if value is not None}, index, found)


def _check_fields(message: dict[str, Any], index: int, found: Collector) -> str | None:
    role = _check_role(message, index, found)
    if role is None:
        return None
    path = f"/messages/{index}"
    for key in message:
        if key not in KEYS_OF_ROLE[role]:
            problem = f"A message of role {role} has no key {quote(key)}; remove it."
            found.add("message_unknown_key", problem, message_index=index, path=path)
    _check_name(message, index, found)
    _check_weight(message, role, index, found)
    _check_calls(message, role, index, found)
    check_content(message, role, index, found)
    return role


def _check_role(message: dict[str, Any], index: int, found: Collector) -> str | None:
    role = message.get("role")
    if isinstance(role, str) and role in KEYS_OF_ROLE:
        return role
    known = ", ".join(KEYS_OF_ROLE)
    path = f"/messages/{index}"
    if role is None:
        found.add("role_missing", f"The message has no role; use one of {known}.", message_index=index, path=path)
    else:
        shown = f"The role {quote(role)} is not known" if isinstance(role, str) else "The role is not a string"
        found.add("role_unknown", f"{shown}; use one of {known}.", message_index=index, path=f"{path}/role")
    return None


def _check_name(message: dict[str, Any], index: int, found: Collector) -> None:
    name = message.get("name")
    if name is not None and not is_name(name):
        problem = "A name is 1 to 64 letters, digits, underscores and hyphens."
        found.add("name_invalid", problem, message_index=index, path=f"/messages/{index}/name")


def _check_weight(message: dict[str, Any], role: str, index: int, found: Collector) -> None:
    if "weight" not in message:
        return
    weight = message["weight"]
    if role != "assistant":
        problem = f"Only assistant messages have a weight; remove it from this {role} message."
    elif type(weight) is not int or weight not in {0, 1}:
        problem = "The weight must be the number 0 (do not learn from this message) or 1."
    else:
        return
    found.add("weight_invalid", problem, message_index=index, path=f"/messages/{index}/weight")


def _check_calls(message: dict[str, Any], role: str, index: int, found: Collector) -> None:
    if role == "assistant" and "tool_calls" in message:
        check_tool_calls(message["tool_calls"], index, found)
    if role == "assistant" and "function_call" in message:
        path = f"/messages/{index}/function_call"
        found.add(
            "function_call_deprecated",
            '"function_call" is deprecated; use "tool_calls".',
            message_index=index,
            path=path,
        )
        check_function(message["function_call"], found, message_index=index, path=path)
    if role == "tool" and not (isinstance(message.get("tool_call_id"), str) and message["tool_call_id"]):
        problem = 'A tool message needs "tool_call_id": the id of the call that it answers.'
        found.add("tool_call_id_missing", problem, message_index=index, path=f"/messages/{index}")
