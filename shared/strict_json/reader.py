"""The fast way through a document: one decode in C, then proofs that nothing is wrong with it.

Whatever cannot be proven here goes through the scanner, which reads byte by byte and finds what is wrong.
"""

from typing import Any

import msgspec

from shared.strict_json.errors import JsonRejectedError
from shared.strict_json.keys import INT64_MAX, INT64_MIN, are_keys_held, count_keys_held
from shared.strict_json.scanner import Scanner

MAX_DEPTH = 32
_decode = msgspec.json.Decoder().decode


def loads(data: bytes, *, max_depth: int = MAX_DEPTH, allow_nul: bool = False) -> Any:
    r"""The value of a UTF-8 JSON document, in linear time. Raises JsonRejectedError and nothing else.

    A document may nest `max_depth` arrays and objects. `allow_nul` lets `\u0000` stand in strings, as data
    may have it; PostgreSQL's text cannot. Codes: json_invalid, json_too_deep, json_duplicate_key, json_nan,
    json_number_out_of_range, json_encoding, json_invalid_unicode, json_nul.
    """
    try:
        value = _decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        Scanner(data, max_depth=max_depth, allow_nul=allow_nul).scan()
        raise JsonRejectedError("json_invalid", f"This is not JSON: {error}", data=data, offset=0) from None

    if not _is_proven(data, value, max_depth=max_depth, allow_nul=allow_nul):
        Scanner(data, max_depth=max_depth, allow_nul=allow_nul).scan()
    return value


def _is_proven(data: bytes, value: Any, *, max_depth: int, allow_nul: bool) -> bool:
    """Whether no rule can be broken. A sound document may fail here; a faulty one never passes."""
    if not allow_nul and b"\\u0000" in data:
        return False
    if type(value) is not dict and type(value) is not list:
        return type(value) is not int or INT64_MIN <= value <= INT64_MAX

    return are_keys_held(data, count_keys_held(value, max_depth))
