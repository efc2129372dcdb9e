"""What most of these tests ask about: a model, and rows that are sound."""

from tests.api.datasets import chat_row

MODEL = "gpt-4o-mini-2024-07-18"
ROWS = [chat_row(f"How far is it to the town number {n}?", f"It is {n} miles. Mind the gap!") for n in range(60)]
