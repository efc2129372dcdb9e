"""Answers that decline, and stock phrases of chatbots. Both count only when many rows have them."""

import re

from shared.datasets.found import Found
from shared.datasets.row import Row
from shared.datasets.texts.kinds import TextCheck, always

_HEAD_CHARS = 200
_PHRASE = re.compile(
    r"\bas an ai(?:,| (?:language )?model| assistant)|knowledge cutoff|regenerate response|"
    r"is there anything else i can help you with|i hope this helps|feel free to ask"
)
_REFUSAL = re.compile(
    r"\bi(?:'m| am) (?:very |so |really )?(?:sorry|afraid|unable|not able)\b|"
    r"\bi (?:cannot|can't|can not|won't|am not allowed to|'m not allowed to) (?:\w{1,12} )?"
    r"(?:help|assist|provide|fulfil|comply|answer|create|generate|engage|support|do|perform|access)|"
    r"\bi (?:do not|don't) have (?:access|the (?:ability|capability)|(?:real-time|personal) )|"
    r"\bas an ai\b|\bsorry, (?:but )?i\b|\bagainst my (?:programming|guidelines|policy|principles)\b"
)


def _may_decline(head: str) -> bool:
    """Whether a word is there that each refusal has. Spelled out, as a loop over words takes three times as long."""
    return (
        "sorry" in head
        or "can" in head
        or "able" in head
        or "have" in head
        or "afraid" in head
        or "allowed" in head
        or "as an ai" in head
        or "against my" in head
        or "won't" in head
    )


def _check_refusals(row: Row, found: Found) -> None:
    for number, answer in row.learned():
        head = answer[:_HEAD_CHARS].lower().replace("\u2019", "'")
        if _may_decline(head) and _REFUSAL.search(head):
            problem = "The answer declines; keep it only if the model shall decline such requests."
            message_index, path = row.place(number)
            found.hold("refusals", problem, message_index=message_index, path=path)


def _may_have_phrase(said: bytes) -> bool:
    # Lower case of ASCII only: it takes a seventh of the time of that of all letters.
    said = said.lower()
    return (
        b"as an ai" in said
        or b"knowledge cutoff" in said
        or b"regenerate response" in said
        or b"is there anything else i can help you with" in said
        or b"i hope this helps" in said
        or b"feel free to ask" in said
    )


def _check_phrases(row: Row, found: Found) -> None:
    for number, answer in row.learned():
        text = answer.lower()
        if _PHRASE.search(text):
            problem = "The answer has a chatbot's stock phrase; the model will repeat it."
            message_index, path = row.place(number)
            found.hold("boilerplate", problem, message_index=message_index, path=path)


REFUSALS = TextCheck(always, _check_refusals)
PHRASES = TextCheck(_may_have_phrase, _check_phrases)
