"""Names of tuned models: `ft:<base>:<project>:<suffix or nothing>:<8 characters>`, checkpoints with a tail."""

from shared.ids import random_token

_TAIL_LENGTH = 8


def tuned_model_name(base: str, project_slug: str, suffix: str | None) -> str:
    """A fresh name; continuing from a tuned model keeps the root base in it."""
    return f"ft:{base}:{project_slug}:{suffix or ''}:{random_token(_TAIL_LENGTH)}"


def checkpoint_name(tuned_model: str, step: int, total_steps: int) -> str:
    """The last checkpoint is the finished model and carries its plain name."""
    return tuned_model if step == total_steps else f"{tuned_model}:ckpt-step-{step}"
