"""Who speaks when: speakers that follow themselves, system messages in parts, a tail that nobody answers."""

from typing import Any

from shared.datasets.checks.conversation import SPEAKERS, SYSTEM_ROLES
from shared.datasets.fixing.places import message_list
from shared.datasets.formats import find_format
from shared.datasets.row import Format

_BETWEEN = "\n\n"
_JOINABLE_KEYS = frozenset({"role", "content", "weight", "name"})


def join_system_messages(row: dict[str, Any]) -> bool:
    """All system messages as one, in the place of the first."""
    messages = message_list(row) or []
    places = [index for index, message in enumerate(messages) if message["role"] in SYSTEM_ROLES]
    if len(places) < 2 or not all(_is_joinable(messages[index]) for index in places):  # noqa: PLR2004 - two are joined
        return False
    joined = messages[places[0]]
    for index in places[1:]:
        _append(joined, messages[index])
    for index in reversed(places[1:]):
        del messages[index]
    return True


def join_consecutive(row: dict[str, Any]) -> bool:
    """What user or assistant say in two messages, as one; calls and messages that are learnt differently stay apart."""
    messages = message_list(row) or []
    is_changed = False
    index = 1
    while index < len(messages):
        last, message = messages[index - 1], messages[index]
        if message["role"] in SPEAKERS and _belong_together(last, message):
            _append(last, message)
            del messages[index]
            is_changed = True
        else:
            index += 1
    return is_changed


def cut_tail(row: dict[str, Any]) -> bool:
    """Nothing after the last thing that the assistant says: it would be read and never answered."""
    messages = message_list(row) or []
    if find_format(row, method=None) is not Format.CHAT:
        return False
    last = max((index for index, message in enumerate(messages) if message["role"] == "assistant"), default=None)
    if last is None or last == len(messages) - 1:
        return False
    del messages[last + 1 :]
    return True


def _belong_together(one: dict[str, Any], other: dict[str, Any]) -> bool:
    is_alike = all(one.get(key) == other.get(key) for key in ("role", "weight", "name"))
    return is_alike and _is_joinable(one) and _is_joinable(other)


def _is_joinable(message: dict[str, Any]) -> bool:
    is_plain = _JOINABLE_KEYS.issuperset(key for key, value in message.items() if value is not None)
    return is_plain and isinstance(message.get("content"), str | list)


def _append(message: dict[str, Any], later: dict[str, Any]) -> None:
    one, other = message["content"], later["content"]
    if isinstance(one, str) and isinstance(other, str):
        message["content"] = _BETWEEN.join(text for text in (one, other) if text.strip())
    else:
        message["content"] = [*_parts(one), *_parts(other)]


def _parts(content: Any) -> list[Any]:
    return [{"type": "text", "text": content}] if isinstance(content, str) else content
