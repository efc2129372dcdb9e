"""Rows of the files domain, nothing else."""

from enum import StrEnum

from sqlalchemy import Column, Index, String, Text
from sqlmodel import Field, SQLModel

from shared.db.types import bigint_column, epoch_column, id_column


class FileStatus(StrEnum):
    UPLOADED = "uploaded"
    PROCESSED = "processed"
    ERROR = "error"


class Purpose(StrEnum):
    """Purposes of the wire; the response type knows no `evals`, so that one cannot be created."""

    ASSISTANTS = "assistants"
    BATCH = "batch"
    FINE_TUNE = "fine-tune"
    VISION = "vision"
    USER_DATA = "user_data"
    FINE_TUNE_RESULTS = "fine-tune-results"


class File(SQLModel, table=True):
    __tablename__ = "files"
    __table_args__ = (Index("ix_files_project_id_id", "project_id", "id"),)

    id: str = Field(sa_column=id_column(primary_key=True))
    project_id: str = Field(sa_column=id_column())
    filename: str = Field(sa_column=Column(String(255), nullable=False))
    purpose: str = Field(sa_column=Column(String(32), nullable=False))
    bytes: int = Field(sa_column=bigint_column())
    sha256: str = Field(sa_column=Column(String(64), nullable=False))
    object_key: str = Field(sa_column=Column(String(255), nullable=False))
    status: str = Field(sa_column=Column(String(16), nullable=False))
    status_details: str | None = Field(default=None, sa_column=Column(Text, nullable=True))
    created_at: int = Field(sa_column=epoch_column())
    expires_at: int | None = Field(default=None, sa_column=epoch_column(nullable=True))
    deleted_at: int | None = Field(default=None, sa_column=epoch_column(nullable=True))
