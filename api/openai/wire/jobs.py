"""Fine-tuning jobs, events and checkpoints as they are answered."""

from typing import Any, Literal

from pydantic import ConfigDict, Field

from api.openai.wire.base import WireModel
from shared.jobs.methods import shown_hyperparameters
from shared.jobs.tables import Checkpoint, Job, JobEvent


class Hyperparameters(WireModel):
    """And, in a provider's job, others that were asked for."""

    model_config = ConfigDict(extra="allow")

    n_epochs: int | Literal["auto"] = Field(
        description="Passes over the training file; `auto` until the files are validated."
    )
    batch_size: int | Literal["auto"] = Field(description="Rows in one step; `auto` until the files are validated.")
    learning_rate_multiplier: float | Literal["auto"] = Field(
        description="Factor on the learning rate; `auto` until the files are validated."
    )


class DpoHyperparameters(Hyperparameters):
    beta: float | Literal["auto"] = Field(description="Weight of staying near the base model.")


class ReinforcementHyperparameters(Hyperparameters):
    reasoning_effort: Literal["default", "low", "medium", "high"]
    compute_multiplier: float | Literal["auto"] = Field(description="Factor on the answers tried in a step.")
    eval_interval: int | Literal["auto"] = Field(description="Steps between evaluations.")
    eval_samples: int | Literal["auto"] = Field(description="Samples of each row in an evaluation.")


class SupervisedBlock(WireModel):
    hyperparameters: Hyperparameters


class DpoBlock(WireModel):
    hyperparameters: DpoHyperparameters


class ReinforcementBlock(WireModel):
    grader: dict[str, Any] = Field(description="As asked.")
    response_format: dict[str, Any] | None = Field(None, description="As asked.")
    hyperparameters: ReinforcementHyperparameters


class Method(WireModel):
    type: Literal["supervised", "dpo", "reinforcement"] = Field(
        description="`supervised` for jobs trained here; jobs of providers may have any."
    )
    supervised: SupervisedBlock | None = Field(None, description="Of a supervised job.")
    dpo: DpoBlock | None = Field(None, description="Of a job that learns from preferences.")
    reinforcement: ReinforcementBlock | None = Field(
        None, description="Of a job that learns from a grader; an imported one's grader is not known."
    )


class JobError(WireModel):
    code: str = Field(description="Stable code, such as `invalid_training_file`.")
    message: str = Field(description="What is wrong, naming lines where lines are wrong.")
    param: str | None = Field(description="`training_file` or `validation_file` where one is at fault.")


class FineTuningJob(WireModel):
    id: str = Field(description="`ftjob-…`")
    object: Literal["fine_tuning.job"] = "fine_tuning.job"
    created_at: int = Field(description="Seconds since the epoch.")
    error: JobError | None = Field(description="Why the job failed; null on any other job.")
    fine_tuned_model: str | None = Field(description="Name of the tuned model, once there is one.")
    finished_at: int | None = Field(description="Seconds since the epoch, once the job has ended.")
    hyperparameters: Hyperparameters
    model: str = Field(description="The base model.")
    organization_id: str = Field(description="Owner of the job.")
    result_files: list[str] = Field(description="Ids of files with the training metrics.")
    seed: int = Field(description="Seed used; chosen by the service when none was given.")
    status: Literal["validating_files", "queued", "running", "paused", "succeeded", "failed", "cancelled"]
    trained_tokens: int | None = Field(
        description="Tokens of the training file times epochs, once the job has succeeded."
    )
    training_file: str
    validation_file: str | None
    estimated_finish: int | None = Field(description="Expected end in seconds since the epoch, while running.")
    integrations: list[Any] | None = None
    method: Method
    metadata: dict[str, str] | None = Field(description="Up to 16 pairs of your own.")
    user_provided_suffix: str | None = Field(description="The suffix asked for.")


class FineTuningJobList(WireModel):
    object: Literal["list"] = "list"
    data: list[FineTuningJob] = Field(description="Newest first.")
    has_more: bool


class FineTuningEvent(WireModel):
    id: str = Field(description="`ftevent-…`")
    object: Literal["fine_tuning.job.event"] = "fine_tuning.job.event"
    created_at: int = Field(description="Seconds since the epoch.")
    level: Literal["info", "warn", "error"]
    message: str
    type: Literal["message", "metrics"]
    data: dict[str, Any] | None = Field(description="Metrics of a step; losses in nats per token.")


class FineTuningEventList(WireModel):
    object: Literal["list"] = "list"
    data: list[FineTuningEvent] = Field(description="Newest first.")
    has_more: bool


class CheckpointMetrics(WireModel):
    step: float | None = None
    train_loss: float | None = None
    train_mean_token_accuracy: float | None = None
    valid_loss: float | None = None
    valid_mean_token_accuracy: float | None = None
    full_valid_loss: float | None = None
    full_valid_mean_token_accuracy: float | None = None


class FineTuningCheckpoint(WireModel):
    id: str = Field(description="`ftckpt_…`")
    object: Literal["fine_tuning.job.checkpoint"] = "fine_tuning.job.checkpoint"
    created_at: int = Field(description="Seconds since the epoch.")
    fine_tuned_model_checkpoint: str = Field(description="A model name that answers chat completions.")
    fine_tuning_job_id: str
    step_number: int
    metrics: CheckpointMetrics


class FineTuningCheckpointList(WireModel):
    object: Literal["list"] = "list"
    data: list[FineTuningCheckpoint] = Field(description="Newest first.")
    first_id: str | None
    last_id: str | None
    has_more: bool


def render_job(job: Job) -> FineTuningJob:
    hyperparameters = shown_hyperparameters(job.method, job.hyperparameters)
    error = None
    if job.error_code is not None:
        error = JobError(code=job.error_code, message=job.error_message or "", param=job.error_param)
    return FineTuningJob.model_validate(
        {
            "id": job.id,
            "created_at": job.created_at,
            "error": error,
            "fine_tuned_model": job.tuned_model if job.status == "succeeded" else None,
            "finished_at": job.finished_at,
            "hyperparameters": hyperparameters,
            "model": job.model,
            "organization_id": job.organization_id,
            "result_files": [] if job.result_file is None else [job.result_file],
            "seed": job.seed,
            "status": job.status,
            "trained_tokens": job.trained_tokens,
            "training_file": job.training_file,
            "validation_file": job.validation_file,
            "estimated_finish": job.estimated_finish,
            "integrations": job.integrations,
            "method": _render_method(job, hyperparameters),
            "metadata": job.labels,
            "user_provided_suffix": job.suffix,
        }
    )


def _render_method(job: Job, hyperparameters: dict[str, Any]) -> dict[str, Any]:
    # The wire's block of `reinforcement` wants a grader, which no history keeps.
    is_block_known = job.method != "reinforcement" or job.method_settings is not None
    block = {"hyperparameters": hyperparameters, **(job.method_settings or {})}
    return {"type": job.method} | ({job.method: block} if is_block_known else {})


def render_event(event: JobEvent) -> FineTuningEvent:
    return FineTuningEvent.model_validate(
        {
            "id": event.id,
            "created_at": event.created_at,
            "level": event.level,
            "message": event.message,
            "type": event.type,
            "data": event.data,
        }
    )


def render_checkpoint(checkpoint: Checkpoint) -> FineTuningCheckpoint:
    return FineTuningCheckpoint(
        id=checkpoint.id,
        created_at=checkpoint.created_at,
        fine_tuned_model_checkpoint=checkpoint.model_name,
        fine_tuning_job_id=checkpoint.job_id,
        step_number=checkpoint.step_number,
        metrics=CheckpointMetrics.model_validate(checkpoint.metrics),
    )
