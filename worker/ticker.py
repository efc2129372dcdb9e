"""The scheduler: whoever holds the database lease frees expired claims, announces due work and tidies up.

Any number of these may run; one acts. Two acting at once, after a paused process wakes, would only ring bells twice.
"""

import argparse
import os
import socket
from dataclasses import dataclass, field

import redis
import structlog
from sqlmodel import Session

from shared.broker import redis_client
from shared.db.session import Hint
from shared.ids import random_token
from shared.log import configure_logging
from shared.outbox import relay
from shared.process import die_with_parent
from shared.resources import Resources, open_resources
from shared.settings import load_settings
from shared.signals import StopRequest, stop_on_signals
from shared.tasks import Queue
from worker.upkeep import Chore, all_chores, run_due

log = structlog.get_logger(__name__)

LEASE_NAME = "ticker"
LEASE_SECONDS = 10.0
_HINTS_IN_FLIGHT = 200
"Most hints waiting in one queue: a slow queue is not helped by a longer one."


@dataclass
class Ticker:
    """One scheduler process. `tick` is one round; `run` repeats it until told to stop."""

    resources: Resources
    broker: redis.Redis
    holder: str
    chores: list[Chore] = field(default_factory=all_chores)

    def run(self, stop: StopRequest) -> None:
        while not stop.wait(self.resources.settings.tick_seconds):
            try:
                self.tick()
            except Exception:
                log.exception("ticker.round_failed")

    def tick(self) -> None:
        """Free, announce, tidy up; nothing while another scheduler holds the lease."""
        room = {queue: self._room(queue) for queue in Queue}
        with self.resources.database.transaction() as session:
            if not relay.hold_lease_system(session, name=LEASE_NAME, holder=self.holder, seconds=LEASE_SECONDS):
                return
            freed = relay.free_expired_system(session)
            hints = [hint for queue, limit in room.items() for hint in self._take_hints(session, queue, limit)]
        self.resources.doorbell.ring(hints)
        if freed:
            log.info("work.leases_expired", count=freed)
        run_due(self.chores, self.resources)

    def _room(self, queue: Queue) -> int:
        """How many more hints a queue may hold; none while the broker is away."""
        try:
            waiting = int(self.broker.llen(f"{self.resources.settings.redis_key_prefix}{queue}"))  # type: ignore[arg-type]  # redis-py types sync and async answers as one
        except redis.RedisError as error:
            log.warning("broker.away", error=type(error).__name__)
            return 0
        return max(0, _HINTS_IN_FLIGHT - waiting)

    def _take_hints(self, session: Session, queue: Queue, limit: int) -> list[Hint]:
        if limit == 0:
            return []
        return relay.take_due_hints_system(
            session,
            queue=queue,
            limit=limit,
            hint_interval_seconds=self.resources.settings.hint_interval_seconds,
        )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m worker.ticker", description=__doc__)
    parser.add_argument("--die-with-parent", action="store_true", help="end when the starting process ends")
    if parser.parse_args().die_with_parent:
        die_with_parent()
    settings = load_settings()
    configure_logging(settings.log_level)
    resources = open_resources(settings)
    holder = f"{socket.gethostname()}:{os.getpid()}:{random_token(6)}"
    stop = stop_on_signals()
    Ticker(resources, redis_client(settings), holder).run(stop)
    resources.close()


if __name__ == "__main__":
    main()
