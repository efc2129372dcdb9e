"""Cancelling a job: at once, once, and beside a worker that is just finishing."""

import threading

import pytest
from sqlalchemy import text
from sqlmodel import select

from shared.db.session import Database
from shared.jobs import progress, service, steering
from shared.jobs.failure import JobFailure
from shared.jobs.states import JobStateError, JobStatus
from shared.jobs.tables import Job
from shared.outbox.claim import Claim, claim_work, finish_claim
from shared.outbox.tables import WorkItem, WorkState
from shared.settings import Settings
from shared.tasks import Work
from shared.webhooks.tables import Event
from tests.factories.rows import add_running_job
from tests.fixtures.database import Tenant
from tests.fixtures.settings import on_postgresql
from tests.fixtures.waiting import wait_until
from tests.shared.jobs.acting import JobMaker, cancel, get, work_of


class TestCancelling:
    def test_ends_a_job_that_is_being_checked(self, make_job: JobMaker, database: Database, tenant: Tenant) -> None:
        """A cancelled job has ended, its work is closed and its event told."""
        job = make_job()

        cancel(database, job, tenant)

        found = get(database, job, tenant)
        assert found.status == JobStatus.CANCELLED
        assert found.finished_at is not None
        assert work_of(database, job) == {Work.VALIDATE_JOB: WorkState.DONE}
        with database.reading() as session:
            newest = service.list_events(session, tenant.project_id, job.id, after=None, limit=1)
            assert newest[0].message == "The job was cancelled"
            assert session.exec(select(Event.type)).all() == ["fine_tuning.job.cancelled"]

    def test_ends_a_job_in_training(self, database: Database, tenant: Tenant, settings: Settings) -> None:
        """Training work is closed with its job."""
        with database.transaction() as session:
            job = add_running_job(session, tenant.principal, settings)

        cancel(database, job, tenant)

        assert work_of(database, job)[Work.TRAIN_JOB] == WorkState.DONE

    @pytest.mark.parametrize("ended", ["cancelled", "failed"])
    def test_a_second_end_is_refused(self, make_job: JobMaker, database: Database, tenant: Tenant, ended: str) -> None:
        """A job that has ended cannot be cancelled, and stays as it is."""
        job = make_job()
        with database.transaction() as session:
            if ended == "failed":
                progress.mark_failed(session, tenant.project_id, job.id, JobFailure("code", "message"))
            else:
                steering.cancel_job(session, tenant.project_id, job.id)
        before = get(database, job, tenant)

        with pytest.raises(JobStateError, match=f"is {ended}"):
            cancel(database, job, tenant)

        assert get(database, job, tenant) == before

    @on_postgresql
    def test_waits_for_a_worker_that_is_just_finishing(
        self, make_job: JobMaker, database: Database, tenant: Tenant
    ) -> None:
        """Cancelling while a worker commits waits for it and ends what it began; neither locks the other out."""
        job = make_job()
        claim = claim_validation(database, job)
        cancelling = threading.Thread(target=cancel, args=(database, job, tenant))
        with database.transaction() as session:
            finish_claim(session, claim)
            cancelling.start()
            wait_until(lambda: is_anyone_waiting(database), what="the cancel waits for a lock")
            progress.mark_validated(session, tenant.project_id, job.id, hyperparameters={}, warnings=[])
        cancelling.join(20)

        assert get(database, job, tenant).status == JobStatus.CANCELLED
        assert work_of(database, job) == {Work.VALIDATE_JOB: WorkState.DONE, Work.TRAIN_JOB: WorkState.DONE}


def claim_validation(database: Database, job: Job) -> Claim:
    with database.transaction() as session:
        work_id = session.exec(select(WorkItem.id).where(WorkItem.subject_id == job.id)).one()
        claim = claim_work(session, work_id, lease_seconds=60)
    assert claim is not None
    return claim


def is_anyone_waiting(database: Database) -> bool:
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    with database.reading() as session:
        return bool(session.connection().execute(text(query)).scalar())
