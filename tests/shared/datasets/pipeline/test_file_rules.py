"""What is said of a file as a whole: its size for a target, its name, what it comes without."""

from typing import Any

import pytest

from shared.datasets.check import check_stretch
from shared.datasets.checks.context import Context
from shared.datasets.depths import Depth
from shared.datasets.limits import LIMITS, Limits
from shared.datasets.pipeline.file_rules import report_file_rules
from shared.datasets.pipeline.question import Question
from shared.files.tables import File
from tests.shared.datasets.builders import GOOD, MAX_LINE_BYTES

FILE_CODES = {"file_too_large", "file_extension_unsupported", "rft_validation_missing"}


def judge(data: bytes, *, filename: str = "train.jsonl", size: int = 100, target: str = "", **asked: Any) -> set[str]:
    """The file's own codes."""
    whole = check_stretch([data], max_line_bytes=MAX_LINE_BYTES, context=Context(), depth=Depth.STRUCTURE)
    whole.finish()
    fields: dict[str, Any] = {
        "id": "file-a",
        "project_id": "proj",
        "sha256": "",
        "object_key": "",
        "status": "uploaded",
        "created_at": 1,
    }
    file = File(filename=filename, bytes=size, purpose="fine-tune", **fields)
    report_file_rules(whole, file, Question(**asked), LIMITS.get(target, Limits()), is_validation=False)
    return set(whole.report.counts) & FILE_CODES


class TestSize:
    @pytest.mark.parametrize(("target", "is_refused"), [("openai", True), ("azure", True), ("engine", False)])
    def test_is_judged_by_the_target(self, target: str, *, is_refused: bool) -> None:
        """A file that one target takes may be too large for another."""
        assert ("file_too_large" in judge(GOOD, size=(512 << 20) + 1, target=target)) is is_refused

    def test_at_the_limit_is_fine(self) -> None:
        """A file of exactly 512 MB is taken."""
        assert judge(GOOD, size=512 << 20, target="openai") == set()


class TestSuffix:
    def test_and_content_unknown_is_an_error(self) -> None:
        """A file that neither its name nor its lines explain is told to be exported."""
        assert judge(b"a;b\n1;2\n", filename="table.csv") == {"file_extension_unsupported"}

    @pytest.mark.parametrize(("data", "filename"), [(GOOD, "rows.csv"), (b"a;b\n", "rows.JSONL"), (b"a;b\n", "upload")])
    def test_alone_is_none(self, data: bytes, filename: str) -> None:
        """Rows under an odd name are rows, and bad lines under a usual name, or none, are told as lines."""
        assert judge(data, filename=filename) == set()


class TestReinforcement:
    def test_wants_a_validation_file(self) -> None:
        """Only reinforcement cannot do without a validation file."""
        assert judge(GOOD, method="reinforcement") == {"rft_validation_missing"}
        assert judge(GOOD, method="reinforcement", validation_file="file-b") == set()
        assert judge(GOOD, method="dpo") == set()
