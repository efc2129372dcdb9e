"""Rows of the usage domain, nothing else."""

from sqlalchemy import Column, Index
from sqlmodel import Field, SQLModel

from shared.db.types import NameType, bigint_column, epoch_column, id_column


class UsageRecord(SQLModel, table=True):
    """One completion that was answered. Append-only; token counts are the answerer's own."""

    __tablename__ = "usage_records"
    __table_args__ = (Index("ix_usage_records_project_id_created_at", "project_id", "created_at"),)

    id: str = Field(sa_column=id_column(primary_key=True))
    project_id: str = Field(sa_column=id_column())
    key_id: str = Field(sa_column=id_column())
    connection_id: str | None = Field(default=None, sa_column=id_column(nullable=True))
    "None: the model server here."
    model: str = Field(sa_column=Column(NameType, nullable=False))
    "As the caller named it."
    prompt_tokens: int | None = Field(default=None, sa_column=bigint_column(nullable=True))
    "None where no count came, as when a caller hung up in the middle."
    completion_tokens: int | None = Field(default=None, sa_column=bigint_column(nullable=True))
    total_tokens: int | None = Field(default=None, sa_column=bigint_column(nullable=True))
    is_stream: bool
    created_at: int = Field(sa_column=epoch_column())
