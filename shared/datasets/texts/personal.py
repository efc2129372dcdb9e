"""Personal data with a form that can be checked: addresses, card and account numbers, telephone numbers.

Names and postal addresses have none, so they are not looked for. Digits are those of ASCII.
"""

import re
from collections.abc import Callable, Iterator
from ipaddress import IPv4Address

import re2

from shared.datasets.codes import Severity
from shared.datasets.collector import Collector
from shared.datasets.row import Row
from shared.datasets.texts.kinds import TextCheck, report

_EMAIL = re.compile(
    r"(?<![\w.%+-])[A-Za-z0-9._%+-]{1,64}+@((?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24})(?![A-Za-z0-9])"
)
_RESERVED = re.compile(r"(?i)(?:^|\.)(?:example\.(?:com|net|org)|example|test|invalid|localhost)$")
_CARD = re.compile(r"(?<![0-9])(?<![0-9]\.)[0-9](?:[ -]?+[0-9]){12,18}(?!\.?[0-9])")
_CARD_PREFIX = re.compile(r"3(?:[47]|0[0-5]|[568])|4|5[1-5]|2(?:2[2-9]|[3-6]|7[01]|720)|6(?:011|4[4-9]|5)")
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?![A-Za-z0-9])")
_SSN = re.compile(r"(?<![0-9-])(?!000|666|9)[0-9]{3}-(?!00)[0-9]{2}-(?!0000)[0-9]{4}(?![0-9-])")
_IPV4 = re.compile(r"(?<![0-9.])(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?![0-9.]*[0-9])")
_PHONE = re.compile(
    r"(?<![\w+])\+[1-9](?:[ ().-]{0,2}+[0-9]){7,14}(?![0-9])|"
    r"(?<![0-9(-])\(?[2-9][0-9]{2}\)?[ .-][2-9][0-9]{2}[ .-][0-9]{4}(?![0-9-])"
)
_ADDRESS_SIGN = "[A-Za-z0-9._%+-]@[A-Za-z0-9-]"
_NUMBER_SIGNS = (
    "[0-9](?:[ -]?[0-9]){12}",
    "[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2}",
    "[0-9]{3}-[0-9]{2}-[0-9]{4}",
    r"[0-9]\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]",
    r"\+[1-9](?:[ ().-]{0,2}[0-9]){7}",
    r"[2-9][0-9]{2}\)?[ .-][2-9][0-9]{2}[ .-][0-9]{4}",
)
_ANY_NUMBER = re2.compile("|".join(_NUMBER_SIGNS))
_MIN_LONG_OCTETS = 2
_SHORT_OCTET = 9


def _check(row: Row, found: Collector) -> None:
    reported: set[str] = set()
    for number, turn in enumerate(row.turns):
        text = turn.content if number not in row.calls else turn.content + row.calls[number]
        for kind, sample, severity in _find_personal(text):
            if kind not in reported:
                reported.add(kind)
                problem = f"The text seems to have {kind}; replace it unless the model shall learn it."
                detail = {"kind": kind, "sample": f"{sample[:2]}… ({len(sample)} characters)"}
                report(row, number, found, "pii_detected", problem, severity=severity, detail=detail)


def _find_personal(text: str) -> Iterator[tuple[str, str, Severity]]:
    """The first of each kind."""
    if "@" in text and (match := _EMAIL.search(text)):
        is_reserved = _RESERVED.search(match.group(1)) is not None
        yield "an e-mail address", match.group(), Severity.INFO if is_reserved else Severity.WARNING
    if _ANY_NUMBER.search(text) is None:
        return
    for kind, pattern, is_real in _NUMBERS:
        found = next((match.group() for match in pattern.finditer(text) if is_real(match.group())), None)
        if found is not None:
            yield kind, found, Severity.WARNING


def mask_personal(text: str) -> str:
    """`text` with a mark such as `[EMAIL]` in place of everything that looks personal."""
    if "@" in text:
        text = _EMAIL.sub("[EMAIL]", text)
    for kind, pattern, is_real in _NUMBERS:
        text = pattern.sub(
            lambda match, kind=kind, is_real=is_real: _MARKS[kind] if is_real(match.group()) else match.group(),  # type: ignore[misc]  # no types for defaults of a lambda
            text,
        )
    return text


def is_card(text: str) -> bool:
    """Whether digits with a card scheme's prefix have the right check digit (Luhn, ISO/IEC 7812-1)."""
    digits = [int(character) for character in text if character.isdigit()]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    is_valid = (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0
    return is_valid and len(set(digits)) > 1 and _CARD_PREFIX.match("".join(map(str, digits))) is not None


def is_iban(text: str) -> bool:
    """Whether an account number has the right check digits (ISO 13616: the rest modulo 97 is 1)."""
    number = text.replace(" ", "")
    return int("".join(str(int(character, 36)) for character in number[4:] + number[:4])) % 97 == 1


def is_public_address(text: str) -> bool:
    """Whether an IPv4 address is on the public Internet, and no version number such as 1.2.3.14."""
    octets = [int(octet) for octet in text.split(".")]
    if max(octets) > 255 or sum(octet > _SHORT_OCTET for octet in octets) < _MIN_LONG_OCTETS:  # noqa: PLR2004 - a byte
        return False
    return IPv4Address(".".join(map(str, octets))).is_global


def _any(text: str) -> bool:  # noqa: ARG001 - the shape of a judge
    return True


_NUMBERS: tuple[tuple[str, re.Pattern[str], Callable[[str], bool]], ...] = (
    ("a card number", _CARD, is_card),
    ("an account number (IBAN)", _IBAN, is_iban),
    ("a US social security number", _SSN, _any),
    ("a public IP address", _IPV4, is_public_address),
    ("a telephone number", _PHONE, _any),
)
_MARKS = {
    "a card number": "[CARD]",
    "an account number (IBAN)": "[IBAN]",
    "a US social security number": "[SSN]",
    "a public IP address": "[IP]",
    "a telephone number": "[PHONE]",
}
CHECK = TextCheck(_check, (_ADDRESS_SIGN, *_NUMBER_SIGNS))
