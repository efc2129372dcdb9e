"""Archives and compressed data: the same records out of what is inside."""

import gzip
import io
import json
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest
import zstandard

from shared.datasets.conversion.errors import AmbiguousSourceError
from tests.shared.datasets.conversion.sources import rows_of
from tests.shared.datasets.conversion.test_containers import EXPECTED, LINES, RECORDS, describe, write_stream


def write_zip(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def write_tar(path: Path, files: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return path


class TestArchives:
    def test_compressed(self, tmp_path: Path) -> None:
        """Gzip and Zstandard data is read as what is inside, in several frames too."""
        halves = LINES.encode()[:50], LINES.encode()[50:]
        for name, compress in (("faq.jsonl.gz", gzip.compress), ("faq.jsonl.zst", zstandard.compress)):
            source = tmp_path / name
            source.write_bytes(b"".join(compress(half) for half in halves))

            assert rows_of(source) == EXPECTED

    @pytest.mark.parametrize(("suffix", "write"), [(".zip", write_zip), (".tar.gz", write_tar)])
    def test_one_file_inside(self, tmp_path: Path, suffix: str, write: Any) -> None:
        """An archive of one data file is that file, whatever lies beside it."""
        source = write(
            tmp_path / f"faq{suffix}", {"a/faq.jsonl": LINES.encode(), "README.md": b"# {", "__MACOSX/x.json": b"["}
        )

        assert rows_of(source) == EXPECTED

    def test_several_files_inside(self, tmp_path: Path) -> None:
        """Of several files one has to be named."""
        source = write_zip(tmp_path / "faq.zip", {"train.jsonl": LINES.encode(), "test.jsonl": b'{"text": "x"}\n'})

        with pytest.raises(AmbiguousSourceError, match='Name one of these in `split`: "test", "train"'):
            rows_of(source)
        assert rows_of(source, split="train") == EXPECTED

    def test_one_name_in_two_folders(self, tmp_path: Path) -> None:
        """Files of one name in two folders are two tables, told apart by their paths."""
        files = {"en/train.jsonl": LINES.encode(), "fr/train.jsonl": LINES.encode()}

        with pytest.raises(AmbiguousSourceError, match=r'"en/train.jsonl", "fr/train.jsonl"'):
            rows_of(write_zip(tmp_path / "faq.zip", files))
        assert rows_of(tmp_path / "faq.zip", split="fr/train.jsonl") == EXPECTED

    def test_shards(self, tmp_path: Path) -> None:
        """The shards of one table are read in order as one."""
        first, second = LINES.splitlines()
        files = {"t-00001-of-00002.jsonl": second.encode(), "t-00000-of-00002.jsonl": first.encode()}

        assert rows_of(write_zip(tmp_path / "faq.zip", files)) == EXPECTED

    def test_saved_datasets(self, tmp_path: Path) -> None:
        """A Hugging Face dataset folder with splits is read by the names in its description."""
        files: dict[str, bytes] = {"d/dataset_dict.json": b'{"splits": ["train", "test"]}'}
        for split, records in (("train", RECORDS), ("test", RECORDS[:1])):
            write_stream(tmp_path / "shard", records)
            name = "data-00000-of-00001.arrow"
            files[f"d/{split}/state.json"] = json.dumps({"_data_files": [{"filename": name}]}).encode()
            files[f"d/{split}/dataset_info.json"] = b"{}"
            files[f"d/{split}/{name}"] = (tmp_path / "shard").read_bytes()
        source = write_tar(tmp_path / "saved.tar.gz", files)

        assert rows_of(source, split="train") == EXPECTED
        assert describe(source, split="test")[0] == "arrow+tar+gz"
