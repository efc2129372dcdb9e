"""Stopping and going on, as a request asks for it: cancel, pause, resume. Who trains the job decides what that takes.

A provider is only asked, and has the last word: until it has answered, the job stays as it is.
"""

from sqlmodel import Session

from shared.jobs import events, repository
from shared.jobs.errors import JobNotFoundError
from shared.jobs.progress import end_cancelled, enter_paused, enter_queued_again
from shared.jobs.states import JobStateError, JobStatus, require_transition
from shared.jobs.tables import Job
from shared.outbox.add import lock_work, withdraw_work
from shared.providers.choice import provider_of
from shared.tasks import Work


def cancel_job(session: Session, project_id: str, job_id: str) -> Job:
    """End a job: at once when our engine trains it or no provider has heard of it yet.

    Raises JobNotFoundError, and JobStateError when the job has already finished.
    """
    job = _lock(session, project_id, job_id)
    require_transition(job.id, job.status, JobStatus.CANCELLED)
    withdraw_work(session, kind=Work.VALIDATE_JOB, project_id=project_id, subject_id=job_id)
    if provider_of(job).cancel(session, job):
        end_cancelled(session, job)
    else:
        events.append_events(session, job, [events.cancel_asked()])
    return job


def pause_job(session: Session, project_id: str, job_id: str) -> Job:
    """Stop a job so that it can go on. One in training is paused once its state is stored.

    Raises JobNotFoundError, and JobStateError for a job that is not queued or running.
    """
    job = _lock(session, project_id, job_id)
    require_transition(job.id, job.status, JobStatus.PAUSED)
    if provider_of(job).pause(session, job):
        enter_paused(session, job)
    session.add(job)
    return job


def resume_job(session: Session, project_id: str, job_id: str) -> Job:
    """Queue a paused job again, to go on from its stored state; or take back a pause that was not reached yet.

    Raises JobNotFoundError, and JobStateError for a job that is not paused.
    """
    job = _lock(session, project_id, job_id)
    if job.pause_wanted:
        job.pause_wanted = False
    elif job.status != JobStatus.PAUSED:
        raise JobStateError(f"Job {job.id} is {job.status}: only a paused job can be resumed.")
    elif provider_of(job).resume(session, job):
        enter_queued_again(session, job)
    session.add(job)
    return job


def _lock(session: Session, project_id: str, job_id: str) -> Job:
    # Work rows first, job second: workers lock them in this order too, and the other one would be a deadlock.
    known = repository.find_job(session, project_id, job_id)
    if known is None:
        raise JobNotFoundError(job_id)
    for kind in (Work.VALIDATE_JOB, Work.TRAIN_JOB, Work.SUBMIT_JOB):
        lock_work(session, kind=kind, subject_id=job_id)
    if known.connection_id is not None:
        lock_work(session, kind=Work.POLL_CONNECTION, subject_id=known.connection_id)
    job = repository.lock_job(session, project_id, job_id)
    if job is None:
        raise JobNotFoundError(job_id)
    return job
