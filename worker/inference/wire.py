"""Chat completions as the model server reads them. What it cannot honour it refuses by name."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from shared.errors import InvalidInputError

_UNSERVED = {
    "logprobs": False,
    "top_logprobs": 0,
    "presence_penalty": 0,
    "frequency_penalty": 0,
    "logit_bias": {},
    "functions": [],
    "audio": None,
    "response_format": {"type": "text"},
}
"Fields that would change the answer, with the value that changes nothing. Anything else is refused, not ignored."


class StreamOptions(BaseModel):
    model_config = ConfigDict(extra="ignore")

    include_usage: bool = False


class CompletionRequest(BaseModel):
    """The API has checked form and ranges; here it is what the engine needs to know."""

    model_config = ConfigDict(extra="allow")

    model: str
    adapter: Annotated[str, Field(max_length=255)] | None = None
    "Object-store folder of the adapter, or null for the base itself."
    messages: Annotated[list[dict[str, Any]], Field(min_length=1)]
    tools: list[dict[str, Any]] | None = None
    tool_choice: Literal["auto", "none"] | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    top_p: Annotated[float, Field(ge=0, le=1)] | None = None
    n: Annotated[int, Field(ge=1, le=8)] | None = None
    stop: str | Annotated[list[str], Field(max_length=4)] | None = None
    max_tokens: Annotated[int, Field(ge=1)] | None = None
    max_completion_tokens: Annotated[int, Field(ge=1)] | None = None
    seed: int | None = None

    @model_validator(mode="after")
    def _refuse_what_is_not_served(self) -> "CompletionRequest":
        for name, value in (self.model_extra or {}).items():
            if name in _UNSERVED and value is not None and value != _UNSERVED[name]:
                raise InvalidInputError(
                    f"`{name}` is not supported by this model server. Leave it out.",
                    param=name,
                    code="unsupported_parameter",
                )
        for index, message in enumerate(self.messages):
            _require_text(message, f"messages.{index}")
        return self

    @property
    def stops(self) -> tuple[str, ...]:
        return (self.stop,) if isinstance(self.stop, str) else tuple(self.stop or ())

    @property
    def most_tokens(self) -> int | None:
        return self.max_completion_tokens or self.max_tokens

    @property
    def choices(self) -> int:
        return self.n or 1

    @property
    def offered_tools(self) -> list[dict[str, Any]] | None:
        return None if self.tool_choice == "none" else self.tools

    @property
    def wants_usage(self) -> bool:
        return self.stream_options is not None and self.stream_options.include_usage


def parse_request(document: Any) -> CompletionRequest:
    """Raises InvalidInputError naming the first field at fault."""
    try:
        return CompletionRequest.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        param = ".".join(str(part) for part in first["loc"][:3])
        raise InvalidInputError(
            f"Invalid value for '{param}': {first['msg']}.", param=param, code="invalid_value"
        ) from None


def _require_text(message: dict[str, Any], param: str) -> None:
    if not isinstance(message.get("role"), str):
        raise InvalidInputError("Every message needs a role.", param=f"{param}.role", code="invalid_value")
    content = message.get("content")
    parts = content if isinstance(content, list) else [{"text": content or ""}]
    if any(not isinstance(part, dict) or not isinstance(part.get("text"), str) for part in parts):
        raise InvalidInputError(
            "This model reads text only: content is a string or a list of parts of type `text`.",
            param=f"{param}.content",
            code="unsupported_content",
        )
