"""Files that are in use, files whose time is over, and the bytes of deleted ones."""

from typing import Any

import pytest
from sqlmodel import select

from shared import clock
from shared.db.session import Database
from shared.files import service, upkeep
from shared.files.tables import File
from shared.jobs import progress
from shared.jobs.failure import JobFailure
from shared.jobs.usage import FileInUseError, require_file_unused
from shared.settings import Settings
from shared.storage import ObjectStore, open_store
from tests.factories.rows import add_file, add_job
from tests.fixtures.database import Tenant

PROJECT = "proj_1"


@pytest.fixture
def store(settings: Settings) -> ObjectStore:
    return open_store(settings)


def add(database: Database, **received: Any) -> str:
    """The id of a new file."""
    with database.transaction() as session:
        return add_file(session, PROJECT, **received).id


def remaining(database: Database) -> set[str]:
    with database.reading() as session:
        found = service.list_files(session, PROJECT, after=None, limit=10, ascending=True, purpose=None)
    return {file.id for file in found}


class TestUse:
    @pytest.mark.parametrize("role", ["training_file", "validation_file"])
    def test_a_file_that_a_job_needs_is_kept(
        self, database: Database, tenant: Tenant, settings: Settings, role: str
    ) -> None:
        """A file that an unfinished job trains on or validates with is in use, and the refusal names the job."""
        with database.transaction() as session:
            file = add_file(session, tenant.project_id)
            job = add_job(session, tenant.principal, settings, **{role: file.id})

        with database.reading() as session, pytest.raises(FileInUseError, match=job.id):
            require_file_unused(session, tenant.project_id, file.id)

    def test_a_file_of_an_ended_job_is_free(self, database: Database, tenant: Tenant, settings: Settings) -> None:
        """Once the job has ended, its files may go."""
        with database.transaction() as session:
            job = add_job(session, tenant.principal, settings)
            progress.mark_failed(session, tenant.project_id, job.id, JobFailure("code", "message"))

        with database.reading() as session:
            require_file_unused(session, tenant.project_id, job.training_file)


class TestUpkeep:
    def test_expired_files_are_deleted(self, database: Database) -> None:
        """A file whose time is over is deleted; files without an end, or with a later one, stay."""
        over, later = (add(database, expires_after_seconds=3600) for _ in range(2))
        without_an_end = add(database)
        expire(database, over)

        assert delete_expired(database) == 1
        assert remaining(database) == {later, without_an_end}

    def test_a_file_that_a_job_needs_outlives_its_time(
        self, database: Database, tenant: Tenant, settings: Settings
    ) -> None:
        """An expired file is kept until the job that needs it has ended."""
        with database.transaction() as session:
            job = add_job(session, tenant.principal, settings)
        expire(database, job.training_file)
        deleted_under_the_job = delete_expired(database)
        with database.transaction() as session:
            progress.mark_failed(session, tenant.project_id, job.id, JobFailure("code", "message"))

        assert (deleted_under_the_job, delete_expired(database)) == (0, 1)

    def test_files_in_use_do_not_keep_others_waiting(
        self, database: Database, tenant: Tenant, settings: Settings
    ) -> None:
        """However many expired files are in use, the others are deleted."""
        with database.transaction() as session:
            needed = [add_job(session, tenant.principal, settings).training_file for _ in range(101)]
        expire(database, *needed)
        expire(database, add(database))

        assert delete_expired(database) == 1

    def test_bytes_of_deleted_files_are_removed(self, database: Database, store: ObjectStore) -> None:
        """Upkeep takes the bytes of deleted files out of the store, once, and leaves those of others."""
        gone, kept = (written(database, store) for _ in range(2))
        with database.transaction() as session:
            service.delete_file(session, PROJECT, gone.id)

        removed = [upkeep.remove_deleted_objects_system(database, store) for _ in range(2)]

        assert removed == [1, 0]
        assert list(store.list()) == [kept.object_key]


def expire(database: Database, *file_ids: str) -> None:
    """Let the time of files be over."""
    with database.transaction() as session:
        for file_id in file_ids:
            row = session.exec(select(File).where(File.id == file_id)).one()
            row.expires_at = clock.now_seconds()
            session.add(row)


def delete_expired(database: Database) -> int:
    with database.transaction() as session:
        return upkeep.delete_expired_system(session)


def written(database: Database, store: ObjectStore) -> File:
    """A file whose bytes lie in the store."""
    with database.transaction() as session:
        file = add_file(session, PROJECT)
    with store.writer(file.object_key) as writer:
        writer.write(b"bytes")
        writer.commit()
    return file
