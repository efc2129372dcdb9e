"""A training process under test, driven as its supervisor drives it."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from shared.engine import protocol
from shared.engine.config import TrainConfig
from shared.engine.environment import child_environment
from shared.settings import process_environment

EXIT_SECONDS = 60


class ChildProcess:
    """`python -m shared.engine.child` on a run folder; killed at the end of the block."""

    def __init__(self, run_dir: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "shared.engine.child", str(run_dir)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=child_environment(process_environment(), 1, source="/local"),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.communicate()

    def read_until(self, kind: type[protocol.Message]) -> list[protocol.AnyMessage]:
        """Messages up to and including the first of `kind`. Every line on stdout has to be a message."""
        assert self._process.stdout is not None
        messages: list[protocol.AnyMessage] = []
        for line in self._process.stdout:
            messages.append(protocol.decode(line))
            if isinstance(messages[-1], kind):
                return messages
        raise AssertionError(f"{kind.__name__} never came; {messages[-1:]} was the last message")

    def ask_to_stop(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(b"stop\n")
        self._process.stdin.flush()

    def abandon(self) -> None:
        """Close stdin, as the kernel does when the supervisor dies."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.stdin = None

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)

    def exit_status(self) -> int:
        return self._process.wait(timeout=EXIT_SECONDS)


def write_run(config: TrainConfig, *, resume: Path | None = None) -> Path:
    """Lay out a run folder; where it is."""
    run_dir = Path(config.run_dir)
    run_dir.mkdir(parents=True, exist_ok=True)
    document = json.loads(config.to_json())
    if resume is not None:
        document["resume"] = str(resume)
    (run_dir / "config.json").write_text(json.dumps(document))
    return run_dir
