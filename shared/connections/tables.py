"""Rows of the connections domain, nothing else."""

from typing import Any

from sqlalchemy import Boolean, Column, ForeignKey, Index, String, Text, true
from sqlmodel import Field, SQLModel

from shared.connections.kinds import ConnectionState
from shared.db.types import IdType, epoch_column, id_column, json_column


class Connection(SQLModel, table=True):
    """A provider with the key that opens it, for one project or, where `project_id` is null, for the organization."""

    __tablename__ = "connections"
    __table_args__ = (Index("ix_connections_organization_id_id", "organization_id", "id"),)

    id: str = Field(sa_column=id_column(primary_key=True))
    organization_id: str = Field(sa_column=Column(IdType, ForeignKey("organizations.id"), nullable=False))
    project_id: str | None = Field(default=None, sa_column=id_column(nullable=True, index=True))
    name: str = Field(sa_column=Column(String(128), nullable=False))
    kind: str = Field(sa_column=Column(String(32), nullable=False))
    preset: str | None = Field(default=None, sa_column=Column(String(32), nullable=True))
    base_url: str = Field(sa_column=Column(String(2048), nullable=False))
    sealed_secret: str = Field(sa_column=Column(Text, nullable=False))
    "Emptied when the connection is deleted."
    secret_hint: str = Field(sa_column=Column(String(32), nullable=False))
    organization_header: str | None = Field(default=None, sa_column=Column(String(256), nullable=True))
    project_header: str | None = Field(default=None, sa_column=Column(String(256), nullable=True))
    model_patterns: list[str] = Field(sa_column=json_column())
    "Names given by hand; `*` stands for anything."
    use_listed_models: bool = Field(default=True, sa_column=Column(Boolean, nullable=False, server_default=true()))
    "Whether the listed models lead here; else only those named by hand."
    listed_models: list[dict[str, Any]] = Field(sa_column=json_column())
    "What the provider listed last: objects with `id` and, where it tells, `shutdown_date`."
    models_listed_at: int | None = Field(default=None, sa_column=epoch_column(nullable=True))
    is_default: bool = False
    rate_limits: dict[str, int] = Field(sa_column=json_column())
    "`requests_per_minute` and `concurrent`, each only where it is limited."
    state: str = Field(default=ConnectionState.OK, sa_column=Column(String(16), nullable=False))
    state_detail: str | None = Field(default=None, sa_column=Column(String(300), nullable=True))
    state_changed_at: int = Field(sa_column=epoch_column())
    created_at: int = Field(sa_column=epoch_column())
    updated_at: int = Field(sa_column=epoch_column())
    deleted_at: int | None = Field(default=None, sa_column=epoch_column(nullable=True))
