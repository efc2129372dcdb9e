"""Rows and files for the tests, and one call that checks them."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from shared.datasets.check import check_chat_file
from shared.datasets.findings import Report

MAX_LINE_BYTES = 1 << 20
USER: dict[str, Any] = {"role": "user", "content": "Where is my order?"}
ASSISTANT: dict[str, Any] = {"role": "assistant", "content": "On its way."}


def line(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode() + b"\n"


def chat(*messages: Any, **keys: Any) -> bytes:
    """The line of one row; without messages, of a sound one."""
    return line({"messages": list(messages) or [USER, ASSISTANT], **keys})


GOOD = chat()


def check(data: bytes, *, chunk_bytes: int = 1 << 20, max_line_bytes: int = MAX_LINE_BYTES) -> Report:
    return check_chat_file(in_chunks(data, chunk_bytes), max_line_bytes=max_line_bytes)


def in_chunks(data: bytes, chunk_bytes: int) -> Iterator[bytes]:
    return (data[start : start + chunk_bytes] for start in range(0, len(data), chunk_bytes))


def codes(report: Report) -> dict[str, int]:
    return dict(report.counts)


def repeated(chunk: bytes, times: int) -> Iterable[bytes]:
    for _ in range(times):
        yield chunk
