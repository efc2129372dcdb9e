"""Which file was made of which: noted in the transaction that makes a file, and asked from both sides.

Refuses to know how files are made.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from shared import clock
from shared.datasets import repository
from shared.datasets.tables import DatasetDerivation, DerivationKind, DerivationParent
from shared.files import service as files
from shared.files.tables import File


@dataclass(frozen=True)
class Relative:
    """A file beside the one that was asked for. Its row is None once it is deleted: the relation outlives it."""

    file_id: str
    file: File | None
    derivation: DatasetDerivation | None = None
    "How a child was made; None for a parent."


@dataclass(frozen=True)
class Lineage:
    file_id: str
    derivation: DatasetDerivation | None
    "None for a file that was uploaded."
    parents: Sequence[Relative]
    children: Sequence[Relative]


def record_derivation(
    session: Session,
    project_id: str,
    *,
    file_id: str,
    kind: DerivationKind | str,
    parents: Sequence[str],
    detail: dict[str, Any],
) -> None:
    """Note what the new file `file_id` was made of. `parents` may be empty: an import may come from an address."""
    derivation = DatasetDerivation(
        file_id=file_id,
        project_id=project_id,
        kind=DerivationKind(kind),
        parents=list(parents),
        detail=detail,
        created_at=clock.now_seconds(),
    )
    session.add(derivation)
    for parent_id in dict.fromkeys(parents):
        session.add(DerivationParent(file_id=file_id, parent_id=parent_id, project_id=project_id))


def get_lineage(session: Session, project_id: str, file_id: str) -> Lineage:
    """Parents and children of a file, one step each way. Raises FileNotFoundInProjectError."""
    files.get_file(session, project_id, file_id)
    derivation = repository.find_derivation(session, project_id, file_id)
    parents = derivation.parents if derivation is not None else []
    made = repository.list_derivations_from(session, project_id, file_id)
    return Lineage(
        file_id,
        derivation,
        [Relative(parent, files.find_file(session, project_id, parent)) for parent in parents],
        [Relative(child.file_id, files.find_file(session, project_id, child.file_id), child) for child in made],
    )
