"""How far two sets of answers to the same prompts agree: simple figures that anybody can check by hand. Pure."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

_SPACE = re.compile(r"\s+")
_EDGES = " \t\n.,;:!?\"'`()[]{}\u201c\u201d\u2018\u2019\u2026"
_PERCENT_DIGITS = 4


@dataclass(frozen=True)
class Pair:
    """Two answers to one prompt, and what the data says it should be, where it says so."""

    prompt: str
    old: str
    new: str
    reference: str | None = None
    line: int | None = None

    @property
    def is_same(self) -> bool:
        return self.old == self.new

    @property
    def is_alike(self) -> bool:
        return normalised(self.old) == normalised(self.new)


def normalised(text: str) -> str:
    """Without case, width, runs of space, and punctuation at the ends."""
    return _SPACE.sub(" ", unicodedata.normalize("NFKC", text)).casefold().strip(_EDGES)


def agreement(pairs: Sequence[Pair]) -> dict[str, Any]:
    """Shares from 0 to 1, null where there is nothing to share.

    `exact` and `normalised` compare new with old; `…_matches_reference` each with the data, normalised;
    `median_length_ratio` is new over old, in characters.
    """
    told = [pair for pair in pairs if pair.reference is not None]
    ratios = [len(pair.new) / len(pair.old) for pair in pairs if pair.old]
    return {
        "n": len(pairs),
        "exact": _share([pair.is_same for pair in pairs]),
        "normalised": _share([pair.is_alike for pair in pairs]),
        "n_with_reference": len(told),
        "old_matches_reference": _share([normalised(pair.old) == normalised(pair.reference or "") for pair in told]),
        "new_matches_reference": _share([normalised(pair.new) == normalised(pair.reference or "") for pair in told]),
        "median_length_old": median(len(pair.old) for pair in pairs) if pairs else None,
        "median_length_new": median(len(pair.new) for pair in pairs) if pairs else None,
        "median_length_ratio": round(median(ratios), _PERCENT_DIGITS) if ratios else None,
    }


def _share(hits: list[bool]) -> float | None:
    return round(sum(hits) / len(hits), _PERCENT_DIGITS) if hits else None
