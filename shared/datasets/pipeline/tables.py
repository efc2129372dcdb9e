"""Rows of the datasets domain, nothing else."""

from enum import StrEnum
from typing import Any

from sqlalchemy import Column, Index, Integer, String, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from shared.db.types import NameType, bigint_column, epoch_column, id_column, json_column


class CheckState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class DatasetCheck(SQLModel, table=True):
    """One question about a file and what was found. Files never change, so one answer to each question is enough."""

    __tablename__ = "dataset_checks"
    __table_args__ = (UniqueConstraint("file_id", "question"),)

    id: str = Field(sa_column=id_column(primary_key=True))
    project_id: str = Field(sa_column=id_column(index=True))
    file_id: str = Field(sa_column=id_column())
    question: str = Field(sa_column=Column(String(64), nullable=False))
    "Digest of all that the answer depends on beside the file: the columns down to `moderation`."
    validation_file: str | None = Field(default=None, sa_column=id_column(nullable=True, index=True))
    model: str | None = Field(default=None, sa_column=Column(NameType, nullable=True))
    "None for the check at upload, which looks at structure alone."
    method: str | None = Field(default=None, sa_column=Column(String(16), nullable=True))
    target: str | None = Field(default=None, sa_column=Column(String(16), nullable=True))
    evaluation_files: list[str] | None = Field(default=None, sa_column=json_column(nullable=True))
    "Each has a DatasetEvaluationFile as well."
    grader: dict[str, Any] | None = Field(default=None, sa_column=json_column(nullable=True))
    "Of a reinforcement job."
    groups: dict[str, list[str]] | None = Field(default=None, sa_column=json_column(nullable=True))
    "Terms by which prompts speak of groups of people."
    moderation: str | None = Field(default=None, sa_column=id_column(nullable=True))
    "The connection whose moderation judges the rows."
    state: str = Field(default=CheckState.QUEUED, sa_column=Column(String(16), nullable=False))
    bytes_total: int = Field(sa_column=bigint_column())
    bytes_done: int = Field(default=0, sa_column=bigint_column())
    rows_done: int = 0
    "How far a check without stretches of its own is; the others tell for themselves."
    n_stretches_left: int = 0
    "Stretches that nobody has read to the end yet; whoever ends the last one has the check concluded."
    failure: str | None = Field(default=None, sa_column=Column(Text, nullable=True))
    n_examples: int = 0
    n_errors: int = 0
    n_warnings: int = 0
    summary: str = Field(default="", sa_column=Column(Text, nullable=False))
    "One sentence for people; empty when nothing is wrong."
    report: dict[str, Any] | None = Field(default=None, sa_column=json_column(nullable=True))
    created_at: int = Field(sa_column=epoch_column())
    finished_at: int | None = Field(default=None, sa_column=epoch_column(nullable=True))


class DatasetEvaluationFile(SQLModel, table=True):
    """A file that measures models, of a check that compares with it: what finds the check when the file is deleted."""

    __tablename__ = "dataset_evaluation_files"

    check_id: str = Field(sa_column=id_column(primary_key=True))
    file_id: str = Field(sa_column=id_column(primary_key=True, index=True))
    project_id: str = Field(sa_column=id_column())


class Role(StrEnum):
    """What a file is to a check."""

    TRAINING = "training"
    "The file that is asked about."
    VALIDATION = "validation"
    EVALUATION = "evaluation"
    "Models are measured with it: nothing is said of it but what the training file has of it."


class StretchState(StrEnum):
    WAITING = "waiting"
    "Its turn comes when an earlier stretch of the check has ended."
    QUEUED = "queued"
    DONE = "done"
    "Read."
    JUDGED = "judged"
    "Its rows have been put to a moderation too."


class DatasetStretch(SQLModel, table=True):
    """Some whole lines of a file that one unit of work reads. Numbers run on from file to file."""

    __tablename__ = "dataset_stretches"
    __table_args__ = (
        UniqueConstraint("check_id", "number"),
        Index("ix_dataset_stretches_check_id_state", "check_id", "state"),
    )

    id: str = Field(sa_column=id_column(primary_key=True))
    project_id: str = Field(sa_column=id_column())
    check_id: str = Field(sa_column=id_column())
    number: int
    role: str = Field(sa_column=Column(String(16), nullable=False))
    "Of its file."
    nth: int = Field(default=0, sa_column=Column(Integer, server_default="0", nullable=False))
    "Which of the files of that role."
    start_byte: int = Field(sa_column=bigint_column())
    end_byte: int = Field(sa_column=bigint_column())
    "The first byte behind it."
    state: str = Field(default=StretchState.WAITING, sa_column=Column(String(16), nullable=False))
    bytes_done: int = Field(default=0, sa_column=bigint_column())
    rows_done: int = 0
    moderation: dict[str, Any] | None = Field(default=None, sa_column=json_column(nullable=True))
    "How far a moderation is with the rows, and what it said of them: a `Turns`."


class DatasetPolicies(SQLModel, table=True):
    """What a project makes of each code, where it has an opinion."""

    __tablename__ = "dataset_policies"

    project_id: str = Field(sa_column=id_column(primary_key=True))
    policies: dict[str, str] = Field(sa_column=json_column())
    "Code to block, warn or ignore."
    updated_at: int = Field(sa_column=epoch_column())


class DatasetModeration(SQLModel, table=True):
    """The connection whose moderation judges the files of the project's jobs before anything is spent."""

    __tablename__ = "dataset_moderation"

    project_id: str = Field(sa_column=id_column(primary_key=True))
    connection_id: str | None = Field(default=None, sa_column=id_column(nullable=True))
    "None where a project has changed its mind."
    updated_at: int = Field(sa_column=epoch_column())


class DatasetGroups(SQLModel, table=True):
    """Words by which prompts speak of groups of people, for reports that do not bring their own."""

    __tablename__ = "dataset_groups"

    project_id: str = Field(sa_column=id_column(primary_key=True))
    groups: dict[str, list[str]] = Field(sa_column=json_column())
    updated_at: int = Field(sa_column=epoch_column())
