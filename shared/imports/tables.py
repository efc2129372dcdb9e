"""Rows of the imports domain, nothing else."""

from enum import StrEnum
from typing import Any

from sqlalchemy import Column, Index, String, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from shared.db.types import NameType, epoch_column, id_column, json_column


class ImportState(StrEnum):
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class StepKind(StrEnum):
    INVENTORY = "inventory"
    COPY = "copy"


class ObjectKind(StrEnum):
    FILE = "file"
    JOB = "job"
    CHECKPOINT = "checkpoint"
    MODEL = "model"


class ObjectState(StrEnum):
    FOUND = "found"
    COPIED = "copied"
    WAITING = "waiting"
    "Still changing upstream, as a running job is; the next run looks again."
    FAILED = "failed"
    "Could not be had; `reason` says why, and the next run tries again."


class Import(SQLModel, table=True):
    """One a project and connection: asking again runs the same import again, which adds what is new."""

    __tablename__ = "imports"
    __table_args__ = (UniqueConstraint("project_id", "connection_id"),)

    id: str = Field(sa_column=id_column(primary_key=True))
    project_id: str = Field(sa_column=id_column())
    organization_id: str = Field(sa_column=id_column())
    connection_id: str = Field(sa_column=id_column())
    state: str = Field(sa_column=Column(String(16), nullable=False))
    runs: int = 1
    upstream_models: dict[str, Any] = Field(default_factory=dict, sa_column=json_column())
    "Model name to its last day (`YYYY-MM-DD`) or null, as the upstream's own list of models says."
    error_code: str | None = Field(default=None, sa_column=Column(String(64), nullable=True))
    error_message: str | None = Field(default=None, sa_column=Column(Text, nullable=True))
    created_at: int = Field(sa_column=epoch_column())
    updated_at: int = Field(sa_column=epoch_column())
    finished_at: int | None = Field(default=None, sa_column=epoch_column(nullable=True))


class ImportStep(SQLModel, table=True):
    """One step of one run: a durable unit that goes on from `cursor` after any crash."""

    __tablename__ = "import_steps"
    __table_args__ = (Index("ix_import_steps_import_id_id", "import_id", "id"),)

    id: str = Field(sa_column=id_column(primary_key=True))
    project_id: str = Field(sa_column=id_column())
    import_id: str = Field(sa_column=id_column())
    kind: str = Field(sa_column=Column(String(16), nullable=False))
    following: list[str] = Field(default_factory=list, sa_column=json_column())
    "Kinds of the steps to take after this one."
    kinds: list[str] = Field(default_factory=list, sa_column=json_column())
    "Kinds of objects that this run is about."
    state: str = Field(sa_column=Column(String(16), nullable=False))
    cursor: dict[str, Any] = Field(default_factory=dict, sa_column=json_column())
    failures: int = 0
    "Times in a row that the upstream did not answer."
    error_code: str | None = Field(default=None, sa_column=Column(String(64), nullable=True))
    error_message: str | None = Field(default=None, sa_column=Column(Text, nullable=True))
    created_at: int = Field(sa_column=epoch_column())
    finished_at: int | None = Field(default=None, sa_column=epoch_column(nullable=True))


class ImportedObject(SQLModel, table=True):
    """Something upstream. Its id here is chosen when it is first seen, so that copying twice lands on the same rows."""

    __tablename__ = "imported_objects"
    __table_args__ = (
        UniqueConstraint("import_id", "kind", "upstream_id"),
        Index("ix_imported_objects_import_id_state", "import_id", "state"),
        Index("ix_imported_objects_project_id_local_id", "project_id", "local_id"),
    )

    id: str = Field(sa_column=id_column(primary_key=True))
    project_id: str = Field(sa_column=id_column())
    import_id: str = Field(sa_column=id_column())
    kind: str = Field(sa_column=Column(String(16), nullable=False))
    upstream_id: str = Field(sa_column=Column(NameType, nullable=False))
    local_id: str = Field(sa_column=Column(NameType, nullable=False))
    parent: str | None = Field(default=None, sa_column=Column(NameType, nullable=True))
    "The upstream id of the job that a checkpoint or a tuned model comes from."
    state: str = Field(sa_column=Column(String(16), nullable=False))
    document: dict[str, Any] = Field(default_factory=dict, sa_column=json_column())
    "What the upstream told of it, word for word but for characters no database takes."
    outcome: dict[str, Any] = Field(default_factory=dict, sa_column=json_column())
    "What copying it gave: bytes and sha256 of a file, number of events of a job."
    reason_code: str | None = Field(default=None, sa_column=Column(String(64), nullable=True))
    reason: str | None = Field(default=None, sa_column=Column(Text, nullable=True))
    upstream_created_at: int | None = Field(default=None, sa_column=epoch_column(nullable=True))
    created_at: int = Field(sa_column=epoch_column())
    updated_at: int = Field(sa_column=epoch_column())


class Retraining(SQLModel, table=True):
    """An old job and the one that does it again here. Asking twice for the same gives the same."""

    __tablename__ = "retrainings"
    __table_args__ = (UniqueConstraint("import_id", "fingerprint"),)

    id: str = Field(sa_column=id_column(primary_key=True))
    project_id: str = Field(sa_column=id_column())
    import_id: str = Field(sa_column=id_column())
    fingerprint: str = Field(sa_column=Column(String(64), nullable=False))
    "SHA-256 of old job, base, training file and hyperparameters."
    old_job: str = Field(sa_column=id_column())
    new_job: str = Field(sa_column=id_column())
    base: str = Field(sa_column=Column(NameType, nullable=False))
    training_file: str = Field(sa_column=id_column())
    hyperparameters: dict[str, Any] = Field(sa_column=json_column())
    notes: list[str] = Field(sa_column=json_column())
    "How the old hyperparameters were translated."
    created_at: int = Field(sa_column=epoch_column())
