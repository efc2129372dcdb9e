"""`python -m worker --queue data`: one Celery worker for one queue."""

import argparse

from shared.process import die_with_parent
from shared.settings import load_settings
from shared.tasks import Queue
from worker.app import HANDLERS
from worker.run import run_worker


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m worker", description=__doc__)
    parser.add_argument("--queue", choices=[str(queue) for queue in Queue], required=True)
    parser.add_argument("--die-with-parent", action="store_true", help="end when the starting process ends")
    arguments = parser.parse_args()
    if arguments.die_with_parent:
        die_with_parent()
    run_worker(load_settings(), Queue(arguments.queue), HANDLERS)


if __name__ == "__main__":
    main()
