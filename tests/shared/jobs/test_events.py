"""Events: the texts scripts match on, each told once, numbered without gaps."""

from functools import partial

import pytest
from sqlmodel import Session

from shared.db.session import Database
from shared.jobs import events, repository, service
from shared.jobs.events import NewEvent, append_events
from shared.jobs.tables import Job, JobEvent
from tests.fixtures.together import run_together

STEP = {"step": 5, "total_steps": 30, "train_loss": 1.2345, "train_mean_token_accuracy": 0.75}


class TestTexts:
    @pytest.mark.parametrize(
        ("event", "message"),
        [
            (events.created("ftjob-1"), "Created fine-tuning job: ftjob-1"),
            (events.validating("file-1", None), "Validating training file: file-1"),
            (
                events.validating("file-1", "file-2"),
                "Validating training file: file-1 and validation file: file-2",
            ),
            (events.validated(), "Files validated, moving job to queued state"),
            (events.started(), "Fine-tuning job started"),
            (events.step(STEP), "Step 5/30: training loss=1.23"),
            (events.step(STEP | {"valid_loss": 2.0}), "Step 5/30: training loss=1.23, validation loss=2.00"),
            (
                events.step(STEP | {"valid_loss": 2.0, "full_valid_loss": 1.999}),
                "Step 5/30: training loss=1.23, validation loss=2.00, full validation loss=2.00",
            ),
            (events.checkpoint_created(5), "Checkpoint created at step 5"),
            (events.model_created("ft:x"), "New fine-tuned model created: ft:x"),
            (events.succeeded(), "The job has successfully completed"),
            (events.failed("bad data"), "The job failed due to bad data"),
            (events.cancelled(), "The job was cancelled"),
        ],
        ids=lambda value: value.key if isinstance(value, NewEvent) else "",
    )
    def test_are_those_of_the_wire(self, event: NewEvent, message: str) -> None:
        """Events read as the texts that programs in the wild search for."""
        assert event.message == message

    def test_a_step_carries_its_metrics(self) -> None:
        """A step's event is of type metrics and holds what was measured, and nothing else."""
        event = events.step(STEP | {"valid_loss": None})

        assert (event.type, event.data) == ("metrics", STEP)

    @pytest.mark.parametrize(
        ("event", "level"),
        [
            (events.started(), "info"),
            (events.dataset_warning("x", "y", "z"), "warn"),
            (events.failed("z"), "error"),
        ],
        ids=["started", "warning", "failed"],
    )
    def test_levels_tell_what_matters(self, event: NewEvent, level: str) -> None:
        """Warnings and failures can be told from the rest by their level."""
        assert event.level == level


def append(database: Database, job: Job, *new: NewEvent) -> None:
    with database.transaction() as session:
        append_events(session, locked(session, job), list(new))


def locked(session: Session, job: Job) -> Job:
    found = repository.lock_job(session, job.project_id, job.id)
    assert found is not None
    return found


def told(database: Database, job: Job) -> list[JobEvent]:
    """All events, oldest first."""
    with database.reading() as session:
        return service.list_events(session, job.project_id, job.id, after=None, limit=1000)[::-1]


class TestAppending:
    def test_a_job_begins_with_two(self, database: Database, job: Job) -> None:
        """A new job tells that it was created and that its files are being checked."""
        assert [event.message for event in told(database, job)] == [
            f"Created fine-tuning job: {job.id}",
            f"Validating training file: {job.training_file}",
        ]

    def test_the_same_event_is_told_once(self, database: Database, job: Job) -> None:
        """A step trained again after a crash does not tell its event twice; newer ones follow without a gap."""
        append(database, job, events.step(STEP))
        append(database, job, events.step(STEP), events.step(STEP | {"step": 6}))
        append(database, job, events.step(STEP | {"step": 6}), events.step(STEP | {"step": 6}))

        assert [(event.sequence, event.key) for event in told(database, job)][2:] == [(3, "step:5"), (4, "step:6")]

    def test_the_first_telling_stays(self, database: Database, job: Job) -> None:
        """What was told is not rewritten by a later telling."""
        append(database, job, events.step(STEP))
        append(database, job, events.step(STEP | {"train_loss": 9.9}))

        assert told(database, job)[-1].message == "Step 5/30: training loss=1.23"

    def test_writers_at_the_same_moment_take_turns(self, database: Database, job: Job) -> None:
        """Events appended from several processes at once are numbered without a gap and none is told twice."""
        appends = [partial(append, database, job, NewEvent(f"key {number % 4}", "m")) for number in range(8)]

        run_together(appends)

        found = told(database, job)
        assert [event.sequence for event in found] == [1, 2, 3, 4, 5, 6]
        assert {event.key for event in found[2:]} == {"key 0", "key 1", "key 2", "key 3"}


class TestListing:
    def test_pages_join_without_gap_or_overlap(self, database: Database, job: Job) -> None:
        """Walking the pages gives every event once, newest first."""
        append(database, job, *(NewEvent(f"key {number}", "m") for number in range(3)))
        with database.reading() as session:
            list_page = partial(service.list_events, session, job.project_id, job.id, limit=2)
            first = list_page(after=None)
            second = list_page(after=first[-1].id)
            third = list_page(after=second[-1].id)

        assert [event.sequence for event in first + second + third] == [5, 4, 3, 2, 1]

    def test_an_unknown_cursor_ends_the_list(self, database: Database, job: Job) -> None:
        """A cursor that is no event of this job gives an empty page."""
        with database.reading() as session:
            assert service.list_events(session, job.project_id, job.id, after="ftevent-none", limit=2) == []
