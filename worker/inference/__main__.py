"""`python -m worker.inference`: the model server on a socket of its own or one handed down."""

import argparse
import importlib.util
import os
import sys

import uvicorn

from shared.engine.environment import child_environment
from shared.engine.sources import is_local
from shared.log import configure_logging
from shared.process import die_with_parent
from shared.settings import Settings, load_settings, process_environment
from shared.storage import open_store
from worker.inference.adapter_cache import AdapterCache
from worker.inference.app import create_inference_app
from worker.inference.host import ModelHost


def main() -> None:
    arguments = _arguments()
    if arguments.die_with_parent:
        die_with_parent()
    if importlib.util.find_spec("torch") is None:
        sys.exit("The training engine is not installed here: pip install 'tunery[engine]'.")
    settings = load_settings()
    _enter_engine_environment(settings)
    configure_logging(settings.log_level)
    if not settings.inference_token.get_secret_value():
        sys.exit("Set TUNERY_INFERENCE_TOKEN: the model server answers only callers who know it.")
    adapters = AdapterCache(open_store(settings), settings.data_dir.absolute() / "cache" / "adapters")
    host = ModelHost(settings, adapters)
    if arguments.preload:
        host.preload(arguments.preload)
    app = create_inference_app(host, token=settings.inference_token.get_secret_value())
    where = {"fd": arguments.fd} if arguments.fd is not None else {"host": arguments.host, "port": arguments.port}
    uvicorn.run(app, **where, log_config=None, access_log=False, timeout_graceful_shutdown=5)
    host.close()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m worker.inference", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8001)
    parser.add_argument("--fd", type=int, help="an open, listening socket inherited from the starting process")
    parser.add_argument("--preload", metavar="MODEL", help="load this base model at once, not at the first request")
    parser.add_argument("--die-with-parent", action="store_true", help="end when the starting process ends")
    return parser.parse_args()


def _enter_engine_environment(settings: Settings) -> None:
    """Start over with the variables that torch reads when it is imported, unless they are there already."""
    current = process_environment()
    # One base that may have to be fetched is enough to leave the network open.
    source = next((source for source in settings.base_models.values() if not is_local(source)), "package:local")
    wanted = child_environment(current, settings.train_threads, source=source)
    if any(current.get(name) != value for name, value in wanted.items()):
        os.execve(sys.executable, [sys.executable, "-m", "worker.inference", *sys.argv[1:]], wanted)  # noqa: S606  no shell is wanted


if __name__ == "__main__":
    main()
