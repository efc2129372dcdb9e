"""Rows of the jobs domain, nothing else."""

from typing import Any

from sqlalchemy import Column, Index, String, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from shared.db.types import NameType, bigint_column, epoch_column, id_column, json_column


class Job(SQLModel, table=True):
    __tablename__ = "jobs"
    __table_args__ = (Index("ix_jobs_project_id_id", "project_id", "id"),)

    id: str = Field(sa_column=id_column(primary_key=True))
    project_id: str = Field(sa_column=id_column())
    organization_id: str = Field(sa_column=id_column())
    status: str = Field(sa_column=Column(String(32), nullable=False))
    model: str = Field(sa_column=Column(NameType, nullable=False))
    training_file: str = Field(sa_column=id_column(index=True))
    validation_file: str | None = Field(default=None, sa_column=id_column(nullable=True, index=True))
    connection_id: str | None = Field(default=None, sa_column=id_column(nullable=True))
    "Of the upstream that trains it; None: our own engine."
    pause_wanted: bool = False
    "Asks the engine's supervisor to stop at a stored state."
    method: str = Field(sa_column=Column(String(16), nullable=False))
    hyperparameters: dict[str, Any] = Field(sa_column=json_column())
    "As asked until validation has resolved every `auto`, as used afterwards."
    method_settings: dict[str, Any] | None = Field(default=None, sa_column=json_column(nullable=True))
    "What the method was asked for with beside hyperparameters: a reinforcement job's grader and response format."
    integrations: list[dict[str, Any]] | None = Field(default=None, sa_column=json_column(nullable=True))
    "As asked, for a provider to act on."
    seed: int
    suffix: str | None = Field(default=None, sa_column=Column(String(64), nullable=True))
    labels: dict[str, str] | None = Field(default=None, sa_column=json_column(nullable=True))
    "The wire's `metadata`; that name is taken on a table class."
    tuned_model: str = Field(sa_column=Column(NameType, nullable=False))
    "The name the finished model will have, fixed at creation so that checkpoints can be named after it."
    event_count: int = 0
    trained_tokens: int | None = Field(default=None, sa_column=bigint_column(nullable=True))
    result_file: str | None = Field(default=None, sa_column=id_column(nullable=True))
    error_code: str | None = Field(default=None, sa_column=Column(String(64), nullable=True))
    error_message: str | None = Field(default=None, sa_column=Column(Text, nullable=True))
    error_param: str | None = Field(default=None, sa_column=Column(String(64), nullable=True))
    created_at: int = Field(sa_column=epoch_column())
    started_at: int | None = Field(default=None, sa_column=epoch_column(nullable=True))
    finished_at: int | None = Field(default=None, sa_column=epoch_column(nullable=True))
    estimated_finish: int | None = Field(default=None, sa_column=epoch_column(nullable=True))


class JobEvent(SQLModel, table=True):
    """`(job_id, key)` is unique: a step trained again after a crash does not tell its event twice."""

    __tablename__ = "job_events"
    __table_args__ = (UniqueConstraint("job_id", "key"), UniqueConstraint("job_id", "sequence"))

    id: str = Field(sa_column=id_column(primary_key=True))
    project_id: str = Field(sa_column=id_column())
    job_id: str = Field(sa_column=id_column())
    sequence: int
    key: str = Field(sa_column=Column(String(64), nullable=False))
    level: str = Field(sa_column=Column(String(8), nullable=False))
    type: str = Field(sa_column=Column(String(16), nullable=False))
    message: str = Field(sa_column=Column(Text, nullable=False))
    upstream_id: str | None = Field(default=None, sa_column=Column(String(128), nullable=True))
    "Of the event at the provider that told it; ids and texts are ours."
    data: dict[str, Any] | None = Field(default=None, sa_column=json_column(nullable=True))
    created_at: int = Field(sa_column=epoch_column())


class Checkpoint(SQLModel, table=True):
    __tablename__ = "job_checkpoints"
    __table_args__ = (UniqueConstraint("job_id", "step_number"),)

    id: str = Field(sa_column=id_column(primary_key=True))
    project_id: str = Field(sa_column=id_column())
    job_id: str = Field(sa_column=id_column())
    step_number: int
    model_name: str = Field(sa_column=Column(NameType, nullable=False))
    metrics: dict[str, float] = Field(sa_column=json_column())
    object_prefix: str = Field(sa_column=Column(String(255), nullable=False))
    "Where adapter/ and state/ lie in the object store."
    created_at: int = Field(sa_column=epoch_column())


class ResumePoint(SQLModel, table=True):
    """Where a training goes on after a crash: its newest stored state, published as a checkpoint or not."""

    __tablename__ = "job_resume_points"

    job_id: str = Field(sa_column=id_column(primary_key=True))
    project_id: str = Field(sa_column=id_column())
    step_number: int
    object_prefix: str = Field(sa_column=Column(String(255), nullable=False))
    published: bool
    "False: nobody else points at the objects, so the next resume point may remove them."
