"""How a failed command ends: one clear line on stderr, exit code 1, no traceback."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import typer
from openai import APIConnectionError, APIError, OpenAIError

from cli.credentials import CredentialsError


def fail(message: str) -> NoReturn:
    """Print `message` and end the command with exit code 1."""
    typer.secho(f"error: {message}", fg=typer.colors.RED, err=True)
    raise typer.Exit(1)


@contextmanager
def failures_explained() -> Iterator[None]:
    """Turn what the API and the SDK raise into `fail`."""
    try:
        yield
    except APIConnectionError as error:
        fail(f"cannot reach {error.request.url}: {error.__cause__ or error}. `tunery up` starts the service.")
    except APIError as error:
        fail(describe(error))
    except (OpenAIError, CredentialsError, OSError) as error:
        fail(str(error))


def describe(error: APIError) -> str:
    """The message of the API, then what one needs to look into it: code, param, request id."""
    message = " ".join(_message_of(error).split())
    facts = {
        "code": error.code,
        "param": error.param,
        "status": getattr(error, "status_code", None),
        "request id": getattr(error, "request_id", None),
    }
    known = ", ".join(f"{name}: {value}" for name, value in facts.items() if value)
    return f"{message} ({known})" if known else message


def _message_of(error: APIError) -> str:
    """Without the SDK's `Error code: 400 - {…}` around it."""
    body = error.body
    return str(body["message"] if isinstance(body, dict) and body.get("message") else error.message)
