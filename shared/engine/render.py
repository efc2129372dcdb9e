"""Chats to token ids, by the model's own chat template, for training and for serving alike. Knows no torch.

A conversation is cut into pieces where an assistant's turn begins and ends, and each piece is tokenized on its own.
A prompt ends exactly where the model begins to write, so what is trained is what is served, token for token.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from shared.engine.errors import ChatTemplateError

Chat = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Rendered:
    """Token ids of a whole conversation; `trained[i]` says whether token i counts in the loss."""

    ids: list[int]
    trained: list[bool]


def render_example(tokenizer: Any, messages: Chat, *, tools: Sequence[Any] | None = None) -> Rendered:
    """Every assistant message with weight other than 0 is trained, its end-of-turn token included.

    Raises ChatTemplateError when the template cannot show this conversation, or rewrites a trained turn later on.
    """
    template = _Template(tokenizer, tools)
    chat = [_plain(message) for message in messages]
    text = template.text(chat)
    spans = _assistant_spans(template, chat, text)
    wanted = [i for i, message in enumerate(messages) if message["role"] == "assistant" and message.get("weight") != 0]
    for index in wanted:
        if index not in spans:
            raise ChatTemplateError(
                f"The chat template of this model rewrites message {index + 1} once later messages follow; "
                "give the conversation one row per assistant message, or weight 0 to the earlier ones."
            )
    return _tokenize(tokenizer, text, spans, trained=set(wanted))


def render_prompt(tokenizer: Any, messages: Chat, *, tools: Sequence[Any] | None = None) -> list[int]:
    """Ids up to where the assistant begins to write. Raises ChatTemplateError like `render_example`."""
    template = _Template(tokenizer, tools)
    chat = [_plain(message) for message in messages]
    text = template.text(chat, is_prompt=True)
    return _tokenize(tokenizer, text, _assistant_spans(template, chat, text), trained=set()).ids


def _plain(message: Mapping[str, Any]) -> dict[str, Any]:
    """One message as templates know it: text content, `system` for `developer`, call arguments as objects."""
    plain: dict[str, Any] = {name: value for name, value in message.items() if name != "weight" and value is not None}
    plain["role"] = "system" if message["role"] == "developer" else message["role"]
    content = message.get("content")
    plain["content"] = content if isinstance(content, str) else "".join(part["text"] for part in content or ())
    if "tool_calls" in plain:
        plain["tool_calls"] = [_parsed_call(call) for call in plain["tool_calls"]]
    return plain


def _parsed_call(call: Mapping[str, Any]) -> dict[str, Any]:
    function = dict(call["function"])
    try:
        function["arguments"] = json.loads(function["arguments"])
    except ValueError as error:
        raise ChatTemplateError(f"The arguments of the call to {function.get('name')!r} are not JSON.") from error
    return {**call, "function": function}


class _Template:
    """A tokenizer's chat template for one set of tools."""

    def __init__(self, tokenizer: Any, tools: Sequence[Any] | None) -> None:
        self._tokenizer = tokenizer
        self._tools = list(tools) if tools else None
        self._source = str(tokenizer.chat_template)
        if self._tools and "tools" not in self._source:
            raise ChatTemplateError("The chat template of this model has no place for tools.")

    def text(self, chat: Sequence[dict[str, Any]], *, is_prompt: bool = False) -> str:
        if any("tool_calls" in message for message in chat) and "tool_calls" not in self._source:
            raise ChatTemplateError("The chat template of this model has no place for tool calls.")
        try:
            return str(
                self._tokenizer.apply_chat_template(
                    list(chat), tools=self._tools, tokenize=False, add_generation_prompt=is_prompt
                )
            )
        except Exception as error:
            # Templates refuse through jinja's own errors, whose text is written for the author of the chat.
            raise ChatTemplateError(f"The chat template of this model refuses the conversation: {error}") from error

    def turn_end(self, text: str, start: int, end: int) -> int:
        """Where the turn in `text[start:end]` stops: after its end-of-turn token, if the template writes one."""
        marks = [mark for mark in (self._tokenizer.eos_token, *self._tokenizer.all_special_tokens) if mark]
        places = [place + len(mark) for mark in marks if (place := text.rfind(mark, start, end)) >= 0]
        return max(places, default=end)


def _assistant_spans(template: _Template, chat: Sequence[dict[str, Any]], text: str) -> dict[int, tuple[int, int]]:
    """Message index to the characters of `text` that the assistant wrote; turns the template rewrites are absent."""
    spans: dict[int, tuple[int, int]] = {}
    for index, message in enumerate(chat):
        if message["role"] != "assistant":
            continue
        before = template.text(chat[:index], is_prompt=True)
        through = template.text(chat[: index + 1])
        if through.startswith(before) and text.startswith(through):
            spans[index] = (len(before), template.turn_end(text, len(before), len(through)))
    return spans


def _tokenize(tokenizer: Any, text: str, spans: Mapping[int, tuple[int, int]], *, trained: set[int]) -> Rendered:
    """Tokenize between and inside the spans, each piece on its own."""
    starts = {start: index for index, (start, _) in spans.items()}
    cuts = sorted({0, len(text), *(place for span in spans.values() for place in span)})
    ids: list[int] = []
    mask: list[bool] = []
    for start, end in pairwise(cuts):
        piece = tokenizer(text[start:end], add_special_tokens=False)["input_ids"]
        ids += piece
        mask += [starts.get(start) in trained] * len(piece)
    return Rendered(ids, mask)
