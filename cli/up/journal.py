"""What the supervisor says: every fact as a structured line in a file, the important ones for people too."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from pathlib import Path
from typing import Any, Literal

import structlog
from rich.console import Console

from cli.up.child_log import ChildLog
from shared.log import configure_logging, mask

_FILE_NAME = "up.log"


@contextmanager
def logging_to(log_dir: Path, *, level: str) -> Iterator[None]:
    """Send this process's structured logs to `log_dir`/up.log, so that the terminal stays readable."""
    log = ChildLog(log_dir / _FILE_NAME)
    log.trim()
    log_dir.mkdir(parents=True, exist_ok=True)
    with log.path.open("a", encoding="utf-8") as file:
        with redirect_stderr(file):
            configure_logging(level)
        try:
            yield
        finally:
            logging.getLogger().handlers.clear()


class Journal:
    """Two readers: machines get events with fields, people get sentences."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._logger = structlog.get_logger("cli.up")

    def record(self, event: str, *, level: Literal["info", "warning"] = "info", **fields: Any) -> None:
        """Log a fact for machines."""
        getattr(self._logger, level)(event, **fields)

    def tell(self, line: str, *details: str) -> None:
        """Print `line` for people, with `details` under it, keys in them masked."""
        self._console.print(f"[yellow]●[/] {line}", highlight=False)
        for detail in details:
            self._console.print(f"    {mask(detail)}", style="dim", highlight=False, markup=False)
