"""An upstream that speaks OpenAI's wire as a provider: rows that say what it is to be asked, and work that asks it."""

from typing import Any

from sqlmodel import Session

from shared import clock
from shared.files import service as files
from shared.jobs.states import JobStateError
from shared.jobs.tables import Job
from shared.outbox.add import wake_work, withdraw_work
from shared.providers import copies, repository
from shared.providers.tables import ProviderJob, Submission, Wish
from shared.tasks import Work

LABELS_LEFT = 15
"Pairs of metadata a client may use: the wire has 16, and one is our mark."
_ALREADY_SENT = frozenset({Submission.SUBMITTING, Submission.UNKNOWN, Submission.SUBMITTED})


class OpenAIWireProvider:
    """Implements Provider."""

    def submit(self, session: Session, job: Job) -> None:
        row = _get(session, job)
        for file_id in filter(None, (job.training_file, job.validation_file)):
            file = files.find_file_even_deleted(session, job.project_id, file_id)
            if file is not None:
                copies.want_copy(session, file, connection_id=row.connection_id)
        wake_work(session, kind=Work.SUBMIT_JOB, project_id=job.project_id, subject_id=job.id)

    def cancel(self, session: Session, job: Job) -> bool:
        row = _get(session, job)
        if row.submission in _ALREADY_SENT:
            _wish(session, row, Wish.CANCEL)
            return False
        # Whoever is about to send it has to commit under its claim first, and finds that gone.
        withdraw_work(session, kind=Work.SUBMIT_JOB, project_id=job.project_id, subject_id=job.id)
        row.submission = Submission.REFUSED
        session.add(row)
        return True

    def pause(self, session: Session, job: Job) -> bool:
        return self._ask(session, job, Wish.PAUSE)

    def resume(self, session: Session, job: Job) -> bool:
        return self._ask(session, job, Wish.RESUME)

    def _ask(self, session: Session, job: Job, wish: Wish) -> bool:
        row = _get(session, job)
        if row.submission != Submission.SUBMITTED or row.wish == Wish.CANCEL:
            reason = "it is being cancelled" if row.wish == Wish.CANCEL else "its provider has not taken it yet"
            raise JobStateError(f"Job {job.id} cannot {wish}: {reason}.")
        _wish(session, row, wish)
        return False


def prepare(
    session: Session, project_id: str, job_id: str, *, connection_id: str, upstream_model: str, asked: dict[str, Any]
) -> None:
    """Make the other half of a new job; `asked` goes upstream as it is."""
    session.add(
        ProviderJob(
            job_id=job_id,
            project_id=project_id,
            connection_id=connection_id,
            upstream_model=upstream_model,
            asked=asked,
        )
    )


def _wish(session: Session, row: ProviderJob, wish: Wish) -> None:
    row.wish = wish
    if row.submission == Submission.SUBMITTED:
        row.next_poll_at = clock.now()
    session.add(row)
    session.flush()
    wake_work(session, kind=Work.POLL_CONNECTION, project_id=row.project_id, subject_id=row.connection_id)


def _get(session: Session, job: Job) -> ProviderJob:
    row = repository.lock_provider_job(session, job.project_id, job.id)
    if row is None:
        raise RuntimeError(f"{job.id} has a connection and no provider job")
    return row
