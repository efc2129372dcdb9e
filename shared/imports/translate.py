"""An old job's hyperparameters as ones of the engine here. The rule is told in docs/leaving-openai.md. Pure."""

from dataclasses import dataclass
from typing import Any

_AUTO = "auto"
_MOST_EPOCHS = 50
_LARGEST_BATCH = 16
"The largest that `auto` chooses: a small adapter learns no better from larger ones, and memory grows with them."
_LEAST_MULTIPLIER, _MOST_MULTIPLIER = 0.1, 10.0
"Beyond these an adapter learns nothing or diverges."


@dataclass(frozen=True)
class Translation:
    hyperparameters: dict[str, Any]
    notes: list[str]
    "What was done to each, for people."


def translate(old: dict[str, Any]) -> Translation:
    """Epochs stay; the multiplier stays one, now of the engine's own rate; the batch keeps within the engine's."""
    epochs, epochs_note = _whole(old.get("n_epochs"), "n_epochs", most=_MOST_EPOCHS)
    batch, batch_note = _whole(old.get("batch_size"), "batch_size", most=_LARGEST_BATCH)
    multiplier, multiplier_note = _multiplier(old.get("learning_rate_multiplier"))
    chosen = {"n_epochs": epochs, "batch_size": batch, "learning_rate_multiplier": multiplier}
    ignored = sorted(set(old) - set(chosen))
    notes = [epochs_note, batch_note, multiplier_note]
    if ignored:
        notes.append(f"{', '.join(ignored)}: left out, the engine has no such setting")
    return Translation(chosen, notes)


def _whole(value: Any, name: str, *, most: int) -> tuple[Any, str]:
    if not _is_number(value) or value < 1:
        return _AUTO, f"{name}: {_AUTO}, as the old job does not say"
    if value > most:
        return most, f"{name}: {most} instead of {value:g}, the most there is here"
    return int(value), f"{name}: {int(value)}, as it was"


def _multiplier(value: Any) -> tuple[Any, str]:
    name = "learning_rate_multiplier"
    if not _is_number(value) or value <= 0:
        return _AUTO, f"{name}: {_AUTO}, as the old job does not say"
    kept = min(max(float(value), _LEAST_MULTIPLIER), _MOST_MULTIPLIER)
    if kept != value:
        return kept, f"{name}: {kept:g} instead of {value:g}, the nearest that is sound here"
    return kept, f"{name}: {kept:g}, now a factor on the rate the engine finds for the new base"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
