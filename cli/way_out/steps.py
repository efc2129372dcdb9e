"""The steps of the way out, each started and followed to its end with its progress shown."""

import time
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from cli.failures import fail
from cli.own_api import OwnApi

_POLL_SECONDS = 0.5
_KINDS = ("file", "job", "checkpoint", "model")
_ACTIVE = {"waiting", "running"}
_ENDED = {"succeeded", "failed", "cancelled"}


@dataclass(frozen=True)
class Recording:
    """What is asked of the old models."""

    sample: int
    file: str | None
    budget_tokens: int | None
    budget_amount: float | None
    concurrency: int

    @property
    def body(self) -> dict[str, Any]:
        budget = {"tokens": self.budget_tokens, "amount": self.budget_amount}
        return {"sample": self.sample, "file": self.file, "budget": budget, "concurrency": self.concurrency}


def run_import(api: OwnApi, connection_id: str, console: Console) -> str:
    """Start an import, or join the one under way, and follow it to its end; its id."""
    started = api.post("/imports", {"connection": connection_id})
    with _progress(console) as progress:
        bars = {kind: progress.add_task(f"{kind}s", total=None) for kind in _KINDS}
        while True:
            found = api.get(f"/imports/{started['id']}")
            for kind, bar in bars.items():
                counts = found["counts"][kind]
                settled = counts["copied"] + counts["failed"]
                progress.update(bar, completed=settled, total=settled + counts["found"])
            if found["state"] != "running":
                break
            time.sleep(_POLL_SECONDS)
    if found["state"] != "succeeded":
        reason = found["error"]["message"] if found["error"] else "it was cancelled"
        fail(f"The import stopped: {reason} Run this again to go on.")
    return str(found["id"])


def record(api: OwnApi, import_id: str, asked: Recording, console: Console) -> None:
    """Record answers and follow all recordings to their ends."""
    started = api.post(f"/imports/{import_id}/record", asked.body)["data"]
    with _progress(console) as progress:
        bars = {each["id"]: progress.add_task(f"asking {each['model']}", total=None) for each in started}
        while not _follow(api, import_id, bars, progress):
            time.sleep(_POLL_SECONDS)
    for each in (_look(api, import_id, recording_id) for recording_id in bars):
        if each["error"]:
            console.print(f"{each['model']}: {each['error']['message']}", style="red", highlight=False, markup=False)
        elif each["ended_by"] == "budget":
            console.print(f"{each['model']}: the budget was used up.", highlight=False, markup=False)


def retrain(api: OwnApi, import_id: str, base: str, console: Console, *, watch: bool) -> None:
    """Train every job of a tuned model again, and follow the new models to their answers if wanted."""
    report = api.get(f"/imports/{import_id}/report")["report"]
    comparisons: list[str] = []
    jobs: list[str] = []
    for model in report["at_risk"]:
        if not model["has_data"]:
            console.print(f"{model['model']}: its training file is not here.", highlight=False, markup=False)
            continue
        made = api.post(f"/imports/{import_id}/retrain", {"job": model["job"], "model": base})
        jobs.append(made["job"])
        comparisons += made["comparisons"]
        console.print(
            f"{model['model']} → {made['model']} ({made['job']})", highlight=False, markup=False, soft_wrap=True
        )
    if watch:
        _watch_jobs(api, import_id, jobs, console)
        with _progress(console) as progress:
            bars = {each: progress.add_task("asking the new model", total=None) for each in comparisons}
            while not _follow(api, import_id, bars, progress):
                time.sleep(_POLL_SECONDS)


def _watch_jobs(api: OwnApi, import_id: str, jobs: list[str], console: Console) -> None:
    """Wait until each new job has ended."""
    with _progress(console) as progress:
        bar = progress.add_task("training", total=len(jobs))
        while True:
            retrained = api.get(f"/imports/{import_id}/report")["report"]["retrainings"]
            ended = sum(each["new_job"] in jobs and each["status"] in _ENDED for each in retrained)
            progress.update(bar, completed=ended)
            if ended >= len(jobs):
                return
            time.sleep(2 * _POLL_SECONDS)


def _follow(api: OwnApi, import_id: str, bars: dict[str, Any], progress: Progress) -> bool:
    """Bring the bars up to date; whether all recordings have ended."""
    looked = [_look(api, import_id, recording_id) for recording_id in bars]
    for each in looked:
        progress.update(bars[each["id"]], completed=each["answered"] + each["failed"], total=each["prompts"])
    return all(each["state"] not in _ACTIVE for each in looked)


def _look(api: OwnApi, import_id: str, recording_id: str) -> dict[str, Any]:
    return api.get(f"/imports/{import_id}/recordings/{recording_id}")


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
    )
