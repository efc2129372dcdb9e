"""The report document of files on this machine, in the shape in which the API answers it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from cli.data.reading import Wishes, read_file
from shared import clock
from shared.datasets.checks.context import Context
from shared.datasets.checks.graders import fields_read_by, report_grader
from shared.datasets.depths import Depth
from shared.datasets.eval_leakage import EvaluationLeaks
from shared.datasets.leakage import report_leaks
from shared.datasets.limits import LIMITS, Limits
from shared.datasets.report import Report
from shared.datasets.severities import judge_report
from shared.datasets.stretch import Stretch
from shared.datasets.tokens.plan import TrainingPlan
from shared.datasets.tokens.planning import ENGINE, is_engine_model, plan_training
from shared.datasets.tokens.watcher import TokenWatcher
from shared.datasets.watchers import Watcher
from shared.datasets.whole.contexts import Contexts
from shared.datasets.whole.demographics import Demographics
from shared.datasets.whole.domain import Domain
from shared.errors import InvalidInputError
from shared.quoting import quote
from shared.settings import Settings

_DEFAULT_TARGET = "openai"


@dataclass(frozen=True)
class CheckRequest:
    path: Path
    name: str
    "As the user named it."
    model: str | None
    method: str
    target: str | None
    validation: Path | None
    evaluations: Sequence[Path]
    grader: Any = None
    "As JSON; None where rows are not graded."
    groups: Mapping[str, Sequence[str]] | None = None
    "Terms by which prompts speak of groups of people."
    moderated: Callable[[], Watcher] | None = None
    "Makes what has rows judged by a moderation service."


def make_document(request: CheckRequest, settings: Settings, on_progress: Callable[[float], None]) -> dict[str, Any]:
    """Everything that the check tells. Raises InvalidInputError for a target or model that cannot be asked about."""
    plan = None if request.model is None else _plan(request, settings)
    target = plan.provider if plan is not None else request.target or _DEFAULT_TARGET
    share = 1 / (1 + (request.validation is not None) + len(request.evaluations))
    steps = _Steps(share, on_progress)
    training = read_file(request.path, _wishes(request, settings, plan, target), steps.next())
    report = training.finish()
    if request.grader is not None:
        report_grader(request.grader, training.found)
    document: dict[str, Any] = {
        "file": request.name,
        "model": request.model,
        "method": request.method,
        "target": target,
        "groups": request.groups,
        "created_at": clock.now_seconds(),
        "summary": report.error_summary(),
    }
    others = _Others(training, steps)
    if request.validation is not None:
        wishes = _wishes(request, settings, None, target, is_validation=True)
        document["validation"] = others.check_validation(request.validation, wishes)
    # A file that measures models is not trained on, and no service is shown it.
    unseen = replace(request, moderated=None)
    others.compare_evaluations(request.evaluations, _wishes(unseen, settings, None, target, is_validation=True))
    document |= report.to_dict()
    document["verdict"] = asdict(judge_report(document, target=target))
    document["estimate"] = _find_estimate(report)
    if "validation" in document:
        document["validation"]["verdict"] = asdict(judge_report(document["validation"], target=target))
    return document


class _Steps:
    """One bar for the files that are read one after the other."""

    def __init__(self, share: float, on_progress: Callable[[float], None]) -> None:
        self._share = share
        self._on_progress = on_progress
        self._n_begun = 0

    def next(self) -> Callable[[float], None]:
        before = self._n_begun * self._share
        self._n_begun += 1
        return lambda share: self._on_progress(before + share * self._share)


class _Others:
    """Files that are read beside the training file, and compared with it."""

    def __init__(self, training: Stretch, steps: _Steps) -> None:
        self._training = training
        self._steps = steps
        self._n_lines_merged = training.report.n_lines

    def check_validation(self, path: Path, wishes: Wishes) -> dict[str, Any]:
        validation = read_file(path, wishes, self._steps.next())
        report = validation.finish()
        report_leaks(self._training, validation, validation.found)
        self._n_lines_merged += report.n_lines
        return {"file": str(path), "summary": report.error_summary(), **report.to_dict()}

    def compare_evaluations(self, paths: Sequence[Path], wishes: Wishes) -> None:
        leaks = EvaluationLeaks(self._training, n_lines_merged=self._n_lines_merged)
        for path in paths:
            evaluation = read_file(path, wishes, self._steps.next())
            evaluation.finish()
            leaks.add(evaluation, name=path.name)
        leaks.finish()


def _plan(request: CheckRequest, settings: Settings) -> TrainingPlan:
    model, target = request.model or "", request.target
    if target == ENGINE and not is_engine_model(model, settings):
        known = ", ".join(sorted(settings.base_models)) or "none"
        raise InvalidInputError(f"{quote(model)} is no base model of the engine; TUNERY_BASE_MODELS names {known}.")
    return plan_training(model, request.method, settings=settings, provider=target or _DEFAULT_TARGET)


def _wishes(
    request: CheckRequest, settings: Settings, plan: TrainingPlan | None, target: str, *, is_validation: bool = False
) -> Wishes:
    limits = LIMITS.get(target, Limits())
    if target == ENGINE:
        limits = replace(limits, min_examples=settings.min_examples)
    read = tuple(sorted(fields_read_by(request.grader)))
    context = Context(method=request.method, is_validation=is_validation, limits=limits, item_fields=read)
    extra: list[Callable[[], Watcher]] = [] if plan is None else [partial(TokenWatcher, plan.tokens, plan)]
    if plan is not None and plan.tokens.is_engine:
        extra.append(partial(Domain, plan.model))
    if request.validation is not None:
        extra.append(Contexts)
    if request.groups:
        extra.append(partial(Demographics, request.groups))
    if request.moderated is not None:
        extra.append(request.moderated)
    # Others hear no Ctrl-C while they wait for a service, and the key of it need not travel.
    is_moderated = request.moderated is not None
    return Wishes(context, Depth.DATASET, settings.max_line_bytes, tuple(extra), in_one_process=is_moderated)


def _find_estimate(report: Report) -> dict[str, Any] | None:
    """What the training will take, which the token watcher tells as a finding."""
    estimates = (finding.detail for finding in report.findings if finding.code == "cost_estimate")
    return next(estimates, None)
