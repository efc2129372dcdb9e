"""Whether the arguments of a call fit the schema of its function, as far as models get it wrong: types, enums,
required and unknown properties.

Not a full validator on purpose: patterns and nested references of a stranger's schema can be made to run for ever.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from shared.quoting import quote

_MAX_STEPS = 10_000
"""Values looked at for one call; beyond, the rest counts as fitting."""

_MAX_FAULTS = 20
_KINDS: dict[str, tuple[type, ...]] = {
    "array": (list,),
    "boolean": (bool,),
    "integer": (int,),
    "null": (type(None),),
    "number": (int, float),
    "object": (dict,),
    "string": (str,),
}


class ArgumentFault(NamedTuple):
    kind: str
    "`missing`, `type`, `enum`, `alternatives` or `unknown`."
    problem: str


def find_argument_faults(arguments: dict[str, Any], schema: Any) -> list[ArgumentFault]:
    """What of `arguments` does not fit `schema`, at most 20 things."""
    faults = []
    for fault in _Judge(schema).judge(arguments, schema, "arguments"):
        faults.append(fault)
        if len(faults) == _MAX_FAULTS:
            break
    return faults


class _Judge:
    def __init__(self, root: Any) -> None:
        self._root = root
        self._steps = 0

    def judge(self, value: Any, schema: Any, name: str) -> Iterator[ArgumentFault]:
        self._steps += 1
        if isinstance(schema, dict) and "$ref" in schema:
            schema = self._resolve(schema["$ref"])
        if not isinstance(schema, dict) or self._steps > _MAX_STEPS:
            return
        types = schema.get("type")
        if types is not None and not _has_type(value, types):
            yield ArgumentFault("type", f"{name} is {_name_type(value)} where {_name_types(types)} is wanted")
            return
        yield from self._judge_choices(value, schema, name)
        yield from self._judge_alternatives(value, schema, name)
        if isinstance(value, dict):
            yield from self._judge_properties(value, schema, name)
        elif isinstance(value, list) and isinstance(schema.get("items"), dict):
            for item in value:
                yield from self.judge(item, schema["items"], f"an item of {name}")

    def _judge_choices(self, value: Any, schema: dict[str, Any], name: str) -> Iterator[ArgumentFault]:
        choices = schema.get("enum")
        if isinstance(choices, list):
            self._steps += len(choices)
            if not any(_is_same(value, choice) for choice in choices):
                yield ArgumentFault("enum", f"{name} is none of the values allowed")
        if "const" in schema and not _is_same(value, schema["const"]):
            yield ArgumentFault("enum", f"{name} is not the value wanted")

    def _judge_alternatives(self, value: Any, schema: dict[str, Any], name: str) -> Iterator[ArgumentFault]:
        for keyword in ("anyOf", "oneOf"):
            options = schema.get(keyword)
            if isinstance(options, list) and not any(self._fits(value, option, name) for option in options):
                yield ArgumentFault("alternatives", f"{name} fits none of the schemas under {keyword}")
        if isinstance(schema.get("allOf"), list):
            for part in schema["allOf"]:
                faults = self.judge(value, part, name)
                yield from (fault for fault in faults if fault.kind != "unknown")

    def _fits(self, value: Any, schema: Any, name: str) -> bool:
        return all(fault.kind == "unknown" for fault in self.judge(value, schema, name))

    def _judge_properties(self, value: dict[str, Any], schema: dict[str, Any], name: str) -> Iterator[ArgumentFault]:
        for key in _as_list(schema.get("required")):
            if isinstance(key, str) and key not in value:
                yield ArgumentFault("missing", f"{name} lacks the required {quote(key, max_chars=40)}")
        properties = schema.get("properties")
        if not isinstance(properties, dict):
            return
        for key, item in value.items():
            shown = quote(key, max_chars=40)
            if key in properties:
                yield from self.judge(item, properties[key], shown)
            elif not schema.get("additionalProperties") and "patternProperties" not in schema:
                yield ArgumentFault("unknown", f"{name} has {shown}, which the schema does not name")

    def _resolve(self, reference: Any) -> Any:
        """The part of the schema that a local reference names; None for others, which are never fetched."""
        if not isinstance(reference, str) or not reference.startswith("#"):
            return None
        part = self._root
        for step in reference[1:].split("/")[1:]:
            part = part.get(step.replace("~1", "/").replace("~0", "~")) if isinstance(part, dict) else None
        # A reference to a reference is followed no further.
        return None if isinstance(part, dict) and "$ref" in part else part


def _has_type(value: Any, types: Any) -> bool:
    return any(_is_of(value, name) for name in ([types] if isinstance(types, str) else _as_list(types)))


def _is_of(value: Any, name: Any) -> bool:
    kinds = _KINDS.get(name) if isinstance(name, str) else None
    if kinds is None or (name == "integer" and isinstance(value, float) and value.is_integer()):
        return True
    return isinstance(value, kinds) and (not isinstance(value, bool) or name == "boolean")


def _is_same(one: Any, other: Any) -> bool:
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _name_types(types: Any) -> str:
    return types if isinstance(types, str) else " or ".join(str(name) for name in _as_list(types))


def _name_type(value: Any) -> str:
    return next(name for name, kinds in _KINDS.items() if type(value) in kinds)
