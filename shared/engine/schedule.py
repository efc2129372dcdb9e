"""The learning rate as a pure function of the step, so that a resumed run has nothing to restore."""

import math

FLOOR = 0.1
"""Part of the peak that is left at the last step; the last batches should still teach something."""


def rate_at(step: int, *, total_steps: int, peak: float, warmup_fraction: float) -> float:
    """Rate of `step` (counted from 0): a linear climb to `peak`, then a linear fall to a tenth of it."""
    warmup = max(1, math.ceil(warmup_fraction * total_steps))
    if step < warmup:
        return peak * (step + 1) / warmup
    progress = (step + 1 - warmup) / max(1, total_steps - warmup)
    return peak * (1 - (1 - FLOOR) * progress)
