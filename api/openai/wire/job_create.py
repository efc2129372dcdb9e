"""The body of POST /fine_tuning/jobs: `method`, and the older top-level `hyperparameters` most clients still send."""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from api.openai.wire.base import ONE_LINE, PRINTABLE, WireRequest
from api.openai.wire.jobs import HYPERPARAMETERS
from shared.errors import InvalidInputError

METADATA_PAIRS = 16
MetadataKey = Annotated[str, StringConstraints(min_length=1, max_length=64), ONE_LINE]
MetadataValue = Annotated[str, StringConstraints(max_length=512)]


class HyperparametersAsked(WireRequest):
    n_epochs: Literal["auto"] | Annotated[int, Field(ge=1, le=50)] = Field("auto", description="1 to 50, or `auto`.")
    batch_size: Literal["auto"] | Annotated[int, Field(ge=1, le=256)] = Field(
        "auto", description="1 to 256, or `auto`."
    )
    learning_rate_multiplier: Literal["auto"] | Annotated[float, Field(gt=0, le=1000)] = Field(
        "auto", description="Above 0, or `auto`."
    )


class SupervisedAsked(WireRequest):
    hyperparameters: HyperparametersAsked | None = None


class MethodAsked(BaseModel):
    """Blocks of methods other than the one named may be present; clients send all three."""

    model_config = ConfigDict(extra="ignore", strict=True)

    type: Literal["supervised", "dpo", "reinforcement"]
    supervised: SupervisedAsked | None = None


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
    integrations: list[dict[str, Any]] | None = Field(None, description="Not served yet: must be null or empty.")
    metadata: Annotated[dict[MetadataKey, MetadataValue], Field(max_length=METADATA_PAIRS)] | None = Field(
        None, description="Up to 16 pairs; keys to 64, values to 512 characters."
    )

    connection: Annotated[str, StringConstraints(min_length=1, max_length=200), PRINTABLE] | None = Field(
        None, description="Ours: id or name of the connection that trains it; by default the model's name decides."
    )

    @model_validator(mode="after")
    def _refuse_what_is_not_served(self) -> Self:
        if self.method is not None and self.method.type != "supervised":
            raise InvalidInputError(
                f"The method `{self.method.type}` is not available here yet. Use `supervised`.",
                param="method.type",
                code="unsupported_method",
            )
        if self.integrations:
            raise InvalidInputError(
                "Integrations are not available here yet. Leave `integrations` out.",
                param="integrations",
                code="unsupported_integration",
            )
        return self

    def as_asked(self) -> dict[str, Any]:
        """The parts that a provider gets as they came."""
        return self.model_dump(include={"method", "hyperparameters"}, exclude_unset=True, exclude_none=True)

    def resolve_hyperparameters(self) -> dict[str, Any]:
        """What was asked for, from wherever it was said."""
        asked = self.hyperparameters or HyperparametersAsked()
        if self.method is not None and self.method.supervised is not None:
            asked = self.method.supervised.hyperparameters or asked
        return {name: getattr(asked, name) for name in HYPERPARAMETERS}
