"""Fine-tuning jobs, their events and checkpoints."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request

from api.auth import PrincipalDep
from api.dependencies import ReadSessionDep, SessionDep, SettingsDep
from api.once import OnceDep
from api.openai.wire.job_create import METADATA_PAIRS, JobCreate
from api.openai.wire.jobs import (
    FineTuningCheckpointList,
    FineTuningEventList,
    FineTuningJob,
    FineTuningJobList,
    render_checkpoint,
    render_event,
    render_job,
)
from api.pagination import PageRequest, cut, page_of
from shared.errors import InvalidInputError
from shared.ids import Prefix, is_id
from shared.jobs import service, steering
from shared.jobs.errors import JobNotFoundError

router = APIRouter(prefix="/fine_tuning/jobs", tags=["Fine-tuning"])

JobPage = Annotated[PageRequest, Depends(page_of(default=20, maximum=100))]
EventPage = Annotated[PageRequest, Depends(page_of(default=20, maximum=100))]
CheckpointPage = Annotated[PageRequest, Depends(page_of(default=10, maximum=100))]


def _job_id(fine_tuning_job_id: Annotated[str, Path(description="`ftjob-…`")]) -> str:
    if not is_id(fine_tuning_job_id, Prefix.JOB):
        raise JobNotFoundError(fine_tuning_job_id)
    return fine_tuning_job_id


JobId = Annotated[str, Depends(_job_id)]


@router.post("")
def create_job(
    body: JobCreate, principal: PrincipalDep, session: SessionDep, settings: SettingsDep, once: OnceDep
) -> FineTuningJob:
    """Create a job. Answers at once; problems in the data fail the job later, naming the lines."""
    asked = body.as_request()
    return once.answer(
        session,
        FineTuningJob,
        lambda: render_job(service.create_job(session, principal, asked, settings=settings)),
    )


@router.get("")
def list_jobs(
    request: Request,
    principal: PrincipalDep,
    session: ReadSessionDep,
    page: JobPage,
    metadata: Annotated[
        str | None, Query(description="`null` for jobs without metadata; else use `metadata[key]=value`.")
    ] = None,
) -> FineTuningJobList:
    """List jobs, newest first. Every `metadata[key]=value` given must match."""
    if page.after is not None and not is_id(page.after, Prefix.JOB):
        return FineTuningJobList(data=[], has_more=False)
    rows = service.list_jobs(
        session,
        principal.project_id,
        after=page.after,
        limit=page.probe,
        labels=_metadata_filter(request),
        unlabelled=metadata == "null",
    )
    found = cut(rows, page)
    return FineTuningJobList(data=[render_job(job) for job in found.rows], has_more=found.has_more)


@router.get("/{fine_tuning_job_id}")
def retrieve_job(job_id: JobId, principal: PrincipalDep, session: ReadSessionDep) -> FineTuningJob:
    """One job as it is now."""
    return render_job(service.get_job(session, principal.project_id, job_id))


@router.post("/{fine_tuning_job_id}/cancel")
def cancel_job(job_id: JobId, principal: PrincipalDep, session: SessionDep, once: OnceDep) -> FineTuningJob:
    """End a job now. What it has saved stays; a job that has ended answers 400."""
    return once.answer(
        session, FineTuningJob, lambda: render_job(steering.cancel_job(session, principal.project_id, job_id))
    )


@router.post("/{fine_tuning_job_id}/pause")
def pause_job(job_id: JobId, principal: PrincipalDep, session: SessionDep, once: OnceDep) -> FineTuningJob:
    """Stop a job so that it can go on. One in training is paused a moment later, once its state is stored."""
    return once.answer(
        session, FineTuningJob, lambda: render_job(steering.pause_job(session, principal.project_id, job_id))
    )


@router.post("/{fine_tuning_job_id}/resume")
def resume_job(job_id: JobId, principal: PrincipalDep, session: SessionDep, once: OnceDep) -> FineTuningJob:
    """Queue a paused job again; it goes on from where it stopped."""
    return once.answer(
        session, FineTuningJob, lambda: render_job(steering.resume_job(session, principal.project_id, job_id))
    )


@router.get("/{fine_tuning_job_id}/events")
def list_events(
    job_id: JobId, principal: PrincipalDep, session: ReadSessionDep, page: EventPage
) -> FineTuningEventList:
    """What happened to a job, newest first."""
    after = None if page.after is None else _known_form(page.after, Prefix.JOB_EVENT)
    found = cut(service.list_events(session, principal.project_id, job_id, after=after, limit=page.probe), page)
    return FineTuningEventList(data=[render_event(event) for event in found.rows], has_more=found.has_more)


@router.get("/{fine_tuning_job_id}/checkpoints")
def list_checkpoints(
    job_id: JobId, principal: PrincipalDep, session: ReadSessionDep, page: CheckpointPage
) -> FineTuningCheckpointList:
    """A job's checkpoints, newest first; each is a model that answers chat completions."""
    after = None if page.after is None else _known_form(page.after, Prefix.CHECKPOINT)
    found = cut(service.list_checkpoints(session, principal.project_id, job_id, after=after, limit=page.probe), page)
    data = [render_checkpoint(checkpoint) for checkpoint in found.rows]
    return FineTuningCheckpointList(
        data=data,
        first_id=data[0].id if data else None,
        last_id=data[-1].id if data else None,
        has_more=found.has_more,
    )


def _known_form(after: str, prefix: Prefix) -> str:
    """A cursor the database may see; garbage becomes one that sorts before every id and so ends the list."""
    return after if is_id(after, prefix) else str(prefix)


def _metadata_filter(request: Request) -> dict[str, str]:
    labels: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if name.startswith("metadata[") and name.endswith("]"):
            key = name.removeprefix("metadata[").removesuffix("]")
            if not key.isprintable() or "\x00" in value:
                raise InvalidInputError("A metadata filter must not hold control characters.", param="metadata")
            labels[key] = value
    if len(labels) > METADATA_PAIRS:
        raise InvalidInputError(f"A metadata filter has at most {METADATA_PAIRS} pairs.", param="metadata")
    return labels
