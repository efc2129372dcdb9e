"""Rows of the uploads domain, nothing else."""

from enum import StrEnum

from sqlalchemy import Column, Index, String
from sqlmodel import Field, SQLModel

from shared.db.types import bigint_column, epoch_column, id_column


class UploadStatus(StrEnum):
    PENDING = "pending"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class Upload(SQLModel, table=True):
    __tablename__ = "uploads"
    __table_args__ = (Index("ix_uploads_project_id_id", "project_id", "id"),)

    id: str = Field(sa_column=id_column(primary_key=True))
    project_id: str = Field(sa_column=id_column())
    status: str = Field(default=UploadStatus.PENDING, sa_column=Column(String(16), nullable=False))
    filename: str = Field(sa_column=Column(String(255), nullable=False))
    purpose: str = Field(sa_column=Column(String(32), nullable=False))
    mime_type: str = Field(sa_column=Column(String(128), nullable=False))
    bytes: int = Field(sa_column=bigint_column())
    "Declared at creation; the parts must add up to it."
    file_expires_after_seconds: int | None = None
    file_id: str | None = Field(default=None, sa_column=id_column(nullable=True))
    created_at: int = Field(sa_column=epoch_column())
    expires_at: int = Field(sa_column=epoch_column())
    parts_removed: bool = False


class UploadPart(SQLModel, table=True):
    __tablename__ = "upload_parts"

    id: str = Field(sa_column=id_column(primary_key=True))
    project_id: str = Field(sa_column=id_column())
    upload_id: str = Field(sa_column=id_column(index=True))
    bytes: int = Field(sa_column=bigint_column())
    object_key: str = Field(sa_column=Column(String(255), nullable=False))
    created_at: int = Field(sa_column=epoch_column())
