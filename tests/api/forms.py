"""Multipart forms written by hand, so that they can be wrong."""

from tests.api.datasets import good_file

BOUNDARY = b"a-boundary"
CONTENT_TYPE = {"content-type": "multipart/form-data; boundary=a-boundary"}


def field(name: str, value: bytes | str) -> bytes:
    """A part that is a plain field."""
    return part(f'name="{name}"'.encode(), value.encode() if isinstance(value, str) else value)


def file_part(data: bytes | None = None, *, filename: bytes = b"train.jsonl", name: str = "file") -> bytes:
    """A part that is a file; a good one unless told otherwise."""
    return part(b'name="%s"; filename="%s"' % (name.encode(), filename), good_file() if data is None else data)


def part(disposition: bytes, data: bytes, *, more_headers: bytes = b"") -> bytes:
    header = b"Content-Disposition: form-data; " + disposition + b"\r\n" + more_headers
    return b"--" + BOUNDARY + b"\r\n" + header + b"\r\n" + data + b"\r\n"


def form(*parts: bytes, is_closed: bool = True) -> bytes:
    """The parts as one body."""
    return b"".join(parts) + (b"--" + BOUNDARY + b"--\r\n" if is_closed else b"")


PURPOSE = field("purpose", "fine-tune")
