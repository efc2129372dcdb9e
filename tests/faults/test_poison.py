"""Work that cannot succeed ends, says so, and stands in nobody's way."""

import io
import sys
from collections.abc import Iterator
from pathlib import Path

import openai
import pytest
from sqlmodel import select

from cli.up.child import Child, ChildSpec, Stage
from cli.up.child_log import ChildLog
from cli.up.environment import child_environment
from shared.jobs.states import JobStatus
from shared.outbox.tables import WorkItem, WorkState
from shared.resources import Resources
from shared.settings import Settings
from tests.faults import breakage
from tests.faults.dying_worker import POISON
from tests.faults.fleet import ROOT
from tests.faults.trainings import rows_of, upload_rows
from tests.faults.watcher import Watcher
from tests.fixtures.settings import on_sqlite
from tests.fixtures.waiting import wait_until
from tests.fixtures.workers import Service

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("faults"), pytest.mark.timeout(400)]


@pytest.fixture
def service_settings(service_settings: Settings, tmp_path: Path) -> Settings:
    """Few attempts and short leases, and base models that are not what they should be."""
    garbage = tmp_path / "garbage"
    garbage.mkdir()
    (garbage / "config.json").write_text("{")
    broken = {"gone": str(tmp_path / "gone"), "garbage": str(garbage)}
    return service_settings.model_copy(
        update={
            "lease_seconds": 1.0,
            "max_attempts": 3,
            "base_models": service_settings.base_models | broken,
        }
    )


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    """The API takes jobs for the broken models too."""
    broken = {"gone": str(tmp_path / "gone"), "garbage": str(tmp_path / "garbage")}
    return settings.model_copy(update={"base_models": settings.base_models | broken})


@pytest.fixture
def dying_worker(service_settings: Settings, tmp_path: Path) -> Iterator[Child]:
    spec = ChildSpec(
        name="dying-worker", command=(sys.executable, "-m", "tests.faults.dying_worker"), stage=Stage.WORKER
    )
    environment = child_environment(service_settings) | {"PYTHONPATH": str(ROOT)}
    child = Child(spec, environment=environment, log=ChildLog(tmp_path / "logs" / "dying-worker.log"))
    child.start()
    yield child
    child.kill()


@on_sqlite
@pytest.mark.usefixtures("dying_worker")
class TestPoisonousFile:
    def test_worker_dies_at_each_attempt(self, service: Service, client: openai.OpenAI, resources: Resources) -> None:
        """A file that kills every worker is given up and says so, while files before and behind it are checked."""
        before = upload_rows(client, 10)
        poison = client.files.create(file=(POISON, io.BytesIO(rows_of(10))), purpose="fine-tune").id
        behind = upload_rows(client, 10)
        service.start("scheduler")

        wait_until(lambda: client.files.retrieve(poison).status == "error", 60, what="the file is given up")

        assert "could not be checked" in (client.files.retrieve(poison).status_details or "")
        assert [client.files.retrieve(file_id).status for file_id in (before, behind)] == ["processed", "processed"]
        with resources.database.reading() as session:
            (dead,) = session.exec(select(WorkItem).where(WorkItem.state == WorkState.DEAD))
        assert (dead.subject_id, dead.last_error) == (poison, "its workers died each time it was tried")


@on_sqlite
@pytest.mark.training
class TestUntrainableJobs:
    @pytest.mark.parametrize("model", ["gone", "garbage"])
    @pytest.mark.usefixtures("trainer")
    def test_broken_base_model(self, model: str, watcher: Watcher, client: openai.OpenAI, tmp_path: Path) -> None:
        """A job on a base model that cannot be read fails at once, with words and neither a traceback nor a path."""
        job_id = watcher.start(model=model)
        watcher.wait_for(job_id, JobStatus.FAILED)

        error = client.fine_tuning.jobs.retrieve(job_id).error
        assert error is not None
        assert error.code == "base_model_unavailable"
        assert "base model" in error.message
        assert "Traceback" not in error.message
        assert str(tmp_path) not in error.message

    def test_engine_dies_at_each_attempt(self, trainer: Service, watcher: Watcher, client: openai.OpenAI) -> None:
        """A job whose training process is killed at every start fails once the attempts are used up."""
        job_id = watcher.start()

        def has_ended_though_killed() -> bool:
            breakage.kill_engines(trainer)
            return watcher.has_ended(job_id)

        wait_until(has_ended_though_killed, 60, what="the job ends")

        error = client.fine_tuning.jobs.retrieve(job_id).error
        assert error is not None
        assert error.code == "server_error"
