"""Messages whose content is a list of blocks, as Anthropic, Gemini and Bedrock have it: one reader for the three.

They name the same four things differently: text, an image, a call with its arguments, the result of a call.
"""

from collections.abc import Iterator
from typing import Any

from shared.datasets.conversion.errors import RecordError
from shared.datasets.conversion.messages import Message, make_answer, make_call, with_thought
from shared.datasets.conversion.options import Options
from shared.datasets.conversion.values import name_kind, write_json

_RESULTS = ("tool_result", "toolResult", "functionResponse", "function_response")
_CALLS = ("tool_use", "toolUse", "functionCall", "function_call")


class BlockReader:
    """Reads the messages of one conversation in order; calls without an id get one, and results find theirs."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._n_calls = 0
        self._open_calls: list[str] = []

    def read(self, role: Any, content: Any) -> Iterator[Message]:
        """One message, and one for each result of a tool in it. Raises RecordError."""
        if isinstance(content, str):
            yield {"role": role, "content": content}
            return
        if not isinstance(content, list):
            raise RecordError(f"a message has {name_kind(content)} as its content")
        parts, thoughts, calls = [], [], []
        for block in content:
            kind, value = _open_block(block)
            if kind in _RESULTS:
                yield self._read_result(value)
            elif kind in _CALLS:
                calls.append(self._read_call(value))
            elif kind == "thinking":
                thoughts.append(value.get("thinking") or "")
            else:
                parts.append(_read_part(kind, value))
        if role == "assistant":
            text = with_thought("\n".join(thoughts), _join_texts(parts), self._options)
            yield make_answer(text, calls)
        elif parts:
            is_text = all(part["type"] == "text" for part in parts)
            yield {"role": role, "content": _join_texts(parts) if is_text else parts}

    def _read_call(self, call: dict[str, Any]) -> dict[str, Any]:
        self._n_calls += 1
        call_id = str(call.get("id") or call.get("toolUseId") or f"call_{self._n_calls}")
        self._open_calls.append(call_id)
        return make_call(call.get("name"), call.get("input", call.get("args")), call_id=call_id)

    def _read_result(self, result: dict[str, Any]) -> Message:
        given = result.get("tool_use_id") or result.get("toolUseId")
        call_id = str(given or (self._open_calls[0] if self._open_calls else ""))
        if call_id not in self._open_calls:
            raise RecordError("a tool answers that nobody called")
        self._open_calls.remove(call_id)
        content = result.get("content", result.get("response"))
        text = text_of_blocks(content) if isinstance(content, str | list) else write_json(content)
        return {"role": "tool", "tool_call_id": call_id, "content": text}


def text_of_blocks(content: Any) -> str:
    """The text of a string or of a list of text blocks; JSON blocks as JSON. "" for nothing."""
    if content is None or isinstance(content, str):
        return content or ""
    if not isinstance(content, list):
        raise RecordError(f"a text is expected where there is {name_kind(content)}")
    texts = []
    for block in content:
        if isinstance(block, dict) and isinstance(block.get("text"), str):
            texts.append(block["text"])
        elif isinstance(block, dict) and "json" in block:
            texts.append(write_json(block["json"]))
        else:
            raise RecordError("a block of a text is no text")
    return "\n".join(texts)


def _open_block(block: Any) -> tuple[str, dict[str, Any]]:
    """The kind of a block and the object that holds its fields: the block itself, or what lies under its only key."""
    if not isinstance(block, dict):
        raise RecordError(f"a block of a message is {name_kind(block)} and not an object")
    if isinstance(block.get("type"), str):
        return block["type"], block
    for kind in (*_RESULTS, *_CALLS, "image", "inlineData", "inline_data"):
        if isinstance(block.get(kind), dict):
            return kind, block[kind]
    return ("thinking", {"thinking": block["text"]}) if block.get("thought") is True else ("text", block)


def _read_part(kind: str, value: dict[str, Any]) -> dict[str, Any]:
    if kind == "text" and isinstance(value.get("text"), str):
        return {"type": "text", "text": value["text"]}
    source = value.get("source") if isinstance(value.get("source"), dict) else value
    if kind in {"image", "inlineData", "inline_data"} and isinstance(source, dict):
        if isinstance(source.get("url"), str):
            return {"type": "image_url", "image_url": {"url": source["url"]}}
        media = source.get("media_type") or source.get("mimeType") or source.get("mime_type")
        data = source.get("data") or source.get("bytes")
        if media is None and isinstance(value.get("format"), str):
            media = f"image/{value['format']}"
        if isinstance(media, str) and isinstance(data, str):
            return {"type": "image_url", "image_url": {"url": f"data:{media};base64,{data}"}}
    raise RecordError(f"a block of the kind {kind!r:.40} has no place in a chat row")


def _join_texts(parts: list[dict[str, Any]]) -> str:
    if any(part["type"] != "text" for part in parts):
        raise RecordError("an assistant's message holds an image, which no row may have")
    return "\n".join(part["text"] for part in parts)
