"""The command line of `tunery demo`."""

import shutil
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from openai import APIError, InvalidWebhookSignatureError
from rich.console import Console

from cli.credentials import CredentialsError
from cli.demo.errors import DemoError
from cli.demo.story import tell
from cli.failures import describe, fail


def demo(
    *,
    data: Annotated[Path | None, typer.Option(help="Keep the service's data here (a temporary folder).")] = None,
    out: Annotated[Path, typer.Option(help="Folder for the summary.")] = Path("demo-summary"),
) -> None:
    """Run a real fine-tuning job from upload to answer, and show what happens."""
    folder = data or Path(tempfile.mkdtemp(prefix="tunery-demo-"))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        tell(folder, out_dir=out, console=Console())
    except (DemoError, CredentialsError, APIError, InvalidWebhookSignatureError, ValueError) as error:
        # The folder stays, for its logs.
        reason = describe(error) if isinstance(error, APIError) else str(error)
        fail(f"{reason} (logs: {folder / 'logs'})")
    except KeyboardInterrupt:
        _discard_temporary(folder, data)
        raise
    _discard_temporary(folder, data)


def _discard_temporary(folder: Path, wanted: Path | None) -> None:
    if wanted is None:
        shutil.rmtree(folder, ignore_errors=True)
