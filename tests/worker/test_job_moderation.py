"""Files of jobs that a project has moderated before anything is spent on them."""

import io
from collections.abc import Iterator

import httpx2
import openai
import pytest
from openai.types.fine_tuning import FineTuningJob
from sqlmodel import col, update

from shared.datasets.pipeline.tables import DatasetCheck
from shared.db.session import Database
from shared.jobs.tables import JobEvent
from shared.tasks import Work
from tests.api.dataset_reports.asked import ROWS, RUDE, codes_of, connect
from tests.api.datasets import jsonl
from tests.fixtures.drain import Drain
from tests.fixtures.moderation import Moderation
from tests.fixtures.provider import reply
from tests.fixtures.settings import on_sqlite

MODERATION = "/api/v1/datasets/moderation"
POLICIES = "/api/v1/datasets/policies"
DOWN = reply({"error": {"message": "overloaded"}}, 503, retry_after="0")
TRIES = 3
"Of one request, before its rows count as not judged."
CHECKING = (Work.PROCESS_FILE, Work.CHECK_DATASET, Work.CHECK_STRETCH, Work.CONCLUDE_CHECK)


class Jobs:
    """Jobs on small files, of which none is ever trained."""

    def __init__(self, client: openai.OpenAI, drain: Drain, database: Database) -> None:
        self._client = client
        self._drain = drain
        self._database = database
        self._made: list[str] = []

    def create(self, *rows: object) -> str:
        file = self._client.files.create(file=("a.jsonl", io.BytesIO(jsonl(*rows))), purpose="fine-tune")
        return self.create_on(file.id)

    def create_on(self, file_id: str) -> str:
        self._made.append(self._client.fine_tuning.jobs.create(model="tiny", training_file=file_id).id)
        return self._made[-1]

    def validate(self, job_id: str) -> FineTuningJob:
        """Do what is due, and what that puts off; the job."""
        for _ in range(2):
            self._drain.only(Work.VALIDATE_JOB, *CHECKING, Work.MODERATE_CHECK)
            self._drain.hasten()
        self._drain.only(Work.VALIDATE_JOB, *CHECKING, Work.MODERATE_CHECK)
        return self._client.fine_tuning.jobs.retrieve(job_id)

    def cancel(self, job_id: str) -> None:
        self._client.fine_tuning.jobs.cancel(job_id)

    def told(self, job_id: str) -> list[str]:
        """What the job's events say, the oldest first."""
        return [event.message for event in self._client.fine_tuning.jobs.list_events(job_id, limit=100)][::-1]

    def let_time_pass(self, seconds: int) -> None:
        """Make what has been judged, and what has been told of it, so much older."""
        with self._database.transaction() as session:
            session.execute(update(DatasetCheck).values(finished_at=col(DatasetCheck.finished_at) - seconds))
            session.execute(update(JobEvent).values(created_at=col(JobEvent.created_at) - seconds))

    def close(self) -> None:
        for job_id in self._made:
            if self._client.fine_tuning.jobs.retrieve(job_id).status in {"validating_files", "queued"}:
                self.cancel(job_id)


@pytest.fixture
def jobs(client: openai.OpenAI, drain: Drain, database: Database) -> Iterator[Jobs]:
    jobs = Jobs(client, drain, database)
    yield jobs
    jobs.close()


@pytest.fixture(autouse=True)
def connection(http: httpx2.Client, moderation: Moderation) -> str:
    """The id of the connection that the project has chosen for its jobs."""
    made = connect(http, moderation.provider.base_url, "moderating")
    assert http.put(MODERATION, json={"connection": "moderating"}).json() == {"connection": made["id"]}
    return str(made["id"])


@on_sqlite
class TestJudged:
    def test_before_it_is_queued(self, jobs: Jobs, moderation: Moderation) -> None:
        """Every row of a job's file is judged, as an event tells beforehand; flagged ones are a warning event."""
        job = jobs.validate(jobs.create(*ROWS, RUDE))

        told = jobs.told(job.id)
        assert (job.status, len(moderation.texts)) == ("queued", 61)
        assert "Moderating the files: their texts are sent to the connection moderating" in told
        flagged = "Training file, moderation_flagged (1): Line 61: Moderation flags the row for harassment"
        assert any(message.startswith(flagged) for message in told)

    def test_by_the_projects_policy(self, http: httpx2.Client, jobs: Jobs) -> None:
        """Where flagged rows block, the job fails with their lines named, and nothing is trained."""
        http.put(POLICIES, json={"policies": {"moderation_flagged": "block"}})

        job = jobs.validate(jobs.create(*ROWS[:10], RUDE))

        assert job.status == "failed"
        assert job.error is not None
        assert (job.error.code, job.error.param) == ("invalid_training_file", "training_file")
        assert "(moderation_flagged): Line 11: Moderation flags the row for harassment" in job.error.message

    def test_once_for_all_that_ask(
        self, http: httpx2.Client, jobs: Jobs, moderation: Moderation, connection: str
    ) -> None:
        """The job's judgement is the report with that moderation, and a second job on the file sends nothing."""
        job = jobs.validate(jobs.create(*ROWS, RUDE))

        asked = {"model": "tiny", "moderation": connection}
        report = http.get(f"/api/v1/datasets/{job.training_file}/report", params=asked)
        second = jobs.validate(jobs.create_on(job.training_file))

        assert (report.status_code, "moderation_flagged" in codes_of(report.json())) == (200, True)
        assert (second.status, len(moderation.texts)) == ("queued", 61)

    def test_only_where_a_project_wants_it(self, http: httpx2.Client, jobs: Jobs, moderation: Moderation) -> None:
        """A project that wants nobody's moderation any more sends nothing."""
        http.put(MODERATION, json={"connection": None})

        job = jobs.validate(jobs.create(*ROWS[:10], RUDE))

        assert (job.status, moderation.asked) == ("queued", [])


class TestOutage:
    """Of the service: the job waits, says so, and never trains without."""

    def test_that_passes(self, jobs: Jobs, moderation: Moderation) -> None:
        """While the service is down the job waits with an event that has the reason, and goes on when it answers."""
        moderation.next.extend([DOWN] * TRIES)
        job = jobs.validate(jobs.create(*ROWS[:10]))
        [told] = [message for message in jobs.told(job.id) if "asks again" in message]

        jobs.let_time_pass(15)
        after = jobs.validate(job.id)

        assert (job.status, after.status) == ("validating_files", "queued")
        reason = "Training file: not judged by moderation: 10 of 10 rows. The moderation service failed (503)."
        assert told.startswith(f"{reason} The job waits and asks again, until 20")
        assert len(moderation.asked) == TRIES + 1

    def test_that_lasts(self, jobs: Jobs, moderation: Moderation) -> None:
        """After an hour the job fails, with the reason and what would help."""
        moderation.next.extend([DOWN] * TRIES)
        job = jobs.validate(jobs.create(*ROWS[:10]))

        jobs.let_time_pass(3600)
        moderation.next.extend([DOWN] * TRIES)
        ended = jobs.validate(job.id)

        assert ended.status == "failed"
        assert ended.error is not None
        assert ended.error.code == "moderation_unavailable"
        assert "10 of 10 rows. The moderation service failed (503). Nothing has been trained." in ended.error.message
        assert jobs.told(job.id)[-1].startswith("The job failed due to Training file: not judged")


@on_sqlite
class TestTrouble:
    """What else may go wrong, and what a project makes of it."""

    def test_is_not_asked_without_a_pause(self, jobs: Jobs, moderation: Moderation) -> None:
        """However often a waiting job is looked at, the service has its pause."""
        moderation.next.extend([DOWN] * TRIES)
        job = jobs.validate(jobs.create(*ROWS[:10]))

        again = jobs.validate(job.id)

        assert (again.status, len(moderation.asked)) == ("validating_files", TRIES)

    def test_does_not_hide_what_is_certain(self, jobs: Jobs, moderation: Moderation) -> None:
        """A file that no job could train on fails its job at once."""
        moderation.next.extend([DOWN] * TRIES)

        job = jobs.validate(jobs.create(*ROWS[:10], {"messages": []}))

        assert job.error is not None
        assert job.error.code == "invalid_training_file"

    @pytest.mark.parametrize("policy", ["warn", "ignore"])
    def test_where_judgement_is_no_must(
        self, http: httpx2.Client, jobs: Jobs, moderation: Moderation, policy: str
    ) -> None:
        """A project whose policy only warns of rows without a judgement, or ignores them, does not wait for one."""
        http.put(POLICIES, json={"policies": {"moderation_incomplete": policy}})
        moderation.next.extend([DOWN] * TRIES)

        assert jobs.validate(jobs.create(*ROWS[:10])).status == "queued"

    def test_with_the_connection_itself(
        self, http: httpx2.Client, jobs: Jobs, moderation: Moderation, connection: str
    ) -> None:
        """Where the chosen connection is gone the job fails and says so; it is not trained unseen."""
        http.delete(f"/api/v1/connections/{connection}")

        job = jobs.validate(jobs.create(*ROWS[:10]))

        assert (job.status, moderation.asked) == ("failed", [])
        assert job.error is not None
        assert job.error.code == "moderation_unavailable"
        assert f"No such connection: {connection}" in job.error.message

    def test_after_a_cancel(self, jobs: Jobs, moderation: Moderation) -> None:
        """A job that is cancelled while it waits asks nobody any more."""
        moderation.next.extend([DOWN] * TRIES)
        job = jobs.validate(jobs.create(*ROWS[:10]))

        jobs.cancel(job.id)
        jobs.let_time_pass(60)

        assert (jobs.validate(job.id).status, len(moderation.asked)) == ("cancelled", TRIES)
