"""Cancelling takes effect within seconds, keeps what was reached, and has one winner when the job ends meanwhile."""

import openai
import pytest
from sqlmodel import col, select

from shared.jobs.states import JobStatus
from shared.outbox.tables import WorkItem, WorkState
from shared.resources import Resources
from tests.faults import breakage
from tests.faults.races import race_cancel_with_success, race_cancel_with_validation
from tests.faults.trainings import STEPS_PER_EPOCH, list_events
from tests.faults.watcher import Watcher, received_ids
from tests.fixtures.database import Tenant
from tests.fixtures.receiver import Receiver
from tests.fixtures.settings import on_sqlite
from tests.fixtures.waiting import wait_until
from tests.fixtures.workers import Service

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("faults"), pytest.mark.timeout(400)]

STOP_SECONDS = 10.0
"A heartbeat is 0.3 s here; the rest is room for a busy machine."
ROUNDS = 12


@on_sqlite
@pytest.mark.training
class TestRunningJobs:
    def test_cancel_in_the_second_epoch(
        self, trainer: Service, watcher: Watcher, client: openai.OpenAI, resources: Resources, receiver: Receiver
    ) -> None:
        """Cancelling ends the training process within seconds, keeps the first epoch's checkpoint, and is told once."""
        job_id = watcher.start()
        watcher.interrupt(job_id, at_step=STEPS_PER_EPOCH + 10, fault=lambda: None)
        engine = breakage.engine_pid(trainer)

        cancelled = client.fine_tuning.jobs.cancel(job_id)
        wait_until(lambda: not breakage.is_alive(engine), STOP_SECONDS, what="the engine ends")
        wait_until(lambda: received_ids(receiver, job_id), what="the cancellation is told")

        assert cancelled.status == "cancelled"
        assert [checkpoint.step_number for checkpoint in client.fine_tuning.jobs.checkpoints.list(job_id)] == [40]
        assert list_events(client, job_id)[-1].message == "The job was cancelled"
        assert watcher.list_told_ids(job_id) == received_ids(receiver, job_id)
        assert _list_open_work(resources) == []


class TestRaces:
    def test_cancel_beside_success(self, client: openai.OpenAI, resources: Resources, tenant: Tenant) -> None:
        """A cancel at the moment of success either cancels the job or is refused; the end is told once, either way."""
        for _ in range(ROUNDS):
            status, told = race_cancel_with_success(client, resources, tenant)

            assert status in {JobStatus.SUCCEEDED, JobStatus.CANCELLED}
            assert told == [f"fine_tuning.job.{status}"]

    def test_cancel_beside_validation(self, client: openai.OpenAI, resources: Resources, tenant: Tenant) -> None:
        """A job cancelled at the moment it would be queued is cancelled and leaves nothing to train."""
        for _ in range(ROUNDS):
            status, told = race_cancel_with_validation(client, resources, tenant)

            assert status == JobStatus.CANCELLED
            assert told == ["fine_tuning.job.cancelled"]
        assert _list_open_work(resources) == []


def _list_open_work(resources: Resources) -> list[str]:
    """Kinds of work on jobs that somebody might still do."""
    open_work = select(WorkItem.kind).where(WorkItem.state != WorkState.DONE, col(WorkItem.kind).startswith("jobs."))
    with resources.database.reading() as session:
        return list(session.exec(open_work))
