"""Multiple choice: a question, options and which of them is right. AR-LSAT as released is the preset.

The answer to learn is one letter; options become lines that begin with theirs.
"""

from collections.abc import Iterable, Sequence
from string import ascii_uppercase
from typing import Any

from shared.datasets.conversion.dialects.base import Dialect, Fields, Refused, keys_of
from shared.datasets.conversion.errors import RecordError
from shared.datasets.conversion.mapping import FieldMapping, first_of
from shared.datasets.conversion.messages import Row, make_chat
from shared.datasets.conversion.options import Options
from shared.datasets.conversion.values import from_json, look_up, require_objects, require_text, to_text
from shared.quoting import quote

AR_LSAT_SYSTEM = (
    "Instructions: You will be presented with a passage and a question about that passage. There are four options to "
    "be chosen from, you need to choose the only correct option to answer that question. If the first option is right, "
    "you generate the answer 'A', if the second option is right, you generate the answer 'B', if the third option is "
    "right, you generate the answer 'C', if the fourth option is right, you generate the answer 'D', if the fifth "
    "option is right, you generate the answer 'E'. Read the question and options thoroughly and select the correct "
    "answer from the four answer labels. Read the passage thoroughly to ensure you know what the passage entails"
)
"""The instruction that published fine-tunings on AR-LSAT use, word for word, its four options for five included."""

_CONTEXTS = ("passage", "context", "article", "premise")
_CHOICES = ("options", "choices", "answers")
_LETTER_COLUMNS = (("A", "B", "C", "D"), ("opa", "opb", "opc", "opd"), ("option_a", "option_b", "option_c", "option_d"))
_LABELS = ("label", "answer", "answerKey", "answer_key", "answer_idx", "cop", "correct", "answer_index")
_QUESTIONS = ("question", "query", "prompt")


def _convert_passage(record: Fields, _mapping: FieldMapping, options: Options) -> Iterable[Row | Refused]:
    """A row for each question on a passage."""
    passage = require_text(record.get("passage"), "passage")
    for question in require_objects(record.get("questions"), "questions"):
        try:
            yield _make_ar_lsat(passage, question, question.get("options"), question.get("answer"), options)
        except RecordError as error:
            yield Refused(f"question {quote(to_text(question.get('id')))}: {error}")


def _convert_flat(record: Fields, _mapping: FieldMapping, options: Options) -> Iterable[Row]:
    yield _make_ar_lsat(to_text(record.get("context")), record, record.get("answers"), record.get("label"), options)


def _make_ar_lsat(passage: str, question: Fields, choices: Any, answer: Any, options: Options) -> Row:
    asked = require_text(question.get("question"), "question")
    texts = _read_choices(choices, "options")
    system = AR_LSAT_SYSTEM if options.system is None else options.system
    return _make_row(f"Passage: {passage}Question: {asked}", texts, _read_label(answer, texts), system, options)


def convert_choice(record: Fields, mapping: FieldMapping, options: Options) -> Iterable[Row]:
    """A row of one question, with its passage above it. Raises RecordError."""
    question = require_text(look_up(record, mapping.prompt or "question"), mapping.prompt or "question")
    context = to_text(look_up(record, mapping.context))
    if mapping.choices is not None:
        texts, labels = _read_labelled(look_up(record, mapping.choices), mapping.choices)
    else:
        columns = next((names for names in _LETTER_COLUMNS if names[0] in record), _LETTER_COLUMNS[0])
        texts, labels = [require_text(record.get(name), name) for name in columns], None
    letter = _read_label(look_up(record, mapping.label or "answer"), texts, labels)
    asked = f"Passage: {context}\nQuestion: {question}" if context.strip() else question
    yield _make_row(asked, texts, letter, to_text(look_up(record, mapping.system)), options)


def _make_row(asked: str, choices: Sequence[str], letter: str, system: str, options: Options) -> Row:
    lines = "".join(f"{name}. {text}\n" for name, text in zip(ascii_uppercase, choices, strict=False))
    messages = [{"role": "user", "content": f"{asked}\n{lines}Answer:"}, {"role": "assistant", "content": letter}]
    if system:
        messages.insert(0, {"role": "system", "content": system})
    return make_chat(messages, options=options)


def _read_labelled(value: Any, name: str) -> tuple[list[str], list[str] | None]:
    """Options and the labels they go by, if they have any of their own."""
    given = from_json(value, name)
    if isinstance(given, dict) and isinstance(given.get("text"), list):
        labels = given.get("label")
        return _read_choices(given["text"], name), [str(item) for item in labels] if isinstance(labels, list) else None
    if isinstance(given, dict):
        return _read_choices(list(given.values()), name), [str(key) for key in given]
    return _read_choices(given, name), None


def _read_choices(value: Any, name: str) -> list[str]:
    given = from_json(value, name)
    if not isinstance(given, list) or not 2 <= len(given) <= len(ascii_uppercase):  # noqa: PLR2004  a choice has two sides
        raise RecordError(f"{quote(name)} is not a list of 2 to {len(ascii_uppercase)} options")
    return [require_text(choice, name) for choice in given]


def _read_label(value: Any, choices: Sequence[str], labels: Sequence[str] | None = None) -> str:
    """The letter of the right option, told by its letter, its number from 0, its own label or its text."""
    told = to_text(value).strip()
    if labels and told in labels:
        return ascii_uppercase[labels.index(told)]
    if len(told) == 1 and told.upper() in ascii_uppercase[: len(choices)]:
        return told.upper()
    number = told.removesuffix(".0")
    if number.isdecimal() and number.isascii() and int(number[:3]) < len(choices):
        return ascii_uppercase[int(number)]
    if told in choices:
        return ascii_uppercase[choices.index(told)]
    raise RecordError(f"the answer {quote(told)} is none of the {len(choices)} options")


def _recognises_passage(record: Fields) -> bool:
    questions = record.get("questions")
    return (
        isinstance(record.get("passage"), str)
        and isinstance(questions, list)
        and all(isinstance(item, dict) and {"question", "options", "answer"} <= set(item) for item in questions)
    )


def _recognises_flat(record: Fields) -> bool:
    return {"context", "question", "answers", "label", "id_string"} <= set(record)


def _recognises_choice(record: Fields) -> bool:
    if first_of(record, *_QUESTIONS) is None or first_of(record, *_LABELS) is None:
        return False
    if any(all(name in record for name in names) for names in _LETTER_COLUMNS):
        return True
    name = first_of(record, *_CHOICES)
    value = record.get(name) if name else None
    if isinstance(value, str):
        return value.lstrip()[:1] == "["
    if isinstance(value, dict):
        return isinstance(value.get("text"), list) and "label" in value
    return isinstance(value, list) and len(value) > 1


def _find(sample: Sequence[Fields]) -> FieldMapping:
    keys = keys_of(sample)
    choices = first_of(keys, *_CHOICES)
    return FieldMapping(
        prompt=first_of(keys, *_QUESTIONS),
        context=first_of(keys, *_CONTEXTS),
        choices=choices,
        label=first_of(keys - {choices}, *_LABELS),
        system=first_of(keys, "system"),
    )


def _find_ar_lsat(sample: Sequence[Fields]) -> FieldMapping:
    is_flat = "context" in keys_of(sample)
    return FieldMapping(
        prompt="question",
        context="context" if is_flat else "passage",
        choices="answers" if is_flat else "options",
        label="label" if is_flat else "answer",
        group="id_string" if is_flat else "id",
    )


AR_LSAT = Dialect(
    "ar_lsat", "AR-LSAT as released", _recognises_passage, _find_ar_lsat, _convert_passage, drops_others=False
)
AR_LSAT_FLAT = Dialect("ar_lsat_flat", "AR-LSAT, complete release", _recognises_flat, _find_ar_lsat, _convert_flat)
MULTIPLE_CHOICE = Dialect("multiple_choice", "multiple choice", _recognises_choice, _find, convert_choice)
