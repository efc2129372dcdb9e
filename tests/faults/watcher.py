"""Making the same job again and again, waiting for it to come so far, and breaking things at that moment."""

from collections.abc import Callable

import openai
from sqlmodel import select

from shared.jobs import service as jobs
from shared.jobs.states import TERMINAL, JobStatus
from shared.resources import Resources
from shared.webhooks.tables import Event
from tests.faults.trainings import TOTAL_STEPS, Outcome, describe_outcome, start_job
from tests.fixtures.database import Tenant
from tests.fixtures.receiver import Receiver
from tests.fixtures.waiting import wait_until

JOB_SECONDS = 120.0
"Two starts of the engine on a busy machine; a job alone takes some ten seconds."


class Watcher:
    """Looks at rows while it waits: asking the API fifty times a second would take a core from the training."""

    def __init__(self, client: openai.OpenAI, resources: Resources, tenant: Tenant) -> None:
        self._client = client
        self._resources = resources
        self._project_id = tenant.project_id

    def start(self, **request: object) -> str:
        """A job of `TOTAL_STEPS` steps unless `request` says otherwise; its id."""
        return start_job(self._client, **request)

    def interrupt(self, job_id: str, *, at_step: int, fault: Callable[[], None]) -> None:
        """Have `fault` happen once `at_step` steps are told of; fails when the training has ended by then."""
        wait_until(lambda: self.count_steps(job_id) >= at_step, JOB_SECONDS, what=f"step {at_step} is told of")
        fault()
        assert self.count_steps(job_id) < TOTAL_STEPS, f"training was over before the fault at step {at_step}"

    def wait_for(self, job_id: str, *wanted: JobStatus) -> None:
        """Return once the job is in one of the states."""
        wait_until(lambda: self._find_status(job_id) in wanted, JOB_SECONDS, what=f"{job_id} is one of {wanted}")

    def has_ended(self, job_id: str) -> bool:
        return self._find_status(job_id) in TERMINAL

    def wait_for_outcome(self, job_id: str) -> Outcome:
        self.wait_for(job_id, *TERMINAL)
        return describe_outcome(self._client, self._resources, self._project_id, job_id)

    def count_steps(self, job_id: str) -> int:
        """Steps told of so far."""
        with self._resources.database.reading() as session:
            newest = jobs.list_events(session, self._project_id, job_id, after=None, limit=5)
        return max((event.data["step"] for event in newest if event.type == "metrics" and event.data), default=0)

    def list_told_ids(self, job_id: str) -> list[str]:
        """Ids of the webhook events about a job."""
        with self._resources.database.reading() as session:
            return [event.id for event in session.exec(select(Event)) if job_id in event.body]

    def _find_status(self, job_id: str) -> str:
        with self._resources.database.reading() as session:
            return jobs.get_job(session, self._project_id, job_id).status


def received_ids(receiver: Receiver, job_id: str) -> list[str]:
    """The `webhook-id` of every request about a job."""
    return [request.headers["webhook-id"] for request in receiver.requests if job_id.encode() in request.body]
