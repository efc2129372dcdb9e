"""The environment of a child: ours, with every setting written out, so that all agree with the supervisor."""

import json
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from shared.settings import Settings, process_environment

_PREFIX = "TUNERY_"


def child_environment(settings: Settings) -> dict[str, str]:
    """Variables from which a child's `load_settings()` gives `settings` again. Never log it."""
    own = {f"{_PREFIX}{name.upper()}": _written(getattr(settings, name)) for name in Settings.model_fields}
    return environment_without_settings() | own | {"PYTHONUNBUFFERED": "1"}


def environment_without_settings() -> dict[str, str]:
    """Our environment less every Tunery setting: PATH, HOME, proxies and the like are for children too."""
    return {name: value for name, value in process_environment().items() if not name.startswith(_PREFIX)}


def _written(value: Any) -> str:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, dict | list):
        return json.dumps(value, default=_written)
    return str(value.absolute() if isinstance(value, Path) else value)
