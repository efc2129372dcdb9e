"""The processes of one running service: brought up in order, watched, stopped."""

import time
from collections.abc import Iterator
from pathlib import Path

from cli.up.addresses import Addresses
from cli.up.child import Child, ChildSpec
from cli.up.child_log import ChildLog
from cli.up.environment import child_environment
from cli.up.readiness import wait_until_healthy
from cli.up.redis_server import redis_spec, wait_for_redis
from cli.up.services import api_spec, has_engine, inference_spec, scheduler_spec, worker_specs
from cli.up.stop_signals import StopSignals
from cli.up.supervisor import POLL_SECONDS, Supervisor
from shared.settings import Settings


class Service:
    """Settings and addresses are complete by now; a stop asked for meanwhile ends each wait early."""

    def __init__(
        self,
        settings: Settings,
        addresses: Addresses,
        *,
        log_dir: Path,
        supervisor: Supervisor,
        signals: StopSignals,
    ) -> None:
        self._settings = settings
        self._addresses = addresses
        self._log_dir = log_dir
        self._supervisor = supervisor
        self._signals = signals

    def start_redis(self) -> None:
        """Start our own unless one is given, and wait for its first answer. Raises UpError without one."""
        if self._addresses.redis_folder:
            self._start(redis_spec(self._addresses.redis_folder))
        wait_for_redis(self._settings.redis_url, is_cancelled=self._is_stopping)

    def start_children(self) -> bool:
        """Start the rest and wait for the API; False if a stop came first. Raises UpError if it is silent."""
        for spec in self._specs():
            self._start(spec)
        return wait_until_healthy(self._addresses.api_url, between=self._look, is_cancelled=self._is_stopping)

    def watch(self) -> None:
        """Keep the children alive until a stop is asked for."""
        while not self._is_stopping():
            self._look()

    def stop(self) -> None:
        """End all children in order; a second signal ends them at once."""
        # Closed before the API is: from then on connections are refused, and none waits for nobody.
        self._addresses.api.close()
        self._supervisor.stop(is_hurried=lambda: self._signals.is_hurried)

    def _start(self, spec: ChildSpec) -> None:
        log = ChildLog(self._log_dir / f"{spec.name}.log")
        self._supervisor.start(Child(spec, environment=child_environment(self._settings), log=log))

    def _specs(self) -> Iterator[ChildSpec]:
        yield api_spec(self._addresses.api)
        yield scheduler_spec()
        yield from worker_specs(with_engine=has_engine())
        if self._addresses.inference:
            yield inference_spec(self._addresses.inference)

    def _look(self) -> None:
        self._supervisor.tick()
        time.sleep(POLL_SECONDS)

    def _is_stopping(self) -> bool:
        return self._signals.is_stopping
