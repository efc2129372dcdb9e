"""The body of POST /fine_tuning/jobs: `method`, and the older top-level `hyperparameters` most clients still send."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from api.openai.wire.base import ONE_LINE, PRINTABLE, WireRequest
from api.openai.wire.job_method import HyperparametersAsked, MethodAsked
from shared.errors import InvalidInputError
from shared.jobs.service import JobRequest

METADATA_PAIRS = 16
MetadataKey = Annotated[str, StringConstraints(min_length=1, max_length=64), ONE_LINE]
MetadataValue = Annotated[str, StringConstraints(max_length=512)]
_PASSED_ON = ("method", "hyperparameters", "integrations")
_MOST_INTEGRATIONS = 5
_MOST_TAGS = 100
_ShortText = Annotated[str, StringConstraints(min_length=1, max_length=256), ONE_LINE]


class WandbAsked(WireRequest):
    """Without a key: that is the provider's to have."""

    project: _ShortText
    name: _ShortText | None = None
    entity: _ShortText | None = None
    tags: Annotated[list[_ShortText], Field(max_length=_MOST_TAGS)] | None = None


class IntegrationAsked(WireRequest):
    type: Literal["wandb"]
    wandb: WandbAsked


class JobCreate(WireRequest):
    model: Annotated[str, StringConstraints(min_length=1, max_length=200)] = Field(description="A base model's name.")
    training_file: Annotated[str, StringConstraints(min_length=1, max_length=200)] = Field(
        description="Id of an uploaded file."
    )
    validation_file: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = Field(
        None, description="Id of an uploaded file; evaluated at every epoch's end, never trained on."
    )
    method: MethodAsked | None = None
    hyperparameters: HyperparametersAsked | None = Field(
        None, description="Older form; `method` wins where both are given."
    )
    suffix: Annotated[str, StringConstraints(min_length=1, max_length=64), PRINTABLE] | None = Field(
        None, description="Up to 64 characters that appear in the tuned model's name."
    )
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] | None = Field(None, description="Makes runs repeatable.")
    integrations: Annotated[list[IntegrationAsked], Field(max_length=_MOST_INTEGRATIONS)] | None = Field(
        None, description="Weights & Biases, for jobs at providers only."
    )
    metadata: Annotated[dict[MetadataKey, MetadataValue], Field(max_length=METADATA_PAIRS)] | None = Field(
        None, description="Up to 16 pairs; keys to 64, values to 512 characters."
    )

    connection: Annotated[str, StringConstraints(min_length=1, max_length=200), PRINTABLE] | None = Field(
        None, description="Ours: id or name of the connection that trains it; by default the model's name decides."
    )

    @model_validator(mode="after")
    def _refuse_older_form_of_other_methods(self) -> Self:
        if self.method is not None and self.method.type != "supervised" and self._has_older_form:
            place = f"method.{self.method.type}.hyperparameters"
            raise InvalidInputError(
                f"`hyperparameters` is the older form of a supervised job's. Put them into `{place}`.",
                param="hyperparameters",
                code="invalid_value",
            )
        return self

    def as_request(self) -> JobRequest:
        """The job asked for: hyperparameters wherever they were said, and what goes to a provider as it came."""
        method = self.method or MethodAsked(type="supervised")
        newer = method.block.hyperparameters if method.block is not None else None
        hyperparameters = newer or self.hyperparameters or HyperparametersAsked()
        return JobRequest(
            model=self.model,
            training_file=self.training_file,
            validation_file=self.validation_file,
            method=method.type,
            hyperparameters=hyperparameters.model_dump(),
            hyperparameters_place="hyperparameters" if newer is None else f"method.{method.type}.hyperparameters",
            method_settings=method.settings,
            integrations=self._dump("integrations") or None,
            suffix=self.suffix,
            seed=self.seed,
            labels=self.metadata,
            connection=self.connection,
            asked={name: said for name in _PASSED_ON if (said := self._dump(name))},
        )

    @property
    def _has_older_form(self) -> bool:
        return self.hyperparameters is not None and bool(self.hyperparameters.model_fields_set)

    def _dump(self, name: str) -> Any:
        return self.model_dump(include={name}, exclude_unset=True).get(name)
