"""Pausing a training of our own engine, and letting it go on."""

import io
import threading

import openai
import pytest

from shared.jobs import service as jobs
from shared.resources import Resources
from tests.faults.trainings import TOTAL_STEPS, rows_of, start_job
from tests.fixtures.database import Tenant
from tests.fixtures.drain import Drain
from tests.fixtures.settings import on_sqlite
from tests.fixtures.waiting import wait_until

pytestmark = [on_sqlite, pytest.mark.training]


def count_steps(resources: Resources, tenant: Tenant, job_id: str) -> int:
    with resources.database.reading() as session:
        return len(jobs.list_metrics(session, tenant.project_id, job_id))


class TestEngineJobs:
    def test_goes_on_where_it_stopped(
        self, client: openai.OpenAI, resources: Resources, drain: Drain, tenant: Tenant
    ) -> None:
        """A job paused in training stops short of its end, and once resumed trains every step that was left, once."""
        job_id = start_job(client)
        working = threading.Thread(target=drain)
        working.start()
        wait_until(lambda: count_steps(resources, tenant, job_id) > 2, 60, what="the training has begun")

        asked = client.post(f"/fine_tuning/jobs/{job_id}/pause", cast_to=object)
        working.join(60)
        paused = client.with_options(max_retries=0).get(f"/fine_tuning/jobs/{job_id}", cast_to=object)
        steps = count_steps(resources, tenant, job_id)
        client.fine_tuning.jobs.resume(job_id)
        drain()

        assert (asked["status"], paused["status"]) == ("running", "paused")  # type: ignore[index]  # plain JSON
        assert 0 < steps < TOTAL_STEPS
        assert client.fine_tuning.jobs.retrieve(job_id).status == "succeeded"
        assert count_steps(resources, tenant, job_id) == TOTAL_STEPS

    def test_waiting_job(self, client: openai.OpenAI) -> None:
        """A job is only paused while it waits or trains: one whose files are being checked is not, and says so."""
        file = client.files.create(file=("rows.jsonl", io.BytesIO(rows_of(10))), purpose="fine-tune")
        job = client.fine_tuning.jobs.create(model="tiny", training_file=file.id)

        with pytest.raises(openai.BadRequestError, match="validating_files"):
            client.fine_tuning.jobs.pause(job.id)
        with pytest.raises(openai.BadRequestError, match="only a paused job"):
            client.fine_tuning.jobs.resume(job.id)
