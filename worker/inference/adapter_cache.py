"""Adapters from the object store in a local folder, complete or not at all. Objects under a prefix never change."""

import shutil
import tempfile
from pathlib import Path

from shared.errors import NotFoundError
from shared.storage.protocol import ObjectStore

_FILES = ("adapter_config.json", "adapter_model.safetensors")


class AdapterMissingError(NotFoundError):
    code = "model_not_found"


class AdapterCache:
    """Fetches an adapter when first asked for it. Not for two threads."""

    def __init__(self, store: ObjectStore, folder: Path) -> None:
        self._store = store
        self._folder = folder

    def folder_of(self, prefix: str) -> Path:
        """Where the adapter lies, fetched now unless it was before. Raises AdapterMissingError."""
        folder = self._folder / prefix.replace("/", "-")
        if folder.is_dir():
            return folder
        self._folder.mkdir(parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(dir=self._folder, prefix=".fetching-"))
        try:
            for name in _FILES:
                self._store.fetch(f"{prefix}/{name}", unfinished / name)
            unfinished.rename(folder)
        except NotFoundError:
            raise AdapterMissingError("The weights of this model are no longer stored.", param="model") from None
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
        return folder
