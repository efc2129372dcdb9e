"""`python -m worker --queue data`: one Celery worker for one queue.

Work runs in pool processes, which a time limit can kill; a training runs in a thread, since it only supervises a child
of its own and has to hear that the worker is shutting down.
"""

import argparse

from shared.process import die_with_parent
from shared.settings import Settings, load_settings
from shared.tasks import Queue
from worker.app import HANDLERS, create_worker_app
from worker.shutdown import watch_for_shutdown


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m worker", description=__doc__)
    parser.add_argument("--queue", choices=[str(queue) for queue in Queue], required=True)
    parser.add_argument("--die-with-parent", action="store_true", help="end when the starting process ends")
    arguments = parser.parse_args()
    if arguments.die_with_parent:
        die_with_parent()
    settings = load_settings()
    app = create_worker_app(settings, HANDLERS)
    queue = Queue(arguments.queue)
    watch_for_shutdown()
    app.worker_main(
        [
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
    sizes = {Queue.DATA: settings.data_concurrency, Queue.NOTIFY: settings.notify_concurrency}
    # One training at a time: two would share the same cores or the same GPU.
    return sizes.get(queue, 1)


if __name__ == "__main__":
    main()
