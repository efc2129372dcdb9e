"""The content of one message: text, or an array of parts."""

from typing import Any

from shared.datasets.codes import Severity
from shared.datasets.collector import Collector
from shared.quoting import quote

_SUBSTITUTES = ("tool_calls", "function_call", "refusal", "audio")
"""What an assistant message may have in place of content."""

_PART_FIELDS: dict[str, tuple[str, type]] = {
    "text": ("text", str),
    "refusal": ("refusal", str),
    "image_url": ("image_url", dict),
    "input_audio": ("input_audio", dict),
}


def check_content(message: dict[str, Any], role: str, index: int, found: Collector) -> None:
    """Report what is wrong with the content of a message whose null-valued keys have been dropped."""
    path = f"/messages/{index}/content"
    content = message.get("content")
    has_substitute = role == "assistant" and any(message.get(key) for key in _SUBSTITUTES)
    if content is None:
        if not has_substitute:
            problem = _missing_problem(role)
            found.add("content_missing", problem, message_index=index, path=f"/messages/{index}")
    elif isinstance(content, list):
        for place, part in enumerate(content):
            _check_part(part, index, found, path=f"{path}/{place}")
        if not has_substitute and all(_is_blank(part) for part in content):
            _report_blank(message, role, index, found)
    elif not isinstance(content, str):
        problem = f"The content is {_kind(content)}; it must be text or an array of parts."
        found.add("content_wrong_type", problem, message_index=index, path=path)
    elif not has_substitute and not content.strip():
        _report_blank(message, role, index, found)


def _missing_problem(role: str) -> str:
    if role == "assistant":
        return "The assistant message has neither content nor tool calls; add one of them."
    return f"The {role} message has no content; add it."


def _report_blank(message: dict[str, Any], role: str, index: int, found: Collector) -> None:
    # The model would learn to say nothing; elsewhere a blank text is odd and does no harm.
    is_learned = role == "assistant" and message.get("weight") != 0
    problem = f"The {role} message is blank; write its text or remove the message."
    severity = Severity.ERROR if is_learned else Severity.WARNING
    found.add("content_empty", problem, message_index=index, path=f"/messages/{index}/content", severity=severity)


def _is_blank(part: Any) -> bool:
    """Whether a part is text without a character; parts of other kinds, broken ones included, count as content."""
    return (
        isinstance(part, dict)
        and part.get("type") == "text"
        and isinstance(part.get("text"), str)
        and not part["text"].strip()
    )


def _check_part(part: Any, index: int, found: Collector, *, path: str) -> None:
    problem = _part_problem(part)
    if problem is not None:
        found.add("content_part_invalid", problem, message_index=index, path=path)


def _part_problem(part: Any) -> str | None:
    if not isinstance(part, dict):
        return 'A content part must be an object such as {"type": "text", "text": "…"}.'
    kind = part.get("type")
    if not isinstance(kind, str):
        return f"A content part has no type; use one of {', '.join(_PART_FIELDS)}."
    if kind not in _PART_FIELDS:
        return f"The content part type {quote(kind)} is not known; use one of {', '.join(_PART_FIELDS)}."
    name, wanted = _PART_FIELDS[kind]
    if not isinstance(part.get(name), wanted):
        return f'A {kind} part needs "{name}" with {"a string" if wanted is str else "an object"}.'
    if kind == "image_url" and not isinstance(part["image_url"].get("url"), str):
        return 'An image_url part needs "image_url" with a "url" string.'
    return None


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return "true or false"
    return "an object" if isinstance(value, dict) else "a number"
