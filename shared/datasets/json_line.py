"""From one line to one object, with the reader's refusals turned into findings."""

from typing import Any

from shared.datasets.collector import Collector
from shared.strict_json import JsonRejectedError, loads

MAX_DEPTH = 64

_CODES = {
    "json_encoding": "encoding_not_utf8",
    "json_nan": "json_invalid",
    "json_too_deep": "nesting_too_deep",
    "json_invalid_unicode": "lone_surrogate",
}
_KINDS = {
    list: "an array",
    str: "a string",
    int: "a number",
    float: "a number",
    bool: "true or false",
    type(None): "null",
}


def read_object(data: bytes, found: Collector, *, offset: int) -> dict[str, Any] | None:
    """The object on a line, or None after reporting what is wrong. `offset` is the line's place in the file."""
    try:
        value = loads(data, max_depth=MAX_DEPTH, allow_nul=True)
    except JsonRejectedError as error:
        _report(error, data, found, offset=offset)
        return None
    if type(value) is dict:
        return value
    found.add(
        "line_not_object", f'This is {_KINDS[type(value)]}; each line must be one JSON object, as {{"messages": […]}}.'
    )
    return None


def _report(error: JsonRejectedError, data: bytes, found: Collector, *, offset: int) -> None:
    code = _CODES.get(error.code or "", error.code or "json_invalid")
    hint = error.hint
    problem = error.message
    if code == "encoding_not_utf8" and hint == "bom":
        code, problem = "json_invalid", "A byte order mark stands inside the file, as after joining files; remove it."
    elif code == "encoding_not_utf8":
        problem = (
            f"{error.reason} (column {error.column}){_latin1_reading(data, error.offset)}. Save the file as UTF-8."
        )
    elif hint == "second_document" and b"\r" in data:
        hint, problem = "lone_cr", "A lone carriage return does not end a line; end lines with \\n or \\r\\n."
    detail: dict[str, Any] = {"column": error.column, "byte_offset": offset + error.offset}
    if hint is not None:
        detail["hint"] = f"json_{hint.removeprefix('json_')}"
    found.add(code, problem, detail=detail)


def _latin1_reading(data: bytes, offset: int) -> str:
    """A guess for text saved by an older editor: the bad byte as Windows-1252 has it, if that is a letter."""
    letter = data[offset : offset + 1].decode("cp1252", "ignore")
    return f"; in Windows-1252 (Latin-1) it is {letter!r}" if letter.isalpha() else ""
