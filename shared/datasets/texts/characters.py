"""Characters that are lost, invisible or in an uncommon form."""

import re
from unicodedata import is_normalized

from shared.datasets.codes import Severity
from shared.datasets.found import Found
from shared.datasets.row import Row
from shared.datasets.texts.kinds import TextCheck, report

_CONTROL = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
# Joiners (U+200C, U+200D) are left out: emoji and several scripts need them.
_INVISIBLE = "\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff"
_ODD = re.compile(f"[{_CONTROL}{_INVISIBLE}\ufffd]")
_ASCII_CONTROLS = bytes(byte for byte in [*range(0x20), 0x7F] if byte not in b"\t\n\r")
CONTROLS = re.compile(f"[{_CONTROL}]")
INVISIBLES = re.compile(f"[{_INVISIBLE}]")


def _may_concern(said: bytes) -> bool:
    return not said.isascii() or len(said.translate(None, _ASCII_CONTROLS)) < len(said)


def _check(row: Row, found: Found) -> None:
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


CHECK = TextCheck(_may_concern, _check)
