"""`tunery chat`: ask a base or tuned model, answer streamed as it comes."""

from typing import Annotated

import typer
from openai import OpenAI
from openai.types.chat import ChatCompletionMessageParam

from cli.client import with_client


@with_client
def chat(
    client: OpenAI,
    model: Annotated[str, typer.Argument(help="A model of `tunery models list`, or a checkpoint.")],
    prompt: Annotated[str | None, typer.Argument(help="The question; left out, a conversation begins.")] = None,
    *,
    system: Annotated[str | None, typer.Option(help="System message.")] = None,
    temperature: Annotated[float, typer.Option(min=0, max=2, help="0 gives the same answer each time.")] = 0.0,
    max_tokens: Annotated[int, typer.Option(min=1, help="Longest answer.")] = 256,
) -> None:
    """Ask a model; without a prompt, talk to it until Ctrl-D."""
    messages: list[ChatCompletionMessageParam] = [{"role": "system", "content": system}] if system else []
    while (question := prompt or _ask()) is not None:
        messages.append({"role": "user", "content": question})
        answer = _stream(client, model, messages, temperature=temperature, max_tokens=max_tokens)
        messages.append({"role": "assistant", "content": answer})
        if prompt:
            return


def _ask() -> str | None:
    while True:
        try:
            question = input("> ").strip()
        except EOFError:
            print()
            return None
        if question:
            return question


def _stream(
    client: OpenAI,
    model: str,
    messages: list[ChatCompletionMessageParam],
    *,
    temperature: float,
    max_tokens: int,
) -> str:
    parts = []
    stream = client.chat.completions.create(
        model=model, messages=messages, temperature=temperature, max_tokens=max_tokens, stream=True
    )
    for chunk in stream:
        part = (chunk.choices[0].delta.content if chunk.choices else None) or ""
        print(part, end="", flush=True)
        parts.append(part)
    print()
    return "".join(parts)
