"""How long each part of the demo took."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.table import Table


class Phases:
    """Announces each part as it begins and keeps its seconds."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self.seconds: dict[str, float] = {}

    @contextmanager
    def phase(self, name: str, *, announce: str) -> Iterator[None]:
        """Time the block under `name`; counted also when it fails."""
        self._console.rule(f"[bold]{announce}", align="left", style="dim")
        started = time.monotonic()
        try:
            yield
        finally:
            self.seconds[name] = time.monotonic() - started

    def table(self) -> Table:
        """Show the parts in order, and their sum."""
        table = Table(box=None, pad_edge=False, show_header=False)
        for name, seconds in self.seconds.items():
            table.add_row(name, f"{seconds:6.1f} s")
        table.add_row("[bold]all", f"[bold]{sum(self.seconds.values()):6.1f} s")
        return table
