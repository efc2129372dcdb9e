"""Rows of the recordings domain, nothing else."""

from enum import StrEnum
from typing import Any

from sqlalchemy import Column, Index, String, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from shared.db.types import NameType, bigint_column, epoch_column, id_column, json_column, seconds_column


class RecordingState(StrEnum):
    WAITING = "waiting"
    "For the job that makes its model."
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


UNDER_WAY = frozenset({RecordingState.WAITING, RecordingState.RUNNING})


class AnswerState(StrEnum):
    PENDING = "pending"
    ASKED = "asked"
    "On its way. After a crash nobody knows whether it was paid for, so it counts as paid."
    ANSWERED = "answered"
    FAILED = "failed"


class Recording(SQLModel, table=True):
    """A set of prompts put to one model, within a budget."""

    __tablename__ = "recordings"
    __table_args__ = (Index("ix_recordings_import_id_id", "import_id", "id"),)

    id: str = Field(sa_column=id_column(primary_key=True))
    project_id: str = Field(sa_column=id_column())
    import_id: str = Field(sa_column=id_column())
    model: str = Field(sa_column=Column(NameType, nullable=False))
    "As it is called here."
    job_id: str | None = Field(default=None, sa_column=id_column(nullable=True))
    "The job that makes the model, while it is still being made."
    follows: str | None = Field(default=None, sa_column=id_column(nullable=True))
    "The recording whose prompts are put to this model too."
    file_id: str | None = Field(default=None, sa_column=id_column(nullable=True))
    "Where the prompts come from."
    sample: int | None = None
    "Rows drawn at random; None for all."
    seed: int = 0
    "Of the draw."
    options: dict[str, Any] = Field(sa_column=json_column())
    "What goes with each request: `max_completion_tokens`, `temperature`."
    concurrency: int = 4
    state: str = Field(sa_column=Column(String(16), nullable=False))
    price: dict[str, Any] | None = Field(default=None, sa_column=json_column(nullable=True))
    "Money for a million tokens in and out, with its currency, date and source; None where none is known."
    budget_tokens: int | None = Field(default=None, sa_column=bigint_column(nullable=True))
    budget_micros: int | None = Field(default=None, sa_column=bigint_column(nullable=True))
    "In millionths of the price's currency."
    spent_tokens: int = Field(default=0, sa_column=bigint_column())
    spent_micros: int = Field(default=0, sa_column=bigint_column())
    n_prompts: int | None = None
    "None until the prompts are chosen."
    ended_by: str | None = Field(default=None, sa_column=Column(String(16), nullable=True))
    "`answers` when every prompt was put, `budget` when it was used up before."
    labels_file: str | None = Field(default=None, sa_column=id_column(nullable=True))
    "The answers as a training file."
    failures: int = 0
    error_code: str | None = Field(default=None, sa_column=Column(String(64), nullable=True))
    error_message: str | None = Field(default=None, sa_column=Column(Text, nullable=True))
    created_at: int = Field(sa_column=epoch_column())
    finished_at: int | None = Field(default=None, sa_column=epoch_column(nullable=True))


class RecordedAnswer(SQLModel, table=True):
    """One prompt put to one model. The key makes it one row however many recordings want it: it is paid for once."""

    __tablename__ = "recorded_answers"
    __table_args__ = (UniqueConstraint("project_id", "model", "request_hash"),)

    id: str = Field(sa_column=id_column(primary_key=True))
    project_id: str = Field(sa_column=id_column())
    model: str = Field(sa_column=Column(NameType, nullable=False))
    request_hash: str = Field(sa_column=Column(String(64), nullable=False))
    "SHA-256 of all that is sent but the model's name."
    prompt_hash: str = Field(sa_column=Column(String(64), nullable=False))
    "SHA-256 of messages and tools alone: the same prompt put to another model has the same one."
    request: dict[str, Any] = Field(sa_column=json_column())
    "`messages` and, where there are some, `tools`."
    reference: str | None = Field(default=None, sa_column=Column(Text, nullable=True))
    "What the data says the answer should be."
    state: str = Field(sa_column=Column(String(16), nullable=False))
    asked_by: str | None = Field(default=None, sa_column=id_column(nullable=True))
    "The recording that has it on its way."
    tries: int = 0
    message: dict[str, Any] | None = Field(default=None, sa_column=json_column(nullable=True))
    "The answer as the wire gave it: content, tool calls, refusal."
    finish_reason: str | None = Field(default=None, sa_column=Column(String(32), nullable=True))
    prompt_tokens: int | None = Field(default=None, sa_column=bigint_column(nullable=True))
    completion_tokens: int | None = Field(default=None, sa_column=bigint_column(nullable=True))
    seconds: float | None = Field(default=None, sa_column=seconds_column(nullable=True))
    error: str | None = Field(default=None, sa_column=Column(Text, nullable=True))
    answered_at: int | None = Field(default=None, sa_column=epoch_column(nullable=True))


class RecordingPrompt(SQLModel, table=True):
    """Which prompts a recording is made of, in the order of their file."""

    __tablename__ = "recording_prompts"
    __table_args__ = (Index("ix_recording_prompts_answer_id", "answer_id"),)

    recording_id: str = Field(sa_column=id_column(primary_key=True))
    position: int = Field(primary_key=True)
    project_id: str = Field(sa_column=id_column())
    answer_id: str = Field(sa_column=id_column())
    line: int
    "Of the file, counted from 1."
