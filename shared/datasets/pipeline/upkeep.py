"""Forgetting checks that nobody can use any more, with all that they keep in the object store. For every tenant."""

from itertools import groupby

from shared import clock
from shared.datasets.pipeline import repository
from shared.datasets.pipeline.places import FOLDER, folder_of
from shared.db.session import Database
from shared.outbox.add import withdraw_work
from shared.storage.protocol import ObjectStore
from shared.tasks import Work

_BATCH = 100
_TOLD_SECONDS = 60
"""How long a failed check is told before it can be asked for anew."""


def remove_outdated_system(database: Database, store: ObjectStore) -> int:
    """Forget checks of deleted files, and those that failed a while ago; how many."""
    with database.reading() as session:
        outdated = repository.list_outdated_system(
            session, failed_before=clock.now_seconds() - _TOLD_SECONDS, limit=_BATCH
        )
    for check in outdated:
        # Objects first: rows without objects are forgotten next time, objects without rows only by the daily sweep.
        store.delete_prefix(folder_of(check))
        with database.transaction() as session:
            for kind in (Work.CHECK_DATASET, Work.MODERATE_CHECK, Work.CONCLUDE_CHECK):
                withdraw_work(session, kind=kind, project_id=check.project_id, subject_id=check.id)
            repository.forget_check(session, check.project_id, check.id)
    return len(outdated)


def remove_strays_system(database: Database, store: ObjectStore) -> int:
    """Remove what a worker wrote for a check that was forgotten meanwhile; how many checks."""
    removed = 0
    for folder, _keys in groupby(store.list(FOLDER), key=lambda key: key.rpartition("/")[0]):
        check_id = folder.rpartition("/")[2]
        with database.reading() as session:
            is_known = bool(repository.list_known_system(session, [check_id]))
        if not is_known:
            store.delete_prefix(folder)
            removed += 1
    return removed
