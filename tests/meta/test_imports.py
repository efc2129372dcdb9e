"""Who may import whom, checked on the real import graph and in fresh interpreters."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.meta.source import PRODUCT, ROOT

_LINT = Path(sys.executable).with_name("lint-imports")


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run import-linter on the packages in `folder`."""
    return subprocess.run([_LINT, "--no-cache"], cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture
def small_tree(tmp_path: Path) -> Path:
    """Empty packages of our names under our contracts."""
    shutil.copyfile(ROOT / "pyproject.toml", tmp_path / "pyproject.toml")
    configured = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    keys = ("source_modules", "forbidden_modules")
    named = {name for contract in configured["contracts"] for key in keys for name in contract.get(key, ())}
    for name in {*PRODUCT, *(name for name in named if name.split(".")[0] in PRODUCT)}:
        package = tmp_path.joinpath(*name.split("."))
        package.mkdir(parents=True, exist_ok=True)
        (package / "__init__.py").touch()
    return tmp_path


class TestContracts:
    def test_are_kept(self) -> None:
        """API, workers and client stand on the shared package and never on each other, and the engine is a leaf."""
        linted = lint_imports(ROOT)

        assert linted.returncode == 0, linted.stdout

    def test_are_kept_by_an_empty_tree(self, small_tree: Path) -> None:
        """The contracts forbid imports, not packages."""
        linted = lint_imports(small_tree)

        assert linted.returncode == 0, linted.stdout

    @pytest.mark.parametrize(
        ("module", "code"),
        [
            ("shared/x.py", "import api"),
            ("shared/x.py", "import worker"),
            ("api/x.py", "import worker"),
            ("worker/x.py", "def f():\n    import cli"),
            ("shared/engine/x.py", "import shared.db"),
            ("shared/engine/x.py", "import sqlalchemy"),
            ("shared/engine/x.py", "import celery"),
            ("shared/engine/x.py", "import httpx2"),
        ],
    )
    def test_bite(self, small_tree: Path, module: str, code: str) -> None:
        """An import in the wrong direction breaks a contract, also inside a function."""
        (small_tree / module).write_text(code, encoding="utf-8")

        linted = lint_imports(small_tree)

        assert linted.returncode == 1
        assert re.search(r"1 broken", linted.stdout), linted.stdout


class TestStartingWithoutTheEngine:
    @pytest.mark.parametrize("module", ["api.main", "worker.app", "worker.ticker", "cli.main", "shared.engine.child"])
    def test_no_torch_is_loaded(self, module: str) -> None:
        """The API, the workers, the scheduler and the client start on a machine without torch."""
        heavy = "torch", "transformers", "peft"
        code = f"import sys, {module}; print([name for name in {heavy} if name in sys.modules])"

        loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)

        assert loaded.stdout.strip() == "[]"
