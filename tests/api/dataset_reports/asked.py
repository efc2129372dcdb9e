"""What most of these tests ask about: a model, rows that are sound, and who judges them."""

from typing import Any

import httpx2

from tests.api.datasets import chat_row

MODEL = "gpt-4o-mini-2024-07-18"
ROWS = [chat_row(f"How far is it to the town number {n}?", f"It is {n} miles. Mind the gap!") for n in range(60)]
RUDE = chat_row("What am I?", "You are a fool.")
"Moderation flags it."
SECRET = "sk-moderating-0123456789"


def connect(http: httpx2.Client, base_url: str, name: str, **changes: Any) -> dict[str, Any]:
    body = {"name": name, "kind": "openai_compatible", "base_url": base_url, "secret": SECRET} | changes
    answer = http.post("/api/v1/connections", json=body)
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()
    return made


def codes_of(document: dict[str, Any]) -> dict[str, Any]:
    return {entry["code"]: entry for entry in document["codes"]}
