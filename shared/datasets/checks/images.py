"""Images in messages: where they come from, and what data URLs hold. Nothing is ever fetched."""

import re
from binascii import Error as Base64Error
from binascii import a2b_base64
from typing import Any

from shared.datasets.checks.image_header import BrokenImageError, read_image_header
from shared.datasets.collector import Collector
from shared.quoting import quote

MAX_IMAGE_BYTES = 10_000_000
_DATA_URL = re.compile(r"data:image/(?:jpeg|jpg|png|webp);base64,", re.IGNORECASE)
_HTTPS_URL = re.compile(r"https://[^/?#\s@]{1,253}(?:[/?#]|$)", re.IGNORECASE)
_MAX_URL_CHARS = 8192
_DETAILS = frozenset({"low", "high", "auto"})
_MODES = frozenset({"RGB", "RGBA"})


def check_images(messages: list[Any], found: Collector, *, max_images: int) -> int:
    """Report what is wrong with the images of messages whose roles are known; how many there are."""
    n_images = 0
    for index, message in enumerate(messages):
        parts = message.get("content")
        for place, part in enumerate(parts if isinstance(parts, list) else []):
            image = part.get("image_url") if isinstance(part, dict) and part.get("type") == "image_url" else None
            if isinstance(image, dict) and isinstance(image.get("url"), str):
                n_images += 1
                path = f"/messages/{index}/content/{place}"
                if message["role"] == "assistant":
                    problem = "Only other messages may have images; the assistant cannot learn to make them."
                    found.add("image_in_assistant", problem, message_index=index, path=path)
                _check_image(image, index, found, path=f"{path}/image_url")
    if n_images > max_images:
        found.add("too_many_images", f"The row has {n_images} images; at most {max_images} are taken.")
    return n_images


def _check_image(image: dict[str, Any], index: int, found: Collector, *, path: str) -> None:
    detail, url = image.get("detail"), image["url"]
    if detail is not None and (not isinstance(detail, str) or detail not in _DETAILS):
        problem = "An image's detail is low, high or auto."
        found.add("image_detail_invalid", problem, message_index=index, path=f"{path}/detail")
    fault = _url_fault(url)
    if fault is not None:
        code, problem = fault
        found.add(code, problem, message_index=index, path=f"{path}/url")


def _url_fault(url: str) -> tuple[str, str] | None:
    if start := _DATA_URL.match(url):
        return _data_fault(url, start.end())
    if len(url) <= _MAX_URL_CHARS and _HTTPS_URL.match(url):
        return (
            "image_not_checked",
            "The image is a URL, which is not fetched; send it as a data URL to have it checked.",
        )
    wanted = "an https URL or data:image/jpeg, png or webp in base64"
    return "image_url_invalid", f"An image must be {wanted}; this begins with {quote(url, max_chars=30)}."


def _data_fault(url: str, start: int) -> tuple[str, str] | None:
    n_chars = len(url) - start
    if n_chars * 3 // 4 - url[-2:].count("=") > MAX_IMAGE_BYTES:
        return "image_too_large", f"The image has about {n_chars * 3 // 4:,} bytes; at most 10 MB are taken."
    try:
        data = a2b_base64(url[start:].encode(), strict_mode=True)
        header = read_image_header(data)
    except (Base64Error, UnicodeEncodeError):
        return "image_decode_failed", "The image's base64 is broken; encode the file again, without line breaks."
    except BrokenImageError as error:
        return "image_decode_failed", f"{error}; encode the file again."
    if header is None:
        return "image_format_unsupported", "The data is no JPEG, PNG or WebP, whatever its label says; convert it."
    if header.mode not in _MODES:
        return "image_mode_unsupported", f"The image's colours are {header.mode}; convert it to RGB or RGBA."
    return None
