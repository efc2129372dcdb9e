"""Records of one question and one answer under many names: Alpaca, Dolly, ms-swift, prompt and completion, QA."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from shared.datasets.conversion.dialects.base import Dialect, Fields, keys_of
from shared.datasets.conversion.errors import RecordError
from shared.datasets.conversion.images import place_images
from shared.datasets.conversion.mapping import FieldMapping, first_of
from shared.datasets.conversion.messages import Message, Row, make_chat
from shared.datasets.conversion.options import Options
from shared.datasets.conversion.values import from_json, look_up, require_text, to_text
from shared.quoting import quote

_PROMPT_END_MARKS = ("\n\n###\n\n", "\n###\n", "###", " ->", "->")
_STANFORD_INPUT = "\n\n### Input:"
_TEXT_LABELS = ("label", "category", "intent", "sentiment")
_ANSWER_END_MARKS = ("<|endoftext|>", "###", " END", "\nEND")
"""What OpenAI's old guide for completion models told people to put at the ends."""


def convert_pair(record: Fields, mapping: FieldMapping, options: Options) -> Iterable[Row]:
    """One chat row: system, earlier turns, question with its context, answer. Raises RecordError."""
    asked = read_prompt(record, mapping, options)
    name = mapping.response or "response"
    answer = _read_answer(look_up(record, name), name)
    yield make_chat(
        place_images([*asked, *answer], look_up(record, mapping.images)),
        options=options,
        tools=look_up(record, mapping.tools),
    )


def read_prompt(record: Fields, mapping: FieldMapping, options: Options) -> list[Message]:
    """Everything before the answer. A prompt may be a list of messages. Raises RecordError."""
    messages: list[Message] = []
    if system := to_text(look_up(record, mapping.system)):
        messages.append({"role": "system", "content": system})
    messages.extend(_read_history(look_up(record, mapping.history)))
    name = mapping.prompt or "prompt"
    prompt = look_up(record, name)
    if isinstance(prompt, list):
        return [*messages, *prompt] if all(isinstance(message, dict) for message in prompt) else _refuse_list(name)
    question = require_text(prompt, name)
    context = to_text(look_up(record, mapping.context))
    if context.strip():
        question += _STANFORD_INPUT if options.input_template == "stanford" else ""
        question += f"\n{context}"
    return [*messages, {"role": "user", "content": question}]


def _refuse_list(name: str) -> list[Message]:
    raise RecordError(f"{quote(name)} is a list of something other than messages")


def _read_answer(value: Any, name: str) -> list[Message]:
    if isinstance(value, dict) and isinstance(value.get("text"), list):
        value = value["text"]  # SQuAD keeps answers and their places in one object.
    if isinstance(value, list):
        if value and all(isinstance(item, dict) and "role" in item for item in value):
            return value
        value = value[0] if value else None
    return [{"role": "assistant", "content": require_text(value, name)}]


def _read_history(value: Any) -> list[Message]:
    """Earlier turns as pairs of question and answer."""
    messages: list[Message] = []
    pairs = from_json(value, "history") or []
    if not isinstance(pairs, list):
        raise RecordError("the history is not a list of pairs of question and answer")
    for pair in pairs:
        if not isinstance(pair, list | tuple) or len(pair) != 2:  # noqa: PLR2004  a pair
            raise RecordError("the history is not a list of pairs of question and answer")
        messages.append({"role": "user", "content": to_text(pair[0])})
        messages.append({"role": "assistant", "content": to_text(pair[1])})
    return messages


def _has(*names: str, one_of: tuple[str, ...] = ()) -> Callable[[Fields], bool]:
    """A recogniser by keys: all of `names`, and one of the others if there are any."""

    def recognises(record: Fields) -> bool:
        return all(name in record for name in names) and (not one_of or any(name in record for name in one_of))

    return recognises


def _find(
    *, prompt: tuple[str, ...], response: tuple[str, ...], context: tuple[str, ...] = ()
) -> Callable[[Sequence[Fields]], FieldMapping]:
    """What finds a mapping by the first name of each part that is there."""

    def find_mapping(sample: Sequence[Fields]) -> FieldMapping:
        keys = keys_of(sample)
        return FieldMapping(
            prompt=first_of(keys, *prompt),
            response=first_of(keys, *response),
            context=first_of(keys, *context),
            system=first_of(keys, "system", "system_prompt"),
            history=first_of(keys, "history"),
            tools=first_of(keys, "tools"),
            images=first_of(keys, "images"),
        )

    return find_mapping


def _convert_completion(record: Fields, mapping: FieldMapping, options: Options) -> Iterable[Row]:
    if options.strip_legacy:
        prompt, response = mapping.prompt or "prompt", mapping.response or "completion"
        record = record | {
            prompt: _strip(record.get(prompt), _PROMPT_END_MARKS),
            response: _strip(record.get(response), _ANSWER_END_MARKS),
        }
    return convert_pair(record, mapping, options)


def _is_name(value: Any) -> bool:
    """Whether a label is a word: a number says nothing without the list that it counts in."""
    return isinstance(value, str) and bool(value.strip()) and not value.strip().lstrip("-").isdecimal()


def _strip(value: Any, marks: tuple[str, ...]) -> Any:
    if not isinstance(value, str):
        return value
    text = value.strip(" \n") if marks is _ANSWER_END_MARKS else value.rstrip(" \n")
    for mark in marks:
        text = text.removesuffix(mark.rstrip(" \n")).rstrip(" \n") if text.endswith(mark.rstrip(" \n")) else text
    return text


DOLLY = Dialect(
    "dolly", "Dolly rows", _has("instruction", "context", "response"),
    _find(prompt=("instruction",), response=("response",), context=("context",)), convert_pair,
)  # fmt: skip
ALPACA = Dialect(
    "alpaca", "Alpaca rows", _has("instruction", one_of=("output", "response", "answer")),
    _find(prompt=("instruction",), response=("output", "response", "answer"), context=("input",)), convert_pair,
)  # fmt: skip
MS_SWIFT = Dialect(
    "ms_swift", "ms-swift rows", _has("query", "response"),
    _find(prompt=("query",), response=("response",)), convert_pair,
)  # fmt: skip
PROMPT_COMPLETION = Dialect(
    "prompt_completion", "prompt and completion rows", _has("prompt", one_of=("completion", "response")),
    _find(prompt=("prompt",), response=("completion", "response")), _convert_completion,
)  # fmt: skip
INPUT_OUTPUT = Dialect(
    "input_output",
    "rows of input and output",
    lambda record: _has("input", "output")(record) or _has("user", "assistant")(record),
    _find(prompt=("input", "user"), response=("output", "assistant")),
    convert_pair,
)
LABELLED_TEXT = Dialect(
    "labelled_text",
    "texts with a label",
    lambda record: "text" in record and any(_is_name(record.get(name)) for name in _TEXT_LABELS),
    _find(prompt=("text",), response=_TEXT_LABELS),
    convert_pair,
)
QA = Dialect(
    "qa", "question and answer rows", _has("question", one_of=("answer", "answers", "response")),
    _find(
        prompt=("question",), response=("answer", "response", "answers"),
        context=("context", "article", "passage", "document"),
    ), convert_pair,
)  # fmt: skip
