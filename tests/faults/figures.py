"""Figures of a run, for the tables that are generated from them."""

import json
from pathlib import Path

from shared.settings import process_environment


def publish_figures(name: str, figures: dict[str, float | int]) -> None:
    """Print them, and write TEST_FIGURES_DIR/<name>.json where that variable is set."""
    print(f"{name}: {figures}")  # noqa: T201  the point of the run besides passing
    folder = process_environment().get("TEST_FIGURES_DIR")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        (Path(folder) / f"{name}.json").write_text(json.dumps(figures, indent=2) + "\n")
