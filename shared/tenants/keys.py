"""API keys: how they look, how they are hashed and compared. Knows no table.

`sk-tunery-<key id>-<43 random characters><8 check characters>`: the prefix is for secret scanners, the id finds the
row, and the check lets junk be refused without a look-up. Random 256-bit keys need no slow hash (HMAC 9 µs, argon2id
554 ms on the same machine).
"""

import hashlib
import hmac
import zlib
from typing import NamedTuple

from shared.ids import Prefix, is_id, random_token

_SCHEME = "sk-tunery-"
_SECRET_LENGTH = 43
_CHECK_LENGTH = 8


class ParsedKey(NamedTuple):
    key_id: str
    secret: str


def make_key(key_id: str) -> str:
    """A new key for the row `key_id`, to be shown once."""
    body = f"{_SCHEME}{key_id.removeprefix(Prefix.API_KEY)}-{random_token(_SECRET_LENGTH)}"
    return body + _check(body)


def parse_key(text: str) -> ParsedKey | None:
    """The row id and the whole key, or None when `text` cannot be one of ours."""
    if not text.isascii() or not text.startswith(_SCHEME) or len(text) <= _CHECK_LENGTH:
        return None
    body, check = text[:-_CHECK_LENGTH], text[-_CHECK_LENGTH:]
    key_id = Prefix.API_KEY + body.removeprefix(_SCHEME).partition("-")[0]
    if not is_id(key_id, Prefix.API_KEY) or not hmac.compare_digest(check, _check(body)):
        return None
    return ParsedKey(key_id, text)


def hash_key(secret_key: str, key: str) -> str:
    """HMAC-SHA256 under the service's secret: a stolen database opens nothing."""
    return hmac.new(secret_key.encode(), key.encode(), hashlib.sha256).hexdigest()


def _check(body: str) -> str:
    return f"{zlib.crc32(body.encode()):08x}"
