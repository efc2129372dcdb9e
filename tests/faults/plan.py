"""What is killed and when, drawn from a seed. Knows no process."""

import random
from dataclasses import dataclass
from enum import StrEnum


class Part(StrEnum):
    WORKER = "worker"
    REDIS = "redis"
    SCHEDULER = "scheduler"


@dataclass(frozen=True)
class Strike:
    """Kill `part` once `after_units` units have been done since the last batch was accepted."""

    part: Part
    after_units: int


def draw_plan(*, seed: int, batch_units: int, **kills: int) -> list[Strike]:
    """`kills` says how often each part dies; the order and the moments are drawn."""
    draw = random.Random(seed)
    parts = [Part(name) for name, times in kills.items() for _ in range(times)]
    draw.shuffle(parts)
    return [Strike(part, draw.randrange(1, batch_units)) for part in parts]
