"""The day a model is shut down, and the days on which that is told."""

import tomllib
from datetime import date, timedelta
from importlib import resources

import pytest

from shared.connections.kinds import ConnectionKind
from shared.retiring.dates import last_day_of, last_day_of_training
from shared.retiring.service import THRESHOLDS_DAYS, due_threshold

OPENAI = ConnectionKind.OPENAI
DAY = date(2027, 1, 14)


class TestDates:
    @pytest.mark.parametrize(
        ("kind", "model", "told", "day"),
        [
            (OPENAI, "gpt-4o-mini-2024-07-18", {}, DAY),
            (OPENAI, "ft:gpt-4o-mini-2024-07-18:acme::abc", {}, DAY),
            (OPENAI, "gpt-4o-mini-2024-07-18", {"gpt-4o-mini-2024-07-18": "2027-03-01"}, date(2027, 3, 1)),
            (OPENAI, "ft:gpt-4o-mini-2024-07-18:acme::abc", {"gpt-4o-mini-2024-07-18": "2027-03-01"}, date(2027, 3, 1)),
            (OPENAI, "gpt-4o-mini-2024-07-18", {"gpt-4o-mini-2024-07-18": None}, DAY),
            (OPENAI, "gpt-4o-mini-2024-07-18", {"gpt-4o-mini-2024-07-18": "soon"}, DAY),
            (OPENAI, "gpt-3.5-turbo-0125", {}, date(2026, 10, 23)),
            (OPENAI, "gpt-6", {}, None),
            (OPENAI, "ft:", {}, None),
            (ConnectionKind.AZURE, "gpt-4o-mini-2024-07-18", {}, None),
            (ConnectionKind.AZURE, "gpt-x.ft-abc", {"gpt-x": "2027-03-01"}, date(2027, 3, 1)),
        ],
    )
    def test_come_from_the_provider_first(
        self, kind: str, model: str, told: dict[str, str | None], day: date | None
    ) -> None:
        """A provider's own date counts, then the table's for OpenAI; a tuned model goes with its base."""
        last = last_day_of(kind, model, told)

        assert (last and last.day) == day

    def test_may_come_with_a_named_base(self) -> None:
        """A tuned model whose name does not tell its base goes with the base it is said to have."""
        base = "gpt-4o-mini-2024-07-18"

        found = [last_day_of(OPENAI, "ft:x", told, base=base) for told in ({base: "2027-02-01"}, {})]

        assert [last and (last.day, last.source == "upstream") for last in found] == [
            (date(2027, 2, 1), True),
            (DAY, False),
        ]

    @pytest.mark.parametrize(
        ("kind", "model", "day"),
        [
            (OPENAI, None, date(2027, 1, 6)),
            (OPENAI, "gpt-4o-2024-08-06", date(2027, 1, 6)),
            (OPENAI, "gpt-4.1-nano-2025-04-14", date(2026, 10, 23)),
            (ConnectionKind.AZURE, "gpt-4o-2024-08-06", None),
        ],
    )
    def test_of_training_come_no_later_than_those_of_the_model(
        self, kind: str, model: str | None, day: date | None
    ) -> None:
        """Training ends on the provider's day for everybody, and earlier for a model that is shut down before."""
        last = last_day_of_training(kind, model)

        assert (last and last.day) == day

    def test_of_the_table_say_where_they_are_from(self) -> None:
        """Every list of the table has its kind, its source, the day it was read and a date for each model once."""
        text = resources.files("shared.retiring").joinpath("shutdowns.toml").read_text(encoding="utf-8")
        lists = tomllib.loads(text)["lists"]
        models = [model for entry in lists for model in entry["models"]]

        assert all(entry["source"].startswith("https://") for entry in lists)
        assert all(isinstance(entry[name], date) for entry in lists for name in ("as_of", "shutdown_date"))
        assert {entry["kind"] for entry in lists} <= set(ConnectionKind)
        assert len(models) == len(set(models))


class TestThresholds:
    @pytest.mark.parametrize(
        ("days_left", "threshold"),
        [(91, None), (90, 90), (31, 90), (30, 30), (8, 30), (7, 7), (2, 7), (1, 1), (0, 1), (-1, None)],
    )
    def test_the_nearest_reached_counts(self, days_left: int, threshold: int | None) -> None:
        """A model is told of under the smallest threshold that it has come to, and not after its end."""
        assert due_threshold(DAY, DAY - timedelta(days=days_left)) == threshold

    def test_each_comes_once(self) -> None:
        """Looked at every day, a model comes to each threshold in turn."""
        seen = [due_threshold(DAY, DAY - timedelta(days=left)) for left in range(100, -5, -1)]

        assert list(dict.fromkeys(found for found in seen if found)) == list(THRESHOLDS_DAYS)
