"""Marks that belong to chat templates or web pages and not to what is said."""

import re

from shared.datasets.collector import Collector
from shared.datasets.row import Row
from shared.datasets.texts.kinds import TextCheck, report
from shared.quoting import quote

_TOKEN = re.compile(
    r"<\|[a-z_0-9]{2,40}\|>|\[/?INST\]|</s>|<s>(?=\[)|<<SYS>>|<(?:start|end)_of_turn>",
)
_TAG = re.compile(
    r"</?[a-z][a-z0-9]{0,10}(?:\s[^<>]{0,200})?/?>|&(?:nbsp|amp|lt|gt|quot|apos|#\d{1,5});", re.IGNORECASE
)
_MIN_TAGS = 3


def _check_tokens(row: Row, found: Collector) -> None:
    for number, turn in enumerate(row.turns):
        token = _TOKEN.search(turn.content)
        if token is not None:
            problem = f"The text spells out {quote(token.group())}, which chat templates use as a mark; remove it."
            report(row, number, found, "special_token_in_text", problem)
            return


def _check_html(row: Row, found: Collector) -> None:
    for number, turn in enumerate(row.turns):
        # Every other part stands between code fences.
        prose = "".join(turn.content.split("```")[::2])
        if prose.count("<") + prose.count("&") >= _MIN_TAGS and len(_TAG.findall(prose)) >= _MIN_TAGS:
            problem = "The text has HTML tags or entities outside code; strip them unless they are wanted."
            report(row, number, found, "html_residue", problem)
            return


TOKENS = TextCheck(
    _check_tokens, (r"<\|[a-z_0-9]{2}", r"\[/?INST\]", "</s>", r"<s>\[", "<<SYS>>", "<(?:start|end)_of_turn>")
)
HTML = TextCheck(_check_html, (f"(?:[<&][^<&]*){{{_MIN_TAGS}}}",))
