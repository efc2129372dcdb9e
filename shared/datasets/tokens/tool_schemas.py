"""Tokens of the functions a row offers, by the formula OpenAI's cookbook measured; always an estimate.

The service rewrites schemas into a notation of its own. What the formula has no place for counts as JSON where it is
a schema or a list, and nothing where it is a bound such as `minimum`.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec

from shared.datasets.tokens.text import TextCounter

_PROPERTIES_TOKENS = 3
_PROPERTY_TOKENS = 3
_ENUM_TOKENS = -3
_ENUM_ITEM_TOKENS = 3
_LIST_TOKENS = 12
_FORMULA_KEYS = frozenset({"type", "description", "enum", "properties", "required"})

_CACHED_FUNCTIONS = 512
_CACHED_BYTES = 8 << 10


class ToolCounter:
    """Counts lists of tools. Rows choose from the same few, so the last functions are remembered, 4 MB at most."""

    def __init__(self, texts: TextCounter, *, function_tokens: int) -> None:
        self._texts = texts
        self._function_tokens = function_tokens
        self._count_small = lru_cache(maxsize=_CACHED_FUNCTIONS)(self._count)

    def count(self, functions: Sequence[object]) -> int:
        """Tokens of `functions`, each an object with name, description and parameters; 0 for none."""
        if not functions:
            return 0
        documents = [msgspec.json.encode(function) for function in functions]
        return _LIST_TOKENS + sum(
            [
                self._count_small(document) if len(document) <= _CACHED_BYTES else self._count(document)
                for document in documents
            ]
        )

    def _count(self, document: bytes) -> int:
        function: Any = msgspec.json.decode(document)
        sheet = _Sheet()
        sheet.tokens += self._function_tokens
        _add_function(function if isinstance(function, dict) else {}, sheet)
        return sheet.tokens + sum(self._texts.count(sheet.texts))


class _Sheet:
    """Texts to count, and tokens known beforehand."""

    def __init__(self) -> None:
        self.tokens = 0
        self.texts: list[str] = []


def _add_function(function: Mapping[str, Any], sheet: _Sheet) -> None:
    sheet.texts.append(f"{_text(function.get('name'))}:{_sentence(function.get('description'))}")
    _add_schema(function.get("parameters"), sheet)


def _add_schema(schema: object, sheet: _Sheet) -> None:
    """What a schema adds beside its own line: its properties, each with their own, and all that is left over."""
    if not isinstance(schema, dict):
        if schema is not None:
            sheet.texts.append(_json(schema))
        return
    properties = schema.get("properties")
    if isinstance(properties, dict) and properties:
        sheet.tokens += _PROPERTIES_TOKENS
        for key, value in properties.items():
            _add_property(key, value, sheet)
    sheet.texts += [
        _json({key: value})
        for key, value in schema.items()
        if key not in _FORMULA_KEYS and isinstance(value, dict | list)
    ]


def _add_property(key: str, schema: object, sheet: _Sheet) -> None:
    sheet.tokens += _PROPERTY_TOKENS
    kind, description = (schema.get("type"), schema.get("description")) if isinstance(schema, dict) else (None, None)
    sheet.texts.append(f"{key}:{_text(kind)}:{_sentence(description)}")
    items = schema.get("enum") if isinstance(schema, dict) else None
    if isinstance(items, list):
        sheet.tokens += _ENUM_TOKENS + _ENUM_ITEM_TOKENS * len(items)
        sheet.texts += map(_text, items)
    _add_schema(schema, sheet)


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else _json(value)


def _sentence(value: object) -> str:
    return _text(value).removesuffix(".")


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
