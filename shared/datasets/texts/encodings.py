"""Text decoded with the wrong encoding: `Ã©` for `é`. ftfy judges; a glance spares it clean text."""

import re

from ftfy import fix_encoding
from ftfy.badness import is_bad

from shared.datasets.collector import Collector
from shared.datasets.row import Row
from shared.datasets.texts.kinds import TextCheck, report
from shared.quoting import quote

_MAX_CHARS = 20_000
"""Of one text; what is garbled is garbled from its beginning."""

_SHOWN_CHARS = 40
# Bytes of UTF-8 read as Windows-1252, Windows-1251, Mac Roman or code page 437: what a first byte becomes there,
# and what a following byte becomes. Clean text rarely has such a pair; ftfy takes 100 ns a character, this takes 5.
_FIRST = "\xc2-\xf4\u0393\u0420\u0421\u201a\u221a\u251c"
_FOLLOWING = (
    "\x80-\xbf\xc4\xc6\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u0401-\u040f\u0451-\u045f\u0490\u0491"
    "\u2013-\u203a\u20ac\u2116\u2122\u2202-\u2265\u2310-\u25a0"
)
_SUSPECT = re.compile(f"[{_FIRST}][{_FOLLOWING}]")


def _check(row: Row, found: Collector) -> None:
    for number, turn in enumerate(row.turns):
        text = turn.content[:_MAX_CHARS]
        fixed = repair(text)
        if fixed != text:
            place = next(at for at, (is_, was) in enumerate(zip(text, fixed + "\0", strict=False)) if is_ != was)
            shown, meant = (quote(part[place : place + _SHOWN_CHARS // 2]) for part in (text, fixed))
            report(row, number, found, "mojibake", f"The text has {shown}, which should probably read {meant}.")
            return


def repair(text: str) -> str:
    """`text` as it was before somebody read it with the wrong encoding; unchanged where nobody did."""
    if text.isascii() or _SUSPECT.search(text) is None or not is_bad(text):
        return text
    return fix_encoding(text)


CHECK = TextCheck(_check, (_SUSPECT.pattern,))
