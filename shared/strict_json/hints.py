"""What probably happened when a document is not JSON, from the few bytes where reading stopped.

Each function gives a hint's name, or None, and a sentence.
"""

import re

LOOK_BYTES = 64

_WORD = re.compile(r"[+-]?[A-Za-z_$][A-Za-z0-9_$]*")
_NUMBER_LIKE = re.compile(r"[+.-]?[0-9]")
_NOT_A_NUMBER = {"nan", "infinity", "inf"}
_SPELLINGS = {
    "True": "true",
    "False": "false",
    "None": "null",
    "undefined": "null",
    "nil": "null",
    "NULL": "null",
}
_CURLY_QUOTES = ("\u201c", "\u201d", "\u201e", "\u2018", "\u2019")


def explain_value(look: bytes) -> tuple[str, str | None, str]:
    """Where a value should begin: a code, a hint and a sentence."""
    text = look.decode("utf-8", "replace")
    word = _WORD.match(text)
    if word and word.group().lstrip("+-").lower() in _NOT_A_NUMBER:
        return "json_nan", "json_nan", f"{word.group()} is not JSON; use null or leave the key out"
    if word and word.group() in _SPELLINGS:
        wanted = _SPELLINGS[word.group()]
        return "json_invalid", "other_language", f"{word.group()} is not JSON; write {wanted}"
    if _NUMBER_LIKE.match(text):
        return (
            "json_invalid",
            "bad_number",
            "This number is not JSON: no leading zero or plus, digits on both sides of the point",
        )
    if text.startswith(("]", "}")):
        return (
            "json_invalid",
            "trailing_comma",
            "A value is missing here; is there a comma or colon too many before it?",
        )
    hint, reason = _explain_start(text) or (None, "A value is missing here")
    return "json_invalid", hint, reason


def explain_key(look: bytes) -> tuple[str | None, str]:
    """Where a key should begin."""
    text = look.decode("utf-8", "replace")
    if text.startswith("}"):
        return "trailing_comma", "A comma stands before the closing brace; remove it"
    if _WORD.match(text):
        return "unquoted_key", "A key has no double quotes around it"
    return _explain_start(text) or (None, "A key in double quotes is missing here")


def explain_separator(look: bytes, *, is_object: bool) -> tuple[str | None, str]:
    """After a value inside a container."""
    text = look.decode("utf-8", "replace")
    if text.startswith(("]", "}")):
        return (
            "unbalanced",
            f"This bracket does not match: {'an object' if is_object else 'an array'} is open",
        )
    if text.startswith(":"):
        return "unexpected_colon", "A colon stands where a comma or a closing bracket is expected"
    missing = "A comma or a closing bracket is missing; is there an unescaped quote before it?"
    return _explain_start(text) or ("missing_comma", missing)


def explain_extra(look: bytes) -> tuple[str | None, str]:
    """After the end of the document."""
    text = look.decode("utf-8", "replace")
    if text.startswith(("{", "[", '"')):
        return "second_document", "A second document follows the first; put each on its own line"
    if text.startswith(","):
        return "second_document", "A comma follows the end of the document; remove it"
    return _explain_start(text) or ("extra_text", "There is text after the end of the document")


def explain_end(*, is_empty: bool, is_nested: bool) -> tuple[str | None, str]:
    """At the end of the text, with the document unfinished."""
    if is_empty:
        return "empty", "There is nothing to read"
    if is_nested:
        return "truncated", "The text ends inside an array or object; it seems to be cut off"
    return "truncated", "The text ends where a value is expected"


def _explain_start(text: str) -> tuple[str, str] | None:
    if text.startswith("'"):
        return "single_quotes", "JSON strings stand in double quotes, not in single quotes"
    if text.startswith(_CURLY_QUOTES):
        return "curly_quotes", "JSON strings stand in straight double quotes, not in typographic ones"
    if text.startswith(("//", "/*", "#")):
        return "comment", "JSON has no comments"
    return None
