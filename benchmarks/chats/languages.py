"""Languages by their word lists in languages.jsonl: the commonest words first, endings that make rare words of them.

The words are a company's: orders, contracts, devices, travel, health. Texts made of them mean nothing.
"""

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources


@dataclass(frozen=True)
class Language:
    code: str
    percent: float
    "Of the rows."
    words: list[str]
    endings: list[str]
    stop: str
    comma: str
    space: str
    "Between words; empty where a script has none."


@lru_cache
def load_languages() -> list[Language]:
    """All languages, the commonest first."""
    lines = resources.files(__package__).joinpath("languages.jsonl").read_text(encoding="utf-8").splitlines()
    entries = [json.loads(line) for line in lines]
    return [Language(**entry | {name: entry[name].split() for name in ("words", "endings")}) for entry in entries]
