"""Methods of training and their hyperparameters, as OpenAI's wire names them. Knows nobody who trains."""

from collections.abc import Callable, Mapping
from typing import Any

SUPERVISED = "supervised"
AUTO = "auto"
_EFFORTS = frozenset({"default", "low", "medium", "high"})

Fits = Callable[[Any], bool]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_count(value: Any) -> bool:
    return _is_number(value) and value >= 1 and value == int(value)


def _is_factor(value: Any) -> bool:
    return _is_number(value) and value > 0


def _is_effort(value: Any) -> bool:
    return isinstance(value, str) and value in _EFFORTS


_COMMON: dict[str, Fits] = {"n_epochs": _is_count, "batch_size": _is_count, "learning_rate_multiplier": _is_factor}
_HYPERPARAMETERS: dict[str, dict[str, Fits]] = {
    SUPERVISED: _COMMON,
    "dpo": _COMMON | {"beta": _is_factor},
    "reinforcement": _COMMON
    | {
        "reasoning_effort": _is_effort,
        "compute_multiplier": _is_factor,
        "eval_interval": _is_count,
        "eval_samples": _is_count,
    },
}


def told_hyperparameters(method: str, document: Mapping[str, Any]) -> dict[str, Any]:
    """What `document` says of the method's own hyperparameters, values that are none left out."""
    known = _HYPERPARAMETERS.get(method, _COMMON)
    return {name: document[name] for name, fits in known.items() if fits(document.get(name))}


def shown_hyperparameters(method: str, stored: Mapping[str, Any]) -> dict[str, Any]:
    """All of the method's own, `auto` where no value is known yet, and those beyond the wire that were asked for."""
    known = _HYPERPARAMETERS.get(method, _COMMON)
    open_ = {name: "default" if name == "reasoning_effort" else AUTO for name in known}
    extended = {name: stored[name] for name in extended_names(method, stored) if _is_plain(stored[name])}
    return extended | open_ | told_hyperparameters(method, stored)


def extended_names(method: str, hyperparameters: Mapping[str, Any]) -> list[str]:
    """Names that the wire has not for this method, such as `lora_r`: some providers have more."""
    return [name for name in hyperparameters if name not in _HYPERPARAMETERS.get(method, _COMMON)]


def _is_plain(value: Any) -> bool:
    return isinstance(value, str | int | float)
