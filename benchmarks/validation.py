"""Checking a training file, against OpenAI's cookbook script: `python -m benchmarks.validation`.

A file is made up, then checked in turn by the script, by our checks with exact tokens and duplicates, and by all that
the report has; ours by two processes. Each run is a process tree of its own, timed whole. Ratios are taken round by
round, since a shared machine changes its speed from minute to minute, and their medians are printed. With `--big` a
larger file shows whether memory grows with the file.
"""

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.chats.files import write_file
from benchmarks.contest import Run, run
from benchmarks.ways import check_by_cookbook, check_structure, check_whole

_MB = 10**6
WAYS: dict[str, Callable[[Path, str], dict[str, Any]]] = {
    "cookbook script": check_by_cookbook,
    "structure, tokens, duplicates": check_structure,
    "whole report": check_whole,
}
_BASELINE = "cookbook script"


def measure(path: Path, model: str, rounds: int) -> dict[str, list[Run]]:
    """Every way in turn, round by round."""
    runs: dict[str, list[Run]] = {name: [] for name in WAYS}
    for _ in range(rounds):
        for name, way in WAYS.items():
            one = run(way, path, model)
            runs[name].append(one)
            print(f"  {name}: {one.wall_seconds:.1f} s, CPU {one.cpu_seconds:.1f} s", flush=True)
    return runs


def print_table(runs: dict[str, list[Run]], size_bytes: int) -> None:
    """Medians, and ratios against the baseline of the same round."""
    print(f"{'':32}{'MB/s':>7}{'wall s':>9}{'CPU s':>8}{'x wall':>9}{'x CPU':>8}{'peak MB':>9}")
    for name, own in runs.items():
        wall, cpu = median(one.wall_seconds for one in own), median(one.cpu_seconds for one in own)
        pairs = list(zip(runs[_BASELINE], own, strict=True))
        by_wall = median(base.wall_seconds / one.wall_seconds for base, one in pairs)
        by_cpu = median(base.cpu_seconds / one.cpu_seconds for base, one in pairs)
        peak = max(one.peak_bytes for one in own) / _MB
        speed = size_bytes / _MB / wall
        print(f"{name:32}{speed:7.1f}{wall:9.1f}{cpu:8.1f}{by_wall:9.2f}{by_cpu:8.2f}{peak:9.0f}")


def print_memory(small: dict[str, list[Run]], big: Path, model: str) -> None:
    """The peaks of our ways for a larger file, against those for the first one."""
    for name, way in WAYS.items():
        if name != _BASELINE:
            one = run(way, big, model)
            before = max(run.peak_bytes for run in small[name])
            print(
                f"{name:32}{big.stat().st_size / _MB:7.0f} MB in {one.wall_seconds:.1f} s: peak "
                f"{one.peak_bytes / _MB:.0f} MB a process, {one.peak_bytes / before:.2f} x that for the smaller file"
            )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.validation", description=__doc__)
    parser.add_argument("--megabytes", type=int, default=200, help="size of the file")
    parser.add_argument("--big", type=int, default=0, help="size of a second file, in MB, for memory only")
    parser.add_argument("--model", default="gpt-3.5-turbo", help="whose tokenizer counts")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tunery-") as folder:
        path = Path(folder) / "chats.jsonl"
        write_file(path, megabytes=arguments.megabytes, seed=arguments.seed)
        runs = measure(path, arguments.model, arguments.rounds)
        for name, own in runs.items():
            print(f"{name}: {own[0].result}"[:300])
        print_table(runs, path.stat().st_size)
        if arguments.big:
            big = Path(folder) / "big.jsonl"
            write_file(big, megabytes=arguments.big, seed=arguments.seed)
            print_memory(runs, big, arguments.model)


if __name__ == "__main__":
    main()
