"""Training goes on after anything it stands on has died, and nobody can tell from what it leaves."""

from collections.abc import Callable

import openai
import pytest
from sqlmodel import select

from shared.resources import Resources
from shared.webhooks.tables import Event
from tests.faults import breakage
from tests.faults.trainings import TOTAL_STEPS, Outcome, count_steps, describe_outcome, start_job, wait_for_end
from tests.fixtures.database import Tenant
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


class WatchedJobs:
    """Makes the same job again and again, and breaks things when it has come so far."""

    def __init__(self, client: openai.OpenAI, resources: Resources, tenant: Tenant) -> None:
        self._client = client
        self._resources = resources
        self._project_id = tenant.project_id

    def start(self) -> str:
        return start_job(self._client)

    def interrupt(self, job_id: str, *, at_step: int, fault: Callable[[], None]) -> None:
        """Have `fault` happen once `at_step` steps are told of; fails when the training has ended by then."""
        wait_until(lambda: count_steps(self._client, job_id) >= at_step, 90, what=f"step {at_step} is told of")
        fault()
        assert count_steps(self._client, job_id) < TOTAL_STEPS, f"training was over before the fault at step {at_step}"

    def wait_for_queued(self, job_id: str) -> None:
        wait_until(lambda: self._client.fine_tuning.jobs.retrieve(job_id).status == "queued", what="the job is queued")

    def wait_for_outcome(self, job_id: str) -> Outcome:
        wait_for_end(self._client, job_id)
        return describe_outcome(self._client, self._resources, self._project_id, job_id)

    def list_told_events(self, job_id: str) -> list[Event]:
        """Webhook events about a job."""
        with self._resources.database.reading() as session:
            return [event for event in session.exec(select(Event)) if job_id in event.body]


@pytest.fixture
def watched(client: openai.OpenAI, resources: Resources, tenant: Tenant) -> WatchedJobs:
    return WatchedJobs(client, resources, tenant)


@pytest.fixture
def trainer(service: Service, client: openai.OpenAI, receiver: Receiver) -> Service:
    """Everything a job needs is running, and a receiver is told of its end."""
    client.webhooks.create(name="test", url=receiver.url, event_types=["fine_tuning.job.succeeded"])
    service.start("scheduler", "worker-data", "worker-notify", TRAINER)
    return service


@pytest.fixture(scope="module")
def remembered() -> list[Outcome]:
    """What the undisturbed run came to, once it has been made."""
    return []


@pytest.fixture
def undisturbed(trainer: Service, watched: WatchedJobs, remembered: list[Outcome]) -> Outcome:
    """The same job when nothing happens to it."""
    if not remembered:
        remembered.append(watched.wait_for_outcome(watched.start()))
    return remembered[0]


@on_sqlite
class TestInterruptedTraining:
    def test_training_that_dies_four_ways(
        self, trainer: Service, watched: WatchedJobs, undisturbed: Outcome, receiver: Receiver
    ) -> None:
        """A job whose worker, engine, or both are killed or told to stop ends bit for bit like an undisturbed one."""
        receiver.requests.clear()

        job_id = watched.start()
        watched.interrupt(job_id, at_step=20, fault=lambda: breakage.kill_worker_and_engine(trainer))
        watched.interrupt(job_id, at_step=45, fault=lambda: breakage.kill_worker_alone(trainer))
        watched.interrupt(job_id, at_step=70, fault=lambda: breakage.kill_engine(trainer))
        watched.interrupt(job_id, at_step=95, fault=lambda: breakage.stop_worker(trainer))
        outcome = watched.wait_for_outcome(job_id)
        receiver.wait_for(1)

        assert undisturbed.status == "succeeded"
        assert outcome == undisturbed
        (told,) = watched.list_told_events(job_id)
        assert {request.headers["webhook-id"] for request in receiver.requests} == {told.id}

    def test_training_that_loses_its_surroundings(
        self, trainer: Service, redis: RedisServer, watched: WatchedJobs, undisturbed: Outcome, receiver: Receiver
    ) -> None:
        """A job during which Redis is killed and emptied and the scheduler killed ends like an undisturbed one."""
        receiver.requests.clear()
        trainer.kill(TRAINER)

        job_id = watched.start()
        watched.wait_for_queued(job_id)
        redis.flush()
        trainer.start(TRAINER)
        watched.interrupt(job_id, at_step=20, fault=redis.restart)
        watched.interrupt(job_id, at_step=40, fault=redis.flush)
        watched.interrupt(job_id, at_step=60, fault=lambda: trainer.restart("scheduler"))
        outcome = watched.wait_for_outcome(job_id)
        receiver.wait_for(1)

        assert undisturbed.status == "succeeded"
        assert outcome == undisturbed
        (told,) = watched.list_told_events(job_id)
        assert {request.headers["webhook-id"] for request in receiver.requests} == {told.id}
