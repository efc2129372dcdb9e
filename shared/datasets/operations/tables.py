"""Rows of operations on datasets, nothing else."""

from enum import StrEnum
from typing import Any

from sqlalchemy import Column, Float, Index, String, Text
from sqlmodel import Field, SQLModel

from shared.db.types import epoch_column, id_column, json_column


class OperationState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    AWAITING_CONFIRMATION = "awaiting_confirmation"
    "Only of imports: the preview is in the result, and nothing is made before a person has agreed to it."
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class DatasetOperation(SQLModel, table=True):
    """One wish for new files. Its objects are named after its id, so that doing it twice writes them once."""

    __tablename__ = "dataset_operations"
    __table_args__ = (Index("ix_dataset_operations_project_id_id", "project_id", "id"),)

    id: str = Field(sa_column=id_column(primary_key=True))
    project_id: str = Field(sa_column=id_column())
    kind: str = Field(sa_column=Column(String(16), nullable=False))
    state: str = Field(sa_column=Column(String(24), nullable=False))
    files: list[str] = Field(sa_column=json_column())
    "Ids of the files it reads."
    params: dict[str, Any] = Field(sa_column=json_column())
    progress: float = Field(default=0.0, sa_column=Column(Float(53), nullable=False))
    "The share that is done, 0 to 1."
    result: dict[str, Any] | None = Field(default=None, sa_column=json_column(nullable=True))
    error_code: str | None = Field(default=None, sa_column=Column(String(64), nullable=True))
    error_message: str | None = Field(default=None, sa_column=Column(Text, nullable=True))
    error_param: str | None = Field(default=None, sa_column=Column(String(64), nullable=True))
    created_at: int = Field(sa_column=epoch_column())
    finished_at: int | None = Field(default=None, sa_column=epoch_column(nullable=True))
