"""What wire models have in common."""

import unicodedata

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError


class WireModel(BaseModel):
    """A response: exactly these fields."""

    model_config = ConfigDict(extra="forbid")


class WireRequest(BaseModel):
    """A request: strict types (`true` is no integer), unknown fields refused by name."""

    model_config = ConfigDict(extra="forbid", strict=True)


def _refuse_control_characters(text: str) -> str:
    if any(unicodedata.category(character) == "Cc" for character in text):
        raise PydanticCustomError("control_characters", "String should hold no line breaks or other control characters")
    return text


def _refuse_invisible(text: str) -> str:
    if not text.isprintable():
        raise PydanticCustomError("invisible_characters", "String should hold printable characters only")
    return text


ONE_LINE = AfterValidator(_refuse_control_characters)
"For text that is shown in lists and logs: anything a person may type on one line, right-to-left marks included."
PRINTABLE = AfterValidator(_refuse_invisible)
"For text that becomes part of a name, which people have to type again."


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
