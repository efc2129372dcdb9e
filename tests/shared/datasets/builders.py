"""Rows and files for the tests, and one call that checks them."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from shared.datasets.check import check_file
from shared.datasets.depths import Depth
from shared.datasets.report import Finding, Report

MAX_LINE_BYTES = 1 << 20
USER: dict[str, Any] = {"role": "user", "content": "Where is my order?"}
ASSISTANT: dict[str, Any] = {"role": "assistant", "content": "On its way."}
CALL: dict[str, Any] = {"id": "call_1", "type": "function", "function": {"name": "find", "arguments": '{"a": 1}'}}
CALLING: dict[str, Any] = {"role": "assistant", "content": None, "tool_calls": [CALL]}
ANSWER: dict[str, Any] = {"role": "tool", "tool_call_id": "call_1", "content": "found"}
TOOL: dict[str, Any] = {
    "type": "function",
    "function": {"name": "find", "parameters": {"type": "object", "properties": {"a": {"type": "integer"}}}},
}


def line(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode() + b"\n"


def chat(*messages: Any, **keys: Any) -> bytes:
    """The line of one row; without messages, of a sound one."""
    return line({"messages": list(messages) or [USER, ASSISTANT], **keys})


def talk(asked: str, answer: str, system: str | None = None) -> bytes:
    """The line of one question and its answer."""
    first = [] if system is None else [{"role": "system", "content": system}]
    return chat(*first, {"role": "user", "content": asked}, {"role": "assistant", "content": answer})


def pair(preferred: str, rejected: str, *, asked: str = "Where is my order?", **keys: Any) -> bytes:
    """The line of a preference row."""
    outputs = [[{"role": "assistant", "content": text}] for text in (preferred, rejected)]
    messages = [{"role": "user", "content": asked}]
    return line(
        {"input": {"messages": messages}, "preferred_output": outputs[0], "non_preferred_output": outputs[1], **keys}
    )


def graded(asked: str, **items: Any) -> bytes:
    """The line of a row for reinforcement."""
    return line({"messages": [{"role": "user", "content": asked}], **items})


GOOD = chat()


def check(data: bytes, *, chunk_bytes: int = 1 << 20, max_line_bytes: int = MAX_LINE_BYTES, **options: Any) -> Report:
    return check_file(in_chunks(data, chunk_bytes), max_line_bytes=max_line_bytes, **options)


def check_quality(data: bytes, **options: Any) -> Report:
    return check(data, depth=Depth.QUALITY, **options)


def asks(answers: list[str], system: str | None = None) -> bytes:
    """A file with one row for each answer, each to another question."""
    return b"".join(talk(f"Question {number}?", answer, system) for number, answer in enumerate(answers))


def find(report: Report, code: str) -> Finding:
    return next(finding for finding in report.findings if finding.code == code)


def stories(count: int) -> list[str]:
    """Answers of some length that are all different."""
    return [
        f"This is the story of the number {number}, told at great length for the benefit of all."
        for number in range(count)
    ]


def in_chunks(data: bytes, chunk_bytes: int) -> Iterator[bytes]:
    return (data[start : start + chunk_bytes] for start in range(0, len(data), chunk_bytes))


def codes(report: Report) -> dict[str, int]:
    """Findings by code. The tests repeat rows freely, so duplicates are left out."""
    return {code: count for code, count in report.counts.items() if code != "duplicate_exact"}


def repeated(chunk: bytes, times: int) -> Iterable[bytes]:
    for _ in range(times):
        yield chunk
