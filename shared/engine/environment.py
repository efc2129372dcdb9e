"""The environment a process needs before it imports torch. Built by whoever starts the process; reads none itself."""

import os
import sys
from collections.abc import Mapping

from shared.engine.sources import is_local


def default_threads() -> int:
    """Every core this process may use, which in a container can be fewer than the machine has.

    Two threads multiplied a batch of short chats in bfloat16 1.6 times as fast as one on two free cores; with the other
    core busy they took a third longer than one.
    """
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def child_environment(base: Mapping[str, str], threads: int, *, source: str | None = None) -> dict[str, str]:
    """`base` plus what torch and transformers read when they are imported.

    `threads` 0 leaves the number to `default_threads`. `source` is the base model's: a local one shuts the network
    out, a hub id leaves the choice to `base`.
    """
    count = str(threads or default_threads())
    environment = {
        **base,
        "OMP_NUM_THREADS": count,
        "MKL_NUM_THREADS": count,
        # Two threads that spin at barriers took five times as long as sleeping ones on a shared two-core machine.
        "OMP_WAIT_POLICY": "PASSIVE",
        # cuBLAS is only deterministic with a fixed workspace.
        "CUBLAS_WORKSPACE_CONFIG": ":4096:8",
        "TOKENIZERS_PARALLELISM": "false",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "PYTHONUNBUFFERED": "1",
    }
    if source is not None and is_local(source):
        environment["HF_HUB_OFFLINE"] = "1"
    return environment
