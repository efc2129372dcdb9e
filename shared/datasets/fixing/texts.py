"""Characters that were never meant, and personal data where somebody asks for it."""

from collections.abc import Iterator
from typing import Any
from unicodedata import normalize

from ftfy.fixes import fix_c1_controls

from shared.datasets.fixing.places import all_messages, replace_in_arguments, replace_texts
from shared.datasets.formats import PREFERENCE_OUTPUTS
from shared.datasets.texts.characters import CONTROLS, INVISIBLES
from shared.datasets.texts.encodings import repair
from shared.datasets.texts.personal import mask_personal


def repair_encoding(row: dict[str, Any]) -> bool:
    return replace_texts(row, repair)


def drop_control_characters(row: dict[str, Any]) -> bool:
    """Those between U+0080 and U+009F become the Windows-1252 characters as which they were typed."""
    return replace_texts(row, lambda text: CONTROLS.sub("", fix_c1_controls(text)) if CONTROLS.search(text) else text)


def drop_invisible_characters(row: dict[str, Any]) -> bool:
    in_texts = replace_texts(row, _without_invisible)
    return replace_in_arguments(row, _without_invisible) or in_texts


def normalise(row: dict[str, Any]) -> bool:
    return replace_texts(row, lambda text: text if text.isascii() else normalize("NFC", text))


def mask_personal_data(row: dict[str, Any]) -> bool:
    in_texts = replace_texts(row, mask_personal)
    return replace_in_arguments(row, mask_personal) or in_texts


def strip_answers(row: dict[str, Any]) -> bool:
    """White space around what the model learns to say; an answer of nothing else stays, as it is an error."""
    is_changed = False
    if isinstance(row.get("completion"), str):
        is_changed |= _strip(row, "completion")
    for message in _learnt_messages(row):
        content = message.get("content")
        if isinstance(content, str):
            is_changed |= _strip(message, "content")
        elif isinstance(content, list):
            texts = [part for part in content if isinstance(part, dict) and isinstance(part.get("text"), str)]
            is_changed |= bool(texts) and _strip_ends(texts)
    return is_changed


def _learnt_messages(row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if PREFERENCE_OUTPUTS[0] in row:
        output = row[PREFERENCE_OUTPUTS[0]]
        yield from (message for message in (output if isinstance(output, list) else []) if isinstance(message, dict))
        return
    for message in all_messages(row):
        if message.get("role") == "assistant" and message.get("weight") != 0:
            yield message


def _strip(holder: dict[str, Any], name: str) -> bool:
    text = holder[name]
    stripped = text.strip()
    if not stripped or stripped == text:
        return False
    holder[name] = stripped
    return True


def _strip_ends(parts: list[dict[str, Any]]) -> bool:
    before = [part["text"] for part in parts]
    if not any(text.strip() for text in before):
        return False
    parts[0]["text"] = parts[0]["text"].lstrip()
    parts[-1]["text"] = parts[-1]["text"].rstrip()
    return [part["text"] for part in parts] != before


def _without_invisible(text: str) -> str:
    return text if text.isascii() else INVISIBLES.sub("", text)
