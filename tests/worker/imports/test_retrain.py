"""An old job is trained again on an open base, tied to what it replaces, and both models' answers are compared."""

import httpx2
import openai
import pytest

from shared.connections.tables import Connection
from shared.db.session import Database
from shared.imports.tables import Import
from shared.recordings import service as recordings
from tests.fixtures.settings import on_sqlite
from tests.worker.imports.acting import Acting
from tests.worker.imports.old_organization import OldOrganization

pytestmark = [on_sqlite, pytest.mark.training]


def test_new_job(
    http: httpx2.Client, imported: Import, client: openai.OpenAI, old_organization: OldOrganization, acting: Acting
) -> None:
    """One call makes a job on the open base from the copied files, with the old hyperparameters translated."""
    made = http.post(f"/api/v1/imports/{imported.id}/retrain", json={"job": old_organization.good_job, "model": "tiny"})

    job = client.fine_tuning.jobs.retrieve(made.json()["job"])
    old = acting.local_id(imported, old_organization.good_job)
    assert (job.model, job.training_file) == ("tiny", acting.local_id(imported, old_organization.training_file))
    assert (job.hyperparameters.n_epochs, job.hyperparameters.learning_rate_multiplier) == (2, 2.0)
    assert job.metadata == {"retrained_from": old, "upstream_job_id": old_organization.good_job}


def test_again(http: httpx2.Client, imported: Import, client: openai.OpenAI, old_organization: OldOrganization) -> None:
    """Retraining the same again gives the same job."""
    asked = {"job": old_organization.good_job, "model": "tiny"}
    first = http.post(f"/api/v1/imports/{imported.id}/retrain", json=asked).json()

    again = http.post(f"/api/v1/imports/{imported.id}/retrain", json=asked).json()

    assert again == first


def test_unknown_job(http: httpx2.Client, imported: Import) -> None:
    """A job that was not imported is refused, naming the list of those that were."""
    response = http.post(f"/api/v1/imports/{imported.id}/retrain", json={"job": "ftjob-unknown", "model": "tiny"})

    assert (response.status_code, response.json()["code"]) == (400, "job_not_retrainable")


def test_comparison_at_a_provider(
    http: httpx2.Client,
    database: Database,
    imported: Import,
    connection: Connection,
    old_organization: OldOrganization,
) -> None:
    """What a provider's new model is asked for comparison costs no more than the old model was allowed to."""
    path = f"/api/v1/imports/{imported.id}"
    http.post(f"{path}/record", json={"budget": {"tokens": 4_000}})

    asked = {"job": old_organization.good_job, "model": "tiny", "connection": connection.id}
    http.post(f"{path}/retrain", json=asked)

    with database.reading() as session:
        kept = recordings.list_recordings(session, imported.project_id, imported.id)
    old = {recording.id: recording.budget_tokens for recording in kept if recording.follows is None}
    new = {recording.follows: recording.budget_tokens for recording in kept if recording.follows is not None}
    assert len(new) > 0
    assert new.items() <= old.items()
    assert None not in new.values()
