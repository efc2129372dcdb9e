"""How fast the engine has trained, told from finished jobs."""

import pytest

from shared.db.session import Database
from shared.jobs.speed import measure_training_speed
from shared.jobs.states import JobStatus
from shared.jobs.tables import Job
from tests.fixtures.database import Tenant
from tests.shared.jobs.acting import JobMaker


def finish(database: Database, job: Job, **fields: object) -> None:
    """The job as it would be after its training."""
    with database.transaction() as session:
        row = session.merge(job)
        for name, value in {"status": JobStatus.SUCCEEDED, "started_at": 1_000, **fields}.items():
            setattr(row, name, value)


def speed(database: Database, tenant: Tenant, model: str = "tiny") -> float | None:
    with database.reading() as session:
        return measure_training_speed(session, tenant.project_id, model)


class TestSpeed:
    def test_is_the_median_of_the_latest_jobs(self, make_job: JobMaker, database: Database, tenant: Tenant) -> None:
        """Trained tokens by seconds, of the five latest jobs, the middle one."""
        for tokens in (9_000_000, 100, 200, 300, 400, 5_000_000):
            finish(database, make_job(), trained_tokens=tokens, finished_at=1_010)

        assert speed(database, tenant) == 30

    @pytest.mark.parametrize(
        "fields",
        [
            {"trained_tokens": 100, "finished_at": 1_004},
            {"trained_tokens": None, "finished_at": 1_010},
            {"trained_tokens": 100, "finished_at": 1_010, "status": JobStatus.FAILED},
            {"trained_tokens": 100, "finished_at": 1_010, "connection_id": "conn_1"},
            {"trained_tokens": 100, "finished_at": 1_010, "model": "other"},
        ],
        ids=["too short", "no tokens", "failed", "at a provider", "another model"],
    )
    def test_leaves_out_what_tells_nothing(
        self, make_job: JobMaker, database: Database, tenant: Tenant, fields: dict[str, object]
    ) -> None:
        """Short runs, failed ones, those at providers and of other models say nothing of the engine's speed."""
        finish(database, make_job(), **fields)

        assert speed(database, tenant) is None

    def test_is_of_one_project(self, make_job: JobMaker, database: Database, other_tenant: Tenant) -> None:
        """A project learns nothing of another one's jobs."""
        finish(database, make_job(), trained_tokens=100, finished_at=1_010)

        assert speed(database, other_tenant) is None
