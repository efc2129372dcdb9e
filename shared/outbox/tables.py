"""Rows of durable work and of named leases, nothing else."""

from enum import StrEnum

from sqlalchemy import Column, Index, String, UniqueConstraint
from sqlmodel import Field, SQLModel

from shared.db.types import id_column, seconds_column


class WorkState(StrEnum):
    READY = "ready"
    RUNNING = "running"
    DONE = "done"
    DEAD = "dead"


class WorkItem(SQLModel, table=True):
    """One unit of work. `(kind, subject_id)` is unique: asking twice for the same work makes one row."""

    __tablename__ = "work_items"
    __table_args__ = (
        UniqueConstraint("kind", "subject_id"),
        Index("ix_work_items_state_due_at", "state", "due_at"),
    )

    id: str = Field(sa_column=id_column(primary_key=True))
    project_id: str = Field(sa_column=id_column())
    kind: str = Field(sa_column=Column(String(64), nullable=False))
    queue: str = Field(sa_column=Column(String(16), nullable=False))
    subject_id: str = Field(sa_column=id_column())
    state: str = Field(default=WorkState.READY, sa_column=Column(String(16), nullable=False))
    due_at: float = Field(sa_column=seconds_column())
    lease_until: float | None = Field(default=None, sa_column=seconds_column(nullable=True))
    fence: int = 0
    attempts: int = 0
    published_at: float | None = Field(default=None, sa_column=seconds_column(nullable=True))
    created_at: float = Field(sa_column=seconds_column())
    finished_at: float | None = Field(default=None, sa_column=seconds_column(nullable=True))
    last_error: str | None = Field(default=None, sa_column=Column(String(500), nullable=True))


class NamedLease(SQLModel, table=True):
    """Held by at most one process at a time, as long as it renews it."""

    __tablename__ = "leases"

    name: str = Field(sa_column=Column(String(64), primary_key=True))
    holder: str = Field(sa_column=Column(String(128), nullable=False))
    until: float = Field(sa_column=seconds_column())
    fence: int = 0
