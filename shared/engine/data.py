"""Training rows as token ids in memory, and the order in which they are seen. Knows no model.

The order is a function of (seed, epoch) alone, so a position in it is two numbers and can be taken up on any host.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
import torch
from torch import Tensor

from shared.engine.errors import ChatTemplateError, EngineError, InvalidTrainingFileError
from shared.engine.render import Rendered, render_example


@dataclass(frozen=True)
class Batch:
    """Rows of one step, padded on the right."""

    ids: Tensor  # (B, T) int64
    attended: Tensor  # (B, T) bool, False on padding
    trained: Tensor  # (B, T) bool, True where a token counts in the loss
    lines: list[int]
    """Line numbers in the file, from 1."""

    @property
    def n_tokens(self) -> int:
        """Without padding."""
        return int(self.attended.sum())

    @property
    def n_positions(self) -> int:
        """Length of the longest row."""
        return int(self.ids.shape[1])

    def to(self, device: torch.device) -> "Batch":
        return Batch(self.ids.to(device), self.attended.to(device), self.trained.to(device), self.lines)


@dataclass(frozen=True)
class Examples:
    """All rows of a file, end to end in flat tensors: five bytes a token."""

    ids: Tensor  # (N,) int32
    trained: Tensor  # (N,) bool
    starts: list[int]
    """Row i is `ids[starts[i]:starts[i + 1]]`."""
    lines: list[int]
    n_skipped: int
    n_truncated: int

    def __len__(self) -> int:
        return len(self.lines)

    @property
    def n_tokens(self) -> int:
        return len(self.ids)

    @property
    def n_trained_tokens(self) -> int:
        return int(self.trained.sum())

    def batch(self, rows: Sequence[int]) -> Batch:
        """The rows as one padded batch, in the order given."""
        ids = [self.ids[self.starts[row] : self.starts[row + 1]].long() for row in rows]
        trained = [self.trained[self.starts[row] : self.starts[row + 1]] for row in rows]
        return Batch(
            ids=torch.nn.utils.rnn.pad_sequence(ids, batch_first=True),
            attended=torch.nn.utils.rnn.pad_sequence(
                [torch.ones_like(row, dtype=torch.bool) for row in ids], batch_first=True
            ),
            trained=torch.nn.utils.rnn.pad_sequence(trained, batch_first=True),
            lines=[self.lines[row] for row in rows],
        )

    def batches(self, batch_size: int) -> Iterator[Batch]:
        """Every row once, in file order."""
        for start in range(0, len(self), batch_size):
            yield self.batch(range(start, min(start + batch_size, len(self))))

    def fingerprint(self) -> str:
        """Hash of every token and mask bit: two hosts train on the same data or they notice."""
        digest = hashlib.sha256(self.ids.numpy().tobytes())
        digest.update(self.trained.numpy().tobytes())
        digest.update(repr(self.starts).encode())
        return digest.hexdigest()


@dataclass(frozen=True)
class TrainingData:
    """What a run learns from, and what it is measured on."""

    training: Examples
    validation: Examples | None = None


def read_examples(
    path: Path,
    tokenizer: Any,
    *,
    max_tokens: int,
    what: str = "training file",
    error_type: type[EngineError] = InvalidTrainingFileError,
) -> Examples:
    """Read, render and truncate a JSONL file of chats.

    Rows that lose all trained tokens to truncation are left out and counted. Raises `error_type` naming the line.
    """
    kept: list[Rendered] = []
    lines: list[int] = []
    n_skipped = n_truncated = 0
    for line, row in _rows(path, what=what, error_type=error_type):
        try:
            rendered = render_example(tokenizer, row["messages"], tools=row.get("tools"))
        except ChatTemplateError as error:
            raise error_type(f"{what}, line {line}: {error.message}") from error
        except (KeyError, TypeError, AttributeError) as error:
            raise error_type(f"{what}, line {line}: not a chat of the expected form ({error!r}).") from error
        n_truncated += len(rendered.ids) > max_tokens
        if not any(rendered.trained[1:max_tokens]):
            n_skipped += 1
            continue
        kept.append(Rendered(rendered.ids[:max_tokens], rendered.trained[:max_tokens]))
        lines.append(line)
    if not kept:
        raise error_type(f"The {what} holds no row with an assistant message to learn from.")
    return _flattened(kept, lines, n_skipped=n_skipped, n_truncated=n_truncated)


def _rows(path: Path, *, what: str, error_type: type[EngineError]) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        stream = path.open("rb")
    except OSError as error:
        raise error_type(f"The {what} cannot be opened: {error.strerror}.") from error
    with stream:
        for number, line in enumerate(stream, start=1):
            if not line.strip():
                continue
            try:
                yield number, msgspec.json.decode(line.removeprefix(b"\xef\xbb\xbf"), type=dict[str, Any])
            except msgspec.DecodeError as error:
                raise error_type(f"{what}, line {number}: {error}.") from error


def _flattened(kept: list[Rendered], lines: list[int], *, n_skipped: int, n_truncated: int) -> Examples:
    lengths = torch.tensor([0, *(len(row.ids) for row in kept)])
    return Examples(
        ids=torch.cat([torch.tensor(row.ids, dtype=torch.int32) for row in kept]),
        trained=torch.cat([torch.tensor(row.trained) for row in kept]),
        starts=lengths.cumsum(0).tolist(),
        lines=lines,
        n_skipped=n_skipped,
        n_truncated=n_truncated,
    )


@lru_cache(maxsize=2)
def epoch_order(n_examples: int, *, seed: int, epoch: int) -> tuple[int, ...]:
    """Rows in the order of `epoch`: a permutation that only seed, epoch and the number of rows decide."""
    mixed = hashlib.sha256(f"{seed}:{epoch}".encode()).digest()
    generator = torch.Generator().manual_seed(int.from_bytes(mixed[:8], "big") >> 1)
    return tuple(torch.randperm(n_examples, generator=generator).tolist())
