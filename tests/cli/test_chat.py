"""`tunery chat`: an answer as it comes, once or in a conversation."""

import json

from tests.cli.conftest import TinyApi, Tunery


def stream(*parts: str) -> str:
    chunks = [
        {
            "id": "chatcmpl-1",
            "object": "chat.completion.chunk",
            "created": 1,
            "model": "m",
            "choices": [{"index": 0, "delta": {"content": part}, "finish_reason": None}],
        }
        for part in parts
    ]
    return "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks) + "data: [DONE]\n\n"


class TestChat:
    def test_a_prompt_gets_one_answer(self, tunery: Tunery, api: TinyApi) -> None:
        """With a prompt the streamed answer is printed whole, and the command ends."""
        api.answer("POST /v1/chat/completions", stream("Hi, ", "there"))

        result = tunery("chat", "m", "Hi")

        assert (result.stdout, result.exit_code, len(api.requests)) == ("Hi, there\n", 0, 1)

    def test_without_a_prompt_it_talks_until_the_input_ends(self, tunery: Tunery, api: TinyApi) -> None:
        """Without a prompt each line typed is answered; empty lines are skipped, the end of input ends it."""
        api.answer("POST /v1/chat/completions", stream("one"), stream("two"))

        result = tunery("chat", "m", text="first\n\nsecond\n")

        assert result.exit_code == 0
        assert [word for word in result.stdout.split() if word != ">"] == ["one", "two"]
        assert len(api.requests) == 2
