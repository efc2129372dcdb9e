"""Prompts are what a row asks, and its last answer is what the data says it should be."""

import json
from typing import Any

from shared.recordings.prompts import Prompt, draw, prompt_of, read_prompts, text_of_answer

ASKED = {"role": "user", "content": "Which colour?"}


def lines(count: int) -> bytes:
    rows = [
        {"messages": [{"role": "user", "content": str(n)}, {"role": "assistant", "content": "x"}]} for n in range(count)
    ]
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


class TestPromptOf:
    def test_chat(self) -> None:
        """The last answer of a chat is its reference, and all before it is asked."""
        row = {"messages": [ASKED, {"role": "assistant", "content": "red", "weight": 1}]}

        assert prompt_of(row, line=3) == Prompt(3, {"messages": [ASKED]}, "red")

    def test_tools(self) -> None:
        """Tools go along, and a call of one is the reference as JSON."""
        call = {"id": "1", "type": "function", "function": {"name": "paint", "arguments": "{}"}}
        row = {"messages": [ASKED, {"role": "assistant", "tool_calls": [call]}], "tools": [{"type": "function"}]}

        prompt = prompt_of(row, line=1)

        assert prompt is not None
        assert prompt.request == {"messages": [ASKED], "tools": [{"type": "function"}]}
        assert json.loads(prompt.reference or "") == [{"name": "paint", "arguments": "{}"}]

    def test_preference(self) -> None:
        """A preference row asks its input, and what was preferred is the reference."""
        row = {"input": {"messages": [ASKED]}, "preferred_output": [{"role": "assistant", "content": "red"}]}

        assert prompt_of(row, line=1) == Prompt(1, {"messages": [ASKED]}, "red")

    def test_weights(self) -> None:
        """What only training reads is not sent."""
        earlier = {"role": "assistant", "content": "blue", "weight": 0}

        prompt = prompt_of({"messages": [ASKED, earlier, ASKED]}, line=1)

        assert prompt is not None
        assert "weight" not in prompt.request["messages"][1]

    def test_nothing_to_ask(self) -> None:
        """A row without a question has no prompt."""
        rows: list[dict[str, Any]] = [
            {},
            {"messages": 1},
            {"messages": []},
            {"messages": [{"role": "assistant", "content": "x"}]},
        ]

        assert [prompt_of(row, line=1) for row in rows] == [None] * 4


class TestDraw:
    def test_is_seeded(self) -> None:
        """The same seed draws the same rows, another one others, in the order of the file."""
        prompts = list(read_prompts([lines(100)], max_line_bytes=1000))

        first, again, other = (draw(prompts, sample=10, seed=seed, most=1000) for seed in (1, 1, 2))

        assert first == again != other
        assert [prompt.line for prompt in first] == sorted(prompt.line for prompt in first)

    def test_each_prompt_once(self) -> None:
        """Rows that ask the same are asked once."""
        prompts = read_prompts([lines(5) * 3], max_line_bytes=1000)

        assert len(draw(prompts, sample=None, seed=0, most=1000)) == 5

    def test_bad_lines(self) -> None:
        """Lines that cannot be read are passed over."""
        prompts = read_prompts([b"{nonsense\n\n[]\n" + lines(1)], max_line_bytes=1000)

        assert [prompt.line for prompt in prompts] == [4]


def test_text_of_answer() -> None:
    """A refusal is an answer too, and a missing one is empty."""
    assert text_of_answer({"role": "assistant", "content": None, "refusal": "No."}) == "No."
    assert text_of_answer(None) == ""
