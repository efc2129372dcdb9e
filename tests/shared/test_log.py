"""Logs: one JSON object a line, without a secret in it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from shared.log import mask

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import logging, structlog
from shared.log import configure_logging

configure_logging("INFO")
log = structlog.get_logger("some.logger")
log.info("job.created", job="ftjob-1")
logging.getLogger("library").warning("cannot reach %s", "redis://:hunter2@host")
log.info("deep", headers={"Authorization": "x"}, list=["whsec_0123456789"], api_key="y", n=1)
try:
    raise ValueError("sk-tunery-0351abc-secret")
except ValueError:
    log.exception("failed")
log.debug("not.shown")
"""


@pytest.fixture(scope="module")
def lines() -> list[dict[str, Any]]:
    """What a process writes on stderr, a document a line."""
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == ""
    return [json.loads(line) for line in done.stderr.splitlines()]


class TestMasking:
    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("key sk-tunery-0351abc-secret refused", "key [masked] refused"),
            ("Authorization: Bearer abc.def", "Authorization: [masked]"),
            ("secret whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "secret [masked]"),
            ("redis://:hunter2@host:6379/0", "redis://[masked]@host:6379/0"),
            ("postgresql://me:hunter2@host/db", "postgresql://[masked]@host/db"),
            ("https://example.com:8080/path", "https://example.com:8080/path"),
            ("task risk-free, asks for nothing", "task risk-free, asks for nothing"),
        ],
    )
    def test_hides_what_looks_like_a_secret(self, text: str, shown: str) -> None:
        """Keys, webhook secrets and passwords in URLs are hidden wherever they are quoted; the rest stays readable."""
        assert mask(text) == shown


class TestLines:
    def test_are_json_with_what_was_noted(self, lines: list[dict[str, Any]]) -> None:
        """A log line is one JSON object with event, level, logger, time and what was noted."""
        assert lines[0] == {
            "event": "job.created",
            "job": "ftjob-1",
            "level": "info",
            "logger": "some.logger",
            "timestamp": lines[0]["timestamp"],
        }

    def test_of_libraries_look_the_same(self, lines: list[dict[str, Any]]) -> None:
        """What libraries log comes in the same form, with the same things hidden."""
        assert (lines[1]["event"], lines[1]["logger"]) == ("cannot reach redis://[masked]@host", "library")

    def test_hide_secrets_by_name_and_in_depth(self, lines: list[dict[str, Any]]) -> None:
        """Fields named like secrets are hidden whatever they hold, also inside other fields."""
        assert {name: lines[2][name] for name in ("headers", "list", "api_key", "n")} == {
            "headers": {"Authorization": "[masked]"},
            "list": ["[masked]"],
            "api_key": "[masked]",
            "n": 1,
        }

    def test_hide_secrets_in_tracebacks(self, lines: list[dict[str, Any]]) -> None:
        """A secret quoted in an exception is hidden in its traceback too."""
        assert "ValueError: [masked]" in lines[3]["exception"]
        assert "0351abc" not in json.dumps(lines)

    def test_below_the_level_are_left_out(self, lines: list[dict[str, Any]]) -> None:
        """Nothing below the configured level is written."""
        assert [line["event"] for line in lines[4:]] == []
