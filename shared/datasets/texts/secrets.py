"""Keys and passwords of services, told by the prefixes that their makers give them. No guessing by entropy.

Each pattern starts where a run of its characters starts, so that a search is linear in the text.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from shared.datasets.collector import Collector
from shared.datasets.row import Row
from shared.datasets.texts.kinds import TextCheck, report

_START = r"(?<![A-Za-z0-9_-])"
_WORD = "[A-Za-z0-9_-]"
_EDGE = r"\b"
"""As near as RE2 comes to the start: `task-` begins no key."""


class _Kind(NamedTuple):
    name: str
    sign: str
    "Of the glance at a row (TextCheck)."
    pattern: re.Pattern[str]


_KINDS = (
    _Kind(
        "AWS access key", _EDGE + "A[KS]IA[0-9A-Z]{4}", re.compile(_START + r"(?:AKIA|ASIA)[0-9A-Z]{16}(?![0-9A-Za-z])")
    ),
    _Kind("Anthropic key", _EDGE + "sk-ant-", re.compile(_START + r"sk-ant-[A-Za-z0-9_-]{24,200}")),
    _Kind(
        "OpenAI key",
        _EDGE + f"sk-{_WORD}{{8}}",
        re.compile(_START + r"sk-(?!ant-)(?:proj-|svcacct-|admin-)?[A-Za-z0-9_-]{32,200}"),
    ),
    _Kind("Google API key", _EDGE + f"AIza{_WORD}{{4}}", re.compile(_START + r"AIza[0-9A-Za-z_-]{35}")),
    _Kind("GitHub token", _EDGE + "gh[pousr]_[A-Za-z0-9]{4}", re.compile(_START + r"gh[pousr]_[A-Za-z0-9]{36,255}")),
    _Kind("GitHub token", _EDGE + "github_pat_", re.compile(_START + r"github_pat_[A-Za-z0-9_]{22,255}")),
    _Kind("GitLab token", _EDGE + "glpat-", re.compile(_START + r"glpat-[A-Za-z0-9_-]{20,64}")),
    _Kind("Slack token", _EDGE + "xox[abprs]-", re.compile(_START + r"xox[abprs]-[A-Za-z0-9-]{10,200}")),
    _Kind("Stripe key", _EDGE + "[sr]k_live_", re.compile(_START + r"[sr]k_live_[A-Za-z0-9]{16,200}")),
    _Kind("Hugging Face token", _EDGE + "hf_[A-Za-z0-9]{4}", re.compile(_START + r"hf_[A-Za-z0-9]{34}(?![A-Za-z0-9])")),
    _Kind("npm token", _EDGE + "npm_[A-Za-z0-9]{4}", re.compile(_START + r"npm_[A-Za-z0-9]{36}(?![A-Za-z0-9])")),
    _Kind("PyPI token", _EDGE + "pypi-AgE", re.compile(_START + r"pypi-AgE[A-Za-z0-9_-]{50,500}")),
    _Kind("Twilio key", _EDGE + "SK[0-9a-f]{6}", re.compile(_START + r"SK[0-9a-f]{32}(?![0-9A-Za-z])")),
    _Kind(
        "SendGrid key", _EDGE + rf"SG\.{_WORD}{{4}}", re.compile(_START + r"SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}")
    ),
    _Kind(
        "JSON Web Token",
        _EDGE + f"eyJ{_WORD}{{4}}",
        re.compile(_START + r"eyJ[A-Za-z0-9_-]{10,2000}+\.eyJ[A-Za-z0-9_-]{10,5000}+\.[A-Za-z0-9_-]{10}"),
    ),
    _Kind("private key", "PRIVATE KEY-----", re.compile(r"-----BEGIN (?:[A-Z]{2,10} ){0,2}PRIVATE KEY-----")),
    _Kind("password in a URL", r"://[^\s/@]+@", re.compile(r"://[^\s:/@]{1,100}+:([^\s/@]{3,200}+)@[A-Za-z0-9]")),
)
_MIXED = frozenset({"OpenAI key", "Twilio key"})
"""Kinds that words with hyphens may look like, unless digits are among them."""

_PLACEHOLDERS = re.compile(r"(?i)pass|pwd|secret|xxx|\*\*\*|[<>{}$\[\]]|token")


def _check(row: Row, found: Collector) -> None:
    for number, turn in enumerate(row.turns):
        text = turn.content if number not in row.calls else turn.content + row.calls[number]
        for name, secret in _find_secrets(text):
            problem = f"The text has what looks like a {name}; remove it and revoke it."
            detail = {"kind": name, "sample": mask(secret)}
            report(row, number, found, "secret_detected", problem, detail=detail)


def _find_secrets(text: str) -> Iterator[tuple[str, str]]:
    """The first secret of each kind."""
    for kind in _KINDS:
        match = next((match for match in kind.pattern.finditer(text) if _is_real(kind.name, match)), None)
        if match is not None:
            yield kind.name, match.group()


def _is_real(name: str, match: re.Match[str]) -> bool:
    secret = match.group()
    if name == "password in a URL":
        return _PLACEHOLDERS.search(match.group(1)) is None
    return name not in _MIXED or (any(map(str.isdigit, secret)) and secret.lower() != secret) or "SK" in secret


def mask(text: str) -> str:
    """As much of something secret as may be shown."""
    return f"{text[:4]}… ({len(text)} characters)"


CHECK = TextCheck(_check, tuple(kind.sign for kind in _KINDS))
