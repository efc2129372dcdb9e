"""Training goes on after anything it stands on has died, and nobody can tell from what it leaves."""

import pytest

from shared.jobs.states import JobStatus
from tests.faults import breakage
from tests.faults.trainings import Outcome
from tests.faults.watcher import Watcher, received_ids
from tests.fixtures.receiver import Receiver
from tests.fixtures.redis import RedisServer
from tests.fixtures.settings import on_sqlite
from tests.fixtures.waiting import wait_until
from tests.fixtures.workers import Service

pytestmark = [
    pytest.mark.faults,
    pytest.mark.training,
    pytest.mark.xdist_group("faults"),
    pytest.mark.timeout(600),
]

TRAINER = breakage.TRAINER


@pytest.fixture(scope="module")
def remembered() -> list[Outcome]:
    """What the undisturbed run came to, once it has been made."""
    return []


@pytest.fixture
def undisturbed(trainer: Service, watcher: Watcher, remembered: list[Outcome]) -> Outcome:
    """The same job when nothing happens to it."""
    if not remembered:
        remembered.append(watcher.wait_for_outcome(watcher.start()))
    return remembered[0]


@on_sqlite
class TestInterruptedTraining:
    def test_training_that_dies_four_ways(
        self, trainer: Service, watcher: Watcher, undisturbed: Outcome, receiver: Receiver
    ) -> None:
        """A job whose worker, engine, or both are killed or told to stop ends bit for bit like an undisturbed one."""
        job_id = watcher.start()
        watcher.interrupt(job_id, at_step=20, fault=lambda: breakage.kill_worker_and_engine(trainer))
        watcher.interrupt(job_id, at_step=45, fault=lambda: breakage.kill_worker_alone(trainer))
        watcher.interrupt(job_id, at_step=70, fault=lambda: breakage.kill_engine(trainer))
        watcher.interrupt(job_id, at_step=95, fault=lambda: breakage.stop_worker(trainer))
        outcome = watcher.wait_for_outcome(job_id)
        wait_until(lambda: received_ids(receiver, job_id), what="the end of the job is told")

        assert undisturbed.status == "succeeded"
        assert outcome == undisturbed
        assert watcher.list_told_ids(job_id) == sorted(set(received_ids(receiver, job_id)))

    def test_training_that_loses_its_surroundings(
        self, trainer: Service, redis: RedisServer, watcher: Watcher, undisturbed: Outcome, receiver: Receiver
    ) -> None:
        """A job during which Redis is killed and emptied and the scheduler killed ends like an undisturbed one."""
        trainer.kill(TRAINER)

        job_id = watcher.start()
        watcher.wait_for(job_id, JobStatus.QUEUED)
        redis.flush()
        trainer.start(TRAINER)
        watcher.interrupt(job_id, at_step=20, fault=redis.restart)
        watcher.interrupt(job_id, at_step=40, fault=redis.flush)
        watcher.interrupt(job_id, at_step=60, fault=lambda: trainer.restart("scheduler"))
        outcome = watcher.wait_for_outcome(job_id)
        wait_until(lambda: received_ids(receiver, job_id), what="the end of the job is told")

        assert undisturbed.status == "succeeded"
        assert outcome == undisturbed
        assert watcher.list_told_ids(job_id) == sorted(set(received_ids(receiver, job_id)))
