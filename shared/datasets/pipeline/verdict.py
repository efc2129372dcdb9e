"""What a report means for a job: its codes sorted by target and by the project's policies, when somebody asks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.datasets.codes import Severity
from shared.datasets.pipeline.tables import DatasetCheck
from shared.datasets.severities import Policy, Verdict, judge_report

_MOST_TOLD = 5
_MESSAGE_CHARS = 150


@dataclass(frozen=True)
class Judged:
    """The report on one of the files of a check, and what follows from it."""

    report: Mapping[str, Any]
    summary: str
    verdict: Verdict

    def entry(self, code: str) -> dict[str, Any]:
        """The report's entry of a code that was found."""
        entry: dict[str, Any] = next(entry for entry in self.report["codes"] if entry["code"] == code)
        return entry

    def explain(self, codes: Sequence[str]) -> str:
        """One or two sentences on why these codes are in the way, naming the first lines."""
        errors = [entry["code"] for entry in self.report["codes"] if entry["severity"] == Severity.ERROR]
        if self.summary and set(errors) == set(codes):
            return self.summary
        samples = [sample for code in codes for sample in self.entry(code)["samples"]]
        samples.sort(key=lambda sample: sample["line"] or 0)
        told = "; ".join(_shorten(sample["message"]) for sample in samples[:_MOST_TOLD])
        n_found = sum(self.entry(code)["count"] for code in codes)
        return f"The file has {n_found:,} finding(s) that keep a job from starting ({', '.join(codes)}): {told}."


def judge_check(check: DatasetCheck, *, policies: Mapping[str, Policy]) -> dict[str, Judged]:
    """The files of a check that has succeeded, by what a job calls them: `training_file`, and `validation_file`."""
    report = check.report or {}
    judged = {"training_file": _judge(report, check.summary, check.target, policies)}
    if "validation" in report:
        validation = report["validation"]
        judged["validation_file"] = _judge(validation, validation["summary"], check.target, policies)
    return judged


def find_problem(check: DatasetCheck, *, policies: Mapping[str, Policy]) -> str | None:
    """Why a file that has been checked at upload is no good; None for one that is."""
    judged = judge_check(check, policies=policies)["training_file"]
    return judged.explain(judged.verdict.blocking) if judged.verdict.is_blocked else None


def _judge(report: Mapping[str, Any], summary: str, target: str | None, policies: Mapping[str, Policy]) -> Judged:
    return Judged(report, summary, judge_report(report, target=target, policies=policies))


def _shorten(message: str) -> str:
    message = message.rstrip(".")
    return message if len(message) <= _MESSAGE_CHARS else message[: _MESSAGE_CHARS - 1] + "…"
