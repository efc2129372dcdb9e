"""Training files, good and bad, as bytes."""

import json
from typing import Any


def chat_row(question: str = "2 + 2?", answer: str = "4") -> dict[str, Any]:
    messages = [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
    return {"messages": messages}


def jsonl(*rows: Any) -> bytes:
    """Each row as JSON on a line of its own; bytes stand as they are."""
    lines = (row if isinstance(row, bytes) else json.dumps(row).encode() for row in rows)
    return b"".join(line + b"\n" for line in lines)


def good_file(rows: int = 10) -> bytes:
    """A file that a job accepts."""
    return jsonl(*(chat_row(f"{number} + 1?", f"{number + 1}") for number in range(rows)))
