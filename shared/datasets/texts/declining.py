"""Answers that decline, and stock phrases of chatbots. Both count only when many rows have them."""

import re

from shared.datasets.collector import Collector
from shared.datasets.row import Row
from shared.datasets.texts.kinds import TextCheck

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


def _check_refusals(row: Row, found: Collector) -> None:
    for number, answer in row.learned():
        head = answer[:_HEAD_CHARS].lower().replace("\u2019", "'")
        if _REFUSAL.search(head):
            problem = "The answer declines; keep it only if the model shall decline such requests."
            message_index, path = row.place(number)
            found.hold("refusals", problem, message_index=message_index, path=path)


def _check_phrases(row: Row, found: Collector) -> None:
    for number, answer in row.learned():
        text = answer.lower()
        if _PHRASE.search(text):
            problem = "The answer has a chatbot's stock phrase; the model will repeat it."
            message_index, path = row.place(number)
            found.hold("boilerplate", problem, message_index=message_index, path=path)


# A capital I with a dot in lower case is an i and a mark, so that a pattern may end with it.
REFUSALS = TextCheck(
    _check_refusals,
    (
        "(?i)i(?:['\u2019]m| am) (?:(?:very|so|really) )?(?:sorry|afraid|unable|not able)",
        "(?i)i (?:cannot|can['\u2019]t|can not|won['\u2019]t|am not allowed to|['\u2019]m not allowed to) ",
        "(?i)i (?:do not|don['\u2019]t) have (?:access|the (?:ability|capability)|real-time |personal )",
        "(?i)as an a[i\u0130]|sorry, (?:but )?[i\u0130]|against my (?:programming|guidelines|policy|principles)",
    ),
)
PHRASES = TextCheck(
    _check_phrases,
    (
        "(?i)as an ai[, ]|knowledge cutoff|regenerate response|is there anything else i can help you with",
        "(?i)i hope this helps|feel free to ask",
    ),
)
