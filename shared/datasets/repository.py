"""Every query of the datasets domain, born with a project."""

from sqlmodel import Session, col, select

from shared.datasets.tables import DatasetDerivation, DerivationParent

_MOST_CHILDREN = 1000


def find_derivation(session: Session, project_id: str, file_id: str) -> DatasetDerivation | None:
    statement = select(DatasetDerivation).where(
        DatasetDerivation.project_id == project_id, DatasetDerivation.file_id == file_id
    )
    return session.exec(statement).first()


def list_derivations_from(session: Session, project_id: str, parent_id: str) -> list[DatasetDerivation]:
    """How the files made of `parent_id` were made, oldest first."""
    statement = (
        select(DatasetDerivation)
        .join(DerivationParent, col(DerivationParent.file_id) == col(DatasetDerivation.file_id))
        .where(DerivationParent.project_id == project_id, DerivationParent.parent_id == parent_id)
        .order_by(col(DatasetDerivation.file_id))
        .limit(_MOST_CHILDREN)
    )
    return list(session.exec(statement))
