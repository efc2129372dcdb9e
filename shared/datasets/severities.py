"""How bad a finding is for a target, and what a project makes of it: block, warn or ignore.

A report is made once for a file; this judges it anew for each job. Refuses to know how faults are found.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from shared.datasets.codes import CODES, Severity

_E, _W, _I = Severity


class Policy(StrEnum):
    """What a project wants of a code, whatever the target says."""

    BLOCK = "block"
    WARN = "warn"
    IGNORE = "ignore"


_POLICY_SEVERITIES = {Policy.BLOCK: _E, Policy.WARN: _W, Policy.IGNORE: None}

TARGETS: dict[str, dict[str, Severity]] = {
    "openai": {"encoding_bom": _I, "dpo_multi_turn": _E},
    "azure": {"dpo_multi_turn": _E},
    "together": {
        "consecutive_same_role": _E,
        "unknown_top_level_key": _E,
        "image_not_checked": _E,
        "dpo_output_not_single_assistant": _E,
        "tool_call_id_duplicate": _E,
    },
    "fireworks": {"system_not_first": _E},
    "mistral": {
        "multiple_system_messages": _E,
        "system_not_first": _E,
        "consecutive_same_role": _W,
        "function_call_deprecated": _E,
    },
    "engine": {
        # The engine's reader takes what it needs of a row; chat templates refuse what they cannot write down.
        "unknown_top_level_key": _W,
        "multiple_system_messages": _W,
        "special_token_in_text": _E,
        "image_not_checked": _E,
        "function_call_deprecated": _W,
    },
}
"""Where a target is stricter or milder than the table of codes. Sources: the makers' published validators."""


class UnknownTargetError(ValueError):
    """No such target is in the table."""


@dataclass
class Verdict:
    """Codes of a report by what they mean for a job."""

    blocking: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    infos: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)

    @property
    def is_blocked(self) -> bool:
        return bool(self.blocking)


def find_severity(
    code: str, found: Severity, *, target: str | None, policies: Mapping[str, Policy] | None = None
) -> Severity | None:
    """How bad `code` is for `target` when a check found it at severity `found`; None where it is ignored.

    Without a target the code's own severity counts, as at upload, when nobody knows yet who will train.

    A check that found a milder form than the table's keeps its word against the target's table, not against the
    project's policy. Raises UnknownTargetError.
    """
    if target is not None and target not in TARGETS:
        raise UnknownTargetError(f"There is no target {target}; use one of {', '.join(TARGETS)}")
    if policies is not None and code in policies:
        return _POLICY_SEVERITIES[policies[code]]
    if target is None or found != CODES[code].severity:
        return found
    return TARGETS[target].get(code, found)


def judge_report(
    report: Mapping[str, Any], *, target: str | None, policies: Mapping[str, Policy] | None = None
) -> Verdict:
    """Sort the codes of a stored report (`Report.to_dict`). Raises UnknownTargetError."""
    verdict = Verdict()
    places: dict[Severity | None, list[str]] = {
        _E: verdict.blocking,
        _W: verdict.warnings,
        _I: verdict.infos,
        None: verdict.ignored,
    }
    for entry in report["codes"]:
        severity = find_severity(entry["code"], Severity(entry["severity"]), target=target, policies=policies)
        places[severity].append(entry["code"])
    return verdict
