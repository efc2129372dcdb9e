"""Keys and passwords of services, told by the prefixes that their makers give them. No guessing by entropy.

Each pattern starts where a run of its characters starts, so that a search is linear in the text.
"""

import re
from collections.abc import Iterator
from string import ascii_letters, digits

from shared.datasets.found import Found
from shared.datasets.row import Row
from shared.datasets.texts.kinds import TextCheck, find_runs, make_shape, report

_START = r"(?<![A-Za-z0-9_-])"
_PATTERNS: tuple[tuple[str, tuple[bytes, ...], re.Pattern[str]], ...] = tuple(
    (name, signs, re.compile(pattern))
    for name, signs, pattern in (
        ("AWS access key", (b"AKIA", b"ASIA"), _START + r"(?:AKIA|ASIA)[0-9A-Z]{16}(?![0-9A-Za-z])"),
        ("Anthropic key", (b"sk-ant-",), _START + r"sk-ant-[A-Za-z0-9_-]{24,200}"),
        ("OpenAI key", (b"sk-",), _START + r"sk-(?!ant-)(?:proj-|svcacct-|admin-)?[A-Za-z0-9_-]{32,200}"),
        ("Google API key", (b"AIza",), _START + r"AIza[0-9A-Za-z_-]{35}"),
        ("GitHub token", (b"ghp_", b"gho_", b"ghu_", b"ghs_", b"ghr_"), _START + r"gh[pousr]_[A-Za-z0-9]{36,255}"),
        ("GitHub token", (b"github_pat_",), _START + r"github_pat_[A-Za-z0-9_]{22,255}"),
        ("GitLab token", (b"glpat-",), _START + r"glpat-[A-Za-z0-9_-]{20,64}"),
        ("Slack token", (b"xox",), _START + r"xox[abprs]-[A-Za-z0-9-]{10,200}"),
        ("Stripe key", (b"k_live_",), _START + r"[sr]k_live_[A-Za-z0-9]{16,200}"),
        ("Hugging Face token", (b"hf_",), _START + r"hf_[A-Za-z0-9]{34}(?![A-Za-z0-9])"),
        ("npm token", (b"npm_",), _START + r"npm_[A-Za-z0-9]{36}(?![A-Za-z0-9])"),
        ("PyPI token", (b"pypi-AgE",), _START + r"pypi-AgE[A-Za-z0-9_-]{50,500}"),
        ("Twilio key", (b"SK",), _START + r"SK[0-9a-f]{32}(?![0-9A-Za-z])"),
        ("SendGrid key", (b"SG.",), _START + r"SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}"),
        (
            "JSON Web Token",
            (b"eyJ",),
            _START + r"eyJ[A-Za-z0-9_-]{10,2000}+\.eyJ[A-Za-z0-9_-]{10,5000}+\.[A-Za-z0-9_-]{10}",
        ),
        ("private key", (b"PRIVATE KEY-----",), r"-----BEGIN (?:[A-Z]{2,10} ){0,2}PRIVATE KEY-----"),
        ("password in a URL", (b"@",), r"://[^\s:/@]{1,100}+:([^\s/@]{3,200}+)@[A-Za-z0-9]"),
    )
)
_WORDS = make_shape(ascii_letters + digits + "_-.")
_LONG_WORD = 20
"""All kinds are words of that length, but for Slack's, which are shorter, and the last two, which have spaces."""

_SIGNS = tuple(sign for _name, signs, _pattern in _PATTERNS[:-2] for sign in signs)
_MIXED = frozenset({"OpenAI key", "Twilio key"})
"""Kinds that words with hyphens may look like, unless digits are among them."""

_PLACEHOLDERS = re.compile(r"(?i)pass|pwd|secret|xxx|\*\*\*|[<>{}$\[\]]|token")


def _may_concern(said: bytes) -> bool:
    if (b"@" in said and b"://" in said) or b"xox" in said or b"PRIVATE KEY-----" in said:
        return True
    # Long words are few, so that looking for twenty signs in each takes no time.
    words = [said[start:end] for start, end in find_runs(said, _WORDS, _LONG_WORD)]
    return any(sign in word for word in words for sign in _SIGNS)


def _check(row: Row, found: Found) -> None:
    for number, turn in enumerate(row.turns):
        text = turn.content if number not in row.calls else turn.content + row.calls[number]
        for name, secret in _find_secrets(text):
            problem = f"The text has what looks like a {name}; remove it and revoke it."
            detail = {"kind": name, "sample": mask(secret)}
            report(row, number, found, "secret_detected", problem, detail=detail)


def _find_secrets(text: str) -> Iterator[tuple[str, str]]:
    """The first secret of each kind."""
    for name, signs, pattern in _PATTERNS:
        if not any(sign.decode() in text for sign in signs):
            continue
        for match in pattern.finditer(text):
            if _is_real(name, match):
                yield name, match.group()
                break


def _is_real(name: str, match: re.Match[str]) -> bool:
    secret = match.group()
    if name == "password in a URL":
        return _PLACEHOLDERS.search(match.group(1)) is None
    return name not in _MIXED or (any(map(str.isdigit, secret)) and secret.lower() != secret) or "SK" in secret


def mask(text: str) -> str:
    """As much of something secret as may be shown."""
    return f"{text[:4]}… ({len(text)} characters)"


CHECK = TextCheck(_may_concern, _check)
