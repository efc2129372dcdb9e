"""The training child: started, listened to, ended. Knows the engine's protocol and nothing of jobs."""

import contextlib
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import msgspec
import structlog

from shared.engine import protocol
from shared.engine.environment import child_environment
from shared.settings import process_environment

log = structlog.get_logger(__name__)

_END = None
_STOP_SECONDS = 5.0


class EngineProcess:
    """`python -m shared.engine.child RUN_DIR`. It ends when its standard input closes, so it cannot outlive us."""

    def __init__(self, run_dir: Path, *, source: str, threads: int) -> None:
        self._log = (run_dir / "engine.log").open("ab")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "shared.engine.child", str(run_dir)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            env=child_environment(process_environment(), threads, source=source),
        )
        self._messages: queue.Queue[protocol.AnyMessage | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True, name="engine-reader")
        self._log_path = run_dir / "engine.log"

    def __enter__(self) -> Self:
        self._reader.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End the child, at the latest a few seconds from now."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait(timeout=_STOP_SECONDS)
        self._reader.join(timeout=_STOP_SECONDS)
        for stream in (self._process.stdin, self._process.stdout, self._log):
            if stream is not None:
                stream.close()

    def request_stop(self) -> None:
        """Ask for an end after the current step, with a state to go on from."""
        stdin = self._process.stdin
        if stdin is not None and self._process.poll() is None:
            with contextlib.suppress(BrokenPipeError):
                stdin.write(b"stop\n")
                stdin.flush()

    def batches(self, *, pause_seconds: float) -> Iterator[list[protocol.AnyMessage]]:
        """Messages as they come, gathered; an empty batch after each pause without any; ends when the child has."""
        while True:
            batch: list[protocol.AnyMessage] = []
            try:
                message = self._messages.get(timeout=pause_seconds)
                while message is not _END:
                    batch.append(message)
                    message = self._messages.get_nowait()
            except queue.Empty:
                yield batch
                continue
            if batch:
                yield batch
            return

    def describe_end(self) -> str:
        """How the child ended and the last line it wrote to its log."""
        code = self._process.wait(timeout=_STOP_SECONDS)
        return f"exit status {code}; last words: {self.last_words(lines=1) or 'none'}"

    def last_words(self, *, lines: int) -> str:
        """The end of the child's log, which goes with its run folder; for operators, since it may name paths."""
        written = self._log_path.read_text("utf-8", "replace").strip().splitlines()
        return "\n".join(line[:200] for line in written[-lines:])

    def _read(self) -> None:
        stdout: IO[bytes] | None = self._process.stdout
        for line in stdout or ():
            try:
                self._messages.put(protocol.decode(line))
            except msgspec.DecodeError:
                log.warning("engine.line_not_understood", length=len(line))
        self._messages.put(_END)
