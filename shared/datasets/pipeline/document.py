"""The report document: what the API, the command line and the page for people read of a check."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from shared.datasets.pipeline.asking import Standing
from shared.datasets.pipeline.tables import DatasetCheck
from shared.datasets.pipeline.verdict import judge_check
from shared.datasets.severities import Policy, Verdict


def render_report(check: DatasetCheck, *, policies: Mapping[str, Policy]) -> dict[str, Any]:
    """The whole answer of a check that has succeeded, judged for its target and by these policies."""
    judged = judge_check(check, policies=policies)
    document: dict[str, Any] = {
        "file_id": check.file_id,
        "validation_file": check.validation_file,
        "evaluation_file": next(iter(check.evaluation_files or ()), None),
        "evaluation_files": check.evaluation_files or [],
        "groups": check.groups,
        "model": check.model,
        "method": check.method,
        "target": check.target,
        "moderation": check.moderation,
        "created_at": check.finished_at or check.created_at,
        "summary": check.summary,
        **(check.report or {}),
        "verdict": asdict(_join([section.verdict for section in judged.values()])),
    }
    if "validation_file" in judged:
        document["validation"] = {**document["validation"], "verdict": asdict(judged["validation_file"].verdict)}
    return document


def render_standing(standing: Standing) -> dict[str, Any]:
    """What is told of a check that has not ended, or of how it did."""
    return {**asdict(standing), "state": str(standing.state)}


def _join(verdicts: list[Verdict]) -> Verdict:
    """Of the files together: a job starts only if nothing is in the way in any of them."""
    joined = Verdict()
    for kind in ("blocking", "warnings", "infos", "ignored"):
        codes = dict.fromkeys(code for verdict in verdicts for code in getattr(verdict, kind))
        setattr(joined, kind, list(codes))
    return joined
