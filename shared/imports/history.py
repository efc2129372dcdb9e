"""From an upstream's documents to history of ours: a job, its events, its checkpoints. What is missing stays so."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from shared.imports.foreign import epoch_of, name_of, names_in, object_of, text_of, whole_of
from shared.jobs.history import PastEvent, PastJob

LABEL_CONNECTION, LABEL_JOB = "imported_from", "upstream_job_id"
"Keys in a job's metadata that say where it came from; `client.fine_tuning.jobs.list(metadata=…)` finds by them."

_STATUSES = {"canceled": "cancelled", "succeeded": "succeeded", "failed": "failed", "cancelled": "cancelled"}
_LEVELS = {"warning": "warn", "warn": "warn", "error": "error"}
_METHODS = {"supervised", "dpo", "reinforcement"}
_AUTO = "auto"
_NAMES_LIMIT, _CODE_LIMIT, _SUFFIX_LIMIT = 64, 64, 64
_LARGEST_SEED = 2**31 - 1
_STARTED = "Fine-tuning job started"


def past_job(
    document: Mapping[str, Any],
    *,
    job_id: str,
    connection_id: str,
    local_files: Mapping[str, str],
    events: Sequence[PastEvent],
) -> PastJob:
    """`local_files` maps upstream file ids to ours; a file that is gone keeps the id that was meant for it."""
    told = dict(document)
    training, validation = name_of(told, "training_file"), name_of(told, "validation_file")
    results = [local_files[file_id] for file_id in names_in(told, "result_files") if file_id in local_files]
    error = object_of(told, "error")
    created_at = epoch_of(told, "created_at") or 0
    return PastJob(
        id=job_id,
        connection_id=connection_id,
        status=_STATUSES[str(told["status"])],
        model=name_of(told, "model") or "unknown",
        training_file=local_files.get(training or "", "unknown"),
        validation_file=local_files.get(validation or ""),
        method=method_of(told),
        hyperparameters=hyperparameters_of(told),
        seed=min(max(whole_of(told, "seed") or 0, 0), _LARGEST_SEED),
        suffix=(text_of(told, "user_provided_suffix") or text_of(told, "suffix") or "")[:_SUFFIX_LIMIT] or None,
        labels=_labels(told, connection_id),
        tuned_model=name_of(told, "fine_tuned_model") or "",
        trained_tokens=whole_of(told, "trained_tokens"),
        result_file=results[0] if results else None,
        error_code=(text_of(error, "code") or "")[:_CODE_LIMIT] or _code_of_failure(told, error),
        error_message=text_of(error, "message"),
        error_param=(text_of(error, "param") or "")[:_CODE_LIMIT] or None,
        created_at=created_at,
        started_at=next((event.created_at for event in events if event.message == _STARTED), None),
        finished_at=epoch_of(told, "finished_at"),
    )


def past_events(newest_first: Sequence[dict[str, Any]]) -> list[PastEvent]:
    """Oldest first, each once, in the upstream's own words."""
    found: dict[str, PastEvent] = {}
    for document in reversed(newest_first):
        event_id = name_of(document, "id")
        if event_id is not None and event_id not in found:
            found[event_id] = _past_event(event_id, document)
    return list(found.values())


def metrics_of_checkpoint(document: Mapping[str, Any]) -> dict[str, float]:
    """The numbers of a checkpoint; whatever else is among its metrics is left out."""
    metrics = object_of(dict(document), "metrics")
    return {
        name: float(value)
        for name, value in metrics.items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    }


def method_of(document: Mapping[str, Any]) -> str:
    method = text_of(object_of(dict(document), "method"), "type")
    return method if method in _METHODS else "supervised"


def hyperparameters_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """Both places that the wire has for them, the newer one first. Azure's -1 is `auto`."""
    told = dict(document)
    newer = object_of(object_of(object_of(told, "method"), method_of(told)), "hyperparameters")
    merged = object_of(told, "hyperparameters") | newer
    wholes = {name: _positive(merged.get(name), is_whole=True) for name in ("n_epochs", "batch_size")}
    multiplier = _positive(merged.get("learning_rate_multiplier"), is_whole=False)
    return merged | wholes | {"learning_rate_multiplier": multiplier}


def _positive(value: Any, *, is_whole: bool) -> Any:
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and value > 0
    return value if is_number and (not is_whole or value == int(value)) else _AUTO


def _labels(document: dict[str, Any], connection_id: str) -> dict[str, str]:
    own = {str(key): str(value) for key, value in object_of(document, "metadata").items()}
    return own | {LABEL_CONNECTION: connection_id, LABEL_JOB: str(document["id"])}


def _code_of_failure(document: dict[str, Any], error: dict[str, Any]) -> str | None:
    """Healthy jobs carry an empty error on real wires; only a failed one has a code."""
    return "upstream_error" if document.get("status") == "failed" or text_of(error, "message") else None


def _past_event(event_id: str, document: dict[str, Any]) -> PastEvent:
    data = document.get("data")
    return PastEvent(
        key=f"upstream:{_short(event_id)}",
        message=text_of(document, "message") or "",
        created_at=epoch_of(document, "created_at") or 0,
        level=_LEVELS.get(str(document.get("level")), "info"),
        type="metrics" if document.get("type") == "metrics" else "message",
        data=data if isinstance(data, dict) else None,
        upstream_id=event_id[:128],
    )


def _short(event_id: str) -> str:
    """An id within a key's length; a long one stands there as its hash."""
    if len(event_id) <= _NAMES_LIMIT - len("upstream:"):
        return event_id
    return hashlib.sha256(event_id.encode()).hexdigest()[:40]
