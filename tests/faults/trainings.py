"""Jobs as a client sees them: made, watched, and told as a value in which two runs can be compared."""

import base64
import hashlib
import io
import json
from collections.abc import Iterable
from dataclasses import dataclass

import openai
from openai.types.fine_tuning import FineTuningJobEvent

from shared.jobs import service as jobs
from shared.resources import Resources

STEPS_PER_EPOCH, EPOCHS = 40, 3
TOTAL_STEPS = STEPS_PER_EPOCH * EPOCHS


@dataclass(frozen=True)
class Outcome:
    """All that a client can learn of a job, less the ids that differ from job to job."""

    status: str
    events: list[tuple[str, str]]
    checkpoint_steps: list[int]
    adapters: dict[int, str]
    "Sha256 of the weights by step."
    result_csv: bytes
    trained_tokens: int | None


def rows_of(count: int, *, words: int = 40, first: int = 0) -> bytes:
    """A training file; two that begin with other numbers have no row in common."""
    rows = (
        {
            "messages": [
                {"role": "user", "content": f"Question {number}: " + "why " * words},
                {"role": "assistant", "content": f"Answer {number}: " + "so " * words},
            ]
        }
        for number in range(first, first + count)
    )
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def upload_rows(client: openai.OpenAI, count: int, *, first: int = 0) -> str:
    """Upload a training file; its id."""
    rows = rows_of(count, first=first)
    return client.files.create(file=("rows.jsonl", io.BytesIO(rows)), purpose="fine-tune").id


def start_job(client: openai.OpenAI, **request: object) -> str:
    """A job of `TOTAL_STEPS` steps with a fixed seed; its id."""
    hyperparameters = {"n_epochs": EPOCHS, "batch_size": 1, "learning_rate_multiplier": 1.0}
    defaults = {
        "model": "tiny",
        "training_file": upload_rows(client, STEPS_PER_EPOCH),
        "validation_file": upload_rows(client, 10, first=STEPS_PER_EPOCH),
        "method": {"type": "supervised", "supervised": {"hyperparameters": hyperparameters}},
        "seed": 7,
    }
    return client.fine_tuning.jobs.create(**(defaults | request)).id  # type: ignore[arg-type]  # checked by the server


def list_events(client: openai.OpenAI, job_id: str) -> list[FineTuningJobEvent]:
    """Every event, oldest first."""
    return list(reversed(list(client.fine_tuning.jobs.list_events(job_id, limit=100))))


def describe_outcome(client: openai.OpenAI, resources: Resources, project_id: str, job_id: str) -> Outcome:
    """What became of a job that has ended."""
    job = client.fine_tuning.jobs.retrieve(job_id)
    checkpoints = list(client.fine_tuning.jobs.checkpoints.list(job_id))
    ids = [job_id, job.training_file, job.validation_file, job.fine_tuned_model]
    return Outcome(
        status=job.status,
        events=[(event.type or "", without(ids, event.message)) for event in list_events(client, job_id)],
        checkpoint_steps=[checkpoint.step_number for checkpoint in checkpoints],
        adapters=hash_adapters(resources, project_id, job_id),
        result_csv=b"".join(base64.b64decode(client.files.content(file_id).read()) for file_id in job.result_files),
        trained_tokens=job.trained_tokens,
    )


def hash_adapters(resources: Resources, project_id: str, job_id: str) -> dict[int, str]:
    """Sha256 of the stored weights of each checkpoint, by step."""
    with resources.database.reading() as session:
        checkpoints = jobs.list_checkpoints(session, project_id, job_id, after=None, limit=100)
    return {
        checkpoint.step_number: _hash(resources, f"{checkpoint.object_prefix}/adapter/adapter_model.safetensors")
        for checkpoint in checkpoints
    }


def _hash(resources: Resources, key: str) -> str:
    digest = hashlib.sha256()
    for chunk in resources.store.iter_chunks(key):
        digest.update(chunk)
    return digest.hexdigest()


def without(ids: Iterable[str | None], message: str) -> str:
    """A message less the ids that differ from job to job."""
    for name in filter(None, ids):
        message = message.replace(name, "…")
    return message
