"""Which keys may exist: one rule for every store, so that a folder can move into a bucket and back."""

import re

from shared.storage.errors import InvalidObjectKeyError

MAX_KEY_LENGTH = 512
_SEGMENT = re.compile(r"[A-Za-z0-9._-]{1,200}")


def check_key(key: str) -> str:
    """`key`, if it is slash-separated segments of letters, digits, dots, underscores and hyphens.

    Raises InvalidObjectKeyError otherwise: empty or dot segments, a leading or trailing slash, anything else.
    """
    segments = key.split("/")
    if len(key) > MAX_KEY_LENGTH or not all(_is_segment(segment) for segment in segments):
        raise InvalidObjectKeyError(f"Not a valid object key: {key[:100]!r}")
    return key


def folder_prefix(prefix: str) -> str:
    """`prefix` with its closing slash, so that `files/a` never means `files/ab`; "" is everything."""
    if not prefix:
        return ""
    return check_key(prefix.removesuffix("/")) + "/"


def _is_segment(segment: str) -> bool:
    return segment not in {".", ".."} and _SEGMENT.fullmatch(segment) is not None
