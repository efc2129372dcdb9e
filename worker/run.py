"""Running one Celery worker for one queue. Knows how a queue is worked on, not what is done.

Work runs in pool processes, which a time limit can kill; a training runs in a thread, since it only supervises a child
of its own and has to hear that the worker is shutting down.
"""

from shared.settings import Settings
from shared.tasks import Queue
from worker.app import create_worker_app
from worker.shutdown import watch_for_shutdown
from worker.task import Handler


def run_worker(settings: Settings, queue: Queue, handlers: dict[str, Handler]) -> None:
    """Work until told to stop."""
    app = create_worker_app(settings, handlers)
    watch_for_shutdown()
    app.worker_main(
        [
            # No banner: the log is one JSON object a line.
            "--quiet",
            "worker",
            f"--queues={queue}",
            f"--hostname={queue}@%h",
            f"--concurrency={_concurrency(settings, queue)}",
            f"--pool={'threads' if queue is Queue.TRAIN else 'prefork'}",
            "--without-gossip",
            "--without-mingle",
            "--without-heartbeat",
            f"--loglevel={settings.log_level}",
        ]
    )


def _concurrency(settings: Settings, queue: Queue) -> int:
    sizes = {
        Queue.DATA: settings.data_concurrency,
        Queue.PROVIDER: settings.provider_concurrency,
        Queue.NOTIFY: settings.notify_concurrency,
    }
    # One training at a time: two would share the same cores or the same GPU.
    return sizes.get(queue, 1)
