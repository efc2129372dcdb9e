"""Files that nothing is wrong with, not even as a whole."""

import random

from tests.api.datasets import chat_row, jsonl

_WORDS = ("river", "stone", "winter", "market", "garden", "letter", "bridge", "window", "silver", "forest", "paper")


def varied_file(n_rows: int) -> bytes:
    """Questions and answers that are all different."""
    return jsonl(*(chat_row(f"{_words(number, 12)}?", f"{_words(-number, 9)}.") for number in range(1, n_rows + 1)))


def _words(seed: int, count: int) -> str:
    return " ".join(random.Random(seed).choices(_WORDS, k=count)).capitalize()
