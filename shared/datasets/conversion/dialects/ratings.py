"""Answers rated good or bad one at a time (KTO): the good ones as chat rows, or both kinds paired by prompt."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from shared.datasets.conversion.dialects.base import Dialect, Fields, has_list, keys_of
from shared.datasets.conversion.dialects.held import Held
from shared.datasets.conversion.dialects.pairs import read_prompt
from shared.datasets.conversion.dialects.turns import read_conversation
from shared.datasets.conversion.errors import RecordError
from shared.datasets.conversion.limits import Limits
from shared.datasets.conversion.mapping import FieldMapping, first_of
from shared.datasets.conversion.messages import Message, make_chat, make_preference
from shared.datasets.conversion.options import Options
from shared.datasets.conversion.record import Converted, Problem, Record
from shared.datasets.conversion.values import look_up, require_text, write_json
from shared.quoting import quote

_LABELS = ("kto_tag", "label", "desirable", "is_good")
_GOOD = frozenset({"true", "1", "1.0", "good", "desirable", "chosen", "yes"})
_BAD = frozenset({"false", "0", "0.0", "-1", "bad", "undesirable", "rejected", "no"})


class RatingGatherer:
    """With `kto: pairs`, good and bad answers wait for one of the other kind to the same prompt."""

    def __init__(self, mapping: FieldMapping, options: Options, limits: Limits) -> None:
        self._mapping = mapping
        self._options = options
        self._waiting: dict[str, list[_Rated]] = {}
        self._held = Held(limits)

    def add(self, record: Record) -> Iterable[Converted | Problem]:
        """The row that this answer makes or completes, or nothing yet. Raises RecordError."""
        prompt, answer = _read(record.value, self._mapping, self._options)
        is_good = read_verdict(look_up(record.value, self._mapping.label))
        if self._options.kto == "positives":
            if not is_good:
                raise RecordError("a bad answer; the option kto: pairs uses those that have a good one beside them")
            tools = look_up(record.value, self._mapping.tools)
            return [Converted(record.number, make_chat([*prompt, answer], options=self._options, tools=tools))]
        return self._pair(_Rated(record, prompt, answer, is_good=is_good))

    def finish(self) -> Iterator[Converted | Problem]:
        """Every answer that is left alone."""
        for waiting in self._waiting.values():
            for rated in waiting:
                kind = "bad" if rated.is_good else "good"
                yield Problem(rated.record.number, f"no {kind} answer to the same prompt was left to pair it with")

    def _pair(self, rated: "_Rated") -> Iterable[Converted | Problem]:
        key = write_json(rated.prompt)
        waiting = self._waiting.setdefault(key, [])
        partner = next((other for other in waiting if other.is_good != rated.is_good), None)
        if partner is None:
            self._held.add(rated.record)
            waiting.append(rated)
            return []
        waiting.remove(partner)
        good, bad = (rated, partner) if rated.is_good else (partner, rated)
        tools = look_up(rated.record.value, self._mapping.tools)
        row = make_preference(rated.prompt, [good.answer], [bad.answer], options=self._options, tools=tools)
        return [Converted(good.record.number, row)]


class _Rated:
    def __init__(self, record: Record, prompt: list[Message], answer: Message, *, is_good: bool) -> None:
        self.record = record
        self.prompt = prompt
        self.answer = answer
        self.is_good = is_good


def read_verdict(value: Any) -> bool:
    """Whether an answer is good. Raises RecordError for what cannot be told."""
    told = str(value).strip().lower()
    if told in _GOOD or told in _BAD:
        return told in _GOOD
    raise RecordError(f"the label {quote(told)} says neither good nor bad; true and false do")


def _read(record: Fields, mapping: FieldMapping, options: Options) -> tuple[list[Message], Message]:
    if mapping.messages is None:
        name = mapping.response or "completion"
        value = look_up(record, name)
        if isinstance(value, list) and len(value) == 1 and isinstance(value[0], dict):
            value = value[0].get("content")
        return read_prompt(record, mapping, options), {"role": "assistant", "content": require_text(value, name)}
    messages = read_conversation(record, mapping)
    if messages[-1]["role"] != "assistant" or len(messages) == 1:
        raise RecordError("the conversation does not end with an answer to something")
    return messages[:-1], messages[-1]


def _recognises(record: Fields) -> bool:
    name = first_of(record, *_LABELS)
    if name is None or str(record[name]).strip().lower() not in _GOOD | _BAD:
        return False
    return has_list(record, "messages") or has_list(record, "conversations") or {"prompt", "completion"} <= set(record)


def _find(sample: Sequence[Fields]) -> FieldMapping:
    keys = keys_of(sample)
    messages = first_of(keys, "messages", "conversations")
    return FieldMapping(
        messages=messages,
        prompt=None if messages else "prompt",
        response=None if messages else first_of(keys, "completion", "response"),
        label=first_of(keys, *_LABELS),
        system=first_of(keys, "system"),
        tools=first_of(keys, "tools"),
        images=first_of(keys, "images"),
    )


KTO = Dialect("kto", "answers rated good or bad", _recognises, _find, gather=RatingGatherer)
