"""Keeps children alive, and ends them in order. Knows processes, not what they do."""

import time
from collections.abc import Callable, Sequence
from itertools import groupby

from cli.up.backoff import Backoff
from cli.up.child import Child
from cli.up.journal import Journal

POLL_SECONDS = 0.1
_STOP_SECONDS = 10.0
"""After this a child is killed. Work is rows with leases, so a killed worker loses none."""
_LINES = 5
"""How much of a failed child's log is shown."""
_TRIM_EVERY_SECONDS = 10.0


class Supervisor:
    """Single-threaded on purpose: children are tied to the thread that forked them."""

    def __init__(self, journal: Journal, *, stop_seconds: float = _STOP_SECONDS) -> None:
        self._journal = journal
        self._stop_seconds = stop_seconds
        self._children: list[Child] = []
        self._backoffs: dict[str, Backoff] = {}
        self._starts_at: dict[str, float] = {}
        self._trimmed_at = time.monotonic()

    def start(self, child: Child) -> None:
        """Start a child and keep it running from now on."""
        self._children.append(child)
        self._backoffs[child.spec.name] = Backoff()
        self._launch(child)

    def tick(self) -> None:
        """One look at every child. Call it several times a second."""
        now = time.monotonic()
        for child in self._children:
            starts_at = self._starts_at.get(child.spec.name)
            if starts_at is None:
                self._notice_end(child, now)
            elif now >= starts_at:
                del self._starts_at[child.spec.name]
                self._launch(child)
        if now - self._trimmed_at > _TRIM_EVERY_SECONDS:
            self._trimmed_at = now
            for child in self._children:
                child.log.trim()

    def stop(self, *, is_hurried: Callable[[], bool] = lambda: False) -> None:
        """End all children, stage by stage; those that outstay their time, all once hurried, are killed."""
        self._starts_at.clear()
        ordered = sorted(self._children, key=lambda child: child.spec.stage)
        for _, stage in groupby(ordered, key=lambda child: child.spec.stage):
            self._stop_together(list(stage), is_hurried)
        self._children.clear()

    def _launch(self, child: Child) -> None:
        child.start()
        self._journal.record("child.started", child=child.spec.name, pid=child.pid)

    def _notice_end(self, child: Child, now: float) -> None:
        exit_code = child.exit_code()
        if exit_code is None:
            return
        backoff = self._backoffs[child.spec.name]
        delay_seconds = backoff.after(child.lifetime_seconds)
        self._starts_at[child.spec.name] = now + delay_seconds
        self._journal.record(
            "child.ended", child=child.spec.name, exit_code=exit_code, delay_seconds=delay_seconds, level="warning"
        )
        if not backoff.is_old_news:
            again = f"starting it again in {delay_seconds:g} s"
            self._journal.tell(f"{child.spec.name} ended ({_describe(exit_code)}); {again}", *child.last_words(_LINES))

    def _stop_together(self, children: Sequence[Child], is_hurried: Callable[[], bool]) -> None:
        for child in children:
            child.ask_to_stop()
        deadline = time.monotonic() + self._stop_seconds
        while any(child.exit_code() is None for child in children) and time.monotonic() < deadline and not is_hurried():
            time.sleep(POLL_SECONDS / 5)
        for child in children:
            was_killed = child.exit_code() is None
            child.kill()
            self._journal.record("child.stopped", child=child.spec.name, exit_code=child.exit_code(), killed=was_killed)


def _describe(exit_code: int) -> str:
    return f"signal {-exit_code}" if exit_code < 0 else f"exit code {exit_code}"
