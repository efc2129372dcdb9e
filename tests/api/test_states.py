"""Requests that come at the wrong time: a second cancel, a file that is needed, a model that stays."""

import httpx2
import pytest

from shared.jobs import progress
from shared.jobs.failure import JobFailure
from shared.resources import Resources
from tests.api.answers import assert_refused
from tests.factories.rows import add_file, add_job, add_running_job
from tests.fixtures.database import Tenant

JOBS = "/v1/fine_tuning/jobs"


@pytest.fixture
def job_id(resources: Resources, tenant: Tenant) -> str:
    """A job that has just been created."""
    with resources.database.transaction() as session:
        return add_job(session, tenant.principal, resources.settings).id


class TestCancelling:
    def test_a_second_cancel_is_refused(self, http: httpx2.Client, job_id: str) -> None:
        """A job is cancelled once; asking again is a 400 that names its state, and nothing changes."""
        first = http.post(f"{JOBS}/{job_id}/cancel").json()

        second = http.post(f"{JOBS}/{job_id}/cancel")

        assert first["status"] == "cancelled"
        assert_refused(second, 400, code="invalid_job_state")
        assert "cancelled" in second.json()["error"]["message"]
        assert http.get(f"{JOBS}/{job_id}").json() == first

    def test_a_second_cancel_tells_nobody(self, http: httpx2.Client, job_id: str) -> None:
        """The event of a cancel is told once."""
        http.post(f"{JOBS}/{job_id}/cancel")
        http.post(f"{JOBS}/{job_id}/cancel")

        messages = [event["message"] for event in http.get(f"{JOBS}/{job_id}/events").json()["data"]]

        assert messages.count("The job was cancelled") == 1

    def test_a_failed_job_is_not_cancelled(
        self, http: httpx2.Client, resources: Resources, tenant: Tenant, job_id: str
    ) -> None:
        """A job that has ended stays as it ended."""
        with resources.database.transaction() as session:
            failure = JobFailure("invalid_training_file", "Line 1 is wrong.", "training_file")
            progress.mark_failed(session, tenant.project_id, job_id, failure)

        assert_refused(http.post(f"{JOBS}/{job_id}/cancel"), 400, code="invalid_job_state")

    @pytest.mark.parametrize("action", ["pause", "resume"])
    def test_a_job_that_neither_waits_nor_trains_stays(self, http: httpx2.Client, job_id: str, action: str) -> None:
        """A job whose files are being checked can be neither paused nor resumed."""
        assert_refused(http.post(f"{JOBS}/{job_id}/{action}"), 400, code="invalid_job_state")

    def test_what_is_not_served_is_no_route(self, http: httpx2.Client, job_id: str) -> None:
        """An action that the wire does not have is answered as any unknown URL."""
        assert_refused(http.post(f"{JOBS}/{job_id}/restart"), 404, code="unknown_url")


class TestDeletingFiles:
    @pytest.mark.parametrize("param", ["training_file", "validation_file"])
    def test_a_file_a_job_needs_stays(
        self, http: httpx2.Client, resources: Resources, tenant: Tenant, param: str
    ) -> None:
        """While a job trains on a file or validates with it, deleting the file is a 400 that names the job."""
        with resources.database.transaction() as session:
            file = add_file(session, tenant.project_id)
            session.flush()
            job = add_running_job(session, tenant.principal, resources.settings, **{param: file.id})

        response = http.delete(f"/v1/files/{file.id}")

        assert_refused(response, 400, code="file_in_use")
        assert job.id in response.json()["error"]["message"]
        assert http.get(f"/v1/files/{file.id}").status_code == 200

    def test_a_file_is_free_when_its_job_has_ended(self, http: httpx2.Client, job_id: str) -> None:
        """After a cancel the job's file can be deleted, and is gone for every route."""
        file_id = http.get(f"{JOBS}/{job_id}").json()["training_file"]
        http.post(f"{JOBS}/{job_id}/cancel")

        deleted = http.delete(f"/v1/files/{file_id}")

        assert deleted.json() == {"id": file_id, "object": "file", "deleted": True}
        assert_refused(http.get(f"/v1/files/{file_id}"), 404)
        assert_refused(http.get(f"/v1/files/{file_id}/content"), 404)
        assert_refused(http.delete(f"/v1/files/{file_id}"), 404)
        assert_refused(http.post(JOBS, json={"model": "tiny", "training_file": file_id}), 400, code="file_not_found")


class TestDeletingModels:
    @pytest.mark.usefixtures("unchanged")
    def test_a_base_model_stays(self, http: httpx2.Client) -> None:
        """Base models are configured, not owned; deleting one is a 400."""
        assert_refused(http.delete("/v1/models/tiny"), 400, code="model_not_deletable", param="model")

    @pytest.mark.usefixtures("unchanged")
    def test_an_unknown_model_cannot_be_deleted(self, http: httpx2.Client) -> None:
        """Deleting what is not there is a 404."""
        assert_refused(http.delete("/v1/models/ft:tiny:acme::00000000"), 404, code="model_not_found")
