"""Text that someone meant to replace: `{{name}}`, `[insert date]`, `TODO`."""

import re

from shared.datasets.codes import Severity
from shared.datasets.collector import Collector
from shared.datasets.row import Row
from shared.datasets.texts.kinds import TextCheck, report
from shared.quoting import quote

_BRACES = re.compile(r"\{\{[^{}\n]{1,60}\}\}")
_IN_ANSWERS = re.compile(
    r"\{\{[^{}\n]{1,60}\}\}|\[(?:insert|your|enter)\b[^\[\]\n]{0,60}\]|<(?:insert|your)\b[^<>\n]{0,60}>|"
    r"\blorem ipsum\b|\b(?-i:TODO|TBD|FIXME)\b",
    re.IGNORECASE,
)


def _check(row: Row, found: Collector) -> None:
    for number, turn in enumerate(row.turns):
        is_learned = row.is_learned(number)
        match = (_IN_ANSWERS if is_learned else _BRACES).search(turn.content)
        severity = Severity.WARNING if is_learned else Severity.INFO
        if match is not None:
            problem = f"The text has the placeholder {quote(match.group(), max_chars=40)}; fill it in."
            report(row, number, found, "placeholder_text", problem, severity=severity)
            return


CHECK = TextCheck(
    _check,
    # Python takes a dotless i and one with a dot in capitals for an i when case is ignored, RE2 does not.
    (r"\{\{[^{}\n]", "(?i)[[<](?:[i\u0130\u0131]nsert|your|enter)", "(?i)lorem [i\u0130\u0131]psum", "TODO|TBD|FIXME"),
)
