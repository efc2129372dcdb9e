"""Sealing secrets for the database: AES-256-GCM bound to the row it belongs to; signing what only we may have written.
Hashing of API keys is tenants/keys.py.

Fernet has no associated data, so a token copied into another tenant's row would still open; here it does not. A sealed
text names the key it was sealed under, so keys can be changed while the service runs: the new one seals, retired ones
still open (docs/operations.md, shared/secrets_rotation.py).
"""

import base64
import hmac
import os
from collections.abc import Sequence
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_UNNAMED, _NAMED = "v1", "v2"
"The first form did not say under which key."
_NONCE_BYTES = 12
_KEY_ID_BYTES = 4


class SealBrokenError(Exception):
    """The sealed text is not of this row, or was sealed under a secret key that is not here."""


@lru_cache(maxsize=32)
def key_id(secret_key: str) -> str:
    """Eight characters that name a secret key without telling anything about it."""
    return HKDF(SHA256(), _KEY_ID_BYTES, salt=None, info=b"tunery key id v1").derive(secret_key.encode()).hex()


def seal(secret_key: str, plaintext: str, *, bound_to: str) -> str:
    """`plaintext` encrypted; only the same `bound_to` (tenant, table and row) opens it."""
    nonce, named = os.urandom(_NONCE_BYTES), key_id(secret_key)
    sealed = _cipher(secret_key).encrypt(nonce, plaintext.encode(), f"{bound_to}|{named}".encode())
    return f"{_NAMED}.{named}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"


def unseal(secret_keys: Sequence[str], sealed: str, *, bound_to: str) -> str:
    """What `seal` was given, under any of `secret_keys`. Raises SealBrokenError."""
    version, _, rest = sealed.partition(".")
    if version == _UNNAMED:
        for key in secret_keys:
            opened = _open(key, rest, bound_to)
            if opened is not None:
                return opened
    elif version == _NAMED:
        named, _, body = rest.partition(".")
        for key in secret_keys:
            if key_id(key) == named and (opened := _open(key, body, f"{bound_to}|{named}")) is not None:
                return opened
    else:
        raise SealBrokenError(f"Unknown seal version {version[:8]!r}")
    raise SealBrokenError(
        "A sealed secret does not open: is the key it was sealed under TUNERY_SECRET_KEY, or in "
        "TUNERY_SECRET_KEYS_RETIRED?"
    )


def sign(secret_key: str, payload: bytes | memoryview, *, bound_to: str) -> bytes:
    """A signature of 32 bytes under the service's key; it holds for `payload` in the place `bound_to` alone."""
    key = HKDF(SHA256(), 32, salt=None, info=b"tunery signed objects v1").derive(secret_key.encode())
    place = bound_to.encode()
    signed = hmac.new(key, len(place).to_bytes(4, "big") + place, "sha256")
    signed.update(payload)
    return signed.digest()


def is_signature(secret_key: str, signature: bytes | memoryview, payload: bytes | memoryview, *, bound_to: str) -> bool:
    """Whether `sign` made `signature`, told in constant time."""
    return hmac.compare_digest(signature, sign(secret_key, payload, bound_to=bound_to))


def _open(secret_key: str, body: str, associated: str) -> str | None:
    try:
        raw = base64.urlsafe_b64decode(body)
        return _cipher(secret_key).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], associated.encode()).decode()
    except (InvalidTag, ValueError):
        return None


@lru_cache(maxsize=32)
def _cipher(secret_key: str) -> AESGCM:
    return AESGCM(HKDF(SHA256(), 32, salt=None, info=b"tunery sealed columns v1").derive(secret_key.encode()))
