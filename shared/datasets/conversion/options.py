"""What a caller may choose about the rows that are made."""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from shared.datasets.conversion.errors import InvalidMappingError


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Defaults are what most people want; each dialect reads those that concern it."""

    system: str | None = None
    "System message for rows without one. For AR-LSAT: instead of the usual instruction; an empty text leaves it out."
    reasoning: Literal["keep", "drop"] = "keep"
    "Reasoning apart from the answer: kept as `<think>…</think>` before it, or dropped."
    strip_legacy: bool = True
    "Take separators and end marks of the old completion format off prompts and completions."
    input_template: Literal["lines", "stanford"] = "lines"
    "How an Alpaca input follows its instruction: on the next line, or under `### Input:`."
    kto: Literal["positives", "pairs"] = "positives"
    "Rated answers: the good ones as chat rows, or good and bad ones to the same prompt as preference rows."
    encoding: str | None = None
    "Of a CSV file that is not UTF-8; guessed when not given."
    delimiter: Literal[",", ";", "\t", "|"] | None = None
    "Between the cells of a CSV file; found when not given."


def read_options(given: Mapping[str, Any]) -> Options:
    """Options from JSON. Raises InvalidMappingError naming the option."""
    try:
        return msgspec.convert(dict(given), Options)
    except msgspec.ValidationError as error:
        known = ", ".join(Options.__struct_fields__)
        raise InvalidMappingError(f"The options are not valid: {error}. There are: {known}.", param="options") from None
