"""Two answers to one prompt, one of them better: every way people write that down, as OpenAI's preference rows."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from shared.datasets.conversion.dialects.base import Dialect, Fields, keys_of
from shared.datasets.conversion.dialects.pairs import read_prompt
from shared.datasets.conversion.dialects.turns import TurnReader, read_conversation
from shared.datasets.conversion.errors import RecordError
from shared.datasets.conversion.mapping import FieldMapping, first_of
from shared.datasets.conversion.messages import Message, Row, make_preference
from shared.datasets.conversion.options import Options
from shared.datasets.conversion.values import drop_nulls, from_json, look_up, require_text
from shared.quoting import quote

_OPENAI_KEYS = ("input", "preferred_output", "non_preferred_output")
_SPEAKERS = {"Human": "user", "Assistant": "assistant"}
_TURN = re.compile(r"(?:^|\n\n)(Human|Assistant):")
_CHOICES = (("chosen", "rejected"), ("chosen_messages", "rejected_messages"), ("chosen_response", "rejected_response"))
_NUMBERED = (
    ("answer1", "answer2"),
    ("response_0", "response_1"),
    ("answer_a", "answer_b"),
    ("response_a", "response_b"),
)
_VERDICTS = ("better_response_id", "preferred", "preference", "winner", "better", "label", "choice")
_PROMPTS = ("prompt", "question", "instruction", "query", "input")
_FIRST = frozenset({"a", "answer1", "answer_a", "response_0", "response_a", "first"})
_SECOND = frozenset({"b", "answer2", "answer_b", "response_1", "response_b", "second"})


def _convert_openai(record: Fields, _mapping: FieldMapping, _options: Options) -> Iterable[Row]:
    yield drop_nulls({key: from_json(record[key], key) for key in _OPENAI_KEYS})


def _convert_answers(record: Fields, mapping: FieldMapping, options: Options) -> Iterable[Row]:
    chosen, rejected = (_read_answer(record, name) for name in (mapping.chosen, mapping.rejected))
    yield _make_row(record, mapping, options, chosen, rejected)


def _convert_rated(record: Fields, mapping: FieldMapping, options: Options) -> Iterable[Row]:
    first, second = (_read_answer(record, name) for name in (mapping.chosen, mapping.rejected))
    chosen, rejected = (first, second) if _is_first_better(look_up(record, mapping.label)) else (second, first)
    yield _make_row(record, mapping, options, chosen, rejected)


def _make_row(
    record: Fields, mapping: FieldMapping, options: Options, chosen: list[Message], rejected: list[Message]
) -> Row:
    shared = _count_shared(chosen, rejected)
    prompt, chosen, rejected = chosen[:shared], chosen[shared:], rejected[shared:]
    is_told_twice = bool(prompt) and prompt[0]["role"] != "assistant"
    if is_told_twice:
        # Both sides hold the conversation from its first message on: what they share is the prompt.
        prompt = _lead(record, mapping, prompt)
    elif mapping.messages is not None:
        prompt = [*read_conversation(record, mapping), *prompt]
    elif look_up(record, mapping.prompt) is not None:
        prompt = [*read_prompt(record, mapping, options), *prompt]
    return make_preference(prompt, chosen, rejected, options=options, tools=look_up(record, mapping.tools))


def _lead(record: Fields, mapping: FieldMapping, prompt: list[Message]) -> list[Message]:
    system = look_up(record, mapping.system)
    if not system or (prompt and prompt[0].get("role") == "system"):
        return prompt
    return [{"role": "system", "content": system}, *prompt]


def _count_shared(chosen: Sequence[Message], rejected: Sequence[Message]) -> int:
    shared = 0
    while shared < min(len(chosen), len(rejected)) - 1 and chosen[shared] == rejected[shared]:
        shared += 1
    return shared


def _read_answer(record: Fields, name: str | None) -> list[Message]:
    """An answer as messages: from a text, a transcript, one message, a list of them, or an object that holds one."""
    shown = name or "chosen"
    value = look_up(record, name)
    if isinstance(value, str) and value.lstrip()[:1] in {"[", "{"}:
        value = _parse_softly(value)
    if isinstance(value, dict) and isinstance(value.get("messages"), list):
        value = value["messages"]
    if isinstance(value, dict):
        value = [value]
    if isinstance(value, list):
        if not value or not all(isinstance(message, dict) for message in value):
            raise RecordError(f"{quote(shown)} is a list of something other than messages")
        return TurnReader(FieldMapping()).read(value)
    text = require_text(value, shown)
    return _read_transcript(text) if _TURN.match(text) else [{"role": "assistant", "content": text}]


def _parse_softly(text: str) -> Any:
    """Messages in JSON, as cells of tables hold them; a text that only begins like JSON stays a text."""
    try:
        value = from_json(text, "answer")
    except RecordError:
        return text
    items = value if isinstance(value, list) else [value]
    has_turns = items and all(isinstance(item, dict) and {"role", "from", "messages"} & set(item) for item in items)
    return value if has_turns else text


def _read_transcript(text: str) -> list[Message]:
    """Turns of `Human:` and `Assistant:` paragraphs."""
    pieces = _TURN.split(text)
    return [
        {"role": _SPEAKERS[speaker], "content": said.strip()}
        for speaker, said in zip(pieces[1::2], pieces[2::2], strict=True)
    ]


def _is_first_better(verdict: Any) -> bool:
    told = str(verdict).strip().lower()
    if told in _FIRST | {"0", "0.0"}:
        return True
    if told in _SECOND | {"1", "1.0"}:
        return False
    raise RecordError(f"which answer is better cannot be told from {quote(told)}; 0 and 1, a and b, or their names do")


def _recognises_openai(record: Fields) -> bool:
    return all(name in record for name in _OPENAI_KEYS)


def _recognises_answers(record: Fields) -> bool:
    return any(chosen in record and rejected in record for chosen, rejected in _CHOICES)


def _recognises_rated(record: Fields) -> bool:
    has_answers = any(first in record and second in record for first, second in _NUMBERED)
    return has_answers and any(record.get(name) is not None for name in _VERDICTS)


def _find_answers(sample: Sequence[Fields]) -> FieldMapping:
    keys = keys_of(sample)
    return _with_prompt(keys, next(((one, two) for one, two in _CHOICES if one in keys), _CHOICES[0]))


def _find_rated(sample: Sequence[Fields]) -> FieldMapping:
    keys = keys_of(sample)
    answers = next(((one, two) for one, two in _NUMBERED if one in keys), _NUMBERED[0])
    return _with_prompt(keys, answers, label=first_of(keys, *_VERDICTS))


def _with_prompt(keys: set[str], answers: tuple[str, str], label: str | None = None) -> FieldMapping:
    prompt = first_of(keys, *_PROMPTS)
    messages = None if prompt else first_of(keys, "conversations", "conversation", "messages")
    return FieldMapping(
        chosen=answers[0],
        rejected=answers[1],
        label=label,
        messages=messages,
        prompt=prompt,
        context=first_of(keys, "input", "context") if prompt == "instruction" else None,
        system=first_of(keys, "system", "system_prompt"),
        tools=first_of(keys, "tools"),
        images=first_of(keys, "images"),
    )


OPENAI_PREFERENCE = Dialect(
    "preference", "OpenAI preference rows", _recognises_openai, lambda _: FieldMapping(), _convert_openai
)
CHOSEN_REJECTED = Dialect(
    "chosen_rejected", "chosen and rejected answers", _recognises_answers, _find_answers, _convert_answers
)
RATED_PAIR = Dialect("rated_pair", "two answers and a verdict", _recognises_rated, _find_rated, _convert_rated)
