"""Workers that count, two schedulers and a Redis: kept running as `tunery up` would, and killed on demand."""

import os
import signal
import sys
from pathlib import Path

from sqlmodel import select

from cli.up.child import Child, ChildSpec, Stage
from cli.up.child_log import ChildLog
from cli.up.environment import child_environment
from cli.up.services import scheduler_spec
from shared.outbox.tables import NamedLease
from shared.resources import Resources
from shared.settings import Settings
from tests.faults.plan import Part
from tests.fixtures.redis import RedisServer

ROOT = Path(__file__).parents[2]
_WORKERS = ("worker-1", "worker-2")
_SCHEDULERS = ("scheduler-1", "scheduler-2")


class Fleet:
    """`revive` starts again what has died; what died without our doing is counted in `crashes`."""

    def __init__(self, settings: Settings, redis: RedisServer, resources: Resources, log_dir: Path) -> None:
        self.crashes = 0
        self._redis = redis
        self._resources = resources
        self._next_victim = 0
        environment = child_environment(settings) | {"PYTHONPATH": str(ROOT)}
        counting = (sys.executable, "-m", "tests.faults.counting_worker")
        commands = dict.fromkeys(_WORKERS, counting) | dict.fromkeys(_SCHEDULERS, scheduler_spec().command)
        self._children = {
            name: Child(
                ChildSpec(name=name, command=command, stage=Stage.WORKER),
                environment=environment,
                log=ChildLog(log_dir / f"{name}.log"),
            )
            for name, command in commands.items()
        }

    def start(self, *names: str) -> None:
        for name in names or self._children:
            self._children[name].start()

    def revive(self) -> None:
        for child in self._children.values():
            if child.exit_code() is not None:
                self.crashes += 1
                child.start()

    def kill(self, part: Part) -> None:
        """`kill -9` of one process with all its children, and an empty one in its place."""
        match part:
            case Part.REDIS:
                self._redis.restart()
            case Part.WORKER:
                self._replace(_WORKERS[self._next_victim])
                self._next_victim = 1 - self._next_victim
            case Part.SCHEDULER:
                acting = self._find_acting_scheduler()
                assert acting is not None, "no scheduler holds the lease"
                self._replace(acting)

    def is_exposed(self, part: Part) -> bool:
        """Whether killing `part` now would hit one that is at work, not one that is still starting."""
        match part:
            case Part.WORKER:
                return self.is_at_work(_WORKERS[self._next_victim])
            case Part.SCHEDULER:
                return self._find_acting_scheduler() is not None
            case Part.REDIS:
                return self._redis.is_running

    def are_workers_ready(self) -> bool:
        return all(self.is_at_work(name) for name in _WORKERS)

    def is_at_work(self, name: str) -> bool:
        """Whether a worker has connected since it was last started."""
        return any(" ready." in line or "work.done" in line for line in self._children[name].last_words(20))

    def pause(self, name: str) -> None:
        """Stop a part and all its children, until `resume`, while none of them writes to the database.

        The lock for writing is held meanwhile: a part that slept while holding SQLite's would stop all others too.
        """
        pid = self._pid_of(name)
        with self._resources.database.transaction() as session:
            session.connection()
            os.killpg(pid, signal.SIGSTOP)
            os.waitpid(pid, os.WUNTRACED)

    def resume(self, name: str) -> None:
        os.killpg(self._pid_of(name), signal.SIGCONT)

    def log_of(self, name: str) -> str:
        return self._children[name].log.path.read_text()

    def stop(self) -> None:
        for child in self._children.values():
            child.kill()

    def print_logs(self) -> None:
        for name, child in self._children.items():
            print(f"--- {name}", *child.log.tail(30), sep="\n")  # noqa: T201  pytest shows it beside a failure

    def _pid_of(self, name: str) -> int:
        pid = self._children[name].pid
        assert pid is not None, f"{name} does not run"
        return pid

    def _replace(self, name: str) -> None:
        self._children[name].kill()
        self._children[name].start()

    def _find_acting_scheduler(self) -> str | None:
        """The living one whose process holds the lease."""
        with self._resources.database.reading() as session:
            lease = session.exec(select(NamedLease)).first()
        holder_pid = int(lease.holder.split(":")[1]) if lease else None
        return next((name for name in _SCHEDULERS if self._children[name].pid == holder_pid), None)
