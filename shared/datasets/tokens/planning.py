"""From a model's name, a method and the settings to a plan: whose model it is, and where its tokenizer lies."""

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from shared.datasets.tokens.counted import get_engine_counter
from shared.datasets.tokens.engine_model import EngineModel, read_engine_model
from shared.datasets.tokens.models import base_name
from shared.datasets.tokens.plan import TrainingPlan
from shared.datasets.tokens.target import engine_target, hosted_target
from shared.engine.convert import find_base
from shared.engine.errors import BaseModelUnavailableError
from shared.settings import Settings

ENGINE = "engine"
_OPENAI = "openai"


def is_engine_model(model: str, settings: Settings) -> bool:
    """Whether `model` is a base of the own engine, or was tuned from one."""
    return base_name(model) in settings.base_models


def plan_training(
    model: str,
    method: str = "supervised",
    *,
    settings: Settings,
    provider: str = _OPENAI,
    hyperparameters: Mapping[str, Any] | None = None,
    tokens_per_second: float | None = None,
) -> TrainingPlan:
    """The plan for a hosted model of `provider`, or for an engine model, whatever the provider says.

    Where the base has not been prepared on this machine, cannot be read, or there is no library for its tokenizer, the
    plan is for an estimate.
    """
    if not is_engine_model(model, settings):
        return TrainingPlan(hosted_target(model), method, provider, hyperparameters or {})
    folder = _find_folder(base_name(model), settings)
    size = _find_size(folder)
    limit = min(settings.max_sequence_tokens, size.context_tokens) if size else settings.max_sequence_tokens
    return TrainingPlan(
        engine_target(model, folder, limit_tokens=limit),
        method,
        ENGINE,
        hyperparameters or {},
        engine=size,
        tokens_per_second=tokens_per_second,
    )


def _find_folder(base: str, settings: Settings) -> Path | None:
    """Where the base lies, if its tokenizer and template can be read there."""
    if find_spec("tokenizers") is None or find_spec("jinja2") is None:
        return None
    folder = find_base(settings.base_models[base], settings.data_dir.absolute() / "models")
    try:
        if folder is not None:
            get_engine_counter(folder)
    except BaseModelUnavailableError:
        # A training will be told why; a check goes on with an estimate.
        return None
    return folder


def _find_size(folder: Path | None) -> EngineModel | None:
    try:
        return None if folder is None else read_engine_model(folder)
    except BaseModelUnavailableError:
        return None
