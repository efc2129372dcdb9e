"""Generates an answer token by token, with a key-value cache. Knows neither HTTP nor where adapters come from."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor

from shared.engine.errors import ContextLengthExceededError
from shared.engine.model import Base
from shared.engine.text import StopStrings, TextStream

FinishReason = Literal["stop", "length"]


@dataclass(frozen=True, kw_only=True)
class Sampling:
    """How to choose the next token, and when to stop choosing."""

    max_tokens: int | None = None
    """None: as many as the context has room for."""
    temperature: float = 1.0
    """0 takes the likeliest token."""
    top_p: float = 1.0
    """Choose among the likeliest tokens that together have this probability."""
    seed: int = 0
    stop: tuple[str, ...] = ()


@dataclass(frozen=True)
class Piece:
    """Some more text. The last piece, and only that, has a finish reason."""

    text: str
    completion_tokens: int
    """Generated so far, the end-of-turn token included."""
    finish_reason: FinishReason | None = None


def generate(base: Base, network: Any, prompt: list[int], sampling: Sampling) -> Iterator[Piece]:
    """Answer `prompt`, a piece for every token. Closing the iterator ends the work.

    Equal arguments give equal text on one machine. Raises ContextLengthExceededError before the first piece.
    """
    room = base.context_tokens - len(prompt)
    if room < 1:
        raise ContextLengthExceededError(n_tokens=len(prompt), context_tokens=base.context_tokens)
    limit = room if sampling.max_tokens is None else min(room, sampling.max_tokens)
    ends = end_of_turn_ids(base)
    stream, stops = TextStream(base.tokenizer), StopStrings(sampling.stop)
    for count, token in enumerate(_tokens(base, network, prompt, sampling), start=1):
        if token in ends:
            yield Piece(stops.flush(), count, "stop")
            return
        text = stops.push(stream.push(token))
        if stops.is_hit:
            yield Piece(text, count, "stop")
            return
        if count >= limit:
            yield Piece(text + stops.flush(), count, "length")
            return
        yield Piece(text, count)


def end_of_turn_ids(base: Base) -> set[int]:
    """Ids with which this model ends its turn."""
    configured = base.network.generation_config.eos_token_id
    ids = configured if isinstance(configured, list) else [configured]
    return {end for end in (*ids, base.tokenizer.eos_token_id) if end is not None}


def _tokens(base: Base, network: Any, prompt: list[int], sampling: Sampling) -> Iterator[int]:
    """Tokens without end; the caller knows when to stop."""
    generator = torch.Generator().manual_seed(sampling.seed)
    cache = None
    ids = prompt
    while True:
        # Not around the yield: a generator's context would leak into whoever consumes it.
        with torch.inference_mode():
            output = network(
                input_ids=torch.tensor([ids], device=base.device),
                past_key_values=cache,
                use_cache=True,
                logits_to_keep=1,
            )
        cache = output.past_key_values
        token = choose(output.logits[0, -1].float().cpu(), sampling, generator)
        yield token
        ids = [token]


def choose(logits: Tensor, sampling: Sampling, generator: torch.Generator) -> int:
    """The next token from unnormalised log probabilities of shape (V,)."""
    if sampling.temperature == 0:
        return int(logits.argmax())
    probabilities = torch.softmax(logits / sampling.temperature, dim=-1)
    if sampling.top_p < 1:
        probabilities = _nucleus(probabilities, sampling.top_p)
    return int(torch.multinomial(probabilities, 1, generator=generator))


def _nucleus(probabilities: Tensor, top_p: float) -> Tensor:
    """Zero all but the likeliest tokens that reach `top_p` together; the likeliest always stays (Holtzman 2019)."""
    ordered, places = probabilities.sort(descending=True)
    is_late = ordered.cumsum(0) - ordered >= top_p
    is_late[0] = False
    return probabilities.index_fill(0, places[is_late], 0.0)
