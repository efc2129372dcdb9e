"""How data commands end: their exit codes, which scripts read, and a sentence on stderr instead of a traceback."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum

import typer
from openai import APIConnectionError, APIError, OpenAIError
from pydantic import ValidationError

from cli.credentials import CredentialsError
from cli.failures import describe
from shared.errors import ServiceError


class ExitCode(IntEnum):
    FINE = 0
    WARNINGS = 1
    "Only with --strict."
    BLOCKED = 2
    "A job on this file would be refused."
    NOT_DONE = 3
    "The file could not be read, or a service that was asked did not answer: something asked for is not known."
    INTERRUPTED = 130


@contextmanager
def failures_told() -> Iterator[None]:
    """End with NOT_DONE and one line for whatever is the fault of the input, the machine or the service."""
    try:
        yield
    except KeyboardInterrupt:
        typer.secho("interrupted; nothing was written", err=True)
        raise typer.Exit(ExitCode.INTERRUPTED) from None
    except BrokenPipeError:
        # Whoever read our output has had enough; typer ends quietly on it.
        raise
    except ServiceError as error:
        _end(error.message)
    except APIConnectionError as error:
        _end(f"cannot reach {error.request.url}: {error.__cause__ or error}. `tunery up` starts the service.")
    except APIError as error:
        _end(describe(error))
    except ValidationError as error:
        _end(f"the settings are not valid: {error}")
    except (OpenAIError, CredentialsError, OSError) as error:
        _end(str(error))


def _end(message: str) -> None:
    typer.secho(f"error: {message}", fg=typer.colors.RED, err=True)
    raise typer.Exit(ExitCode.NOT_DONE)
