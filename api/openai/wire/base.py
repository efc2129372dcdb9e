"""What wire models have in common."""

from pydantic import BaseModel, ConfigDict, Field


class WireModel(BaseModel):
    """A response: exactly these fields."""

    model_config = ConfigDict(extra="forbid")


class WireRequest(BaseModel):
    """A request: strict types (`true` is no integer), unknown fields refused by name."""

    model_config = ConfigDict(extra="forbid", strict=True)


class ErrorBody(WireModel):
    message: str = Field(description="What is wrong, where, and what would help.")
    type: str = Field(description="Family of the error, such as `invalid_request_error`.")
    param: str | None = Field(description="The parameter at fault.")
    code: str | None = Field(description="Stable code for programs.")


class ErrorEnvelope(WireModel):
    """The error of every route on the OpenAI wire."""

    error: ErrorBody


class Deleted(WireModel):
    id: str = Field(description="What was deleted.")
    object: str = Field(description="Its type.")
    deleted: bool = Field(description="Always true.")
