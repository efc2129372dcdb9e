"""The `method` of POST /fine_tuning/jobs, in the ranges of OpenAI's wire.

Who will train the job is not known here, and so not whether the method is served.
"""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from api.openai.wire.base import WireRequest
from shared.errors import InvalidInputError

_MOST_EXTENDED = 32
_Auto = Literal["auto"]
_Count = _Auto | Annotated[int, Field(ge=1, le=2**31 - 1)]
ExtendedName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_.-]{0,63}$")]
ExtendedValue = bool | int | float | Annotated[str, StringConstraints(max_length=512)]


class HyperparametersAsked(WireRequest):
    """Other names are for providers that have more of them; the engine here refuses those."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[ExtendedName, ExtendedValue]

    n_epochs: _Auto | Annotated[int, Field(ge=1, le=50)] = Field("auto", description="1 to 50, or `auto`.")
    batch_size: _Auto | Annotated[int, Field(ge=1, le=256)] = Field("auto", description="1 to 256, or `auto`.")
    learning_rate_multiplier: _Auto | Annotated[float, Field(gt=0, le=1000)] = Field(
        "auto", description="Above 0, or `auto`."
    )

    @model_validator(mode="after")
    def _refuse_too_many(self) -> Self:
        if len(self.__pydantic_extra__) > _MOST_EXTENDED:
            told = f"At most {_MOST_EXTENDED} hyperparameters beside the known ones are taken"
            raise PydanticCustomError("too_many_hyperparameters", "{told}", {"told": told})
        return self


class DpoHyperparametersAsked(HyperparametersAsked):
    beta: _Auto | Annotated[float, Field(gt=0, le=2)] = Field("auto", description="Above 0 to 2, or `auto`.")


class ReinforcementHyperparametersAsked(HyperparametersAsked):
    reasoning_effort: Literal["default", "low", "medium", "high"] = "default"
    compute_multiplier: _Auto | Annotated[float, Field(gt=0.00001, le=10)] = Field(
        "auto", description="Above 0.00001 to 10, or `auto`."
    )
    eval_interval: _Count = Field("auto", description="Steps between evaluations, or `auto`.")
    eval_samples: _Count = Field("auto", description="Samples of each row in an evaluation, or `auto`.")


class SupervisedAsked(WireRequest):
    hyperparameters: HyperparametersAsked | None = None


class DpoAsked(WireRequest):
    hyperparameters: DpoHyperparametersAsked | None = None


class ReinforcementAsked(WireRequest):
    grader: dict[str, Any] = Field(description="Passed on whole. Its faults fail the job, as those of data do.")
    response_format: dict[str, Any] | None = Field(None, description="A JSON schema for answers; passed on whole.")
    hyperparameters: ReinforcementHyperparametersAsked | None = None


Block = SupervisedAsked | DpoAsked | ReinforcementAsked


class MethodAsked(BaseModel):
    """Blocks of methods other than the one named count for nothing: clients send all three."""

    model_config = ConfigDict(extra="ignore", strict=True)

    type: Literal["supervised", "dpo", "reinforcement"]
    supervised: SupervisedAsked | None = None
    dpo: DpoAsked | None = None
    reinforcement: ReinforcementAsked | None = None

    @model_validator(mode="before")
    @classmethod
    def _drop_other_blocks(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        # A tuple, as `type` may be anything, unhashable too.
        return {name: block for name, block in given.items() if name in ("type", given.get("type"))}

    @model_validator(mode="after")
    def _require_grader(self) -> Self:
        if self.type == "reinforcement" and self.reinforcement is None:
            name = "method.reinforcement.grader"
            raise InvalidInputError(
                f"Missing required parameter: '{name}'.", param=name, code="missing_required_parameter"
            )
        return self

    @property
    def block(self) -> Block | None:
        """That of the method named."""
        return {"supervised": self.supervised, "dpo": self.dpo, "reinforcement": self.reinforcement}[self.type]

    @property
    def settings(self) -> dict[str, Any] | None:
        """What the method is asked for with beside hyperparameters."""
        if self.reinforcement is None:
            return None
        return self.reinforcement.model_dump(include={"grader", "response_format"}, exclude_unset=True)
