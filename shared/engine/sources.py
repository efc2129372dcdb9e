"""Where a base model comes from: a GGUF in an installed package, a folder, or a hub id. Importable without torch."""

import importlib.util
from dataclasses import dataclass
from pathlib import Path

from shared.engine.errors import BaseModelUnavailableError

_PACKAGE_PREFIX = "package:"


@dataclass(frozen=True)
class PackageSource:
    """A Python package that ships one GGUF file."""

    package: str


@dataclass(frozen=True)
class FolderSource:
    """A Hugging Face model folder on this machine."""

    folder: Path


@dataclass(frozen=True)
class HubSource:
    """A model id on the Hugging Face hub; fetched on first use unless its cache has it."""

    model_id: str


Source = PackageSource | FolderSource | HubSource


def parse_source(text: str) -> Source:
    """`package:NAME`, an absolute path, or a hub id."""
    if text.startswith(_PACKAGE_PREFIX):
        return PackageSource(text.removeprefix(_PACKAGE_PREFIX))
    if Path(text).is_absolute():
        return FolderSource(Path(text))
    return HubSource(text)


def is_local(text: str) -> bool:
    """Whether this source never needs the network."""
    return not isinstance(parse_source(text), HubSource)


def find_gguf(package: str) -> Path:
    """The single GGUF file inside an installed package, found without importing the package."""
    try:
        spec = importlib.util.find_spec(package)
    except (ImportError, ValueError):
        spec = None
    if spec is None or not spec.submodule_search_locations:
        raise BaseModelUnavailableError(
            f"The Python package {package!r}, which ships a base model, is not installed. "
            "`make setup` installs the demo's; otherwise point base_models at a model folder or a hub id."
        )
    files = sorted(file for place in spec.submodule_search_locations for file in Path(place).glob("*.gguf"))
    if len(files) != 1:
        raise BaseModelUnavailableError(
            f"The package {package!r} holds {len(files)} GGUF files; exactly one is wanted."
        )
    return files[0]
