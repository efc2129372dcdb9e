"""Text that someone meant to replace: `{{name}}`, `[insert date]`, `TODO`."""

import re

from shared.datasets.codes import Severity
from shared.datasets.found import Found
from shared.datasets.row import Row
from shared.datasets.texts.kinds import TextCheck, report
from shared.quoting import quote

_BRACES = re.compile(r"\{\{[^{}\n]{1,60}\}\}")
_IN_ANSWERS = re.compile(
    r"\{\{[^{}\n]{1,60}\}\}|\[(?:insert|your|enter)\b[^\[\]\n]{0,60}\]|<(?:insert|your)\b[^<>\n]{0,60}>|"
    r"\blorem ipsum\b|\b(?-i:TODO|TBD|FIXME)\b",
    re.IGNORECASE,
)
_ANSWER_SIGNS = ("[", "<", "{{", "orem ipsum", "TODO", "TBD", "FIXME")


def _may_concern(said: bytes) -> bool:
    if b"<" in said or b"[" in said or b"{" in said:
        return True
    return b"orem ipsum" in said or b"FIXME" in said or b"TODO" in said or b"TBD" in said


def _check(row: Row, found: Found) -> None:
    for number, turn in enumerate(row.turns):
        text = turn.content
        if row.is_learned(number):
            match = _IN_ANSWERS.search(text) if any(sign in text for sign in _ANSWER_SIGNS) else None
            severity = Severity.WARNING
        else:
            match = _BRACES.search(text) if "{{" in text else None
            severity = Severity.INFO
        if match is not None:
            problem = f"The text has the placeholder {quote(match.group(), max_chars=40)}; fill it in."
            report(row, number, found, "placeholder_text", problem, severity=severity)
            return


CHECK = TextCheck(_may_concern, _check)
