"""Characters that are lost, invisible or in an uncommon form."""

import re
from unicodedata import is_normalized

from shared.datasets.codes import Severity
from shared.datasets.collector import Collector
from shared.datasets.row import Row
from shared.datasets.texts.kinds import TextCheck, report

_CONTROL = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
# Joiners (U+200C, U+200D) are left out: emoji and several scripts need them.
_INVISIBLE = "\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff"
_ODD = re.compile(f"[{_CONTROL}{_INVISIBLE}\ufffd]")
_STEADY = (
    "\x00-\u02ff\u0388-\u0482\u048a-\u058f\u05d0-\u05ea\u0620-\u064a\u0660-\u066f\u0671-\u06d5"
    "\u1e00-\u1f70\u2002-\u20cf\u2100-\u2125\u212c-\u2328\u232b-\u2adb\u2e80-\u3029\u3030-\u3098"
    "\u309b-\ua48f\uac00-\ud7a3\ufe00-\ufe0f\ufe30-\uffff\U0001f000-\U0001faff"
)
"""Characters that NFC leaves as they are, whatever stands before them: those of most scripts that know few marks."""

CONTROLS = re.compile(f"[{_CONTROL}]")
INVISIBLES = re.compile(f"[{_INVISIBLE}]")


def _check(row: Row, found: Collector) -> None:
    reported: set[str] = set()
    for number, turn in enumerate(row.turns):
        for code, problem in _faults(turn.content):
            if code not in reported:
                reported.add(code)
                report(row, number, found, code, problem)
    if any(INVISIBLES.search(call) for call in row.calls.values()):
        number = next(iter(row.calls))
        problem = "The arguments of a call have invisible characters; remove them."
        report(row, number, found, "invisible_characters", problem, severity=Severity.WARNING)


def _faults(text: str) -> list[tuple[str, str]]:
    faults = []
    # Printable in Unicode's sense means none of these, and takes a third of the time of a search.
    is_plain = "\ufffd" not in text and text.replace("\n", "").isprintable()
    if not is_plain and _ODD.search(text):
        if "\ufffd" in text:
            problem = "The text has U+FFFD, which stands for lost characters; take it from its source again."
            faults.append(("replacement_character", problem))
        if control := CONTROLS.search(text):
            problem = f"The text has the control character U+{ord(control.group()):04X}; remove it."
            faults.append(("control_characters", problem))
        if invisible := INVISIBLES.search(text):
            problem = f"The text has the invisible character U+{ord(invisible.group()):04X}; remove it."
            faults.append(("invisible_characters", problem))
    if not text.isascii() and not is_normalized("NFC", text):
        problem = "The text has letters in decomposed form; normalise it to NFC, as models have seen it."
        faults.append(("unnormalised_unicode", problem))
    return faults


CHECK = TextCheck(_check, (f"[{_CONTROL}{_INVISIBLE}\ufffd]", f"[^{_STEADY}]"))
