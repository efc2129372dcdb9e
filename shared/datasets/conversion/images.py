"""Images beside a conversation, put where it has marks for them: `<image>` in a text, or an empty image part."""

from collections.abc import Iterator
from typing import Any

from shared.datasets.conversion.errors import RecordError
from shared.datasets.conversion.messages import Message
from shared.datasets.conversion.values import from_json, name_kind

MARK = "<image>"
_ACCEPTED = ("https://", "data:image/")


def place_images(messages: list[Message], images: Any) -> list[Message]:
    """Messages whose marks are image parts. Raises RecordError when marks and images are not as many."""
    urls = [_read_url(image) for image in _as_list(images)]
    n_marks = sum(_count_marks(message) for message in messages)
    if not urls and not n_marks:
        return messages
    if not urls or n_marks != len(urls):
        raise RecordError(f"image_marker_mismatch: {n_marks} {MARK} marks for {len(urls)} images")
    remaining = iter(urls)
    return [_place(message, remaining) if _count_marks(message) else message for message in messages]


def _as_list(images: Any) -> list[Any]:
    given = from_json(images, "images") if isinstance(images, str) and images.lstrip()[:1] == "[" else images
    if given is None or given == "":
        return []
    return given if isinstance(given, list) else [given]


def _read_url(image: Any) -> str:
    url = image.get("url") or image.get("data_url") if isinstance(image, dict) else image
    if not isinstance(url, str):
        raise RecordError(f"an image is {name_kind(url)} and not an address")
    if not url.startswith(_ACCEPTED):
        raise RecordError("an image is a path; rows take https:// addresses and data:image/… only")
    return url


def _count_marks(message: Message) -> int:
    content = message.get("content")
    if isinstance(content, list):
        return sum(_is_empty_image(part) for part in content)
    return content.count(MARK) if isinstance(content, str) else 0


def _is_empty_image(part: Any) -> bool:
    return isinstance(part, dict) and part.get("type") == "image" and not any(part.get(key) for key in ("url", "image"))


def _place(message: Message, urls: Iterator[str]) -> Message:
    content = message["content"]
    if isinstance(content, list):
        filled = [_make_part(next(urls)) if _is_empty_image(part) else part for part in content]
        return message | {"content": filled}
    parts: list[dict[str, Any]] = []
    for number, text in enumerate(content.split(MARK)):
        if number:
            parts.append(_make_part(next(urls)))
        if text.strip():
            parts.append({"type": "text", "text": text.strip("\n")})
    return message | {"content": parts}


def _make_part(url: str) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": url}}
