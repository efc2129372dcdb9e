"""What the first bytes of an image tell: format, size, colours. Pixels are never decoded, so no image is a bomb.

PNG: the IHDR chunk; JPEG: the frame header (SOF); WebP: the VP8, VP8L or VP8X chunk.
"""

from collections.abc import Callable
from struct import error as StructError  # noqa: N812 - it is an exception
from struct import unpack_from
from typing import NamedTuple

_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_MODES = {0: "L", 2: "RGB", 3: "P", 4: "LA", 6: "RGBA"}
_JPEG_MODES = {1: "L", 3: "RGB", 4: "CMYK"}
_SOF = frozenset({*range(0xC0, 0xC4), *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0)})
_BARE = frozenset({0x01, *range(0xD0, 0xD9)})
"""JPEG markers without a length."""


class ImageHeader(NamedTuple):
    format: str
    "`png`, `jpeg` or `webp`."
    mode: str
    "`RGB`, `RGBA`, `L`, `LA`, `P` or `CMYK`."
    width: int
    height: int


class BrokenImageError(ValueError):
    """The bytes begin like an image and are none."""


def read_image_header(data: bytes) -> ImageHeader | None:
    """The header of a PNG, JPEG or WebP; None for other formats. Raises BrokenImageError."""
    reader = _find_reader(data)
    if reader is None:
        return None
    try:
        header = reader(data)
    except (IndexError, KeyError, ValueError, OverflowError) as error:
        raise BrokenImageError("The image's header is broken or cut off") from error
    if not header.width or not header.height:
        raise BrokenImageError("The image has no pixels")
    return header


def _find_reader(data: bytes) -> Callable[[bytes], ImageHeader] | None:
    if data.startswith(_PNG):
        return _read_png
    if data.startswith(b"\xff\xd8\xff"):
        return _read_jpeg
    return _read_webp if data[:4] == b"RIFF" and data[8:12] == b"WEBP" else None


def _read_png(data: bytes) -> ImageHeader:
    if data[12:16] != b"IHDR":
        raise ValueError("IHDR is missing")
    width, height, _depth, colours = _unpack(">IIBB", data, 16)
    return ImageHeader("png", _PNG_MODES[colours], width, height)


def _read_jpeg(data: bytes) -> ImageHeader:
    at = 2
    while True:
        if data[at] != 0xFF:  # noqa: PLR2004 - every marker begins so
            raise ValueError("A marker is missing")
        marker = data[at + 1]
        if marker in _SOF:
            _depth, height, width, n_colours = _unpack(">BHHB", data, at + 4)
            return ImageHeader("jpeg", _JPEG_MODES[n_colours], width, height)
        # A marker may be filled up with further 0xFF bytes.
        at += 1 if marker == 0xFF else 2 if marker in _BARE else 2 + _unpack(">H", data, at + 2)[0]  # noqa: PLR2004


def _read_webp(data: bytes) -> ImageHeader:
    kind = data[12:16]
    if kind == b"VP8 ":
        width, height = _unpack("<HH", data, 26)
        return ImageHeader("webp", "RGB", width & 0x3FFF, height & 0x3FFF)
    if kind == b"VP8L":
        bits = _unpack("<I", data, 21)[0]
        return ImageHeader("webp", "RGBA" if bits >> 28 & 1 else "RGB", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    if kind != b"VP8X":
        raise ValueError("The first chunk is unknown")
    flags = data[20]
    width, height = (int.from_bytes(data[at : at + 3], "little") + 1 for at in (24, 27))
    return ImageHeader("webp", "RGBA" if flags & 0x10 else "RGB", width, height)


def _unpack(layout: str, data: bytes, at: int) -> tuple[int, ...]:
    try:
        return unpack_from(layout, data, at)
    except StructError as error:
        raise ValueError("The data ends") from error
