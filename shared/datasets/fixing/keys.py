"""Keys that no reader knows, and content parts written in another dialect."""

from typing import Any

from shared.datasets.checks.completion import COMPLETION_KEYS
from shared.datasets.checks.messages import KEYS_OF_ROLE
from shared.datasets.checks.preference import PREFERENCE_INPUT_KEYS, PREFERENCE_KEYS
from shared.datasets.fixing.places import all_messages, conversation_of
from shared.datasets.formats import CHAT_KEYS, find_format
from shared.datasets.row import Format

_KEYS_OF_FORMAT = {
    Format.CHAT: CHAT_KEYS,
    Format.PREFERENCE: PREFERENCE_KEYS,
    Format.COMPLETION: COMPLETION_KEYS,
}
_OTHER_NAMES_OF_TEXT = ("value", "content")


def drop_unknown_row_keys(row: dict[str, Any]) -> bool:
    """Rows for reinforcement keep theirs: any key may be the grader's."""
    format_ = find_format(row, method=None)
    allowed = None if format_ is None else _KEYS_OF_FORMAT.get(format_)
    if allowed is None:
        return False
    is_changed = _keep_only(row, allowed)
    if format_ is Format.PREFERENCE and isinstance(row.get("input"), dict):
        is_changed |= _keep_only(conversation_of(row), PREFERENCE_INPUT_KEYS)
    return is_changed


def drop_unknown_message_keys(row: dict[str, Any]) -> bool:
    is_changed = False
    for message in all_messages(row):
        role = message.get("role")
        if isinstance(role, str) and role in KEYS_OF_ROLE:
            is_changed |= _keep_only(message, KEYS_OF_ROLE[role])
    return is_changed


def complete_parts(row: dict[str, Any]) -> bool:
    """Write parts of other dialects as this one has them; what means nothing certain stays for a person."""
    is_changed = False
    for message in all_messages(row):
        content = message.get("content")
        if isinstance(content, list):
            completed = [_complete(part) for part in content]
            is_changed |= completed != content
            message["content"] = completed
    return is_changed


def _complete(part: Any) -> Any:
    if isinstance(part, str):
        return {"type": "text", "text": part}
    if not isinstance(part, dict):
        return part
    kind = part.get("type")
    if kind == "image_url" and isinstance(part.get("image_url"), str):
        return part | {"image_url": {"url": part["image_url"]}}
    if isinstance(part.get("text"), str):
        return {"type": "text", **part} if kind is None else part
    other = next((name for name in _OTHER_NAMES_OF_TEXT if isinstance(part.get(name), str)), None)
    if kind == "text" and other is not None:
        return {"type": "text", "text": part[other]}
    return part


def _keep_only(holder: dict[str, Any], allowed: frozenset[str]) -> bool:
    unknown = [key for key in holder if key not in allowed]
    for key in unknown:
        del holder[key]
    return bool(unknown)
