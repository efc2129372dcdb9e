"""Chores of the scheduler: forgetting what nobody needs any more. Each is safe to run twice and beside itself."""

from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from shared import clock
from shared.datasets.pipeline import upkeep as checks
from shared.files import upkeep as files
from shared.idempotency import service as idempotency
from shared.outbox import relay
from shared.providers import copies
from shared.resources import Resources
from shared.secrets_rotation import rotate
from shared.uploads import upkeep as uploads

log = structlog.get_logger(__name__)

_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 24 * 3600.0
_KEEP_DONE_SECONDS = 7 * _DAY


@dataclass
class Chore:
    """Something done every so often; `run` says how many things it dealt with."""

    name: str
    every_seconds: float
    run: Callable[[Resources], int]
    due_at: float = field(default=0.0)


def all_chores() -> list[Chore]:
    return [
        Chore("finished work forgotten", _HOUR, _forget_done_work),
        Chore("expired files deleted", _MINUTE, _delete_expired_files),
        Chore("copies of deleted files given up", _MINUTE, _give_up_copies),
        Chore("objects of deleted files removed", _MINUTE, _remove_deleted_objects),
        Chore("checks forgotten", _MINUTE, _forget_checks),
        Chore("objects of forgotten checks removed", _DAY, _remove_stray_results),
        Chore("parts of ended uploads removed", _MINUTE, _remove_upload_parts),
        Chore("secrets sealed again", _HOUR, _seal_again),
        Chore("old answers forgotten", _HOUR, _forget_answers),
        # Walks the whole store, which only has to be done as often as processes die in the middle of a write.
        Chore("unfinished objects removed", _HOUR, lambda resources: resources.store.sweep_orphans()),
    ]


def run_due(chores: list[Chore], resources: Resources) -> None:
    """Do every chore whose time has come; one that fails is tried again at its next time and stops no other."""
    for chore in chores:
        if clock.now() < chore.due_at:
            continue
        chore.due_at = clock.now() + chore.every_seconds
        try:
            count = chore.run(resources)
        except Exception:
            log.exception("upkeep.failed", chore=chore.name)
            continue
        if count:
            log.info("upkeep.done", chore=chore.name, count=count)


def _forget_done_work(resources: Resources) -> int:
    with resources.database.transaction() as session:
        return relay.forget_done_system(session, older_than_seconds=_KEEP_DONE_SECONDS)


def _delete_expired_files(resources: Resources) -> int:
    with resources.database.transaction() as session:
        return files.delete_expired_system(session)


def _give_up_copies(resources: Resources) -> int:
    with resources.database.transaction() as session:
        return copies.ask_for_removals_system(session)


def _remove_deleted_objects(resources: Resources) -> int:
    return files.remove_deleted_objects_system(resources.database, resources.store)


def _forget_checks(resources: Resources) -> int:
    return checks.remove_outdated_system(resources.database, resources.store)


def _remove_stray_results(resources: Resources) -> int:
    return checks.remove_strays_system(resources.database, resources.store)


def _remove_upload_parts(resources: Resources) -> int:
    return uploads.remove_parts_system(resources.database, resources.store)


def _seal_again(resources: Resources) -> int:
    return rotate(resources.database, resources.settings).resealed


def _forget_answers(resources: Resources) -> int:
    seconds = resources.settings.idempotency_hours * _HOUR
    with resources.database.transaction() as session:
        return idempotency.forget_old_system(session, older_than_seconds=seconds)
