"""Turns a base model's source into a Hugging Face folder on disk, once per host. Refuses to know about training."""

import fcntl
import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from shared.engine.errors import BaseModelUnavailableError, EngineNotInstalledError
from shared.engine.sources import FolderSource, PackageSource, find_gguf, parse_source


def prepare_base(source: str, models_dir: Path) -> Path:
    """A folder with safetensors, tokenizer and chat template for `source`.

    Parsing a GGUF takes half a minute, so its folder is kept under `models_dir`; it appears there complete or not at
    all, and two processes never convert the same file at once. Raises BaseModelUnavailableError.
    """
    place = parse_source(source)
    if isinstance(place, FolderSource):
        return _checked_folder(place.folder)
    if isinstance(place, PackageSource):
        return _converted(find_gguf(place.package), models_dir)
    return _hub_snapshot(place.model_id)


def find_base(source: str, models_dir: Path) -> Path | None:
    """The folder that `prepare_base` would give if it had nothing left to do; None otherwise."""
    place = parse_source(source)
    try:
        if isinstance(place, FolderSource):
            return _checked_folder(place.folder)
        if isinstance(place, PackageSource):
            folder = _converted_folder(find_gguf(place.package), models_dir)
            return folder if folder.is_dir() else None
        return _hub_snapshot(place.model_id, is_local=True)
    except (BaseModelUnavailableError, ImportError):
        return None


def _checked_folder(folder: Path) -> Path:
    if not (folder / "config.json").is_file():
        raise BaseModelUnavailableError(f"The base model folder {folder.name!r} has no config.json in it.")
    return folder


def _hub_snapshot(model_id: str, *, is_local: bool = False) -> Path:
    from huggingface_hub import snapshot_download  # noqa: PLC0415 - slow import, wanted by hub sources only

    try:
        patterns = ["*.json", "*.safetensors", "*.jinja", "*.model"]
        return Path(snapshot_download(model_id, allow_patterns=patterns, local_files_only=is_local))
    except Exception as error:
        raise BaseModelUnavailableError(
            f"The base model {model_id!r} is neither in the local hub cache nor to be fetched "
            f"({type(error).__name__}). Check the id and the network, or configure a local folder."
        ) from error


def _converted(gguf: Path, models_dir: Path) -> Path:
    folder = _converted_folder(gguf, models_dir)
    with _locked(models_dir / f".{folder.name}.lock"):
        if not folder.is_dir():
            _convert(gguf, folder)
    return folder


def _converted_folder(gguf: Path, models_dir: Path) -> Path:
    return models_dir / f"{gguf.stem.lower()}-{_digest(gguf)}"


@lru_cache
def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()[:12]


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold the file's lock; the kernel frees it when the holder dies."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def _convert(gguf: Path, folder: Path) -> None:
    workplace = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        _write_model(gguf, workplace)
        workplace.chmod(0o755)
        workplace.rename(folder)
    finally:
        shutil.rmtree(workplace, ignore_errors=True)


def _write_model(gguf: Path, folder: Path) -> None:
    try:
        import torch  # noqa: PLC0415 - seconds to import, and absent where nothing trains
        from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig  # noqa: PLC0415
    except ImportError as error:
        raise EngineNotInstalledError(
            "The training engine is not installed here: pip install 'tunery[engine]'."
        ) from error
    model = AutoModelForCausalLM.from_pretrained(
        gguf.parent,
        gguf_file=gguf.name,
        # Packed weights can neither be saved nor trained at a useful speed.
        quantization_config=GgufConfig(dequantize=True),
        # The packed values have four bits; rounding them to bfloat16 halves the folder and costs nothing visible.
        dtype=torch.bfloat16,
    )
    model.config.name_or_path = ""
    model.save_pretrained(folder)
    AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name).save_pretrained(folder)
