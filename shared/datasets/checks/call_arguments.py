"""The arguments of a call, which are JSON written in a string. Refuses to know what they should be."""

from functools import lru_cache
from typing import Any

from shared.strict_json import loads

_MAX_DEPTH = 64
_KEPT = 32
_MAX_KEPT_CHARS = 4_096


def read_arguments(text: str) -> Any:
    """The value written in `text`, which nobody may change. Raises JsonRejectedError.

    Each call is looked at three times: whether its arguments are JSON, fit the tool, and are those of another row.
    """
    return (_read_kept if len(text) <= _MAX_KEPT_CHARS else _read)(text)


def _read(text: str) -> Any:
    return loads(text.encode(), max_depth=_MAX_DEPTH, allow_nul=True)


_read_kept = lru_cache(_KEPT)(_read)
