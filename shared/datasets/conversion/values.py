"""Single values of records: looked up, read as text or as JSON, rid of what Arrow put in."""

import json
from collections.abc import Mapping
from typing import Any

from shared.datasets.conversion.errors import RecordError
from shared.quoting import quote
from shared.strict_json import JsonRejectedError, loads

MAX_DEPTH = 64


def look_up(record: Mapping[str, Any], name: str | None) -> Any:
    """The field `name`, or the one that its dots lead to; None when it is not there."""
    if name is None:
        return None
    if name in record:
        return record[name]
    value: Any = record
    for part in name.split("."):
        if not isinstance(value, Mapping) or part not in value:
            return None
        value = value[part]
    return value


def to_text(value: Any) -> str:
    """A cell as text: numbers and truth values as JSON writes them, nothing as "". Raises RecordError for the rest."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    raise RecordError(f"a text is expected where there is {name_kind(value)}")


def require_text(value: Any, name: str) -> str:
    """A text that is not blank. Raises RecordError naming the field."""
    try:
        text = to_text(value)
    except RecordError as error:
        raise RecordError(f"{quote(name)}: {error}") from None
    if not text.strip():
        raise RecordError(f"{quote(name)} is empty or not there")
    return text


def from_json(value: Any, name: str) -> Any:
    """Tables keep lists as JSON in their cells: what such a text holds; any other value as it is."""
    if not isinstance(value, str):
        return value
    if not value.strip():
        return None
    try:
        return loads(value.encode(), max_depth=MAX_DEPTH, allow_nul=True)
    except (JsonRejectedError, UnicodeEncodeError) as error:
        reason = error.reason if isinstance(error, JsonRejectedError) else "it holds half a surrogate pair"
        raise RecordError(f"{quote(name)} is a text that is not JSON: {reason}") from None


def require_objects(value: Any, name: str) -> list[dict[str, Any]]:
    """A list of objects, or JSON of one. Raises RecordError naming the field."""
    items = from_json(value, name)
    if not isinstance(items, list) or not items:
        raise RecordError(f"{quote(name)} is not a list with something in it")
    for number, item in enumerate(items):
        if not isinstance(item, dict):
            raise RecordError(f"{quote(name)}, item {number}, is {name_kind(item)} and not an object")
    return items


def drop_nulls(value: Any) -> Any:
    """`value` without keys whose value is null, at any depth: Arrow gives each object the keys of all.

    `content: null` beside calls stays, since it is how such a message is written.
    """
    if isinstance(value, list):
        return [drop_nulls(item) for item in value]
    if not isinstance(value, dict):
        return value
    kept = {key: drop_nulls(item) for key, item in value.items() if item is not None}
    if "content" in value and value["content"] is None and (kept.get("tool_calls") or kept.get("function_call")):
        return {key: kept.get(key) for key in value if key in kept or key == "content"}
    return kept


def write_json(value: Any) -> str:
    """JSON as it stands in a tool call's arguments."""
    return json.dumps(value, ensure_ascii=False)


def name_kind(value: Any) -> str:
    """What a value is, in words for people."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "a truth value"
    names = {str: "a text", int: "a number", float: "a number", list: "a list", dict: "an object"}
    return names.get(type(value), "something else")
