"""The body of POST /chat/completions, as far as this service looks into it."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints


class ChatMessage(BaseModel):
    """A message; fields this service does not read go through as they are."""

    model_config = ConfigDict(extra="allow")

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[dict[str, Any]] | None = None


class StreamOptions(BaseModel):
    model_config = ConfigDict(extra="allow", strict=True)

    include_usage: bool | None = None


class ChatRequest(BaseModel):
    """Known fields are checked here; which of them a model can honour is said by whoever serves it."""

    model_config = ConfigDict(extra="allow", strict=True)

    model: Annotated[str, StringConstraints(min_length=1, max_length=256)] = Field(
        description="A base model, a tuned model or a checkpoint."
    )
    connection: Annotated[str, StringConstraints(min_length=1, max_length=128)] | None = Field(
        None, description="Name or id of the connection to ask, or `engine`; needed where several serve the model."
    )
    messages: Annotated[list[ChatMessage], Field(min_length=1, max_length=2048)] = Field(
        description="The conversation so far."
    )
    stream: bool | None = Field(None, description="Answer as server-sent events.")
    stream_options: StreamOptions | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    top_p: Annotated[float, Field(ge=0, le=1)] | None = None
    n: Annotated[int, Field(ge=1, le=128)] | None = None
    stop: str | Annotated[list[str], Field(max_length=4)] | None = None
    max_tokens: Annotated[int, Field(ge=1)] | None = Field(None, description="Older name of max_completion_tokens.")
    max_completion_tokens: Annotated[int, Field(ge=1)] | None = Field(None, description="Most tokens to generate.")
    presence_penalty: Annotated[float, Field(ge=-2, le=2)] | None = None
    frequency_penalty: Annotated[float, Field(ge=-2, le=2)] | None = None
    seed: Annotated[int, Field(ge=-(2**63), lt=2**63)] | None = None
