"""Adapters from the object store in a local folder, complete or not at all. Objects under a prefix never change."""

import hashlib
import shutil
import tempfile
from pathlib import Path

from shared.errors import NotFoundError
from shared.storage.protocol import ObjectStore

_FILES = ("adapter_config.json", "adapter_model.safetensors")


class AdapterMissingError(NotFoundError):
    code = "model_not_found"


class AdapterCache:
    """Fetches an adapter when first asked for it, and keeps the `capacity` used last. Not for two threads."""

    def __init__(self, store: ObjectStore, folder: Path, *, capacity: int = 64) -> None:
        self._store = store
        self._folder = folder
        self._capacity = capacity

    def folder_of(self, prefix: str) -> Path:
        """Where the adapter lies, fetched now unless it was before. Raises AdapterMissingError."""
        # A hash, because a prefix is a path in another world and must not be one in this.
        folder = self._folder / hashlib.sha256(prefix.encode()).hexdigest()[:32]
        if not folder.is_dir():
            self._fetch(prefix, folder)
            self._forget_oldest()
        folder.touch()
        return folder

    def _fetch(self, prefix: str, folder: Path) -> None:
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

    def _forget_oldest(self) -> None:
        folders = sorted(self._folder.glob("[!.]*"), key=lambda folder: folder.stat().st_mtime)
        for folder in folders[: -self._capacity]:
            shutil.rmtree(folder, ignore_errors=True)
