"""The training process: `python -m shared.engine.child RUN_DIR`. Speaks protocol.py on stdout, hears stdin.

RUN_DIR/config.json holds a TrainConfig and optionally `resume`, the folder of a checkpoint. A line `stop` on stdin
asks for a clean stop after the current step; the end of stdin means that the supervisor is gone, and ends the
process at once: the lease it held will be given to another.
"""

import faulthandler
import os
import resource
import signal
import sys
import threading
import traceback
from pathlib import Path
from typing import BinaryIO, NoReturn

import msgspec

from shared.engine import protocol
from shared.engine.config import TrainConfig
from shared.engine.errors import (
    EngineError,
    EngineNotInstalledError,
    InvalidConfigurationError,
    OutOfMemoryError,
)

EXIT_FAILED = 1
EXIT_ABANDONED = 3
"""The supervisor closed our stdin or stopped reading; nobody is left to talk to."""


class _Resume(msgspec.Struct):
    resume: str | None = None


class _SupervisorHooks:
    """Puts every call on the wire."""

    def __init__(self, wire: BinaryIO, stop: threading.Event) -> None:
        self._wire = wire
        self._stop = stop

    def send(self, message: protocol.Message) -> None:
        try:
            self._wire.write(protocol.encode(message))
            self._wire.flush()
        except OSError:
            os._exit(EXIT_ABANDONED)

    def on_loaded(self, info: protocol.Loaded) -> None:
        self.send(info)

    def on_start(self, *, total_steps: int, n_examples: int, start_step: int) -> None:
        self.send(protocol.Started(total_steps=total_steps, n_examples=n_examples, start_step=start_step))

    def on_step(self, metrics: protocol.StepMetrics) -> None:
        self.send(metrics)

    def on_checkpoint(self, checkpoint: protocol.SavedCheckpoint) -> None:
        self.send(checkpoint)

    def should_stop(self) -> bool:
        return self._stop.is_set()


def main(run_dir: Path) -> int:
    """Train what RUN_DIR describes; the exit status is 0 if the last word was `finished`."""
    # A crash inside a library's native code leaves no traceback otherwise.
    faulthandler.enable()
    # A terminal's Ctrl-C reaches the whole process group; the supervisor decides what becomes of us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    stop = threading.Event()
    hooks = _SupervisorHooks(_claim_stdout(), stop)
    threading.Thread(target=_listen, args=(stop,), daemon=True, name="stdin").start()
    try:
        hooks.send(_train(run_dir, hooks))
    except Exception as error:  # noqa: BLE001 - whatever happened, the supervisor is told
        traceback.print_exc()
        hooks.send(_failure(error))
        return EXIT_FAILED
    return 0


def _claim_stdout() -> BinaryIO:
    """Keep the real stdout for the protocol and point descriptor 1 at stderr: libraries print where they like."""
    wire = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return wire


def _listen(stop: threading.Event) -> NoReturn:
    # Not sys.stdin: a thread that waits inside a buffered reader aborts the interpreter when it shuts down.
    heard = b""
    while chunk := os.read(0, 1024):
        *lines, heard = (heard + chunk).split(b"\n")
        if any(line.strip() == b"stop" for line in lines):
            stop.set()
    os._exit(EXIT_ABANDONED)


def _train(run_dir: Path, hooks: _SupervisorHooks) -> protocol.Finished:
    config, resume = _read_run(run_dir / "config.json")
    hooks.send(protocol.Loading())
    try:
        from shared.engine.run import run  # noqa: PLC0415 - seconds of imports, after the first sign of life
    except ImportError as error:
        raise EngineNotInstalledError(
            f"The training engine is not installed here ({error}): pip install 'tunery[engine]'."
        ) from error
    result = run(config, hooks, resume)
    return protocol.Finished(
        steps=result.steps,
        trained_tokens=result.trained_tokens,
        stopped=result.stopped,
        final_checkpoint=str(result.final_checkpoint) if result.final_checkpoint else None,
        peak_memory_bytes=_peak_memory_bytes(),
    )


def _read_run(path: Path) -> tuple[TrainConfig, Path | None]:
    try:
        text = path.read_bytes()
    except OSError as error:
        raise InvalidConfigurationError(f"The run folder has no readable config.json: {error.strerror}.") from error
    config = TrainConfig.from_json(text)
    resume = msgspec.json.decode(text, type=_Resume).resume
    return config, Path(resume) if resume else None


def _failure(error: Exception) -> protocol.Failed:
    if not isinstance(error, EngineError) and _is_out_of_memory(error):
        error = OutOfMemoryError(
            "The training host ran out of memory; a smaller batch_size, shorter rows or a smaller base model helps."
        )
    if isinstance(error, EngineError):
        return protocol.Failed(code=error.code, message=error.message)
    # Only its class: the words of a library's error can name paths of this host, and tenants read this message.
    told = f"The training engine failed ({type(error).__name__}), by a fault of the service. Create the job again."
    return protocol.Failed(code=EngineError.code, message=told)


def _is_out_of_memory(error: Exception) -> bool:
    """Torch tells by class on GPUs, and only by its words on the CPU."""
    return isinstance(error, MemoryError) or "out of memory" in str(error) or "can't allocate memory" in str(error)


def _peak_memory_bytes() -> int:
    """Largest resident size so far; Linux counts it in kibibytes, macOS in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
