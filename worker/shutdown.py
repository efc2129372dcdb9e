"""Whether this worker has been asked to stop, for work that runs too long to be waited for."""

import threading

from celery.signals import worker_shutting_down

stopping = threading.Event()
"Set when the worker begins to shut down, however gently."


def watch_for_shutdown() -> None:
    """Set `stopping` at the first sign of a shutdown. Weak receivers would vanish, hence the module's own."""
    worker_shutting_down.connect(_note_shutdown, weak=False)


def _note_shutdown(**_: object) -> None:
    stopping.set()
