"""Which field of a record plays which part. Found by a dialect, or given by hand."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from shared.datasets.conversion.errors import InvalidMappingError
from shared.quoting import quote


class FieldMapping(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Names of fields by their part. A name with dots reaches into objects: `request.messages`."""

    prompt: str | None = None
    context: str | None = None
    response: str | None = None
    system: str | None = None
    history: str | None = None
    messages: str | None = None
    role_key: str | None = None
    content_key: str | None = None
    role_map: dict[str, str] | None = None
    "From the names of speakers in the data to roles: system, user, assistant, tool, or function_call."
    tools: str | None = None
    images: str | None = None
    chosen: str | None = None
    rejected: str | None = None
    choices: str | None = None
    label: str | None = None
    group: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """The parts that are set."""
        built: dict[str, Any] = msgspec.to_builtins(self)
        return built

    def overridden_by(self, other: "FieldMapping | None") -> "FieldMapping":
        """This mapping with every part that `other` sets."""
        return self if other is None else read_mapping(self.to_dict() | other.to_dict())


ROLES = frozenset({"system", "developer", "user", "assistant", "tool", "function_call"})


def read_mapping(given: Mapping[str, Any]) -> FieldMapping:
    """A mapping from JSON. Raises InvalidMappingError naming the part."""
    try:
        mapping = msgspec.convert(dict(given), FieldMapping)
    except msgspec.ValidationError as error:
        known = ", ".join(FieldMapping.__struct_fields__)
        raise InvalidMappingError(f"The mapping is not valid: {error}. Its parts are: {known}.") from None
    unknown = sorted(set((mapping.role_map or {}).values()) - ROLES)
    if unknown:
        message = f"role_map leads to {quote(unknown[0])}, which is no role. Roles are: {', '.join(sorted(ROLES))}."
        raise InvalidMappingError(message)
    return mapping


def first_of(keys: Iterable[str], *candidates: str) -> str | None:
    """The first candidate among `keys`."""
    present = set(keys)
    return next((name for name in candidates if name in present), None)
