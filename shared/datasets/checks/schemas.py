"""Whether a tool's parameters are a JSON schema (draft 2020-12), in bounded time.

The full check takes milliseconds, so what is plainly sound is proven here, and verdicts are kept for the next row
with the same tool.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from shared.quoting import quote

_MAX_CHECKED_BYTES = 64 << 10
"""Of one schema; one that is longer and not plainly sound is taken as it is."""

_MAX_TOTAL_BYTES = 2 << 20
"""Of all schemas that a file may have checked in full: about twenty seconds."""

_MAX_KEPT_BYTES = 4 << 20
"""Of the JSON of tools that were found sound."""

_TYPES = frozenset({"array", "boolean", "integer", "null", "number", "object", "string"})


class SchemaCache:
    """Verdicts on the schemas of one file, and the tools in which nothing was found: rows mostly offer the same few."""

    def __init__(self) -> None:
        self._faults: dict[bytes, str | None] = {}
        self._n_bytes = 0
        self._sound_tools: dict[bytes, tuple[str, Any]] = {}
        self._n_kept_bytes = 0

    def __reduce__(self) -> tuple[type["SchemaCache"], tuple[()]]:
        """Does not travel with the stretch for which it was kept."""
        return SchemaCache, ()

    def get_sound_tool(self, tool: bytes) -> tuple[str, Any] | None:
        """Name and parameters of a tool, given as JSON, that was kept before."""
        return self._sound_tools.get(tool)

    def keep_sound_tool(self, tool: bytes, name: str, parameters: Any) -> None:
        self._n_kept_bytes += len(tool)
        if self._n_kept_bytes <= _MAX_KEPT_BYTES:
            self._sound_tools[tool] = name, parameters

    def find_fault(self, schema: Any) -> str | None:
        """What keeps `schema` from being one, or None."""
        if is_plainly_sound(schema):
            return None
        key = msgspec.json.encode(schema)
        if key not in self._faults:
            self._n_bytes += len(key)
            if len(key) > _MAX_CHECKED_BYTES or self._n_bytes > _MAX_TOTAL_BYTES:
                return None
            self._faults[key] = _find_fault(schema)
        return self._faults[key]


def _find_fault(schema: Any) -> str | None:
    # A quarter of what a check takes to start, and most files have no schema that needs it.
    from jsonschema import Draft202012Validator  # noqa: PLC0415
    from jsonschema.exceptions import SchemaError  # noqa: PLC0415

    try:
        # Formats are not looked at: a regular expression may be sound elsewhere and not in Python.
        Draft202012Validator.check_schema(schema, format_checker=None)
    except SchemaError as error:
        place = "/".join(str(step) for step in error.absolute_path)
        return f"at {quote(place, max_chars=40)}: {quote(error.message)[1:-1]}"
    except RecursionError:
        return "it nests too deep"
    return None


def is_plainly_sound(schema: Any) -> bool:
    """Whether every keyword has a value that the draft allows; False also when that takes more than this to see."""
    waiting = [schema]
    while waiting:
        part = waiting.pop()
        if isinstance(part, bool):
            continue
        if not isinstance(part, dict):
            return False
        for key, value in part.items():
            if key in _UNPROVEN or (key in _RULES and not _RULES[key](value)):
                return False
            if key in _SCHEMA:
                waiting.append(value)
            elif key in _SCHEMA_LISTS:
                waiting += value
            elif key in _SCHEMA_MAPS:
                waiting += value.values()
    return True


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_list(value: Any) -> bool:
    return isinstance(value, list)


def _is_count(value: Any) -> bool:
    return type(value) is int and value >= 0


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_type(value: Any) -> bool:
    if isinstance(value, str):
        return value in _TYPES
    return _is_names(value) and bool(value) and _TYPES.issuperset(value)


def _is_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) for name in value) and len(set(value)) == len(value)


def _is_schemas(value: Any) -> bool:
    return isinstance(value, list) and bool(value)


def _is_map(value: Any) -> bool:
    return isinstance(value, dict)


_SCHEMA = frozenset({"items", "additionalProperties", "not", "contains", "propertyNames"})
_SCHEMA_LISTS = frozenset({"anyOf", "oneOf", "allOf", "prefixItems"})
_SCHEMA_MAPS = frozenset({"properties", "$defs", "definitions"})
_RULES: dict[str, Callable[[Any], bool]] = {
    "type": _is_type,
    "required": _is_names,
    "uniqueItems": lambda value: isinstance(value, bool),
    "multipleOf": lambda value: _is_number(value) and value > 0,
    **dict.fromkeys(("enum", "examples"), _is_list),
    **dict.fromkeys(("description", "title", "format", "pattern", "$comment"), _is_text),
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), _is_number),
    **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"), _is_count),
    **dict.fromkeys(_SCHEMA_LISTS, _is_schemas),
    **dict.fromkeys(_SCHEMA_MAPS, _is_map),
}
# fmt: off
_UNPROVEN = frozenset({
    "$schema", "$id", "$ref", "$anchor", "$dynamicRef", "$dynamicAnchor", "$vocabulary", "patternProperties",
    "dependencies", "dependentSchemas", "dependentRequired", "if", "then", "else", "unevaluatedItems",
    "unevaluatedProperties", "contentEncoding", "contentMediaType", "contentSchema", "deprecated", "readOnly",
    "writeOnly", "minContains", "maxContains",
})
# fmt: on
"""Keywords of the draft whose values are left to the full check."""
