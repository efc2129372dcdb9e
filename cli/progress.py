"""Following a job: its events in order, none twice, and a progress bar with the live loss."""

import time
from collections.abc import Iterable, Iterator

from openai import OpenAI
from openai.types.fine_tuning import FineTuningJob, FineTuningJobEvent
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from cli.output import local_time

TERMINAL = frozenset({"succeeded", "failed", "cancelled"})
_POLL_SECONDS = 0.5
_PAGE = 50
_LOG_EVERY_STEPS = 5


def follow_events(client: OpenAI, job_id: str, *, poll_seconds: float = _POLL_SECONDS) -> Iterator[FineTuningJobEvent]:
    """Every event of the job, oldest first, as they come; ends after the last event of a finished job."""
    last_seen = ""
    while True:
        # Asked before the events are, so that none written before the end can be missed.
        is_over = client.fine_tuning.jobs.retrieve(job_id).status in TERMINAL
        newest_first = client.fine_tuning.jobs.list_events(job_id, limit=_PAGE)
        fresh = list(_until(last_seen, newest_first))
        yield from reversed(fresh)
        if is_over:
            return
        last_seen = fresh[0].id if fresh else last_seen
        time.sleep(poll_seconds)


def _until(event_id: str, events: Iterable[FineTuningJobEvent]) -> Iterator[FineTuningJobEvent]:
    for event in events:
        if event.id == event_id:
            return
        yield event


def show_progress(client: OpenAI, job_id: str, *, console: Console) -> tuple[FineTuningJob, list[FineTuningJobEvent]]:
    """Print events above a progress bar until the job ends; its last state, and all its events."""
    seen = []
    with _progress_bar(console) as progress:
        task = progress.add_task("waiting", total=None, loss="")
        for event in follow_events(client, job_id):
            seen.append(event)
            metrics = metrics_of(event)
            if "train_loss" in metrics:
                step, total = metrics["step"], metrics["total_steps"]
                progress.update(task, description="training", completed=step, total=total, loss=_loss_text(metrics))
            if _is_worth_a_line(metrics, console):
                line = Text.assemble((local_time(event.created_at), "dim"), " ", event.message)
                progress.console.print(line, soft_wrap=True)
    return client.fine_tuning.jobs.retrieve(job_id), seen


def metrics_of(event: FineTuningJobEvent) -> dict[str, float]:
    """The numbers a metrics event carries; empty for any other event."""
    if event.type != "metrics" or not isinstance(event.data, dict):
        return {}
    return {name: value for name, value in event.data.items() if isinstance(value, int | float)}


def _is_worth_a_line(metrics: dict[str, float], console: Console) -> bool:
    """All but metrics, which the bar shows; a log file, which has no bar, gets those of every fifth step."""
    if not metrics:
        return True
    return not console.is_terminal and metrics.get("step", 0) % _LOG_EVERY_STEPS == 0


def _loss_text(metrics: dict[str, float]) -> str:
    text = f"loss {metrics['train_loss']:.3f}"
    return f"{text} · validation {metrics['full_valid_loss']:.3f}" if "full_valid_loss" in metrics else text


def _progress_bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=None),
        MofNCompleteColumn(),
        TextColumn("{task.fields[loss]}"),
        TimeElapsedColumn(),
        console=console,
        expand=True,
    )
