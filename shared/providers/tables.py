"""Rows of jobs and files at a provider: what was sent, what came back, what is wanted. Nothing else."""

from enum import StrEnum
from typing import Any

from sqlalchemy import Column, Index, String, UniqueConstraint
from sqlmodel import Field, SQLModel

from shared.db.types import NameType, bigint_column, id_column, json_column, seconds_column


class Submission(StrEnum):
    """How far the one upstream job of a job has come into being."""

    READY = "ready"
    "Nothing was sent, or what was sent certainly made no job."
    SUBMITTING = "submitting"
    "Written before the request. Found so by another claim, its sender died: the same as unknown."
    UNKNOWN = "submit_unknown"
    "Sent, and no answer told what became of it."
    SUBMITTED = "submitted"
    REFUSED = "refused"
    "There is no upstream job and there will be none: refused, or withdrawn before it was sent."


class Wish(StrEnum):
    """What a client wants of a job that is upstream; kept until upstream has said yes or no."""

    CANCEL = "cancel"
    PAUSE = "pause"
    RESUME = "resume"


class CopyState(StrEnum):
    """How far the upstream copy of a file is."""

    READY = "ready"
    SENDING = "sending"
    "Written before the request. Found so by another claim, a copy may exist that nobody knows the id of."
    SENT = "sent"
    FAILED = "failed"
    DELETING = "deleting"


class ProviderJob(SQLModel, table=True):
    """A job's other half, for jobs that a connection trains. Upstream ids are text of somebody else's making.

    Its correlation, written into the upstream job's metadata, is the job's own id.
    """

    __tablename__ = "provider_jobs"
    __table_args__ = (
        # Two jobs of ours never take the same upstream job for theirs.
        UniqueConstraint("connection_id", "upstream_job_id"),
        Index("ix_provider_jobs_connection_id_next_poll_at", "connection_id", "next_poll_at"),
    )

    job_id: str = Field(sa_column=id_column(primary_key=True))
    project_id: str = Field(sa_column=id_column(index=True))
    connection_id: str = Field(sa_column=id_column())
    asked: dict[str, Any] = Field(sa_column=json_column())
    "The parts of the client's request that go upstream as they came: `method` or `hyperparameters`."
    upstream_model: str = Field(sa_column=Column(NameType, nullable=False))
    submission: str = Field(default=Submission.READY, sa_column=Column(String(16), nullable=False))
    sends: int = 0
    "Create requests that may have made a job."
    first_sent_at: float | None = Field(default=None, sa_column=seconds_column(nullable=True))
    last_sent_at: float | None = Field(default=None, sa_column=seconds_column(nullable=True))
    upstream_job_id: str | None = Field(default=None, sa_column=Column(String(128), nullable=True))
    upstream_created_at: int | None = Field(default=None, sa_column=bigint_column(nullable=True))
    upstream_training_file: str | None = Field(default=None, sa_column=Column(String(128), nullable=True))
    upstream_validation_file: str | None = Field(default=None, sa_column=Column(String(128), nullable=True))
    upstream_status: str | None = Field(default=None, sa_column=Column(String(32), nullable=True))
    "As upstream spells it."
    wish: str | None = Field(default=None, sa_column=Column(String(8), nullable=True))
    next_poll_at: float | None = Field(default=None, sa_column=seconds_column(nullable=True))
    "None: there is nothing to ask upstream, not yet or no more."
    quiet_polls: int = 0
    "Looks in a row that brought nothing new."
    fingerprint: str | None = Field(default=None, sa_column=Column(String(32), nullable=True))
    "Of the job as upstream last told it: an entry that looks the same is not looked into."
    newest_event_id: str | None = Field(default=None, sa_column=Column(String(128), nullable=True))
    last_error: str | None = Field(default=None, sa_column=Column(String(500), nullable=True))


class ProviderFile(SQLModel, table=True):
    """The copy of a file's content at a connection, made once for each project and content."""

    __tablename__ = "provider_files"
    __table_args__ = (UniqueConstraint("project_id", "connection_id", "sha256"),)

    id: str = Field(sa_column=id_column(primary_key=True))
    project_id: str = Field(sa_column=id_column())
    connection_id: str = Field(sa_column=id_column(index=True))
    sha256: str = Field(sa_column=Column(String(64), nullable=False))
    bytes: int = Field(sa_column=bigint_column())
    state: str = Field(default=CopyState.READY, sa_column=Column(String(16), nullable=False))
    upstream_file_id: str | None = Field(default=None, sa_column=Column(String(128), nullable=True))
    upload_id: str | None = Field(default=None, sa_column=Column(String(128), nullable=True))
    "Of the upload in parts that is under way."
    part_ids: list[str] = Field(default_factory=list, sa_column=json_column())
    bytes_sent: int = Field(default=0, sa_column=bigint_column())
    created_at: float = Field(sa_column=seconds_column())
    error_code: str | None = Field(default=None, sa_column=Column(String(64), nullable=True))
    error_message: str | None = Field(default=None, sa_column=Column(String(500), nullable=True))
