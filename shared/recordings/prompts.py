"""From rows of a dataset to prompts: what to ask, and what the data says the answer should be. Knows no table."""

import hashlib
import json
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from shared.datasets.lines import read_lines
from shared.strict_json import JsonRejectedError, loads

_MAX_DEPTH = 64


@dataclass(frozen=True)
class Prompt:
    line: int
    "Of the file, counted from 1."
    request: dict[str, Any]
    "`messages` and, where the row has some, `tools`."
    reference: str | None

    @property
    def hash(self) -> str:
        return fingerprint(self.request)


def read_prompts(chunks: Iterable[bytes], *, max_line_bytes: int) -> Iterator[Prompt]:
    """The prompt of every row that has one. Rows that cannot be read are left to the check of the file."""
    for line in read_lines(chunks, max_line_bytes=max_line_bytes):
        row = _read(line.data)
        prompt = None if row is None else prompt_of(row, line=line.number)
        if prompt is not None:
            yield prompt


def prompt_of(row: dict[str, Any], *, line: int) -> Prompt | None:
    """A chat up to its last answer, which is the reference; a preference row's input, with what was preferred."""
    if isinstance(row.get("input"), dict):
        messages, source = row["input"].get("messages"), row["input"]
        reference = _text_of(_last(row.get("preferred_output")))
    else:
        messages, source = row.get("messages"), row
        reference = None
        if isinstance(messages, list) and _role(_last(messages)) == "assistant":
            reference = _text_of(messages[-1])
            messages = messages[:-1]
    if not isinstance(messages, list) or not messages or not all(isinstance(each, dict) for each in messages):
        return None
    request: dict[str, Any] = {"messages": [_as_asked(message) for message in messages]}
    if isinstance(source.get("tools"), list) and source["tools"]:
        request["tools"] = source["tools"]
    return Prompt(line, request, reference)


def draw(prompts: Iterable[Prompt], *, sample: int | None, seed: int, most: int) -> list[Prompt]:
    """`sample` prompts drawn at random, or all up to `most`, in the order of the file; each prompt once.

    One pass and memory for what is kept (reservoir sampling, algorithm R); the same seed draws the same rows.
    """
    chance = random.Random(seed)
    kept: list[Prompt] = []
    known: set[str] = set()
    seen = 0
    size = most if sample is None else min(sample, most)
    for prompt in prompts:
        if prompt.hash in known:
            continue
        known.add(prompt.hash)
        seen += 1
        if len(kept) < size:
            kept.append(prompt)
        elif sample is None:
            break
        elif (place := chance.randrange(seen)) < size:
            kept[place] = prompt
    return sorted(kept, key=lambda prompt: prompt.line)


def fingerprint(value: dict[str, Any]) -> str:
    """SHA-256 of a document, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def text_of_answer(message: dict[str, Any] | None) -> str:
    """An answer as text: what was said, else the calls of tools as JSON, else the refusal."""
    if message is None:
        return ""
    if message.get("content"):
        return _text_of(message) or ""
    if message.get("tool_calls"):
        calls = [call.get("function") for call in message["tool_calls"] if isinstance(call, dict)]
        return json.dumps(calls, ensure_ascii=False, sort_keys=True)
    return str(message.get("refusal") or "")


def _read(data: bytes | None) -> dict[str, Any] | None:
    try:
        value = loads(data, max_depth=_MAX_DEPTH) if data else None
    except JsonRejectedError:
        return None
    return value if isinstance(value, dict) else None


def _as_asked(message: dict[str, Any]) -> dict[str, Any]:
    """A message without what only training reads."""
    return {name: value for name, value in message.items() if name != "weight"}


def _last(messages: Any) -> dict[str, Any]:
    last = messages[-1] if isinstance(messages, list) and messages else None
    return last if isinstance(last, dict) else {}


def _role(message: dict[str, Any]) -> str:
    return str(message.get("role"))


def _text_of(message: dict[str, Any]) -> str | None:
    content = message.get("content")
    if isinstance(content, list):
        parts = [part.get("text") for part in content if isinstance(part, dict)]
        content = "".join(part for part in parts if isinstance(part, str))
    if isinstance(content, str) and content:
        return content
    return text_of_answer({"tool_calls": message["tool_calls"]}) if message.get("tool_calls") else None
