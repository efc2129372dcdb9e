"""Writing usage down off the path of requests: a thread of its own, many records in one transaction.

A record is written within half a second. A killed process loses what it had not written yet; one that ends in order
writes everything first.
"""

import queue
import threading
from contextlib import suppress
from typing import Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

from shared.db.session import Database
from shared.usage import repository

log = structlog.get_logger(__name__)

_GATHER_SECONDS: Final = 0.3
_BATCH = 500
_WAITING = 20_000
"Records kept while the database is away; what comes on top is dropped and counted in the log."
_PAUSE_SECONDS: Final = 2.0
_CLOSE_SECONDS = 10.0

Row = dict[str, object]


class UsageWriter:
    """`tell` returns at once. Build it after a fork, close it before the database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: queue.Queue[Row] = queue.Queue(_WAITING)
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._write_all, daemon=True, name="usage")
        self._thread.start()

    def tell(self, row: Row) -> None:
        with suppress(queue.Full):
            self._waiting.put_nowait(row)
            return
        log.error("usage.dropped", project=row["project_id"], model=row["model"])

    def close(self) -> None:
        """Write what waits, for some seconds at most."""
        self._closing.set()
        self._thread.join(_CLOSE_SECONDS)
        if self._waiting.qsize():
            log.error("usage.lost", count=self._waiting.qsize())

    def _write_all(self) -> None:
        while not (self._closing.is_set() and self._waiting.empty()):
            self._closing.wait(_GATHER_SECONDS)
            batch = self._take()
            while batch and not self._write(batch):
                if self._closing.is_set():
                    log.error("usage.lost", count=len(batch))
                    break
                self._closing.wait(_PAUSE_SECONDS)

    def _take(self) -> list[Row]:
        taken: list[Row] = []
        while len(taken) < _BATCH:
            try:
                taken.append(self._waiting.get_nowait())
            except queue.Empty:
                break
        return taken

    def _write(self, batch: list[Row]) -> bool:
        try:
            with self._database.transaction() as session:
                repository.insert_records_system(session, batch)
        except SQLAlchemyError as error:
            log.warning("usage.not_written", count=len(batch), error=type(error).__name__)
            return False
        return True
