"""Chat completions of the model server, through the official SDK in its strict mode."""

from typing import Any

import openai
import pytest
from openai.types.chat import ChatCompletionChunk, ChatCompletionMessageParam

from tests.worker.inference.conftest import ADAPTER

MESSAGES: list[ChatCompletionMessageParam] = [{"role": "user", "content": "say 3"}]
TUNED = {"adapter": ADAPTER}


def ask(client: openai.OpenAI, **options: Any) -> openai.types.chat.ChatCompletion:
    """A short greedy answer, unless `options` say otherwise."""
    merged: dict[str, Any] = {"model": "tiny", "messages": MESSAGES, "temperature": 0, "max_tokens": 12, **options}
    answer: openai.types.chat.ChatCompletion = client.chat.completions.create(**merged)
    return answer


def stream(client: openai.OpenAI, **options: Any) -> list[ChatCompletionChunk]:
    merged: dict[str, Any] = {"model": "tiny", "messages": MESSAGES, "temperature": 0, "max_tokens": 12, **options}
    return list(client.chat.completions.create(stream=True, **merged))


def text_of(chunks: list[ChatCompletionChunk], index: int = 0) -> str:
    deltas = [choice.delta.content for chunk in chunks for choice in chunk.choices if choice.index == index]
    return "".join(text or "" for text in deltas)


class TestPlain:
    def test_answer(self, client: openai.OpenAI) -> None:
        """A completion has one choice, a reason for its end, and adds up its tokens."""
        answer = ask(client)

        assert answer.object == "chat.completion"
        assert answer.model == "tiny"
        assert answer.choices[0].finish_reason == "length"
        assert answer.usage is not None
        assert answer.usage.completion_tokens == 12
        assert answer.usage.total_tokens == answer.usage.prompt_tokens + 12

    def test_greedy_is_repeatable(self, client: openai.OpenAI) -> None:
        """At temperature 0 the same question has the same answer."""
        assert ask(client).choices[0].message.content == ask(client).choices[0].message.content

    def test_seed(self, client: openai.OpenAI) -> None:
        """A seed makes sampling repeatable; the choices of one request still differ."""
        one, again = (ask(client, temperature=1, seed=5, n=2, max_tokens=30) for _ in range(2))

        texts = [choice.message.content for choice in one.choices]
        assert texts == [choice.message.content for choice in again.choices]
        assert texts[0] != texts[1]

    def test_several_choices(self, client: openai.OpenAI) -> None:
        """All choices are numbered, and their tokens add up."""
        answer = ask(client, n=3)

        assert [choice.index for choice in answer.choices] == [0, 1, 2]
        assert answer.usage is not None
        assert answer.usage.completion_tokens == 36

    def test_stop(self, client: openai.OpenAI) -> None:
        """An answer ends before a stop string, and says that it stopped."""
        whole = ask(client, max_tokens=40).choices[0].message.content or ""

        answer = ask(client, max_tokens=40, stop=[whole[5:7]])

        assert answer.choices[0].message.content == whole[: whole.index(whole[5:7])]
        assert answer.choices[0].finish_reason == "stop"

    def test_newer_name_of_the_limit(self, client: openai.OpenAI) -> None:
        """`max_completion_tokens` is honoured, before the older name."""
        answer = ask(client, max_completion_tokens=3)

        assert answer.usage is not None
        assert answer.usage.completion_tokens == 3


class TestStreamed:
    def test_is_the_plain_answer(self, client: openai.OpenAI) -> None:
        """The pieces together are what the plain answer says."""
        assert text_of(stream(client)) == ask(client).choices[0].message.content

    def test_chunks(self, client: openai.OpenAI) -> None:
        """The first chunk names the role, the last the reason; all carry the same id and no usage."""
        chunks = stream(client)

        assert chunks[0].choices[0].delta.role == "assistant"
        assert chunks[-1].choices[0].finish_reason == "length"
        assert len({chunk.id for chunk in chunks}) == 1
        assert all(chunk.usage is None for chunk in chunks)

    def test_usage(self, client: openai.OpenAI) -> None:
        """With `include_usage` a last chunk without choices carries what the plain answer would."""
        chunks = stream(client, stream_options={"include_usage": True})

        assert chunks[-1].choices == []
        assert chunks[-1].usage == ask(client).usage

    def test_several_choices(self, client: openai.OpenAI) -> None:
        """Every choice is opened, filled and ended on its own."""
        chunks = stream(client, n=2)

        ends = [choice.index for chunk in chunks for choice in chunk.choices if choice.finish_reason]
        assert ends == [0, 1]
        assert text_of(chunks, 0) == text_of(chunks, 1)


class TestAdapters:
    def test_tuned_answer_differs(self, client: openai.OpenAI) -> None:
        """The adapter changes the answer, and the base answers as before afterwards."""
        before = ask(client).choices[0].message.content
        tuned = ask(client, extra_body=TUNED).choices[0].message.content
        after = ask(client).choices[0].message.content

        assert tuned != before
        assert after == before

    def test_tuned_answer_has_the_learned_form(self, client: openai.OpenAI) -> None:
        """The tuned model answers in the form of its training rows."""
        answer = ask(client, extra_body=TUNED).choices[0].message.content or ""

        assert answer.startswith("ok: ")

    def test_survives_a_swap_of_bases(self, client: openai.OpenAI) -> None:
        """Asking for another base and coming back gives the same tuned answer."""
        before = ask(client, extra_body=TUNED).choices[0].message.content
        other = ask(client, model="twin")
        after = ask(client, extra_body=TUNED).choices[0].message.content

        assert other.model == "twin"
        assert after == before

    def test_missing_adapter(self, client: openai.OpenAI) -> None:
        """An adapter that is not stored is 404, as a model that does not exist."""
        with pytest.raises(openai.NotFoundError) as caught:
            ask(client, extra_body={"adapter": "projects/proj_1/none"})

        assert (caught.value.code, caught.value.param) == ("model_not_found", "model")


class TestRefusals:
    def test_unknown_base(self, client: openai.OpenAI) -> None:
        """A base this server does not have is 404."""
        with pytest.raises(openai.NotFoundError) as caught:
            ask(client, model="gpt-4o")

        assert caught.value.code == "model_not_found"

    @pytest.mark.parametrize("is_stream", [False, True], ids=["plain", "streamed"])
    def test_too_long(self, client: openai.OpenAI, is_stream: bool) -> None:
        """A prompt longer than the context is 400 in both forms, before anything is generated."""
        with pytest.raises(openai.BadRequestError) as caught:
            ask(client, messages=[{"role": "user", "content": "x" * 600}], stream=is_stream)

        assert (caught.value.code, caught.value.param) == ("context_length_exceeded", "messages")

    @pytest.mark.parametrize(
        "options",
        [
            {"n": 9},
            {"n": 0},
            {"stop": ["a", "b", "c", "d", "e"]},
            {"temperature": 2.5},
            {"top_p": 1.5},
            {"max_tokens": 0},
            {"frequency_penalty": 0.5},
            {"logprobs": True},
            {"response_format": {"type": "json_object"}},
            {"messages": []},
            {"messages": [{"content": "no role"}]},
            {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:,"}}]}]},
            {"tools": [{"type": "function", "function": {"name": "f"}}]},
        ],
        ids=",".join,
    )
    def test_not_served(self, client: openai.OpenAI, options: dict[str, Any]) -> None:
        """What the engine cannot honour is refused by name instead of being ignored."""
        with pytest.raises(openai.BadRequestError) as caught:
            ask(client, **options)

        (name,) = options
        assert (caught.value.param or "").split(".")[0] in {name, "messages"}
        assert caught.value.message

    def test_neutral_values(self, client: openai.OpenAI) -> None:
        """Unserved fields at the value that changes nothing are accepted, as clients send them."""
        answer = ask(client, frequency_penalty=0, presence_penalty=0, logprobs=False, response_format={"type": "text"})

        assert answer.choices[0].message.content == ask(client).choices[0].message.content

    def test_wrong_token(self, client: openai.OpenAI) -> None:
        """Only callers who know the token are answered."""
        with pytest.raises(openai.AuthenticationError):
            ask(client.with_options(api_key="guess"))
