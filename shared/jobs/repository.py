"""Every query of the jobs domain, born with a project."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, String, cast, func, literal
from sqlmodel import Session, col, select

from shared.jobs.states import TERMINAL, JobStatus
from shared.jobs.tables import Checkpoint, Job, JobEvent, ResumePoint


def find_job(session: Session, project_id: str, job_id: str) -> Job | None:
    return session.exec(select(Job).where(Job.project_id == project_id, Job.id == job_id)).first()


def lock_job(session: Session, project_id: str, job_id: str) -> Job | None:
    """The job, fresh, with its row locked until the transaction ends: one writer at a time appends events."""
    statement = (
        select(Job)
        .where(Job.project_id == project_id, Job.id == job_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return session.exec(statement).first()


def list_jobs(
    session: Session,
    project_id: str,
    *,
    after: str | None,
    limit: int,
    labels: dict[str, str],
    unlabelled: bool,
) -> list[Job]:
    statement = select(Job).where(Job.project_id == project_id)
    for key, value in labels.items():
        statement = statement.where(_has_label(session, key, value))
    if unlabelled:
        statement = statement.where(col(Job.labels).is_(None))
    if after is not None:
        statement = statement.where(col(Job.id) < after)
    return list(session.exec(statement.order_by(col(Job.id).desc()).limit(limit)))


def _has_label(session: Session, key: str, value: str) -> ColumnElement[bool]:
    # Pairs are compared as rows: a JSON path cannot name a key with a quote, a dot or a bracket in it on SQLite.
    is_postgres = session.get_bind().dialect.name == "postgresql"
    pairs = func.json_each_text(Job.labels) if is_postgres else func.json_each(Job.labels)
    pair = pairs.table_valued("key", "value")
    return select(literal(1)).select_from(pair).where(pair.c.key == key, pair.c.value == value).exists()


def list_engine_runs(
    session: Session, project_id: str, model: str, *, at_least_seconds: int, limit: int
) -> list[tuple[int, int]]:
    """Trained tokens and seconds of jobs that our own engine has finished, newest first."""
    seconds = col(Job.finished_at) - col(Job.started_at)
    statement = (
        select(col(Job.trained_tokens), seconds)
        .where(Job.project_id == project_id, Job.model == model, Job.status == JobStatus.SUCCEEDED)
        .where(col(Job.connection_id).is_(None), col(Job.trained_tokens) > 0, seconds >= at_least_seconds)
        .order_by(col(Job.id).desc())
        .limit(limit)
    )
    return [(tokens, taken) for tokens, taken in session.exec(statement) if tokens and taken]


def list_unfinished_jobs_of_file(session: Session, project_id: str, file_id: str) -> list[Job]:
    statement = select(Job).where(
        Job.project_id == project_id,
        (col(Job.training_file) == file_id) | (col(Job.validation_file) == file_id),
        cast(col(Job.status), String).not_in([str(status) for status in TERMINAL]),
    )
    return list(session.exec(statement.limit(3)))


def list_known_event_keys(session: Session, project_id: str, job_id: str, keys: Iterable[str]) -> set[str]:
    statement = select(JobEvent.key).where(
        JobEvent.project_id == project_id, JobEvent.job_id == job_id, col(JobEvent.key).in_(list(keys))
    )
    return set(session.exec(statement))


def find_first_told(session: Session, project_id: str, job_id: str, *, key_prefix: str) -> int | None:
    """When the first event of a kind was told."""
    statement = select(func.min(col(JobEvent.created_at))).where(
        JobEvent.project_id == project_id, JobEvent.job_id == job_id, col(JobEvent.key).startswith(key_prefix)
    )
    return session.exec(statement).one()


def find_event(session: Session, project_id: str, job_id: str, event_id: str) -> JobEvent | None:
    statement = select(JobEvent).where(
        JobEvent.project_id == project_id, JobEvent.job_id == job_id, JobEvent.id == event_id
    )
    return session.exec(statement).first()


def list_events(session: Session, project_id: str, job_id: str, *, before: int | None, limit: int) -> list[JobEvent]:
    """Newest first; `before` is a sequence number."""
    statement = select(JobEvent).where(JobEvent.project_id == project_id, JobEvent.job_id == job_id)
    if before is not None:
        statement = statement.where(JobEvent.sequence < before)
    return list(session.exec(statement.order_by(col(JobEvent.sequence).desc()).limit(limit)))


def list_metrics(session: Session, project_id: str, job_id: str) -> list[dict[str, Any]]:
    """The data of every metrics event, oldest first."""
    statement = (
        select(JobEvent.data)
        .where(JobEvent.project_id == project_id, JobEvent.job_id == job_id, JobEvent.type == "metrics")
        .order_by(col(JobEvent.sequence))
    )
    return [dict(data) for data in session.exec(statement) if data is not None]


def find_checkpoint(session: Session, project_id: str, job_id: str, *, step_number: int) -> Checkpoint | None:
    statement = select(Checkpoint).where(
        Checkpoint.project_id == project_id,
        Checkpoint.job_id == job_id,
        Checkpoint.step_number == step_number,
    )
    return session.exec(statement).first()


def list_checkpoints(
    session: Session, project_id: str, job_id: str, *, after: str | None, limit: int
) -> list[Checkpoint]:
    statement = select(Checkpoint).where(Checkpoint.project_id == project_id, Checkpoint.job_id == job_id)
    if after is not None:
        statement = statement.where(col(Checkpoint.id) < after)
    return list(session.exec(statement.order_by(col(Checkpoint.id).desc()).limit(limit)))


def find_resume_point(session: Session, project_id: str, job_id: str) -> ResumePoint | None:
    statement = select(ResumePoint).where(ResumePoint.project_id == project_id, ResumePoint.job_id == job_id)
    return session.exec(statement).first()


def models_in_training_system(session: Session, connection_id: str) -> list[tuple[str, str]]:
    """Project and base model of every unfinished job at a connection."""
    statement = select(Job.project_id, Job.model).where(
        Job.connection_id == connection_id,
        cast(col(Job.status), String).not_in([str(status) for status in TERMINAL]),
    )
    return list(session.exec(statement.distinct()))
