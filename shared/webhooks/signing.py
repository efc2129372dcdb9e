"""Standard Webhooks signatures: the form that `client.webhooks.unwrap` verifies. Knows no endpoint and no network."""

import base64
import hashlib
import hmac
import os

_PREFIX = "whsec_"
_SECRET_BYTES = 32


def make_secret() -> str:
    """A new signing secret: `whsec_` and 32 random bytes in base64."""
    return _PREFIX + base64.b64encode(os.urandom(_SECRET_BYTES)).decode()


def secret_hint(secret: str) -> str:
    """Enough to tell secrets apart, too little to use one."""
    return f"{_PREFIX}...{secret[-4:]}"


def signed_headers(secret: str, *, webhook_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The three webhook headers. Signed bytes: `id.timestamp.body`, so the id must hold no dot."""
    key = base64.b64decode(secret.removeprefix(_PREFIX))
    signed = f"{webhook_id}.{timestamp}.".encode() + body
    signature = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{signature}",
    }
