"""The customer's part of a fine-tuning job, with nothing but the `openai` client."""

import base64
import csv
import io
from dataclasses import dataclass
from pathlib import Path

from openai import OpenAI
from openai.types.fine_tuning import FineTuningJob, FineTuningJobEvent
from openai.types.fine_tuning.job_create_params import Method
from openai.types.webhooks import FineTuningJobSucceededWebhookEvent, WebhookEndpointWithSecret
from rich.console import Console

from cli.demo.dataset import TRAINING_FILE, VALIDATION_FILE
from cli.demo.errors import DemoError
from cli.demo.receiver import WebhookReceiver
from cli.progress import metrics_of, show_progress

_WEBHOOK_SECONDS = 60.0
_METHOD: Method = {
    # 45 steps of 4 rows: enough for a 135M model to take on the format, about a minute on two cores.
    "type": "supervised",
    "supervised": {"hyperparameters": {"n_epochs": 3, "batch_size": 4}},
}


@dataclass(frozen=True)
class Outcome:
    """A job that succeeded, and everything it said on the way."""

    job: FineTuningJob
    model: str
    events: list[FineTuningJobEvent]

    def losses(self, name: str) -> list[tuple[float, float]]:
        """(step, value) of one metric, in order of steps."""
        metrics = (metrics_of(event) for event in self.events)
        return [(numbers["step"], numbers[name]) for numbers in metrics if name in numbers]


def upload(client: OpenAI, path: Path) -> str:
    """Upload a dataset and wait until it is checked; its id. Raises DemoError if it is refused."""
    file = client.files.create(file=path, purpose="fine-tune")
    file = client.files.wait_for_processing(file.id, poll_interval=0.2, max_wait_seconds=120)
    if file.status != "processed":
        raise DemoError(f"{path.name} was not accepted: {file.status} {file.status_details or ''}")
    return file.id


def train(client: OpenAI, *, base: str, console: Console) -> Outcome:
    """Upload both files, start a job and follow it to its end. Raises DemoError unless it succeeds."""
    training_file, validation_file = upload(client, TRAINING_FILE), upload(client, VALIDATION_FILE)
    console.print(f"uploaded {training_file} and {validation_file}", highlight=False, soft_wrap=True)
    console.print("A new data folder unpacks the base model first, which takes half a minute.", style="dim")
    job = client.fine_tuning.jobs.create(
        model=base,
        training_file=training_file,
        validation_file=validation_file,
        method=_METHOD,
        suffix="house-style",
        seed=7,
        metadata={"from": "tunery demo"},
    )
    job, events = show_progress(client, job.id, console=console)
    if job.status != "succeeded" or job.fine_tuned_model is None:
        raise DemoError(f"The job {job.status}: {job.error.message if job.error else 'without a reason'}")
    return Outcome(job=job, model=job.fine_tuned_model, events=events)


def verify_webhook(
    client: OpenAI, endpoint: WebhookEndpointWithSecret, receiver: WebhookReceiver, *, job_id: str
) -> FineTuningJobSucceededWebhookEvent:
    """Wait for the delivery and check its signature, type and job. Raises DemoError if any is wrong."""
    delivery = receiver.find_delivery(within_seconds=_WEBHOOK_SECONDS)
    if delivery is None:
        raise DemoError(f"No webhook came within {_WEBHOOK_SECONDS:g} s.")
    event = client.webhooks.unwrap(delivery.body, delivery.headers, secret=endpoint.signing_secret)
    if not isinstance(event, FineTuningJobSucceededWebhookEvent) or event.data.id != job_id:
        raise DemoError(f"An unexpected webhook came: {event.type}")
    return event


def download_metrics(client: OpenAI, job: FineTuningJob) -> list[dict[str, str]]:
    """The rows of the result file, which comes as base64 of a CSV. Raises DemoError if there is none."""
    if not job.result_files:
        raise DemoError("The job has no result file.")
    encoded = client.files.content(job.result_files[0]).read()
    return list(csv.DictReader(io.StringIO(base64.b64decode(encoded).decode())))
