"""What an operation has made, before it is written down."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.ids import Prefix, new_id
from shared.storage.protocol import StoredObject


@dataclass(frozen=True)
class MadeFile:
    """An object in the store that becomes a file in the transaction which ends its operation."""

    role: str
    "What it is among the files of its operation, such as `validation`."
    object_key: str
    stored: StoredObject
    filename: str
    purpose: str
    detail: dict[str, Any] = field(default_factory=dict)
    "Kept with its lineage: what a reader years later wants to know of how it was made."
    parents: Sequence[str] | None = None
    "The files it was made of; None for those that its operation reads."
    file_id: str = field(default_factory=lambda: new_id(Prefix.FILE))
    "Known before the file is there, so that another file of the operation can name it as its parent."


@dataclass(frozen=True)
class Outcome:
    result: dict[str, Any]
    files: Sequence[MadeFile] = ()
    awaits_confirmation: bool = False
    "Nothing is made yet: the result is a preview, and a person has to agree to it."
