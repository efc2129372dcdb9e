"""Which dialect the first records of a source are in."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from shared.datasets.conversion.dialects.base import Dialect
from shared.datasets.conversion.dialects.registry import DIALECTS, find_by_mapping, get_dialect
from shared.datasets.conversion.errors import FormatNotRecognisedError, InvalidMappingError
from shared.datasets.conversion.mapping import FieldMapping, read_mapping
from shared.quoting import quote

SAMPLE_RECORDS = 50
_SURE_SHARE = 0.9
_LEAST_SHARE = 0.5
_KEYS_SHOWN = 20


class Match(NamedTuple):
    dialect: Dialect
    confidence: float
    "The share of the sample that has the dialect's form; 1 when the caller named it."
    mapping: FieldMapping


def match_dialect(sample: Sequence[dict[str, Any]], *, format_name: str | None, mapping: FieldMapping | None) -> Match:
    """The dialect of `sample`, by name, by a mapping, or by its looks, with its mapping made complete.

    Raises FormatNotRecognisedError with the keys there are, InvalidMappingError.
    """
    if format_name is not None:
        dialect = get_dialect(format_name)
        return Match(dialect, 1.0, dialect.find_mapping(sample).overridden_by(mapping))
    found = find_dialect(sample) or _find_in_lower_case(sample)
    if mapping is not None and mapping.to_dict():
        return _match_by_mapping(found, mapping)
    if found is None:
        raise FormatNotRecognisedError(
            f"The records are of no format known here. Their fields are: {list_keys(sample)}. Give a mapping, such as "
            '{"prompt": "…", "response": "…"}, or name the format.',
            param="format",
        )
    return found


def find_dialect(sample: Sequence[dict[str, Any]]) -> Match | None:
    """The first dialect that nearly all of the sample is in, else the one that most of it is in."""
    best: Match | None = None
    for dialect in DIALECTS.values():
        share = sum(dialect.recognises(record) for record in sample) / max(len(sample), 1)
        if share < _LEAST_SHARE or (best is not None and share <= best.confidence):
            continue
        best = Match(dialect, round(share, 2), dialect.find_mapping(sample))
        if share >= _SURE_SHARE:
            return best
    return best


def list_keys(sample: Sequence[dict[str, Any]]) -> str:
    """The fields of the sample for a sentence."""
    keys = sorted({key for record in sample for key in record})
    more = len(keys) - _KEYS_SHOWN
    return ", ".join(quote(key) for key in keys[:_KEYS_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _find_in_lower_case(sample: Sequence[dict[str, Any]]) -> Match | None:
    """Sheets like to call their columns `Question` and `Answer`. Of use where the mapping tells every field's name."""
    names = {key.lower(): key for record in sample for key in record}
    found = find_dialect([{key.lower(): value for key, value in record.items()} for record in sample])
    if found is None or not found.mapping.to_dict():
        return None
    written = {
        part: names.get(name, name) if isinstance(name, str) else name for part, name in found.mapping.to_dict().items()
    }
    return found._replace(mapping=read_mapping(written))


def _match_by_mapping(found: Match | None, mapping: FieldMapping) -> Match:
    """A mapping by hand that makes rows stands alone; a part of one corrects what was found."""
    try:
        return Match(find_by_mapping(mapping), 1.0, mapping)
    except InvalidMappingError:
        if found is None:
            raise
    return found._replace(mapping=found.mapping.overridden_by(mapping))
