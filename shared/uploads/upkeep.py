"""Forgetting the parts of uploads that have ended or expired. Runs for every tenant, in the scheduler."""

from shared.db.session import Database
from shared.storage.protocol import ObjectStore
from shared.uploads import repository
from shared.uploads.service import current_status

_BATCH = 100


def remove_parts_system(database: Database, store: ObjectStore) -> int:
    """Take the parts out of the store, then note that they are gone; of how many uploads."""
    with database.reading() as session:
        ended = repository.list_finished_with_parts_system(session, limit=_BATCH)
    for upload in ended:
        store.delete_prefix(f"uploads/{upload.project_id}/{upload.id}")
    if ended:
        with database.transaction() as session:
            for upload in ended:
                upload.status = current_status(upload)
                upload.parts_removed = True
                session.add(upload)
    return len(ended)
