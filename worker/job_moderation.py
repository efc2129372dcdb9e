"""What moderation means for a job that is being validated: who judges its files, and how long it waits for a judgement.

Off unless the project has chosen a connection. Decides from rows; asks nobody.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

from sqlmodel import Session

from shared import clock
from shared.connections.moderating import require_moderation
from shared.datasets.pipeline.tables import DatasetCheck
from shared.datasets.pipeline.unjudged import LASTS_SECONDS, was_left_unjudged
from shared.datasets.severities import Policy
from shared.errors import ServiceError
from shared.jobs import service as jobs
from shared.jobs.events import NewEvent, moderating, moderation_failed
from shared.jobs.failure import JobFailure
from shared.jobs.tables import Job

INCOMPLETE = "moderation_incomplete"
_SHORTEST_PAUSE_SECONDS = 15
"""Before a service that failed is asked again; after that as long as the job has waited, to LASTS_SECONDS."""

_HELP = "PUT /api/v1/datasets/moderation chooses another connection, or none; then create the job again."


def tell_moderating(session: Session, job: Job, connection_id: str) -> NewEvent:
    """Tell where texts are about to go. Raises ServiceError where nobody can be asked."""
    return moderating(require_moderation(session, job.project_id, connection_id).name)


def fail_without(error: ServiceError) -> JobFailure:
    """Training without the judgement that the project wants would be what it has guarded against."""
    told = f"The files of the project's jobs are moderated, and nobody can be asked: {error.message} {_HELP}"
    return JobFailure("moderation_unavailable", told)


def is_worth_another_try(session: Session, job: Job, check: DatasetCheck, policies: Mapping[str, Policy]) -> bool:
    """Whether the service left rows unjudged, and the pause after that is over.

    A job that does not insist on a judgement is content with one try of its own time.
    """
    if not was_left_unjudged(check) or (_is_content_without(policies) and (check.finished_at or 0) >= job.created_at):
        return False
    return clock.now() >= _next_try_at(session, job, check)


def wait_or_fail(
    session: Session, job: Job, check: DatasetCheck, policies: Mapping[str, Policy], *, wait_seconds: float
) -> tuple[float, NewEvent] | JobFailure | None:
    """Where rows were left unjudged: when to try again and what to tell, or why the job fails; else None.

    A project whose policy only warns of such rows, or ignores them, has its jobs start without a judgement.
    """
    if not was_left_unjudged(check) or _is_content_without(policies):
        return None
    since = jobs.find_moderation_failed_at(session, job.project_id, job.id) or clock.now()
    until = since + wait_seconds
    if clock.now() >= until:
        return JobFailure("moderation_unavailable", f"{_explain(check)} Nothing has been trained. {_HELP}")
    told = f"{_explain(check)} The job waits and asks again, until {_shown(until)}."
    return min(_next_try_at(session, job, check), until), moderation_failed(check.id, told)


def _is_content_without(policies: Mapping[str, Policy]) -> bool:
    return policies.get(INCOMPLETE) in {Policy.WARN, Policy.IGNORE}


def _next_try_at(session: Session, job: Job, check: DatasetCheck) -> float:
    finished_at = check.finished_at or 0
    failed_at = jobs.find_moderation_failed_at(session, job.project_id, job.id) or finished_at
    return finished_at + min(max(finished_at - failed_at, _SHORTEST_PAUSE_SECONDS), LASTS_SECONDS)


def _explain(check: DatasetCheck) -> str:
    """`Training file: not judged by moderation: 41 of 41 rows. The moderation service failed (503).`"""
    report = check.report or {}
    told: list[str] = []
    for name, file in {"Training file": report, "Validation file": report.get("validation", {})}.items():
        section = file.get("facts", {}).get("moderation", {})
        if section.get("n_not_judged"):
            n_rows = section["n_judged"] + section["n_not_judged"]
            told.append(f"{name}: not judged by moderation: {section['n_not_judged']:,} of {n_rows:,} rows.")
            told += section["reasons"]
    return " ".join(told)


def _shown(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
