"""From one chat message to its part of an outline, by the cookbook's rules for counting.

Of a message that would not pass the checks, what cannot be read counts nothing.
"""

from collections.abc import Container, Iterable, Mapping
from typing import Any, Protocol

from shared.datasets.tokens.images import ImageRule, count_image
from shared.datasets.tokens.outline import Outline
from shared.datasets.tokens.row_tokens import Estimate

ROLES = ("system", "developer", "user", "assistant", "tool", "function")
MESSAGE_TOKENS = 3
# Tuples: a damaged row's role may be a list, which no set can be asked for.
_TOOL_ROLES = ("tool", "function")
_TEXT_PARTS = ("text", "refusal")
_NAME_TOKENS = 1
_CALL_TOKENS = 3


class Turn(Protocol):
    """A message of a known role and a text."""

    @property
    def role(self) -> str: ...
    @property
    def content(self) -> str: ...


def write_messages(turns: Iterable[Turn], untrained: Container[int]) -> list[dict[str, Any]]:
    """Turns as the messages of a row; those at the places `untrained` have weight 0."""
    return [
        {"role": turn.role, "content": turn.content} | ({"weight": 0} if number in untrained else {})
        for number, turn in enumerate(turns)
    ]


def add_message(
    message: object, outline: Outline, *, headers: Mapping[str, int], images: ImageRule | None, is_trainable: bool
) -> None:
    """Append `message`; it is learned if it is the assistant's, its weight is not 0 and `is_trainable`.

    `headers` tells for each of ROLES the tokens that stand before the content.
    """
    if not isinstance(message, dict):
        return
    role = message.get("role")
    is_trained = is_trainable and role == "assistant" and message.get("weight") != 0
    _add_header(message, role, outline, headers)
    if is_trained:
        outline.end_stretch(is_trained=False)
    _add_content(message.get("content"), outline, images)
    if len(message) > 2:  # noqa: PLR2004 - most messages are a role and content
        _add_rare_fields(message, outline)
    if is_trained:
        outline.end_stretch(is_trained=True)
    if role in _TOOL_ROLES:
        outline.estimate |= Estimate.TOOLS


def _add_header(message: dict[str, Any], role: object, outline: Outline, headers: Mapping[str, int]) -> None:
    if isinstance(role, str) and role in headers:
        outline.add_tokens(headers[role])
    else:
        outline.add_tokens(MESSAGE_TOKENS)
        if isinstance(role, str):
            outline.add_text(role, "role")
    name = message.get("name")
    if isinstance(name, str) and name:
        outline.add_tokens(_NAME_TOKENS)
        outline.add_text(name)


def _add_content(content: object, outline: Outline, images: ImageRule | None) -> None:
    if isinstance(content, str):
        outline.add_text(content)
    elif isinstance(content, list):
        for part in content:
            if isinstance(part, dict):
                _add_part(part, outline, images)


def _add_part(part: dict[str, Any], outline: Outline, images: ImageRule | None) -> None:
    kind = part.get("type")
    if kind == "image_url":
        image = count_image(part.get("image_url"), images)
        outline.add_tokens(image.tokens, "image")
        if image.is_estimated:
            outline.estimate |= Estimate.IMAGES
    elif kind in _TEXT_PARTS:
        _add_texts([part.get(kind)], outline)
    else:
        outline.estimate |= Estimate.PARTS


def _add_rare_fields(message: dict[str, Any], outline: Outline) -> None:
    _add_texts([message.get("refusal"), message.get("tool_call_id")], outline)
    calls = message.get("tool_calls")
    for call in calls if isinstance(calls, list) else ():
        _add_call(call.get("function") if isinstance(call, dict) else None, outline)
    if message.get("function_call") is not None:
        _add_call(message["function_call"], outline)


def _add_call(function: object, outline: Outline) -> None:
    outline.estimate |= Estimate.TOOLS
    outline.add_tokens(_CALL_TOKENS)
    if isinstance(function, dict):
        _add_texts([function.get("name"), function.get("arguments")], outline)


def _add_texts(values: list[object], outline: Outline) -> None:
    for value in values:
        if isinstance(value, str):
            outline.add_text(value)
