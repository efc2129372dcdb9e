"""Jobs as requests see them: created, found, filtered, cancelled."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import select

from shared.db.session import Database, Hint
from shared.errors import InvalidInputError
from shared.files import service as files
from shared.jobs import progress, service
from shared.jobs.errors import JobNotFoundError, ModelNotTrainableError, UnusableFileError
from shared.jobs.progress import JobFailure
from shared.jobs.states import JobStateError, JobStatus
from shared.jobs.tables import Job
from shared.outbox.claim import Claim, claim_work, finish_claim
from shared.outbox.tables import WorkItem, WorkState
from shared.settings import Settings
from shared.tasks import Work
from shared.webhooks.tables import Event
from tests.factories.rows import add_file, add_job, add_running_job
from tests.fixtures.database import Tenant
from tests.fixtures.settings import on_postgresql
from tests.fixtures.waiting import wait_until

AWKWARD_LABELS = {
    "plain": "value",
    'qu"ote': "1",
    "apo'strophe": "2",
    "dot.ted": "3",
    "brackets[0]": "4",
    "$.path": "5",
    "back\\slash": "6",
    "spaced out": "7",
    "ünïcödé 日本 🎉": "8",
    "percent%_": "9",
    "0": "10",
    "null": "null",
    "empty": "",
    "value": 'with "quotes" and \\ and 日本',
}
JobMaker = Callable[..., Job]


@pytest.fixture
def make_job(database: Database, tenant: Tenant, settings: Settings) -> JobMaker:
    def make(**request: Any) -> Job:
        with database.transaction() as session:
            return add_job(session, tenant.principal, settings, **request)

    return make


def listed(database: Database, tenant: Tenant, **filters: Any) -> list[str]:
    asked: dict[str, Any] = {"after": None, "limit": 100} | filters
    with database.reading() as session:
        return [job.id for job in service.list_jobs(session, tenant.project_id, **asked)]


def get(database: Database, job: Job, tenant: Tenant) -> Job:
    with database.reading() as session:
        return service.get_job(session, tenant.project_id, job.id)


def cancel(database: Database, job: Job, tenant: Tenant) -> Job:
    with database.transaction() as session:
        return service.cancel_job(session, tenant.project_id, job.id)


def work_of(database: Database, job: Job) -> dict[str, str]:
    """The state of each unit of work about a job, by kind."""
    with database.reading() as session:
        return {work.kind: work.state for work in session.exec(select(WorkItem).where(WorkItem.subject_id == job.id))}


class TestCreating:
    def test_asks_for_the_check_of_its_files(self, make_job: JobMaker, database: Database, rung: list[Hint]) -> None:
        """A new job is validating its files, and the check is asked for in the same transaction."""
        job = make_job()

        assert job.status == JobStatus.VALIDATING_FILES
        assert work_of(database, job) == {Work.VALIDATE_JOB: WorkState.READY}
        assert rung[-1].kind == Work.VALIDATE_JOB

    def test_keeps_what_was_asked(self, make_job: JobMaker, database: Database, tenant: Tenant) -> None:
        """Every wish of a request can be read from its job afterwards."""
        wishes = {"suffix": "mine", "seed": 7, "labels": AWKWARD_LABELS, "hyperparameters": {"n_epochs": 2}}

        job = get(database, make_job(**wishes), tenant)

        assert {name: getattr(job, name) for name in wishes} == wishes
        assert job.tuned_model.startswith("ft:tiny:acme:mine:")

    def test_chooses_a_seed_where_none_was_given(self, make_job: JobMaker) -> None:
        """A job without a seed gets one, so that it can be run again."""
        seeds = {make_job().seed for _ in range(3)}

        assert len(seeds) > 1
        assert all(0 <= seed < 2**31 for seed in seeds)

    def test_refuses_an_unknown_model(self, make_job: JobMaker) -> None:
        """A model that cannot be trained here is refused, naming those that can."""
        with pytest.raises(ModelNotTrainableError, match="tiny") as refusal:
            make_job(model="gpt-4o-mini")

        assert refusal.value.param == "model"


class TestFilesOfAJob:
    @pytest.mark.parametrize("role", ["training_file", "validation_file"])
    def test_must_exist(self, make_job: JobMaker, role: str) -> None:
        """A file that does not exist is refused by the field that names it."""
        with pytest.raises(UnusableFileError, match="file-none") as refusal:
            make_job(**{role: "file-none"})

        assert (refusal.value.param, refusal.value.code) == (role, "file_not_found")

    def test_must_not_be_deleted(self, make_job: JobMaker, database: Database, tenant: Tenant) -> None:
        """A deleted file is as if it had never been."""
        with database.transaction() as session:
            file = add_file(session, tenant.project_id)
            session.flush()
            files.delete_file(session, tenant.project_id, file.id)

        with pytest.raises(UnusableFileError, match="no such file"):
            make_job(training_file=file.id)

    def test_must_be_the_projects_own(self, make_job: JobMaker, database: Database, other_tenant: Tenant) -> None:
        """A stranger's file is as if absent."""
        with database.transaction() as session:
            file = add_file(session, other_tenant.project_id)

        with pytest.raises(UnusableFileError, match="no such file"):
            make_job(training_file=file.id)

    def test_must_be_for_fine_tuning(self, make_job: JobMaker, database: Database, tenant: Tenant) -> None:
        """A file uploaded for another purpose is refused, saying which purpose it has."""
        with database.transaction() as session:
            file = add_file(session, tenant.project_id, purpose="batch")

        with pytest.raises(InvalidInputError, match="batch"):
            make_job(training_file=file.id)


class TestStrangers:
    @pytest.mark.parametrize("act", [get, cancel], ids=["get", "cancel"])
    def test_find_no_job(
        self,
        make_job: JobMaker,
        database: Database,
        tenant: Tenant,
        other_tenant: Tenant,
        act: Callable[[Database, Job, Tenant], Job],
    ) -> None:
        """Another project's job can be neither seen nor cancelled: it is as if absent."""
        job = make_job()

        with pytest.raises(JobNotFoundError):
            act(database, job, other_tenant)

        assert get(database, job, tenant).status == JobStatus.VALIDATING_FILES
        assert work_of(database, job) == {Work.VALIDATE_JOB: WorkState.READY}

    def test_list_no_job(self, make_job: JobMaker, database: Database, tenant: Tenant, other_tenant: Tenant) -> None:
        """A list holds the jobs of one project."""
        job = make_job()

        assert listed(database, other_tenant) == []
        assert listed(database, tenant) == [job.id]

    @pytest.mark.parametrize("list_of", [service.list_events, service.list_checkpoints])
    def test_list_nothing_of_a_job(
        self, make_job: JobMaker, database: Database, other_tenant: Tenant, list_of: Callable[..., object]
    ) -> None:
        """Events and checkpoints of another project's job are not there either."""
        job = make_job()

        with database.reading() as session, pytest.raises(JobNotFoundError):
            list_of(session, other_tenant.project_id, job.id, after=None, limit=1)


class TestListing:
    def test_pages_join_without_gap_or_overlap(self, make_job: JobMaker, database: Database, tenant: Tenant) -> None:
        """Walking the pages gives every job once, newest first."""
        newest_first = sorted((make_job().id for _ in range(5)), reverse=True)
        first = listed(database, tenant, limit=2)
        second = listed(database, tenant, after=first[-1], limit=2)
        third = listed(database, tenant, after=second[-1], limit=2)

        assert first + second + third == newest_first


class TestLabels:
    @pytest.mark.parametrize("key", AWKWARD_LABELS)
    def test_find_their_job(self, make_job: JobMaker, database: Database, tenant: Tenant, key: str) -> None:
        """A job is found by any of its labels, whatever characters the key or the value has."""
        job = make_job(labels=AWKWARD_LABELS)
        make_job(labels={"other": AWKWARD_LABELS[key]})
        make_job()

        assert listed(database, tenant, labels={key: AWKWARD_LABELS[key]}) == [job.id]

    @pytest.mark.parametrize("key", AWKWARD_LABELS)
    def test_do_not_find_another_value(self, make_job: JobMaker, database: Database, tenant: Tenant, key: str) -> None:
        """A label finds only jobs that carry exactly this value under this key."""
        make_job(labels=AWKWARD_LABELS)

        assert listed(database, tenant, labels={key: AWKWARD_LABELS[key] + "x"}) == []

    def test_must_all_match(self, make_job: JobMaker, database: Database, tenant: Tenant) -> None:
        """Of several labels every one must match."""
        both = make_job(labels={"a": "1", "b": "2"})
        make_job(labels={"a": "1"})

        assert listed(database, tenant, labels={"a": "1", "b": "2"}) == [both.id]

    def test_are_compared_as_text(self, make_job: JobMaker, database: Database, tenant: Tenant) -> None:
        """`1` and `1.0`, `x` and `X` are different values."""
        job = make_job(labels={"a": "1", "b": "x"})

        assert listed(database, tenant, labels={"a": "1"}) == [job.id]
        assert listed(database, tenant, labels={"a": "1.0"}) == []
        assert listed(database, tenant, labels={"b": "X"}) == []

    def test_unlabelled_jobs_can_be_asked_for(self, make_job: JobMaker, database: Database, tenant: Tenant) -> None:
        """Jobs without any label can be listed on their own."""
        make_job(labels={"a": "1"})
        bare = make_job()

        assert listed(database, tenant, unlabelled=True) == [bare.id]

    def test_work_with_pages(self, make_job: JobMaker, database: Database, tenant: Tenant) -> None:
        """A filtered list is paged like any other."""
        ids = sorted((make_job(labels={"a": "1"}).id for _ in range(3)), reverse=True)
        make_job()
        first = listed(database, tenant, labels={"a": "1"}, limit=2)

        assert first == ids[:2]
        assert listed(database, tenant, labels={"a": "1"}, after=first[-1], limit=2) == ids[2:]


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
                service.cancel_job(session, tenant.project_id, job.id)
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
