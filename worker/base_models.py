"""Making an engine model's tokenizer available to the data worker: its base is converted once, by a process of its own.

Without it a check could only estimate tokens, and its answer is kept. What cannot be prepared here is estimated.
"""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import structlog

from shared.datasets.tokens.models import base_name
from shared.engine.convert import find_base
from shared.engine.environment import child_environment
from shared.engine.sources import is_local
from shared.settings import Settings, process_environment
from worker.heartbeat import Heartbeat
from worker.unit import WorkUnit

log = structlog.get_logger(__name__)

_LONGEST_SECONDS = 600.0
_TOLD_CHARS = 300


def prepare_base_of(unit: WorkUnit, model: str | None) -> None:
    """Have the base of `model` ready if it is the engine's and nothing has to be fetched for it."""
    source = unit.settings.base_models.get(base_name(model or ""))
    if source is None or not _can_prepare(source, unit.settings):
        return
    # Half a minute, in which the lease runs on.
    with Heartbeat(unit):
        failure = _convert(source, unit.settings)
    if failure is not None:
        log.warning("base_model.not_prepared", model=model, reason=failure)


def _can_prepare(source: str, settings: Settings) -> bool:
    if not is_local(source) or find_base(source, _models_dir(settings)) is not None:
        return False
    return all(find_spec(name) is not None for name in ("torch", "transformers"))


def _convert(source: str, settings: Settings) -> str | None:
    """None once it is done, else why not."""
    command = [sys.executable, "-m", "shared.engine.prepare", source, str(_models_dir(settings))]
    environment = child_environment(process_environment(), settings.train_threads, source=source)
    try:
        ended = subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_LONGEST_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"It took longer than {_LONGEST_SECONDS:.0f} seconds."
    return None if ended.returncode == 0 else ended.stderr.decode(errors="replace").strip()[-_TOLD_CHARS:]


def _models_dir(settings: Settings) -> Path:
    return settings.data_dir.absolute() / "models"
