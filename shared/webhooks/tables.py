"""Rows of the webhooks domain, nothing else."""

from enum import StrEnum

from sqlalchemy import Column, Index, String, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from shared.db.types import epoch_column, id_column, json_column, seconds_column


class DeliveryState(StrEnum):
    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


class WebhookEndpoint(SQLModel, table=True):
    __tablename__ = "webhook_endpoints"
    __table_args__ = (Index("ix_webhook_endpoints_project_id_id", "project_id", "id"),)

    id: str = Field(sa_column=id_column(primary_key=True))
    project_id: str = Field(sa_column=id_column())
    name: str = Field(sa_column=Column(String(128), nullable=False))
    url: str = Field(sa_column=Column(String(2048), nullable=False))
    event_types: list[str] = Field(sa_column=json_column())
    sealed_secret: str = Field(sa_column=Column(String(512), nullable=False))
    secret_hint: str = Field(sa_column=Column(String(32), nullable=False))
    created_at: int = Field(sa_column=epoch_column())
    updated_at: int = Field(sa_column=epoch_column())
    deleted_at: int | None = Field(default=None, sa_column=epoch_column(nullable=True))


class Event(SQLModel, table=True):
    """Something that happened, with the exact body every endpoint gets. `dedupe_key` keeps it from being told twice."""

    __tablename__ = "events"
    __table_args__ = (UniqueConstraint("dedupe_key"),)

    id: str = Field(sa_column=id_column(primary_key=True))
    project_id: str = Field(sa_column=id_column(index=True))
    type: str = Field(sa_column=Column(String(64), nullable=False))
    dedupe_key: str = Field(sa_column=Column(String(160), nullable=False))
    body: str = Field(sa_column=Column(Text, nullable=False))
    created_at: int = Field(sa_column=epoch_column())


class Delivery(SQLModel, table=True):
    """One event on its way to one endpoint."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (UniqueConstraint("event_id", "endpoint_id"),)

    id: str = Field(sa_column=id_column(primary_key=True))
    project_id: str = Field(sa_column=id_column(index=True))
    event_id: str = Field(sa_column=id_column())
    endpoint_id: str = Field(sa_column=id_column(index=True))
    state: str = Field(default=DeliveryState.PENDING, sa_column=Column(String(16), nullable=False))
    attempts: int = 0
    created_at: int = Field(sa_column=epoch_column())


class DeliveryAttempt(SQLModel, table=True):
    """What one attempt met; append-only."""

    __tablename__ = "webhook_attempts"
    __table_args__ = (UniqueConstraint("delivery_id", "number"),)

    id: str = Field(sa_column=id_column(primary_key=True))
    project_id: str = Field(sa_column=id_column())
    delivery_id: str = Field(sa_column=id_column())
    number: int
    started_at: float = Field(sa_column=seconds_column())
    seconds: float = Field(sa_column=seconds_column())
    status_code: int | None = None
    error: str | None = Field(default=None, sa_column=Column(String(300), nullable=True))
    answer: str | None = Field(default=None, sa_column=Column(String(1024), nullable=True))
