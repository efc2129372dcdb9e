"""`credentials.json` in the data folder: what a client needs to reach the service that runs there."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from cli.private_file import write_private

FILE_NAME = "credentials.json"


class CredentialsError(Exception):
    """The file is missing or cannot be used; the message says what would help."""


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """`base_url` ends in /v1. The keys stay out of `repr`, so that they cannot slip into a log."""

    base_url: str
    api_key: str = field(repr=False)
    admin_key: str = field(repr=False)


def find_credentials(data_dir: Path) -> Credentials | None:
    """What the file in `data_dir` says; None without one. Raises CredentialsError if it cannot be read."""
    path = data_dir / FILE_NAME
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
        return Credentials(
            base_url=str(fields["base_url"]),
            api_key=str(fields["api_key"]),
            admin_key=str(fields["admin_key"]),
        )
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise CredentialsError(
            f"{path} cannot be used ({type(error).__name__}): "
            "it should be a JSON object with base_url, api_key and admin_key."
        ) from error


def save_credentials(data_dir: Path, credentials: Credentials) -> Path:
    """Write the file with mode 0600, in one step, and return its path."""
    path = data_dir / FILE_NAME
    write_private(path, json.dumps(asdict(credentials), indent=2) + "\n")
    return path
