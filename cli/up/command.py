"""The command line of `tunery up`."""

from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.console import Console

from cli.credentials import CredentialsError
from cli.failures import fail
from cli.up.errors import UpError
from cli.up.options import UpOptions
from cli.up.run import run
from shared.errors import ServiceError
from shared.settings import Settings, load_settings


def up(
    *,
    data: Annotated[Path | None, typer.Option(help="Data folder (TUNERY_DATA_DIR, else tunery-data).")] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the API; 0 takes a free one.")] = 8000,
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 for all of this machine.")] = "127.0.0.1",
    inference: Annotated[bool, typer.Option(help="Run the model server that answers chat completions.")] = True,
    log_dir: Annotated[Path | None, typer.Option(help="Folder of the logs (`logs` in the data folder).")] = None,
) -> None:
    """Run the whole service on this machine, in the foreground."""
    settings = _read_settings()
    data_dir = data or settings.data_dir
    options = UpOptions(
        data_dir=data_dir,
        log_dir=log_dir or data_dir / "logs",
        host=host,
        port=port,
        with_inference=inference,
    )
    try:
        run(settings, options, console=Console())
    except (UpError, CredentialsError, ServiceError) as error:
        fail(str(error))


def _read_settings() -> Settings:
    try:
        return load_settings()
    except ValidationError as error:
        lines = (f"TUNERY_{str(item['loc'][0]).upper()}: {item['msg']}" for item in error.errors(include_input=False))
        fail("; ".join(lines))
