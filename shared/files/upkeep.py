"""Forgetting files whose time is over, and the bytes of deleted ones. Runs for every tenant, in the scheduler."""

from sqlmodel import Session

from shared.db.session import Database
from shared.files import repository
from shared.jobs.usage import jobs_that_need_file
from shared.storage.protocol import ObjectStore

_BATCH = 100


def delete_expired_system(session: Session) -> int:
    """Delete files whose `expires_at` has passed, but not from under a job; how many."""
    deleted, after = 0, ""
    # Those in use are walked past: a batch full of them must not keep the others waiting.
    while deleted < _BATCH and (batch := repository.list_expired_system(session, after=after, limit=_BATCH)):
        after = batch[-1].id
        for file in batch:
            if not jobs_that_need_file(session, file.project_id, file.id):
                repository.mark_deleted(session, file.project_id, file.id)
                deleted += 1
    return deleted


def remove_deleted_objects_system(database: Database, store: ObjectStore) -> int:
    """Take the bytes of deleted files out of the store, then note that they are gone; how many."""
    with database.reading() as session:
        deleted = repository.list_deleted_system(session, limit=_BATCH)
    for file in deleted:
        store.delete(file.object_key)
    if deleted:
        with database.transaction() as session:
            for file in deleted:
                repository.forget_object_system(session, file.id)
    return len(deleted)
