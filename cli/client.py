"""How a command gets its `openai` client, and what all such commands have in common.

A base URL and a key belong together: a key found in the environment never goes to a service found elsewhere.
"""

import functools
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Concatenate, ParamSpec, cast

import typer
from openai import OpenAI

from cli.credentials import FILE_NAME, CredentialsError, find_credentials
from cli.failures import failures_explained

DEFAULT_DATA_DIR = Path("tunery-data")

_CONNECTION = {
    "base_url": Annotated[str | None, typer.Option(help="Where the API is, ending in /v1.", envvar="OPENAI_BASE_URL")],
    "api_key": Annotated[str | None, typer.Option(help="Its key; OPENAI_API_KEY works too.")],
    "data": Annotated[Path | None, typer.Option(help=f"Folder whose {FILE_NAME} says both (tunery-data).")],
}

Parameters = ParamSpec("Parameters")


def connect(*, base_url: str | None, api_key: str | None, data_dir: Path | None) -> OpenAI:
    """A client for `data_dir` if named, else for `base_url`, else for the default data folder.

    Raises CredentialsError or OpenAIError where something is missing.
    """
    if base_url and data_dir is None:
        # Without a key the SDK looks for OPENAI_API_KEY itself, and says so if there is none.
        return OpenAI(base_url=base_url, api_key=api_key)
    folder = data_dir or DEFAULT_DATA_DIR
    credentials = find_credentials(folder)
    if credentials is None:
        raise CredentialsError(
            f"No service is known: {folder / FILE_NAME} does not exist. Start one with `tunery up`, "
            "or name it with --data or --base-url."
        )
    return OpenAI(base_url=credentials.base_url, api_key=api_key or credentials.api_key)


def with_client(command: Callable[Concatenate[OpenAI, Parameters], None]) -> Callable[Parameters, None]:
    """Give `command` a client as first argument, and the command line the options that choose it."""

    @functools.wraps(command)
    def run(*args: Any, base_url: str | None, api_key: str | None, data: Path | None, **kwargs: Any) -> None:
        with failures_explained(), connect(base_url=base_url, api_key=api_key, data_dir=data) as client:
            command(client, *args, **kwargs)

    own = list(inspect.signature(command, eval_str=True).parameters.values())[1:]
    added = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)
        for name, annotation in _CONNECTION.items()
    ]
    parameters = [*own, *added]
    # typer reads both of these to build the options.
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return cast("Callable[Parameters, None]", run)
