"""What a training will take, from the facts of a report."""

from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from shared.datasets.tokens.engine_model import read_engine_model
from shared.datasets.tokens.estimate import estimate
from shared.datasets.tokens.plan import TrainingPlan
from shared.datasets.tokens.planning import plan_training
from shared.datasets.tokens.prices import find_price
from shared.datasets.tokens.watcher import TokenWatcher
from shared.engine.errors import BaseModelUnavailableError
from shared.settings import Settings
from tests.shared.datasets.builders import GOOD, asks, check, find, pair, stories


def facts(*, n_rows: int = 100, total: int = 100_000, **more: Any) -> dict[str, Any]:
    """Facts of a file with so many tokens."""
    spread = {"min": 1, "median": 10, "mean": 10, "p95": 20, "max": 400}
    section = {
        "n_rows": n_rows,
        "total": total,
        "kept": total,
        "kept_prompts": 0,
        "trained_kept": 10,
        "limit_tokens": 2048,
        "is_exact": True,
        "per_row": spread,
        "per_answer": spread,
    }
    return {"tokens": section | more}


def plan(model: str, method: str = "supervised", **more: Any) -> TrainingPlan:
    return plan_training(model, method, settings=Settings(), **more)


@pytest.fixture
def tiny_plan(tiny_model: Path) -> TrainingPlan:
    """A training of the tiny model."""
    return plan_training("tiny", settings=Settings(base_models={"tiny": str(tiny_model)}))


class TestHostedModels:
    def test_come_to_the_published_cost(self) -> None:
        """100,000 tokens in three epochs at 8 dollars a million are 2.40 dollars, with day and source."""
        told = estimate(facts(), plan("gpt-3.5-turbo-0125"))

        assert told["hyperparameters"]["n_epochs"] == 3
        assert told["billed_tokens"] == {"low": 300_000, "high": 300_000}
        assert (told["price"]["amount_low"], told["price"]["currency"]) == (2.4, "USD")
        assert told["price"]["source"].startswith("https://")
        assert told["training"] is None

    @pytest.mark.parametrize(("day", "told"), [("2026-10-22", "ends"), ("2026-10-23", "ended")])
    def test_say_when_their_training_ends(self, day: str, told: str) -> None:
        """A day that has come is told as passed."""
        price = find_price("gpt-3.5-turbo-0125", "supervised")

        assert price is not None
        sentence = f"Training of this model {told} at the provider on 2026-10-23."
        assert price.tell_end(date.fromisoformat(day)) == sentence

    def test_bill_what_the_limit_leaves(self) -> None:
        """What truncation takes is not billed, and said."""
        told = estimate(facts(total=1000, kept=900, n_rows=10), plan("gpt-4o-mini"))

        assert told["billed_tokens"]["low"] == 900 * 10
        assert "100 tokens over the model's limit are left out" in told["explanation"]

    def test_bill_preferences_within_a_range(self) -> None:
        """Whether a prompt counts once or twice is not published, so the price is a range."""
        told = estimate(facts(kept_prompts=40_000), plan("gpt-4o-2024-08-06", "dpo"))

        assert told["billed_tokens"] == {"low": 300_000, "high": 420_000}
        assert (told["price"]["amount_low"], told["price"]["amount_high"]) == (7.5, 10.5)

    def test_keep_what_was_asked_for(self) -> None:
        """Hyperparameters that are given stay, and the others are resolved."""
        asked = plan("gpt-4o-mini", hyperparameters={"n_epochs": 2, "learning_rate_multiplier": 0.5})
        told = estimate(facts(n_rows=5000), asked)

        assert told["hyperparameters"] == {"n_epochs": 2, "batch_size": 10, "learning_rate_multiplier": 0.5}

    @pytest.mark.parametrize(
        ("model", "method", "provider"),
        [
            ("somebodys-model", "supervised", "openai"),
            ("gpt-4o-mini", "supervised", "azure"),
            ("gpt-3.5-turbo", "dpo", "openai"),
        ],
    )
    def test_say_so_when_no_price_is_known(self, model: str, method: str, provider: str) -> None:
        """Without a price in the table there is none rather than a guess."""
        told = estimate(facts(), plan(model, method, provider=provider))

        assert told["price"] is None
        assert "No price is known" in told["explanation"]

    def test_tell_when_training_ends(self) -> None:
        """A price names the day on which the provider stops training its model."""
        told = estimate(facts(), plan("gpt-4.1-mini-2025-04-14"))

        assert told["price"]["training_ends"] == "2027-01-06"
        assert "ends at the provider on 2027-01-06" in told["explanation"]

    def test_bill_no_tokens_for_reinforcement(self) -> None:
        """Reinforcement is billed by the hour, which no file can tell."""
        told = estimate(facts(), plan("o4-mini-2025-04-16", "reinforcement"))

        assert told["billed_tokens"] == {"low": 0, "high": 0}
        assert "by the hour" in told["explanation"]


class TestEngineModels:
    def test_follow_the_engine_rules(self, tiny_plan: TrainingPlan) -> None:
        """Epochs and batch are those the engine will resolve, and nothing is charged."""
        told = estimate(facts(n_rows=10), tiny_plan)

        assert told["hyperparameters"] == {"n_epochs": 10, "batch_size": 3, "learning_rate_multiplier": 1.0}
        assert told["price"] is None
        assert "charges nothing" in told["explanation"]

    def test_tell_time_and_memory(self, tiny_plan: TrainingPlan) -> None:
        """The training has a length and a peak of memory, by a rule of thumb that is called one."""
        training = estimate(facts(), tiny_plan)["training"]

        assert training["basis"] == "rule"
        assert training["seconds"] >= 15
        assert training["n_steps"] == 75
        assert training["peak_memory_bytes"] > 600 << 20

    def test_take_the_speed_of_earlier_jobs(self, tiny_model: Path) -> None:
        """A speed measured on this machine's jobs replaces the rule of thumb."""
        settings = Settings(base_models={"tiny": str(tiny_model)})
        measured = plan_training("tiny", settings=settings, tokens_per_second=1000.0)

        training = estimate(facts(total=100_000), measured)["training"]
        assert (training["basis"], training["seconds"]) == ("measured", 15 + 300)

    def test_of_smollm2_come_near_the_measurement(self, tmp_path: Path) -> None:
        """For the size of SmolLM2-135M the rules come within a fifth of what a run on one core took."""
        (tmp_path / "config.json").write_text(SMOLLM2)
        with (tmp_path / "model.safetensors").open("wb") as stream:
            stream.truncate(269_060_552)
        tokens = facts(n_rows=16, total=6495, trained_kept=32)["tokens"] | {
            "per_row": {"max": 420},
            "per_answer": {"max": 2},
        }
        asked = TrainingPlan(
            plan("x").tokens, engine=read_engine_model(tmp_path), hyperparameters={"batch_size": 4, "n_epochs": 1}
        )

        training = estimate({"tokens": tokens}, asked)["training"]
        assert training["seconds"] == pytest.approx(35 + 8, rel=0.2)
        assert training["peak_memory_bytes"] == pytest.approx(3.11e9, rel=0.2)

    def test_are_planned_without_their_folder(self, tmp_path: Path) -> None:
        """A base that is not on this machine yet gets an estimate of its tokens and no time."""
        settings = Settings(base_models={"later": str(tmp_path / "nowhere")})
        planned = plan_training("ft:later:acme::1", settings=settings)

        assert planned.tokens.is_engine
        assert (planned.tokens.engine_folder, planned.engine) == (None, None)
        assert estimate(facts(), planned)["training"] is None

    def test_are_estimated_when_their_tokenizer_is_broken(self, tmp_path: Path) -> None:
        """A folder whose tokenizer cannot be read is planned for like one that is not there, and raises nothing."""
        (tmp_path / "config.json").write_text(SMOLLM2)
        (tmp_path / "tokenizer_config.json").write_text("{")
        planned = plan_training("broken", settings=Settings(base_models={"broken": str(tmp_path)}))

        assert planned.tokens.engine_folder is None
        assert check(GOOD, extra=(partial(TokenWatcher, planned.tokens),)).facts["tokens"]["estimate_reasons"] == [
            "model"
        ]

    def test_want_a_config_that_tells_their_size(self, tmp_path: Path) -> None:
        """A folder without sizes is refused by name."""
        (tmp_path / "config.json").write_text("{}")

        with pytest.raises(BaseModelUnavailableError, match="how large"):
            read_engine_model(tmp_path)


class TestFindings:
    def test_tell_the_cost(self) -> None:
        """A check with a plan ends with tokens, epochs and money as a finding."""
        asked = plan("gpt-4o-mini")
        report = check(asks(stories(20)), extra=(partial(TokenWatcher, asked.tokens, asked),))

        finding = find(report, "cost_estimate")
        assert finding.detail == estimate(report.facts, asked)
        assert "5 epochs" in finding.problem

    def test_tell_the_range_of_preferences(self) -> None:
        """Preference rows counted along with a check are billed within a range."""
        asked = plan("gpt-4o-2024-08-06", "dpo")
        report = check(pair("Yes.", "No.") * 10, extra=(partial(TokenWatcher, asked.tokens, asked),))

        billed = find(report, "cost_estimate").detail["billed_tokens"]
        assert 0 < billed["low"] < billed["high"] < 2 * billed["low"]

    def test_are_silent_without_rows(self) -> None:
        """A file without sound rows costs nothing worth telling."""
        asked = plan("gpt-4o-mini")

        assert "cost_estimate" not in check(b"{\n", extra=(partial(TokenWatcher, asked.tokens, asked),)).counts
        assert "cost_estimate" not in check(GOOD, extra=(partial(TokenWatcher, asked.tokens),)).counts


SMOLLM2 = (
    '{"hidden_size": 576, "num_attention_heads": 9, "num_key_value_heads": 3, "num_hidden_layers": 30, '
    '"intermediate_size": 1536, "vocab_size": 49152, "max_position_embeddings": 8192, "dtype": "bfloat16"}'
)
