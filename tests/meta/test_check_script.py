"""`.ci/run`: what a change has to pass."""

import os
import re
import subprocess

from tests.meta.documents import ROOT, read


class TestCheckScript:
    def test_parts(self) -> None:
        """`.ci/run` runs lint, types and the whole suite through the Makefile, and can be executed."""
        script = read(".ci/run")

        assert re.findall(r"^for target in (.*); do$", script, re.MULTILINE) == ["lint types test"]
        assert os.access(ROOT / ".ci/run", os.X_OK)

    def test_syntax(self) -> None:
        """`.ci/run` is a script that bash can read, and stops at what it does not foresee."""
        checked = subprocess.run(["bash", "-n", str(ROOT / ".ci/run")], capture_output=True, check=False)

        assert checked.returncode == 0
        assert "\nset -euo pipefail\n" in read(".ci/run")
