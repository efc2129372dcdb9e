"""The processes of the service, by the command each is started with."""

import importlib.util
import socket
import sys

from cli.up.child import ChildSpec, Stage

_QUEUES = ("data", "provider", "train", "notify")


def has_engine() -> bool:
    """Whether the `engine` extra is installed: without torch nothing can be trained or served here."""
    return importlib.util.find_spec("torch") is not None


def api_spec(listener: socket.socket) -> ChildSpec:
    """The HTTP API on an open socket."""
    descriptor = listener.fileno()
    return ChildSpec(
        name="api",
        command=_python(
            "uvicorn", "api.main:create_app", "--factory", "--no-access-log",
            "--fd", str(descriptor), "--timeout-graceful-shutdown", "5",
        ),
        stage=Stage.API,
        descriptors=(descriptor,),
    )  # fmt: skip


def scheduler_spec() -> ChildSpec:
    """What announces due work, sweeps expired leases and fires schedules."""
    return ChildSpec(name="scheduler", command=_python("worker.ticker"), stage=Stage.SCHEDULER)


def worker_specs(*, with_engine: bool) -> list[ChildSpec]:
    """One worker for each queue; the one that trains only where it can."""
    return [
        ChildSpec(name=f"worker-{queue}", command=_python("worker", "--queue", queue), stage=Stage.WORKER)
        for queue in _QUEUES
        if with_engine or queue != "train"
    ]


def inference_spec(listener: socket.socket) -> ChildSpec:
    """The model server on an open socket."""
    descriptor = listener.fileno()
    return ChildSpec(
        name="inference",
        command=_python("worker.inference", "--fd", str(descriptor)),
        stage=Stage.INFERENCE,
        descriptors=(descriptor,),
    )


def _python(module: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", module, *arguments)
