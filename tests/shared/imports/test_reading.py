"""Documents of upstreams are read without trust: what is missing stays missing, what is wrong breaks nothing."""

from typing import Any

import pytest

from shared.imports.foreign import clean, epoch_of, name_of, whole_of
from shared.imports.found import jobs_on, read_page
from shared.imports.history import hyperparameters_of, past_events, past_job
from shared.imports.tables import ObjectKind, ObjectState
from shared.imports.translate import translate

AZURE_JOB = {
    "id": "ftjob-azure",
    "status": "canceled",
    "model": "gpt-4o-mini-2024-07-18",
    "created_at": 1_700_000_000,
    "training_file": "file-a",
    "hyperparameters": {"n_epochs": -1, "batch_size": 2},
    "method": {"type": "dpo", "dpo": {"hyperparameters": {"beta": 0.1}}},
    "error": {"code": None, "message": None, "param": None},
}
"A job as real wires give it: no result files, no seed, -1 for auto, an error of nulls."


class TestPages:
    def test_without_has_more(self) -> None:
        """A list that does not say whether it goes on is asked until a page is empty."""
        page = read_page({"data": [{"id": "file-1"}]})

        assert (page.next_after, read_page({"data": []}).next_after) == ("file-1", None)

    @pytest.mark.parametrize("answer", [None, "<html>", {"data": 1}, {"data": [1, None, {}, {"id": 7}]}])
    def test_nonsense(self, answer: Any) -> None:
        """A page of nonsense has nothing on it."""
        assert jobs_on(read_page(answer)) == []

    def test_kin(self) -> None:
        """A job tells of its files too, which may be in no list any more."""
        found = jobs_on(read_page({"data": [AZURE_JOB | {"result_files": ["file-r", 3]}]}))

        assert [(each.kind, each.upstream_id) for each in found] == [
            (ObjectKind.JOB, "ftjob-azure"), (ObjectKind.FILE, "file-a"), (ObjectKind.FILE, "file-r"),
        ]  # fmt: skip

    def test_running_job(self) -> None:
        """A job that still runs waits for the next run of the import."""
        found = jobs_on(read_page({"data": [AZURE_JOB | {"status": "running"}]}))

        assert found[0].state == ObjectState.WAITING


class TestJobs:
    def test_gaps(self) -> None:
        """A job with gaps becomes history with the same gaps."""
        past = past_job(
            AZURE_JOB, job_id="ftjob-1", connection_id="conn_1", local_files={"file-a": "file-1"}, events=[]
        )

        assert (past.status, past.method, past.training_file) == ("cancelled", "dpo", "file-1")
        assert (past.error_code, past.result_file, past.trained_tokens, past.seed) == (None, None, None, 0)
        assert past.labels == {"imported_from": "conn_1", "upstream_job_id": "ftjob-azure"}

    def test_hyperparameters(self) -> None:
        """Both places that the wire has for hyperparameters are read, and -1 is `auto`."""
        assert hyperparameters_of(AZURE_JOB) == {
            "n_epochs": "auto", "batch_size": 2, "learning_rate_multiplier": "auto", "beta": 0.1,
        }  # fmt: skip

    def test_events(self) -> None:
        """Events come oldest first and once, with levels and types of the wire."""
        newest_first = [
            {"id": "ev-2", "message": "b", "created_at": 2, "level": "warning", "type": "moderation_checks"},
            {"id": "ev-1", "message": "a", "created_at": 1, "type": "metrics", "data": {"step": 1}},
            {"id": "ev-1", "message": "a", "created_at": 1},
        ]

        events = past_events(newest_first)

        assert [(event.message, event.level, event.type) for event in events][1] == ("b", "warn", "message")
        assert len({event.key for event in events}) == len(events) == 2


class TestTexts:
    def test_clean(self) -> None:
        """NUL and lone surrogates are replaced, wherever they are."""
        assert clean({"a\x00": ["\ud800", 1, None]}) == {"a\ufffd": ["?", 1, None]}

    def test_names(self) -> None:
        """An id is a short, printable text, or none."""
        assert [name_of({"id": value}, "id") for value in ("file-1", "", 3, "a\nb", "x" * 300)] == [
            "file-1",
            *[None] * 4,
        ]

    def test_times(self) -> None:
        """A time is a positive number of seconds, or none."""
        assert [epoch_of({"at": value}, "at") for value in (5, 5.9, -1, True, "5", float("nan"), 1e300)] == [
            5, 5, None, None, None, None, None,
        ]  # fmt: skip


class TestTranslation:
    def test_kept(self) -> None:
        """Epochs, batch and multiplier within the engine's bounds stay as they were."""
        old = {"n_epochs": 3, "batch_size": 8, "learning_rate_multiplier": 1.8}

        assert translate(old).hyperparameters == old

    def test_bounds(self) -> None:
        """What is beyond the engine's bounds comes to the nearest within, and is told."""
        translated = translate({"n_epochs": 3, "batch_size": 128, "learning_rate_multiplier": 0.01, "beta": 0.1})

        assert translated.hyperparameters == {"n_epochs": 3, "batch_size": 16, "learning_rate_multiplier": 0.1}
        assert len(translated.notes) == 4

    def test_unknown(self) -> None:
        """What the old job does not say is `auto`."""
        assert set(translate({"n_epochs": "auto"}).hyperparameters.values()) == {"auto"}


class TestHostileNumbers:
    def test_hyperparameters(self) -> None:
        """Parts of an epoch, negative rates and words become `auto`: every list of jobs can be shown."""
        told = {"n_epochs": 2.5, "batch_size": "many", "learning_rate_multiplier": -1}

        assert set(hyperparameters_of({"hyperparameters": told}).values()) == {"auto"}

    def test_not_finite(self) -> None:
        """Numbers that are none are left out, and numbers beyond a column are none."""
        assert clean({"loss": float("nan"), "more": [float("inf"), 1.5]}) == {"loss": None, "more": [None, 1.5]}
        assert whole_of({"step": 10**30}, "step") is None
