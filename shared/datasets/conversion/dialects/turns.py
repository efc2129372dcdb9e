"""Conversations as lists of turns under other names: ShareGPT, pairs of human and assistant, or by a mapping."""

from collections.abc import Iterable, Sequence
from typing import Any

from shared.datasets.conversion.dialects.base import Dialect, Fields, has_list, keys_of
from shared.datasets.conversion.errors import RecordError
from shared.datasets.conversion.images import place_images
from shared.datasets.conversion.mapping import FieldMapping, first_of
from shared.datasets.conversion.messages import Message, Row, make_answer, make_call, make_chat
from shared.datasets.conversion.options import Options
from shared.datasets.conversion.values import from_json, look_up, require_objects, to_text, write_json
from shared.quoting import quote

ROLE_MAP = {
    "human": "user", "user": "user", "prompter": "user", "question": "user", "instruction": "user",
    "gpt": "assistant", "assistant": "assistant", "chatgpt": "assistant", "bard": "assistant", "bing": "assistant",
    "model": "assistant", "bot": "assistant", "ai": "assistant", "answer": "assistant", "response": "assistant",
    "system": "system", "developer": "developer",
    "function_call": "function_call", "tool_call": "function_call",
    "observation": "tool", "tool": "tool", "function_response": "tool", "tool_response": "tool", "function": "tool",
}  # fmt: skip
"""Names of speakers seen in public sets, in lower case."""

_CONVERSATIONS = ("conversations", "conversation", "messages", "dialog", "dialogue", "turns")
_ROLE_KEYS = ("from", "role", "speaker", "author")
_CONTENT_KEYS = ("value", "content", "text", "message")


class TurnReader:
    """Reads one conversation. Calls get ids in order, and each observation answers the oldest open call."""

    def __init__(self, mapping: FieldMapping) -> None:
        self._mapping = mapping
        self._role_map = ROLE_MAP | {key.lower(): role for key, role in (mapping.role_map or {}).items()}
        self._n_calls = 0
        self._open_calls: list[str] = []

    def read(self, turns: Sequence[Fields]) -> list[Message]:
        """Messages of all turns. Raises RecordError for an unknown speaker."""
        return [self._read_turn(number, turn) for number, turn in enumerate(turns)]

    def _read_turn(self, number: int, turn: Fields) -> Message:
        role_key = self._mapping.role_key or first_of(turn, *_ROLE_KEYS)
        speaker = look_up(turn, role_key)
        if not isinstance(speaker, str):
            raise RecordError(f"turn {number} does not say who speaks")
        role = self._role_map.get(speaker.strip().lower())
        if role is None:
            raise RecordError(f"turn {number} is by {quote(speaker)}; name its role in role_map")
        content = look_up(turn, self._mapping.content_key or first_of(turn, *_CONTENT_KEYS))
        if role == "function_call":
            return make_answer("", self._read_calls(content))
        if role == "tool":
            call_id = self._open_calls.pop(0) if self._open_calls else f"call_{self._n_calls}"
            return {"role": "tool", "tool_call_id": call_id, "content": _as_text(content)}
        message: Message = {"role": role, "content": content if isinstance(content, list) else to_text(content)}
        if role == "assistant" and turn.get("weight") in (0, 1):
            message["weight"] = int(turn["weight"])
        return message

    def _read_calls(self, content: Any) -> list[dict[str, Any]]:
        written = from_json(content, "function_call")
        calls = []
        for call in written if isinstance(written, list) else [written]:
            if not isinstance(call, dict):
                raise RecordError("a function call is not an object with name and arguments")
            self._n_calls += 1
            call_id = f"call_{self._n_calls}"
            self._open_calls.append(call_id)
            arguments = call.get("arguments", call.get("parameters", call.get("args")))
            calls.append(make_call(call.get("name"), arguments, call_id=call_id))
        if not calls:
            raise RecordError("a function call is empty")
        return calls


def convert_turns(record: Fields, mapping: FieldMapping, options: Options) -> Iterable[Row]:
    """One chat row of one conversation. Raises RecordError."""
    messages = read_conversation(record, mapping)
    yield make_chat(messages, options=options, tools=look_up(record, mapping.tools))


def read_conversation(record: Fields, mapping: FieldMapping) -> list[Message]:
    """The messages of a conversation with its own system text and images. Raises RecordError."""
    name = mapping.messages or "messages"
    messages = TurnReader(mapping).read(require_objects(look_up(record, name), name))
    system = to_text(look_up(record, mapping.system))
    if system and messages[0]["role"] != "system":
        messages.insert(0, {"role": "system", "content": system})
    return place_images(messages, look_up(record, mapping.images))


def _as_text(content: Any) -> str:
    return content if isinstance(content, str) else write_json(content)


def _recognises_sharegpt(record: Fields) -> bool:
    return any(_has_turns(record, name) for name in _CONVERSATIONS)


def _has_turns(record: Fields, name: str) -> bool:
    if not has_list(record, name):
        return False
    turns = _read_softly(record, name)
    return bool(turns) and all(
        isinstance(turn, dict) and first_of(turn, *_ROLE_KEYS) and first_of(turn, *_CONTENT_KEYS) for turn in turns
    )


def _read_softly(record: Fields, name: str) -> list[Any]:
    try:
        turns = from_json(record.get(name), name)
    except RecordError:
        return []
    return turns if isinstance(turns, list) else []


def _find_sharegpt(sample: Sequence[Fields]) -> FieldMapping:
    keys = keys_of(sample)
    name = next(
        (name for name in _CONVERSATIONS if any(_has_turns(record, name) for record in sample)), "conversations"
    )
    turns = [turn for record in sample for turn in _read_softly(record, name) if isinstance(turn, dict)]
    first = turns[0] if turns else {}
    return FieldMapping(
        messages=name,
        role_key=first_of(first, *_ROLE_KEYS) or "from",
        content_key=first_of(first, *_CONTENT_KEYS) or "value",
        system=first_of(keys, "system", "system_prompt"),
        tools=first_of(keys, "tools", "functions"),
        images=first_of(keys, "images", "image"),
    )


def _recognises_exchanges(record: Fields) -> bool:
    name = first_of(record, "conversation", "conversations")
    turns = record.get(name) if name else None
    return (
        isinstance(turns, list)
        and bool(turns)
        and all(isinstance(turn, dict) and first_of(turn, *_ASKING) and first_of(turn, *_ANSWERING) for turn in turns)
    )


_ASKING = ("human", "user", "input", "question")
_ANSWERING = ("assistant", "gpt", "bot", "output", "answer")


def _find_exchanges(sample: Sequence[Fields]) -> FieldMapping:
    keys = keys_of(sample)
    return FieldMapping(messages=first_of(keys, "conversation", "conversations"), system=first_of(keys, "system"))


def _convert_exchanges(record: Fields, mapping: FieldMapping, options: Options) -> Iterable[Row]:
    name = mapping.messages or "conversation"
    messages: list[Message] = []
    if system := to_text(look_up(record, mapping.system)):
        messages.append({"role": "system", "content": system})
    for exchange in require_objects(look_up(record, name), name):
        messages.append({"role": "user", "content": to_text(look_up(exchange, first_of(exchange, *_ASKING)))})
        messages.append({"role": "assistant", "content": to_text(look_up(exchange, first_of(exchange, *_ANSWERING)))})
    yield make_chat(messages, options=options)


SHAREGPT = Dialect("sharegpt", "ShareGPT conversations", _recognises_sharegpt, _find_sharegpt, convert_turns)
EXCHANGES = Dialect(
    "exchanges", "lists of question and answer", _recognises_exchanges, _find_exchanges, _convert_exchanges
)
