"""What a target takes: how many rows, how many images. Figures as their makers publish them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    min_examples: int = 1
    max_reinforcement_examples: int | None = None
    max_reinforcement_validation_examples: int | None = None
    max_rows_with_images: int | None = None
    max_images: int = 10
    "In one row."
    max_file_bytes: int | None = None


_HALF_GIGABYTE = 512 << 20

OPENAI = Limits(
    min_examples=10,
    max_file_bytes=_HALF_GIGABYTE,
    max_reinforcement_examples=50_000,
    max_reinforcement_validation_examples=1_000,
    max_rows_with_images=50_000,
)
LIMITS: dict[str, Limits] = {
    "openai": OPENAI,
    "azure": Limits(
        min_examples=10,
        max_file_bytes=_HALF_GIGABYTE,
        max_reinforcement_examples=50_000,
        max_reinforcement_validation_examples=1_000,
        max_rows_with_images=50_000,
        max_images=64,
    ),
    "fireworks": Limits(min_examples=3),
    "together": Limits(),
    "mistral": Limits(),
    "engine": Limits(),
}
