"""Ways to interrupt a training: each leaves a worker running again, with nothing but rows and objects to go by."""

import os
import signal
from contextlib import suppress
from pathlib import Path

from tests.fixtures.waiting import wait_until
from tests.fixtures.workers import Service

TRAINER = "worker-train"


def kill_worker_and_engine(service: Service) -> None:
    service.restart(TRAINER)


def kill_worker_alone(service: Service) -> None:
    """The engine has to notice by itself that nobody listens any more."""
    engine = engine_pid(service)
    os.kill(service.pid_of(TRAINER), signal.SIGKILL)
    wait_until(lambda: not is_alive(engine), what="the engine follows its worker")
    service.restart(TRAINER)


def kill_engine(service: Service) -> None:
    os.kill(engine_pid(service), signal.SIGKILL)


def stop_worker(service: Service) -> None:
    """As a rolling deploy does."""
    os.kill(service.pid_of(TRAINER), signal.SIGTERM)
    wait_until(lambda: not service.is_running(TRAINER), 60, what="the worker ends by itself")
    service.start(TRAINER)


def kill_engines(service: Service) -> None:
    """`kill -9` of whatever training process there is now; none is fine."""
    for pid in _children(service.pid_of(TRAINER)):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def engine_pid(service: Service) -> int:
    """The child of the training worker."""
    (pid,) = _children(service.pid_of(TRAINER))
    return pid


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and was not collected does not."""
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False


def _children(pid: int) -> list[int]:
    lists = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for each in lists for child in each.read_text().split()]
