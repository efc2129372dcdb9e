"""The key that hashes API keys and seals webhook secrets: made once, kept in the data folder."""

import secrets
from pathlib import Path

from cli.private_file import write_private
from cli.up.errors import UpError

_FILE_NAME = "secret.key"
_RANDOM_BYTES = 48
_SHORTEST_CHARACTERS = 32


def get_secret_key(data_dir: Path) -> str:
    """The folder's key; a new folder gets one. Raises UpError if the key is gone or damaged.

    A new key beside old data would not open a single stored hash or secret, so none is made there.
    """
    path = data_dir / _FILE_NAME
    if not path.exists():
        if (data_dir / "tunery.db").exists():
            raise UpError(
                f"{path} is missing, and {data_dir} holds a database made with it. "
                "Put the file back, or set TUNERY_SECRET_KEY."
            )
        write_private(path, secrets.token_urlsafe(_RANDOM_BYTES))
    key = path.read_text(encoding="utf-8").strip()
    if len(key) < _SHORTEST_CHARACTERS:
        raise UpError(f"{path} is damaged: at least {_SHORTEST_CHARACTERS} characters belong in it. Put the file back.")
    return key
