"""`tunery jobs`: start fine-tuning jobs and follow them."""

from itertools import islice
from pathlib import Path
from typing import Annotated

import typer
from openai import OpenAI, omit
from openai.types.fine_tuning import FineTuningJob
from openai.types.fine_tuning.job_create_params import Method
from rich.console import Console

from cli.client import with_client
from cli.output import JsonOption, local_time, show, show_list
from cli.progress import show_progress

app = typer.Typer(no_args_is_help=True, help="Fine-tuning jobs.")

JobId = Annotated[str, typer.Argument(metavar="JOB", help="Id of the job, ftjob-…")]
Limit = Annotated[int, typer.Option(min=1, help="At most this many.")]

_EXIT_CODES = {"succeeded": 0, "failed": 1, "cancelled": 2}


@app.command("create")
@with_client
def create_job(
    client: OpenAI,
    model: Annotated[str, typer.Argument(help="Base model, of `tunery models list`.")],
    training: Annotated[str, typer.Argument(help="Id of an uploaded file, or a local file to upload first.")],
    *,
    validation: Annotated[str | None, typer.Option(help="The same for validation.")] = None,
    suffix: Annotated[str | None, typer.Option(help="Goes into the tuned model's name.")] = None,
    seed: Annotated[int | None, typer.Option(help="Same seed, same data: same weights.")] = None,
    epochs: Annotated[int | None, typer.Option(help="Passes over the data; chosen for you if left out.")] = None,
    batch_size: Annotated[int | None, typer.Option(help="Examples per step; the same.")] = None,
    learning_rate_multiplier: Annotated[float | None, typer.Option(help="Scales the learning rate; the same.")] = None,
    metadata: Annotated[list[str] | None, typer.Option(metavar="KEY=VALUE", help="Once for each pair.")] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Follow the job to its end.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Start a supervised fine-tuning job and print its id."""
    chosen = {
        "n_epochs": epochs,
        "batch_size": batch_size,
        "learning_rate_multiplier": learning_rate_multiplier,
    }
    job = client.fine_tuning.jobs.create(
        model=model,
        training_file=_file_id(client, training),
        validation_file=_file_id(client, validation) if validation else omit,
        method=_supervised({name: value for name, value in chosen.items() if value is not None}),
        suffix=omit if suffix is None else suffix,
        seed=omit if seed is None else seed,
        metadata=_pairs(metadata) if metadata else omit,
    )
    if as_json:
        show(job, as_json=True)
    else:
        print(job.id)
    if watch:
        _watch(client, job.id)


@app.command("list")
@with_client
def list_jobs(client: OpenAI, *, limit: Limit = 20, as_json: JsonOption = False) -> None:
    """List jobs, newest first."""
    columns = {
        "id": lambda job: job.id,
        "status": lambda job: job.status,
        "model": lambda job: job.fine_tuned_model or job.model,
        "created": lambda job: local_time(job.created_at),
    }
    show_list(list(islice(client.fine_tuning.jobs.list(limit=limit), limit)), columns, as_json=as_json)


@app.command("get")
@with_client
def get_job(client: OpenAI, job: JobId, *, as_json: JsonOption = False) -> None:
    """Show one job."""
    show(client.fine_tuning.jobs.retrieve(job), as_json=as_json)


@app.command("watch")
@with_client
def watch_job(client: OpenAI, job: JobId) -> None:
    """Follow a job to its end: exit code 0 if it succeeded, 1 if it failed, 2 if it was cancelled."""
    _watch(client, job)


@app.command("cancel")
@with_client
def cancel_job(client: OpenAI, job: JobId, *, as_json: JsonOption = False) -> None:
    """Cancel a job; its checkpoints stay."""
    show(client.fine_tuning.jobs.cancel(job), as_json=as_json)


@app.command("events")
@with_client
def list_events(client: OpenAI, job: JobId, *, limit: Limit = 20, as_json: JsonOption = False) -> None:
    """List what happened to a job, newest first."""
    columns = {
        "time": lambda event: local_time(event.created_at),
        "level": lambda event: event.level,
        "message": lambda event: event.message,
    }
    events = client.fine_tuning.jobs.list_events(job, limit=limit)
    show_list(list(islice(events, limit)), columns, as_json=as_json)


@app.command("checkpoints")
@with_client
def list_checkpoints(client: OpenAI, job: JobId, *, limit: Limit = 10, as_json: JsonOption = False) -> None:
    """List a job's checkpoints, newest first; each can be asked like a model."""
    columns = {
        "step": lambda checkpoint: str(checkpoint.step_number),
        "model": lambda checkpoint: checkpoint.fine_tuned_model_checkpoint,
        "validation loss": lambda checkpoint: str(checkpoint.metrics.full_valid_loss or ""),
    }
    checkpoints = client.fine_tuning.jobs.checkpoints.list(job, limit=limit)
    show_list(list(islice(checkpoints, limit)), columns, as_json=as_json)


def _watch(client: OpenAI, job_id: str) -> None:
    console = Console()
    job, _ = show_progress(client, job_id, console=console)
    console.print(_outcome(job), highlight=False, markup=False)
    raise typer.Exit(_EXIT_CODES[job.status])


def _outcome(job: FineTuningJob) -> str:
    if job.status == "succeeded":
        return f"succeeded: {job.fine_tuned_model}"
    return f"{job.status}: {job.error.message}" if job.error and job.error.message else job.status


def _file_id(client: OpenAI, file: str) -> str:
    path = Path(file)
    return client.files.create(file=path, purpose="fine-tune").id if path.is_file() else file


def _supervised(hyperparameters: dict[str, float]) -> Method:
    return {"type": "supervised", "supervised": {"hyperparameters": hyperparameters}}  # type: ignore[typeddict-item]


def _pairs(texts: list[str]) -> dict[str, str]:
    pairs = dict(text.split("=", 1) for text in texts if "=" in text)
    if len(pairs) < len(texts):
        raise typer.BadParameter("--metadata takes KEY=VALUE, each key once")
    return pairs
