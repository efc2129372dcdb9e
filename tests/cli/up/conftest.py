"""A supervisor whose children are tiny real processes, ended with the test."""

import io
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from rich.console import Console

from cli.up.child import Child, ChildSpec, Stage
from cli.up.child_log import ChildLog
from cli.up.environment import child_environment
from cli.up.journal import Journal
from cli.up.supervisor import Supervisor
from shared.settings import Settings

ChildMaker = Callable[..., Child]


@pytest.fixture
def terminal() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def supervisor(terminal: io.StringIO) -> Iterator[Supervisor]:
    supervisor = Supervisor(Journal(Console(file=terminal, width=200)), stop_seconds=2)
    yield supervisor
    supervisor.stop(is_hurried=lambda: True)


@pytest.fixture
def python_child(tmp_path: Path) -> ChildMaker:
    """Make a child that runs a line of Python."""

    def make(code: str, *, name: str = "child", stage: Stage = Stage.WORKER) -> Child:
        spec = ChildSpec(name=name, command=(sys.executable, "-S", "-c", code), stage=stage)
        environment = child_environment(Settings(data_dir=tmp_path))
        return Child(spec, environment=environment, log=ChildLog(tmp_path / f"{name}.log"))

    return make
