"""Keeping a claim alive from a thread of its own while its holder is busy for hours."""

import threading
from types import TracebackType
from typing import Self

import structlog

from shared.outbox.claim import ClaimLostError
from worker.unit import WorkUnit

log = structlog.get_logger(__name__)

_BEATS_A_LEASE = 10
"A cancelled job is noticed at the next beat, and nine beats may fail before the lease runs out."


class Heartbeat:
    """Renews a unit's lease until closed. `lost` is set when somebody else holds the work or it was withdrawn."""

    def __init__(self, unit: WorkUnit) -> None:
        self.lost = threading.Event()
        self._unit = unit
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True, name="heartbeat")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._closed.set()
        self._thread.join()

    def check(self) -> None:
        """Raise ClaimLostError once the claim is lost."""
        if self.lost.is_set():
            raise ClaimLostError(f"{self._unit.claim.kind} {self._unit.subject_id} was withdrawn or taken over")

    def _beat(self) -> None:
        while not self._closed.wait(self._unit.lease_seconds / _BEATS_A_LEASE):
            try:
                self._unit.renew()
            except ClaimLostError:
                self.lost.set()
                return
            except Exception as error:  # noqa: BLE001  a database that is away for a moment; the lease outlasts nine such beats
                log.warning("heartbeat.failed", error=type(error).__name__)
