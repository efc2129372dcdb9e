"""Reading rows and putting them in order."""

from pathlib import Path
from typing import Any

import pytest
import torch

from shared.engine.data import epoch_order, read_examples
from shared.engine.errors import InvalidTrainingFileError
from tests.engine.toys import chat, toy_rows, write_rows


class TestReading:
    def test_rows_end_to_end(self, tokenizer: Any, tmp_path: Path) -> None:
        """A batch gives every row back as it was rendered, padded on the right."""
        examples = read_examples(write_rows(tmp_path / "rows.jsonl", toy_rows(3)), tokenizer, max_tokens=512)

        batch = examples.batch([2, 0])

        assert batch.lines == [3, 1]
        assert tokenizer.decode(batch.ids[0][batch.attended[0]]).startswith("<|im_start|>user\nsay 2")

    def test_blank_lines(self, tokenizer: Any, tmp_path: Path) -> None:
        """Blank lines are passed over and still counted, so that line numbers are those an editor shows."""
        path = write_rows(tmp_path / "rows.jsonl", toy_rows(1))
        path.write_text("\n\n" + path.read_text())

        examples = read_examples(path, tokenizer, max_tokens=512)

        assert examples.lines == [3]

    def test_byte_order_mark(self, tokenizer: Any, tmp_path: Path) -> None:
        """A file that begins with a byte order mark is read like any other."""
        path = write_rows(tmp_path / "rows.jsonl", toy_rows(1))
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())

        assert len(read_examples(path, tokenizer, max_tokens=512)) == 1

    def test_truncation_keeps_the_head(self, tokenizer: Any, tmp_path: Path) -> None:
        """A long row loses its tail and keeps what is trained before it."""
        path = write_rows(tmp_path / "rows.jsonl", [chat(("user", "a"), ("assistant", "b" * 100))])

        examples = read_examples(path, tokenizer, max_tokens=40)

        assert (examples.n_tokens, examples.n_truncated, examples.n_skipped) == (40, 1, 0)

    @pytest.mark.parametrize(
        ("line", "reason"),
        [
            ('{"messages": [', "line 2"),
            ('["messages"]', "line 2"),
            ('{"prompt": "a"}', "line 2: not a chat"),
            ('{"messages": [{"content": "a"}]}', "line 2: not a chat"),
            ('{"messages": [{"role": "user", "content": 5}]}', "line 2: not a chat"),
        ],
    )
    def test_bad_line(self, tokenizer: Any, tmp_path: Path, line: str, reason: str) -> None:
        """A line that is no chat is named by its number."""
        path = write_rows(tmp_path / "rows.jsonl", toy_rows(1))
        path.write_text(path.read_text() + line + "\n")

        with pytest.raises(InvalidTrainingFileError, match=reason):
            read_examples(path, tokenizer, max_tokens=512)

    def test_nothing_to_learn(self, tokenizer: Any, tmp_path: Path) -> None:
        """A file without a single trained token is refused."""
        path = write_rows(tmp_path / "rows.jsonl", [chat(("user", "a"))])

        with pytest.raises(InvalidTrainingFileError, match="no row with an assistant message"):
            read_examples(path, tokenizer, max_tokens=512)

    def test_missing_file(self, tokenizer: Any, tmp_path: Path) -> None:
        """A file that is not there is an error about the file, not a crash."""
        with pytest.raises(InvalidTrainingFileError, match="cannot be opened: No such file"):
            read_examples(tmp_path / "absent.jsonl", tokenizer, max_tokens=512)


class TestOrder:
    def test_is_a_permutation(self) -> None:
        """An epoch sees every row exactly once."""
        assert sorted(epoch_order(100, seed=1, epoch=0)) == list(range(100))

    def test_differs_by_epoch_and_seed(self) -> None:
        """Each epoch of each seed has an order of its own."""
        orders = {epoch_order(50, seed=seed, epoch=epoch) for seed in (1, 2) for epoch in (0, 1)}

        assert len(orders) == 4

    def test_ignores_the_random_state(self) -> None:
        """The order depends on nothing that happened before."""
        epoch_order.cache_clear()
        first = epoch_order(50, seed=1, epoch=3)
        torch.rand(5)
        epoch_order.cache_clear()

        assert epoch_order(50, seed=1, epoch=3) == first

    def test_is_the_same_on_every_host(self) -> None:
        """The order of a small set is written down here, so that a change cannot slip in unseen."""
        assert epoch_order(8, seed=42, epoch=0) == (0, 4, 6, 3, 5, 7, 1, 2)


class TestFingerprint:
    def test_follows_the_tokens(self, tokenizer: Any, tmp_path: Path) -> None:
        """Equal rows have equal fingerprints; one other character gives another."""
        paths = [write_rows(tmp_path / f"{name}.jsonl", toy_rows(3)) for name in ("a", "b", "c")]
        paths[2].write_text(paths[2].read_text().replace("say 1", "say 9"))

        one, same, other = (read_examples(path, tokenizer, max_tokens=512).fingerprint() for path in paths)

        assert one == same
        assert one != other
