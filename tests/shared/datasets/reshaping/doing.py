"""Splitting, sampling and merging bytes in memory."""

import random
from typing import Any

from shared.datasets.reshaping.merge import MergePlan, Part, merge_rows
from shared.datasets.reshaping.sample import SamplePlan, sample_rows
from shared.datasets.reshaping.split import SplitPlan, split_rows
from tests.shared.datasets.builders import MAX_LINE_BYTES, talk

LETTERS = "abcdefghijklmnopqrstuvwxyz "


def passage(seed: int, length: int = 400) -> str:
    return "".join(random.Random(seed).choices(LETTERS, k=length))


def exam(n_passages: int, *, questions: int = 3) -> list[bytes]:
    """Lines of questions about passages, several on each, with letters as answers."""
    return [
        talk(f"Passage: {passage(number)} Question {part}: {passage(9_000 + part, 40)}", "ABC"[(number + part) % 3])
        for number in range(n_passages)
        for part in range(questions)
    ]


def split(data: bytes, **plan: Any) -> tuple[list[bytes], list[bytes], dict[str, Any]]:
    """Lines for training, lines for validation, and the summary."""
    training, validation = bytearray(), bytearray()
    summary = split_rows(
        lambda: [data],
        SplitPlan(**plan),
        n_bytes=len(data),
        write_training=training.extend,
        write_validation=validation.extend,
        max_line_bytes=MAX_LINE_BYTES,
    )
    return bytes(training).splitlines(), bytes(validation).splitlines(), summary


def sample(data: bytes, **plan: Any) -> tuple[list[bytes], dict[str, Any]]:
    sampled = bytearray()
    summary = sample_rows(
        lambda: [data], SamplePlan(**plan), n_bytes=len(data), write=sampled.extend, max_line_bytes=MAX_LINE_BYTES
    )
    return bytes(sampled).splitlines(), summary


def merge(*files: bytes, **plan: Any) -> tuple[list[bytes], dict[str, Any]]:
    """Lines of files called 1, 2 and so on, as one."""
    merged = bytearray()
    parts = [Part(str(number), lambda data=data: [data], len(data)) for number, data in enumerate(files, 1)]  # type: ignore[misc]  # no type for the default of a lambda
    summary = merge_rows(parts, MergePlan(**plan), write=merged.extend, max_line_bytes=MAX_LINE_BYTES)
    return bytes(merged).splitlines(), summary
