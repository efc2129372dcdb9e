"""`tunery data split|fix|merge|sample|convert`: new files beside the old ones, whole or not at all."""

import json
from pathlib import Path

import pytest

from tests.api.datasets import chat_row, jsonl
from tests.cli.conftest import Tunery
from tests.cli.data.rows import varied_file


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(varied_file(40))
    return path


def lines(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines()


class TestSplit:
    def test_writes_both_sides(self, run: Tunery, rows: Path, tmp_path: Path) -> None:
        """Both sides are written together, and the summary goes to stderr."""
        one, other = tmp_path / "train.jsonl", tmp_path / "valid.jsonl"

        result = run("data", "split", str(rows), "--training", str(one), "--validation", str(other), "--seed", "2")

        assert result.exit_code == 0
        assert sorted(lines(one) + lines(other)) == sorted(lines(rows))
        assert json.loads(result.stderr)["leaks"] == {"prompts": 0, "contexts": 0}

    def test_that_fails_writes_nothing(self, run: Tunery, rows: Path, tmp_path: Path) -> None:
        """A split that cannot be made leaves no file, not even half of one."""
        one, other = tmp_path / "train.jsonl", tmp_path / "valid.jsonl"

        result = run(
            "data", "split", str(rows), "--training", str(one), "--validation", str(other), "--group-by", "customer"
        )

        assert result.exit_code == 3
        assert "customer" in result.stderr
        assert sorted(tmp_path.iterdir()) == [rows]


class TestOneFile:
    def test_fix(self, run: Tunery, tmp_path: Path) -> None:
        """The new version is written beside the file, with the list of its changes."""
        path, fixed, changes = (tmp_path / name for name in ("a.jsonl", "b.jsonl", "c.jsonl"))
        path.write_bytes(b"\xef\xbb\xbf" + jsonl(chat_row("a", " b"), chat_row("c", "d")))

        result = run("data", "fix", str(path), "-o", str(fixed), "--changes", str(changes))

        assert result.exit_code == 0
        assert lines(fixed) == lines_of(chat_row("a", "b"), chat_row("c", "d"))
        assert [json.loads(line)["line"] for line in lines(changes)] == [1]

    def test_sample_to_standard_output(self, run: Tunery, rows: Path) -> None:
        """`-o -` writes rows to standard output, where nothing else is written."""
        result = run("data", "sample", str(rows), "-o", "-", "--rows", "5")

        assert len(result.stdout.splitlines()) == 5
        assert set(result.stdout.encode().splitlines()) <= set(lines(rows))

    def test_merge(self, run: Tunery, rows: Path, tmp_path: Path) -> None:
        """Files are joined, repeated rows once if wanted; two formats are refused by their names."""
        pairs, merged = tmp_path / "pairs.jsonl", tmp_path / "merged.jsonl"
        pairs.write_bytes(jsonl({"prompt": "a", "completion": "b"}))

        assert run("data", "merge", str(rows), str(rows), "-o", str(merged), "--dedupe").exit_code == 0
        refused = run("data", "merge", str(rows), str(pairs), "-o", "-")

        assert len(lines(merged)) == 40
        assert refused.exit_code == 3
        assert "chat rows" in refused.stderr

    def test_convert(self, run: Tunery, tmp_path: Path) -> None:
        """Another dialect is recognised, shown first and then written."""
        path, rows = tmp_path / "alpaca.json", tmp_path / "rows.jsonl"
        path.write_text(json.dumps([{"instruction": f"Say {n}", "output": f"{n}"} for n in range(8)]))

        shown = run("data", "convert", str(path))
        written = run("data", "convert", str(path), "-o", str(rows))

        assert len(shown.stdout.splitlines()) == 5
        assert "Alpaca" in shown.stderr
        assert written.exit_code == 0
        assert len(lines(rows)) == 8


class TestOutput:
    def test_is_never_replaced_by_chance(self, run: Tunery, rows: Path, tmp_path: Path) -> None:
        """A file that is there stays, unless --force says otherwise; the input stays in any case."""
        there = tmp_path / "there.jsonl"
        there.write_text("mine")

        refused = run("data", "sample", str(rows), "-o", str(there), "--rows", "1")
        itself = run("data", "fix", str(rows), "-o", str(rows), "--force")

        assert (refused.exit_code, itself.exit_code) == (3, 3)
        assert there.read_text() == "mine"
        assert lines(rows) == varied_file(40).splitlines()
        assert run("data", "sample", str(rows), "-o", str(there), "--rows", "1", "--force").exit_code == 0


def lines_of(*rows: object) -> list[bytes]:
    return jsonl(*rows).splitlines()
