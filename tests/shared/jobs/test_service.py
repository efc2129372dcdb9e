"""Jobs as requests see them: created, found, filtered, cancelled."""

from collections.abc import Callable

import pytest

from shared.db.session import Database, Hint
from shared.errors import InvalidInputError
from shared.files import service as files
from shared.jobs import service
from shared.jobs.errors import JobNotFoundError, ModelNotTrainableError, UnusableFileError
from shared.jobs.states import JobStatus
from shared.jobs.tables import Job
from shared.outbox.tables import WorkState
from shared.tasks import Work
from tests.factories.rows import add_file
from tests.fixtures.database import Tenant
from tests.shared.jobs.acting import AWKWARD_LABELS, JobMaker, cancel, get, listed, work_of


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
