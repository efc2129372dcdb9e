"""Sealing secrets for the database: AES-256-GCM bound to the row it belongs to; signing what only we may have written.
Hashing of API keys is tenants/keys.py.

Fernet has no associated data, so a token copied into another tenant's row would still open; here it does not.
"""

import base64
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_VERSION = "v1"
_NONCE_BYTES = 12


class SealBrokenError(Exception):
    """The sealed text is not of this row, or was sealed under another secret key."""


def seal(secret_key: str, plaintext: str, *, bound_to: str) -> str:
    """`plaintext` encrypted; only the same `bound_to` (tenant, table and row) opens it."""
    nonce = os.urandom(_NONCE_BYTES)
    sealed = _cipher(secret_key).encrypt(nonce, plaintext.encode(), bound_to.encode())
    return f"{_VERSION}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"


def unseal(secret_key: str, sealed: str, *, bound_to: str) -> str:
    """What `seal` was given. Raises SealBrokenError."""
    version, _, body = sealed.partition(".")
    if version != _VERSION:
        raise SealBrokenError(f"Unknown seal version {version!r}")
    try:
        raw = base64.urlsafe_b64decode(body)
        return _cipher(secret_key).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], bound_to.encode()).decode()
    except (InvalidTag, ValueError):
        raise SealBrokenError(
            "A sealed secret does not open: is TUNERY_SECRET_KEY the one it was sealed under?"
        ) from None


def sign(secret_key: str, payload: bytes, *, bound_to: str) -> bytes:
    """A signature of 32 bytes under the service's key; it holds for `payload` in the place `bound_to` alone."""
    key = HKDF(SHA256(), 32, salt=None, info=b"tunery signed objects v1").derive(secret_key.encode())
    place = bound_to.encode()
    return hmac.digest(key, len(place).to_bytes(4, "big") + place + payload, "sha256")


def is_signature(secret_key: str, signature: bytes, payload: bytes, *, bound_to: str) -> bool:
    """Whether `sign` made `signature`, told in constant time."""
    return hmac.compare_digest(signature, sign(secret_key, payload, bound_to=bound_to))


def _cipher(secret_key: str) -> AESGCM:
    return AESGCM(HKDF(SHA256(), 32, salt=None, info=b"tunery sealed columns v1").derive(secret_key.encode()))
