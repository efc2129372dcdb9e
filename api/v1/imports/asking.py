"""Recordings and retrainings as they are asked for and answered."""

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from api.openai.wire.base import PRINTABLE
from shared.imports.questions import Wish
from shared.imports.retraining import Retrained, RetrainRequest
from shared.recordings.budget import Price, amount, micros
from shared.recordings.tables import AnswerState, Recording

_MOST_MONEY = 1_000_000
Name = Annotated[str, StringConstraints(min_length=1, max_length=256), PRINTABLE]
Money = Annotated[Decimal, Field(ge=0, le=_MOST_MONEY)]


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


class BudgetAsked(_Asked):
    tokens: Annotated[int, Field(ge=1, le=10**12)] | None = Field(
        None, description="Tokens in and out, all models together."
    )
    amount: Money | None = Field(None, description="Money in the price's currency, all models together.")


class PriceAsked(_Asked):
    input_per_million: Money = Field(description="Money for a million tokens of prompts.")
    output_per_million: Money = Field(description="Money for a million tokens of answers.")
    currency: Annotated[str, StringConstraints(pattern="^[A-Z]{3}$")] = Field("USD", description="ISO code.")


class RecordCreate(_Asked):
    model: Name | None = Field(
        None, description="A model as it is called here; every tuned model of the import if left out."
    )
    file: Annotated[str, StringConstraints(max_length=64)] | None = Field(
        None, description="Chat rows to ask; each model's own validation or training data if left out."
    )
    sample: Annotated[int, Field(ge=1, le=5000)] = Field(
        200, description="Rows drawn at random, or all if there are fewer."
    )
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = Field(0, description="The same seed draws the same rows.")
    budget: BudgetAsked = Field(default_factory=BudgetAsked, description="When to stop asking.")
    price: PriceAsked | None = Field(None, description="What an answer costs, where the price table does not know it.")
    concurrency: Annotated[int, Field(ge=1, le=32)] = Field(4, description="Requests at the same time, for each model.")
    max_completion_tokens: Annotated[int, Field(ge=1, le=100_000)] = Field(1024, description="Longest answer.")
    temperature: Annotated[float, Field(ge=0, le=2)] | None = Field(0, description="Null leaves it to the model.")

    def to_wish(self) -> Wish:
        options: dict[str, Any] = {"max_completion_tokens": self.max_completion_tokens}
        if self.temperature is not None:
            options["temperature"] = self.temperature
        return Wish(
            model=self.model,
            file_id=self.file,
            sample=self.sample,
            seed=self.seed,
            options=options,
            concurrency=self.concurrency,
            price=None if self.price is None else Price(**self.price.model_dump()),
            budget_tokens=self.budget.tokens,
            budget_micros=None if self.budget.amount is None else micros(self.budget.amount),
        )


class RetrainCreate(_Asked):
    job: Name = Field(description="The old job, by its id upstream or here.")
    model: Name = Field(description="The open base model to train.")
    labels: Annotated[str, StringConstraints(max_length=64)] | None = Field(
        None, description="A recording whose answers are the training data, instead of the old job's own."
    )
    n_epochs: Literal["auto"] | Annotated[int, Field(ge=1, le=50)] | None = Field(
        None, description="Instead of the translated one."
    )
    batch_size: Literal["auto"] | Annotated[int, Field(ge=1, le=256)] | None = Field(None, description="The same.")
    learning_rate_multiplier: Literal["auto"] | Annotated[float, Field(gt=0, le=1000)] | None = Field(
        None, description="The same."
    )
    suffix: Annotated[str, StringConstraints(min_length=1, max_length=64), PRINTABLE] | None = Field(
        None, description="Goes into the new model's name; the old job's if left out."
    )
    connection: Name = Field("engine", description="Who trains it: this service, or a connection by id or name.")
    compare: bool = Field(True, description="Have the new model answer what the old one was asked, once it is made.")

    def to_request(self) -> RetrainRequest:
        names = ("n_epochs", "batch_size", "learning_rate_multiplier")
        given = {name: value for name in names if (value := getattr(self, name)) is not None}
        return RetrainRequest(
            job=self.job,
            base=self.model,
            labels=self.labels,
            hyperparameters=given,
            suffix=self.suffix,
            should_compare=self.compare,
            connection=self.connection,
        )


class RecordingErrorRead(BaseModel):
    code: str = Field(description="What went wrong, for programs.")
    message: str = Field(description="What went wrong and what would help.")


class SpentRead(BaseModel):
    tokens: int = Field(description="In and out. What may have been paid for without an answer counts too.")
    amount: str | None = Field(description="Money; null where no price is known.")
    currency: str | None = Field(description="ISO code.")


class RecordingRead(BaseModel):
    object: Literal["recording"] = Field(description="Always `recording`.")
    id: str = Field(description="`rec_…`")
    model: str = Field(description="The model that is asked.")
    state: str = Field(description="`waiting` (for its job), `running`, `succeeded`, `failed` or `cancelled`.")
    ended_by: str | None = Field(
        description="`answers` when all prompts were put, `budget` when it was used up before."
    )
    file: str | None = Field(description="Where the prompts come from.")
    follows: str | None = Field(description="The recording whose prompts are put to this model too.")
    job: str | None = Field(description="The job that makes the model.")
    prompts: int | None = Field(description="How many there are; null until they are chosen.")
    answered: int = Field(description="Answers that are here.")
    failed: int = Field(description="Prompts that got no answer; the answers say why.")
    spent: SpentRead
    price: dict[str, Any] | None = Field(description="What was reckoned with, its date and source.")
    labels_file: str | None = Field(description="The answers as a training file, once it has ended.")
    error: RecordingErrorRead | None = Field(description="Why it ended early.")
    created_at: int = Field(description="Seconds since the epoch.")
    finished_at: int | None = Field(description="Seconds since the epoch.")


class RecordingList(BaseModel):
    object: Literal["list"] = Field(description="Always `list`.")
    data: list[RecordingRead] = Field(description="Recordings.")
    has_more: bool = Field(description="Whether there are older ones.")


class RetrainingRead(BaseModel):
    object: Literal["retraining"] = Field(description="Always `retraining`.")
    id: str = Field(description="`retrain_…`")
    old_job: str = Field(description="The imported job.")
    job: str = Field(description="The new job; `GET /v1/fine_tuning/jobs/{id}` follows it.")
    model: str = Field(description="The name the new model will answer by.")
    base: str = Field(description="The open base.")
    training_file: str = Field(description="What it is trained on.")
    hyperparameters: dict[str, Any] = Field(description="As translated.")
    notes: list[str] = Field(description="How each was translated.")
    comparisons: list[str] = Field(description="Recordings in which the new model answers what the old one was asked.")


def render_recording(recording: Recording, counts: dict[str, int]) -> RecordingRead:
    currency = None if recording.price is None else str(recording.price["currency"])
    error = None
    if recording.error_code is not None:
        error = RecordingErrorRead(code=recording.error_code, message=recording.error_message or "")
    return RecordingRead(
        object="recording",
        id=recording.id,
        model=recording.model,
        state=recording.state,
        ended_by=recording.ended_by,
        file=recording.file_id,
        follows=recording.follows,
        job=recording.job_id,
        prompts=recording.n_prompts,
        answered=counts[AnswerState.ANSWERED],
        failed=counts[AnswerState.FAILED],
        spent=SpentRead(
            tokens=recording.spent_tokens,
            amount=amount(recording.spent_micros) if currency else None,
            currency=currency,
        ),
        price=recording.price,
        labels_file=recording.labels_file,
        error=error,
        created_at=recording.created_at,
        finished_at=recording.finished_at,
    )


def render_retraining(made: Retrained) -> RetrainingRead:
    return RetrainingRead(
        object="retraining",
        id=made.retraining.id,
        old_job=made.retraining.old_job,
        job=made.job.id,
        model=made.job.tuned_model,
        base=made.retraining.base,
        training_file=made.retraining.training_file,
        hyperparameters=made.retraining.hyperparameters,
        notes=made.retraining.notes,
        comparisons=[recording.id for recording in made.comparisons],
    )
