"""OpenAI's own rows, and close relatives of them: parts with values, legacy functions, rows for graders."""

from collections.abc import Iterable, Sequence
from typing import Any

from shared.datasets.conversion.dialects.base import Dialect, Fields, keys_of
from shared.datasets.conversion.errors import RecordError
from shared.datasets.conversion.images import place_images
from shared.datasets.conversion.mapping import FieldMapping, first_of
from shared.datasets.conversion.messages import (
    Message,
    Row,
    check_messages,
    make_answer,
    make_call,
    make_chat,
    with_system,
    with_thought,
)
from shared.datasets.conversion.options import Options
from shared.datasets.conversion.values import drop_nulls, from_json, look_up, require_objects, to_text
from shared.datasets.formats import CHAT_KEYS

_ROLES = frozenset({"system", "developer", "user", "assistant", "tool", "function"})


def messages_of(record: Fields) -> list[dict[str, Any]]:
    """The messages of a record for recognising it; none when it has none that could be OpenAI's."""
    messages = record.get("messages")
    if isinstance(messages, str) and messages.lstrip()[:1] == "[":
        try:
            messages = from_json(messages, "messages")
        except RecordError:
            return []
    if not isinstance(messages, list) or not all(isinstance(m, dict) and "role" in m for m in messages):
        return []
    return messages


def _recognises_chat(record: Fields) -> bool:
    messages = messages_of(record)
    return bool(messages) and all(isinstance(m["role"], str) and m["role"] in _ROLES for m in messages)


def _recognises_reinforcement(record: Fields) -> bool:
    messages = messages_of(record)
    extra = {key for key, value in record.items() if value is not None} - CHAT_KEYS
    return bool(messages) and messages[-1]["role"] == "user" and bool(extra)


def _recognises_parts(record: Fields) -> bool:
    return any(
        "loss_weight" in message
        or any(isinstance(part, dict) and "value" in part and "type" in part for part in _parts(message))
        for message in messages_of(record)
    )


def _recognises_functions(record: Fields) -> bool:
    if "messages" not in record:
        return False
    return bool(record.get("functions")) or any(
        message.get("function_call") or message["role"] == "function" for message in messages_of(record)
    )


def _parts(message: Fields) -> list[Any]:
    content = message.get("content")
    return content if isinstance(content, list) else []


def _find_mapping(sample: Sequence[Fields]) -> FieldMapping:
    keys = keys_of(sample)
    system = first_of(keys, "system", "system_prompt")
    return FieldMapping(
        messages="messages",
        system=system,
        tools=first_of(keys, "tools", "functions"),
        images=first_of(keys, "images", "image"),
    )


def _convert_chat(record: Fields, mapping: FieldMapping, options: Options) -> Iterable[Row]:
    name = mapping.messages or "messages"
    messages = with_system(require_objects(look_up(record, name), name), to_text(look_up(record, mapping.system)))
    if mapping.images is not None:
        messages = place_images(messages, look_up(record, mapping.images))
    row = make_chat(messages, options=options, tools=look_up(record, mapping.tools))
    if isinstance(record.get("parallel_tool_calls"), bool) and "tools" in row:
        row["parallel_tool_calls"] = record["parallel_tool_calls"]
    yield row


def _convert_reinforcement(record: Fields, mapping: FieldMapping, options: Options) -> Iterable[Row]:
    name = mapping.messages or "messages"
    messages = check_messages(with_system(require_objects(look_up(record, name), name), options.system))
    yield drop_nulls({key: value for key, value in record.items() if key != name} | {"messages": messages})


def _convert_parts(record: Fields, mapping: FieldMapping, options: Options) -> Iterable[Row]:
    name = mapping.messages or "messages"
    reader = PartsReader(options)
    messages = [reader.read(message) for message in require_objects(look_up(record, name), name)]
    yield make_chat(messages, options=options, tools=look_up(record, mapping.tools))


class PartsReader:
    """Messages whose parts are {type, value}: text, reasoning, tool_call and image_url."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._n_calls = 0
        self._open_calls: list[str] = []

    def read(self, message: Fields) -> Message:
        """One message of the wire. Raises RecordError."""
        role, content = message.get("role"), message.get("content")
        parts = content if isinstance(content, list) else [{"type": "text", "value": content}]
        texts, thoughts, calls, images = [], [message.get("reasoning")], [], []
        for part in parts:
            kind, value = _read_part(part)
            if kind == "text":
                texts.append(to_text(value))
            elif kind == "reasoning":
                thoughts.append(value)
            elif kind in {"tool_call", "function_call"}:
                calls.extend(self._read_calls(value))
            elif kind == "image_url":
                images.append({"type": "image_url", "image_url": value if isinstance(value, dict) else {"url": value}})
            else:
                raise RecordError(f"a part of the type {kind!r:.40} has no place in a chat row")
        text = "\n".join(texts)
        if role == "tool":
            call_id = self._open_calls.pop(0) if self._open_calls else f"call_{self._n_calls}"
            return {"role": "tool", "tool_call_id": message.get("tool_call_id") or call_id, "content": text}
        if role != "assistant":
            return {"role": role, "content": [*images, {"type": "text", "text": text}] if images else text}
        thought = "\n".join(item for item in thoughts if isinstance(item, str) and item.strip())
        return make_answer(with_thought(thought, text, self._options), calls) | _read_weight(message)

    def _read_calls(self, value: Any) -> list[dict[str, Any]]:
        written = from_json(value, "tool_call")
        made = []
        for call in written if isinstance(written, list) else [written]:
            if not isinstance(call, dict):
                raise RecordError("a tool call is not an object with name and arguments")
            self._n_calls += 1
            self._open_calls.append(f"call_{self._n_calls}")
            made.append(make_call(call.get("name"), call.get("arguments"), call_id=self._open_calls[-1]))
        return made


def _read_part(part: Any) -> tuple[str, Any]:
    if not isinstance(part, dict) or not isinstance(part.get("type"), str):
        raise RecordError("a part of a message has no type")
    kind = part["type"]
    return kind, part["value"] if "value" in part else part.get(kind)


def _read_weight(message: Fields) -> Message:
    weight = message.get("loss_weight", message.get("weight"))
    if weight is None:
        return {}
    if weight not in (0, 1):
        raise RecordError(f"a message has the weight {weight!r:.20}, where the wire takes 0 or 1")
    return {"weight": int(weight)}


def _convert_functions(record: Fields, mapping: FieldMapping, options: Options) -> Iterable[Row]:
    name = mapping.messages or "messages"
    messages = replace_functions(require_objects(look_up(record, name), name))
    yield make_chat(messages, options=options, tools=record.get("functions") or record.get("tools"))


def replace_functions(messages: Sequence[Fields]) -> list[Message]:
    """Calls and answers of functions as those of tools, with ids made for them. Raises RecordError."""
    replaced: list[Message] = []
    n_calls = 0
    for given in messages:
        message = dict(given)
        call = message.pop("function_call", None)
        if isinstance(call, dict):
            n_calls += 1
            message["tool_calls"] = [make_call(call.get("name"), call.get("arguments"), call_id=f"call_{n_calls}")]
            message["content"] = message.get("content") or None
        if message.get("role") == "function":
            if not n_calls:
                raise RecordError("a function answers that nobody called")
            message = {"role": "tool", "tool_call_id": f"call_{n_calls}", "content": to_text(message.get("content"))}
        replaced.append(message)
    return replaced


CHAT = Dialect("chat", "OpenAI chat rows", _recognises_chat, _find_mapping, _convert_chat)
PARTS = Dialect("chat_parts", "chat rows of typed values", _recognises_parts, _find_mapping, _convert_parts)
FUNCTIONS = Dialect(
    "chat_functions", "chat rows with legacy functions", _recognises_functions, _find_mapping, _convert_functions
)
REINFORCEMENT = Dialect(
    "reinforcement",
    "rows for graders",
    _recognises_reinforcement,
    _find_mapping,
    _convert_reinforcement,
    drops_others=False,
)
