"""Answers that decline, and stock phrases of chatbots. Both count only when many rows have them."""

import re

from shared.datasets.found import Found
from shared.datasets.row import Row
from shared.datasets.texts.kinds import TextCheck, always

_HEAD_CHARS = 200
_AI_PHRASE = re.compile(r"\bas an ai(?:,| (?:language )?model| assistant)")
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


def _has_phrase(text: str) -> bool:
    return (
        ("as an ai" in text and _AI_PHRASE.search(text) is not None)
        or "knowledge cutoff" in text
        or "regenerate response" in text
        or "is there anything else i can help you with" in text
        or "i hope this helps" in text
        or "feel free to ask" in text
    )


def _check(row: Row, found: Found) -> None:
    for number, answer in row.learned():
        message_index, path = row.place(number)
        text = answer.lower().replace("\u2019", "'")
        head = text[:_HEAD_CHARS]
        if _may_decline(head) and _REFUSAL.search(head):
            problem = "The answer declines; keep it only if the model shall decline such requests."
            found.hold("refusals", problem, message_index=message_index, path=path)
        if _has_phrase(text):
            problem = "The answer has a chatbot's stock phrase; the model will repeat it."
            found.hold("boilerplate", problem, message_index=message_index, path=path)


CHECK = TextCheck(always, _check)
