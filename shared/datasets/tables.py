"""Rows of the datasets domain, nothing else."""

from enum import StrEnum
from typing import Any

from sqlalchemy import Column, Index, String
from sqlmodel import Field, SQLModel

from shared.db.types import epoch_column, id_column, json_column


class DerivationKind(StrEnum):
    """How one file came of others."""

    IMPORT = "import"
    SPLIT = "split"
    FIXES = "fixes"
    MERGE = "merge"
    SAMPLE = "sample"
    ANSWERS = "answers"
    "A model was asked its prompts."


class DatasetDerivation(SQLModel, table=True):
    """Where a file that the service made has come from."""

    __tablename__ = "dataset_derivations"

    file_id: str = Field(sa_column=id_column(primary_key=True))
    project_id: str = Field(sa_column=id_column(index=True))
    kind: str = Field(sa_column=Column(String(16), nullable=False))
    parents: list[str] = Field(sa_column=json_column())
    "Ids of files, in the order in which they were used."
    detail: dict[str, Any] = Field(sa_column=json_column())
    created_at: int = Field(sa_column=epoch_column())


class DerivationParent(SQLModel, table=True):
    """The same from the other side: what was made of a file, which a JSON array cannot be asked on every database."""

    __tablename__ = "dataset_derivation_parents"
    __table_args__ = (Index("ix_dataset_derivation_parents_project_id_parent_id", "project_id", "parent_id"),)

    file_id: str = Field(sa_column=id_column(primary_key=True))
    parent_id: str = Field(sa_column=id_column(primary_key=True))
    project_id: str = Field(sa_column=id_column())
