"""Width and height of the image inside a `data:` URL, from the image's header. Decodes no pixel, fetches nothing."""

import binascii

from shared.datasets.checks.image_header import BrokenImageError, read_image_header

Size = tuple[int, int]
"""Width and height in pixels."""

_HEAD_CHARS = 64 << 10
"""Base64 tried first. A JPEG's size stands behind its metadata, so a few need more."""


def find_data_url_size(url: str) -> Size | None:
    """Size of a PNG, JPEG or WebP in base64; None for other URLs, other formats and damaged images."""
    header, comma, payload = url.partition(",")
    header = header[:100].lower()
    if not comma or not header.startswith("data:") or not header.endswith(";base64"):
        return None
    size = _find_size(payload[:_HEAD_CHARS])
    return size or (_find_size(payload) if len(payload) > _HEAD_CHARS else None)


def _find_size(base64: str) -> Size | None:
    try:
        # Padding beyond need is skipped, and so is what follows it.
        header = read_image_header(binascii.a2b_base64(base64 + "==="))
    except (binascii.Error, BrokenImageError, ValueError):
        return None
    return None if header is None else (header.width, header.height)
