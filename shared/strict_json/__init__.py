"""The one reader for all JSON that comes from outside: API bodies and dataset lines.

Parsers disagree at the edges (duplicate keys, NaN, big numbers, lone surrogates), and two that disagree about
one document are a hole. What this reader takes, every later parser understands in the same way.
"""

from shared.strict_json.errors import JsonRejectedError
from shared.strict_json.reader import MAX_DEPTH, loads

__all__ = ["MAX_DEPTH", "JsonRejectedError", "loads"]
