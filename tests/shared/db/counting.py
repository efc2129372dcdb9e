"""A counter that is read, raised by one and written back: the plainest update that a bad transaction loses."""

import multiprocessing

from sqlmodel import select

from shared.db.session import Database
from shared.outbox.tables import NamedLease
from shared.settings import Settings

COUNTER = "counter"


def count_up(database: Database, *, times: int) -> None:
    """Add one `times` times, in a transaction each, with Python between reading and writing."""
    for _ in range(times):
        with database.transaction() as session:
            row = session.exec(select(NamedLease).where(NamedLease.name == COUNTER)).one()
            row.fence += 1
            session.add(row)


def count_up_in_processes(settings: Settings, *, processes: int, times: int) -> None:
    """Let fresh processes count at the same time; return when all have ended well."""
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(processes)
    children = [context.Process(target=_child, args=(settings, times, barrier)) for _ in range(processes)]
    for child in children:
        child.start()
    for child in children:
        child.join(60)
    assert [child.exitcode for child in children] == [0] * processes


def _child(settings: Settings, times: int, barrier: "multiprocessing.synchronize.Barrier") -> None:
    database = Database(settings)
    barrier.wait(60)
    count_up(database, times=times)
    database.close()
