"""What the command line of `tunery up` says; everything else is in the settings."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class UpOptions:
    """`port` 0 takes a free one."""

    data_dir: Path
    log_dir: Path
    host: str
    port: int
    with_inference: bool
