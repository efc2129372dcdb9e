"""Conversations as other providers keep them: Mistral, Anthropic, Gemini, Bedrock."""

from collections.abc import Iterable

from shared.datasets.conversion.dialects.base import Dialect, Fields, has_list, no_mapping
from shared.datasets.conversion.dialects.blocks import BlockReader, text_of_blocks
from shared.datasets.conversion.dialects.chat import messages_of
from shared.datasets.conversion.errors import RecordError
from shared.datasets.conversion.mapping import FieldMapping
from shared.datasets.conversion.messages import Message, Row, make_chat
from shared.datasets.conversion.options import Options
from shared.datasets.conversion.values import from_json, require_objects, to_text

_BLOCK_KINDS = frozenset({"tool_use", "tool_result", "thinking"})


def _recognises_mistral(record: Fields) -> bool:
    if has_list(record, "interactions") or record.get("available_tools"):
        return True
    return any("text" in message and "content" not in message for message in messages_of(record))


def _convert_mistral(record: Fields, _mapping: FieldMapping, options: Options) -> Iterable[Row]:
    name = "interactions" if record.get("interactions") is not None else "messages"
    messages: list[Message] = []
    if system := to_text(record.get("system_prompt")):
        messages.append({"role": "system", "content": system})
    for given in require_objects(record.get(name), name):
        message = dict(given)
        if "text" in message and message.get("content") is None:
            message["content"] = message.pop("text")
        if isinstance(message.get("is_user"), bool):
            message["role"] = "user" if message.pop("is_user") else "assistant"
        if isinstance(message.get("tool_calls"), list):
            message["tool_calls"] = [
                {"type": "function", **call} if isinstance(call, dict) else call for call in message["tool_calls"]
            ]
            message.setdefault("content", None)
        messages.append(message)
    yield make_chat(messages, options=options, tools=record.get("available_tools") or record.get("tools"))


def _recognises_anthropic(record: Fields) -> bool:
    messages = messages_of(record)
    has_blocks = any(
        isinstance(block, dict) and isinstance(block.get("type"), str) and block["type"] in _BLOCK_KINDS
        for message in messages
        if isinstance(message.get("content"), list)
        for block in message["content"]
    )
    has_schemas = isinstance(tools := record.get("tools"), list) and any(
        isinstance(tool, dict) and "input_schema" in tool for tool in tools
    )
    return bool(messages) and (has_blocks or has_schemas or isinstance(record.get("system"), list))


def _convert_anthropic(record: Fields, _mapping: FieldMapping, options: Options) -> Iterable[Row]:
    messages: list[Message] = []
    if system := text_of_blocks(record.get("system")):
        messages.append({"role": "system", "content": system})
    reader = BlockReader(options)
    for message in require_objects(record.get("messages"), "messages"):
        messages.extend(reader.read(message.get("role"), message.get("content")))
    response = from_json(record.get("response"), "response")
    if isinstance(response, dict) and isinstance(response.get("content"), list):
        messages.extend(reader.read("assistant", response["content"]))
    yield make_chat(messages, options=options, tools=record.get("tools"))


def _recognises_gemini(record: Fields) -> bool:
    contents = record.get("contents")
    return isinstance(contents, list) and all(isinstance(item, dict) and "parts" in item for item in contents)


def _convert_gemini(record: Fields, _mapping: FieldMapping, options: Options) -> Iterable[Row]:
    messages: list[Message] = []
    system = record.get("systemInstruction", record.get("system_instruction"))
    if text := text_of_blocks(system.get("parts") if isinstance(system, dict) else system):
        messages.append({"role": "system", "content": text})
    reader = BlockReader(options)
    for content in require_objects(record.get("contents"), "contents"):
        role = "assistant" if content.get("role") == "model" else content.get("role") or "user"
        messages.extend(reader.read("user" if role == "function" else role, content.get("parts")))
    yield make_chat(messages, options=options, tools=record.get("tools"))


def _recognises_bedrock(record: Fields) -> bool:
    return isinstance(version := record.get("schemaVersion"), str) and version.startswith("bedrock-conversation")


def _convert_bedrock(record: Fields, _mapping: FieldMapping, options: Options) -> Iterable[Row]:
    messages: list[Message] = []
    if system := text_of_blocks(record.get("system")):
        messages.append({"role": "system", "content": system})
    reader = BlockReader(options)
    for message in require_objects(record.get("messages"), "messages"):
        messages.extend(reader.read(message.get("role"), message.get("content")))
    settings = record.get("toolConfig")
    yield make_chat(messages, options=options, tools=settings.get("tools") if isinstance(settings, dict) else None)


def _refuse_text(_record: Fields, _mapping: FieldMapping, _options: Options) -> Iterable[Row]:
    raise RecordError("a plain text has no question and no answer; name a prompt and a response in a mapping")


def _recognises_text(record: Fields) -> bool:
    texts = [key for key, value in record.items() if isinstance(value, str)]
    return len(texts) >= 1 and any(key in record for key in ("text", "content")) and not _has_more(record)


def _has_more(record: Fields) -> bool:
    return any(key in record for key in ("prompt", "question", "instruction", "messages", "response", "answer"))


MISTRAL = Dialect("mistral", "Mistral rows", _recognises_mistral, no_mapping, _convert_mistral)
ANTHROPIC = Dialect("anthropic", "Anthropic conversations", _recognises_anthropic, no_mapping, _convert_anthropic)
GEMINI = Dialect("gemini", "Gemini conversations", _recognises_gemini, no_mapping, _convert_gemini)
BEDROCK = Dialect("bedrock", "Bedrock conversations", _recognises_bedrock, no_mapping, _convert_bedrock)
TEXT = Dialect("text", "plain texts, which are no chat", _recognises_text, no_mapping, _refuse_text)
