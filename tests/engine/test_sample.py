"""Generating answers."""

import pytest
import torch

from shared.engine.errors import ContextLengthExceededError
from shared.engine.model import Base
from shared.engine.render import render_prompt
from shared.engine.sample import Sampling, choose, generate
from tests.engine.toys import chat


@pytest.fixture
def prompt(base: Base) -> list[int]:
    return render_prompt(base.tokenizer, chat(("user", "hello"))["messages"])


def answer(base: Base, prompt: list[int], **options: object) -> str:
    sampling = Sampling(**options)  # type: ignore[arg-type]
    return "".join(piece.text for piece in generate(base, base.network, prompt, sampling))


class TestGenerate:
    def test_greedy_equals_recomputing(self, base: Base, prompt: list[int]) -> None:
        """The cached keys and values change nothing: each token is the likeliest after all before it."""
        ids = list(prompt)
        for _ in range(12):
            with torch.no_grad():
                ids.append(int(base.network(torch.tensor([ids])).logits[0, -1].argmax()))
        expected = base.tokenizer.decode(ids[len(prompt) :], skip_special_tokens=True)

        text = answer(base, prompt, temperature=0, max_tokens=12)

        assert text == expected.rstrip("\N{REPLACEMENT CHARACTER}")

    def test_same_seed_same_text(self, base: Base, prompt: list[int]) -> None:
        """The seed decides what is sampled."""
        one, same, other = (answer(base, prompt, seed=seed, max_tokens=40) for seed in (1, 1, 2))

        assert one == same
        assert one != other

    def test_length(self, base: Base, prompt: list[int]) -> None:
        """Generation ends at the limit and says that it was the limit."""
        *others, last = generate(base, base.network, prompt, Sampling(max_tokens=5, temperature=0))

        assert (last.completion_tokens, last.finish_reason) == (5, "length")
        assert all(piece.finish_reason is None for piece in others)

    def test_end_of_turn(self, base: Base, prompt: list[int]) -> None:
        """The end-of-turn token ends the answer, is counted and is not shown."""
        expected = answer(base, prompt, temperature=0, max_tokens=4)
        with torch.no_grad():
            ids = [*prompt, *base.tokenizer(expected)["input_ids"]]
            fifth = int(base.network(torch.tensor([ids])).logits[0, -1].argmax())
        base.network.generation_config.eos_token_id = [fifth, 2]

        pieces = list(generate(base, base.network, prompt, Sampling(temperature=0, max_tokens=20)))

        assert pieces[-1].finish_reason == "stop"
        assert pieces[-1].completion_tokens <= 5

    def test_stop_string(self, base: Base, prompt: list[int]) -> None:
        """A stop string ends the answer and is no part of it."""
        whole = answer(base, prompt, temperature=0, max_tokens=20)
        stop = whole[3:5]

        *_, last = pieces = list(
            generate(base, base.network, prompt, Sampling(temperature=0, max_tokens=20, stop=(stop,)))
        )

        assert "".join(piece.text for piece in pieces) == whole[: whole.index(stop)]
        assert last.finish_reason == "stop"

    def test_context_bounds_the_answer(self, base: Base) -> None:
        """Without a limit of its own an answer ends with the model's context."""
        prompt = [5] * (base.context_tokens - 3)

        *_, last = generate(base, base.network, prompt, Sampling(temperature=0))

        assert (last.completion_tokens, last.finish_reason) == (3, "length")

    def test_prompt_too_long(self, base: Base) -> None:
        """A prompt that fills the context is refused, with both numbers."""
        with pytest.raises(ContextLengthExceededError, match=r"512 tokens .* context of 512"):
            next(generate(base, base.network, [5] * 512, Sampling()))


class TestChoose:
    LOGITS = torch.tensor([2.0, 1.0, 0.0, -1.0])

    def drawn(self, **options: float) -> set[int]:
        generator = torch.Generator().manual_seed(0)
        sampling = Sampling(**options)  # type: ignore[arg-type]
        return {choose(self.LOGITS, sampling, generator) for _ in range(300)}

    def test_temperature_zero(self) -> None:
        """Temperature 0 takes the likeliest token, always."""
        assert self.drawn(temperature=0) == {0}

    def test_plain_sampling(self) -> None:
        """At temperature 1 every token may come."""
        assert self.drawn() == {0, 1, 2, 3}

    @pytest.mark.parametrize(("top_p", "tokens"), [(0.0, {0}), (0.5, {0}), (0.7, {0, 1}), (0.9, {0, 1, 2})])
    def test_nucleus(self, top_p: float, tokens: set[int]) -> None:
        """top_p keeps the likeliest tokens (here .64, .24, .09, .03) that reach it together."""
        assert self.drawn(top_p=top_p) == tokens
