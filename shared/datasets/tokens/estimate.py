"""What a training will take: hyperparameters behind `auto`, tokens billed, money, and for the engine time and memory.

Pure arithmetic over the facts of a report. Every figure says where it comes from.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from shared import clock
from shared.datasets.tokens.plan import TrainingPlan
from shared.datasets.tokens.prices import BilledTokens, Price, find_price
from shared.datasets.tokens.training_load import estimate_load
from shared.engine.hyperparameters import cookbook_epochs, resolve

_MAX_HOSTED_BATCH = 256
_HOSTED_BATCH_SHARE = 0.002
_PRICED_PROVIDER = "openai"
_DECIMALS = 4


def estimate(facts: Mapping[str, Any], plan: TrainingPlan) -> dict[str, Any]:
    """`{hyperparameters, billed_tokens: {low, high}, price, training, explanation}`.

    `facts` are those of a report whose tokens were counted for this plan; KeyError without them. `price` is
    `{amount_low, amount_high, currency, per_million, as_of, source}`, or None where no price is known; `training`
    is `{seconds, peak_memory_bytes, n_steps, tokens_per_second, basis}`, or None for a model that is not the engine's.
    """
    tokens = facts["tokens"]
    hyperparameters = _resolve(tokens["n_rows"], plan)
    billed = _bill(tokens, hyperparameters["n_epochs"], plan)
    price = find_price(plan.model, plan.method) if plan.provider == _PRICED_PROVIDER else None
    load = estimate_load(tokens, hyperparameters, plan.engine, measured=plan.tokens_per_second) if plan.engine else None
    return {
        "hyperparameters": hyperparameters,
        "billed_tokens": {"low": billed.low, "high": billed.high},
        "price": None if price is None else _price(price, billed),
        "training": None if load is None else load.to_dict(),
        "explanation": " ".join(_explain(tokens, hyperparameters, billed, price, plan)),
    }


def _resolve(n_rows: int, plan: TrainingPlan) -> dict[str, Any]:
    """The engine's rules, or OpenAI's: epochs by its cookbook, a batch of 0.2 % of the rows as its first fine-tunes."""
    asked = {name: plan.hyperparameters.get(name, "auto") for name in _NAMES}
    if plan.tokens.is_engine:
        resolved = resolve(n_examples=n_rows, **asked)
        return {name: getattr(resolved, name) for name in _NAMES}
    rules = {
        "n_epochs": cookbook_epochs(n_rows),
        "batch_size": min(_MAX_HOSTED_BATCH, max(1, round(_HOSTED_BATCH_SHARE * n_rows))),
        # What providers make of this one is not published: 1, 1.8 and 2 have been seen.
        "learning_rate_multiplier": "auto",
    }
    return {name: rules[name] if value == "auto" else value for name, value in asked.items()}


_NAMES = ("n_epochs", "batch_size", "learning_rate_multiplier")


def _bill(tokens: Mapping[str, Any], n_epochs: int, plan: TrainingPlan) -> BilledTokens:
    if plan.method == "reinforcement":
        return BilledTokens(0, 0)
    return BilledTokens(tokens["kept"] * n_epochs, (tokens["kept"] + tokens["kept_prompts"]) * n_epochs)


def _price(price: Price, billed: BilledTokens) -> dict[str, Any]:
    low, high = billed.cost(price)
    return {
        "amount_low": float(round(low, _DECIMALS)),
        "amount_high": float(round(high, _DECIMALS)),
        "currency": price.currency,
        "per_million": float(price.per_million_tokens),
        "as_of": price.as_of.isoformat(),
        "source": price.source,
        "training_ends": price.training_ends.isoformat() if price.training_ends else None,
    }


def _explain(
    tokens: Mapping[str, Any],
    hyperparameters: Mapping[str, Any],
    billed: BilledTokens,
    price: Price | None,
    plan: TrainingPlan,
) -> list[str]:
    if plan.method == "reinforcement":
        return ["Reinforcement is billed by the hour of training and by what graders use, not by tokens of the file."]
    n_epochs = hyperparameters["n_epochs"]
    told = [f"{tokens['kept']:,} tokens in {n_epochs} epochs are {billed.low:,} trained tokens."]
    if billed.high != billed.low:
        told.append(f"If prompts count with each of the two answers, they are {billed.high:,}.")
    if tokens["total"] > tokens["kept"]:
        told.append(f"{tokens['total'] - tokens['kept']:,} tokens over the model's limit are left out.")
    if plan.tokens.is_engine:
        told.append("The own engine charges nothing.")
    elif price is None:
        told.append("No price is known for this model and method.")
    else:
        told.append(f"The price is {price.per_million_tokens:f} {price.currency} a million, as of {price.as_of}.")
        if end := price.tell_end(_today()):
            told.append(end)
    if not tokens["is_exact"]:
        told.append("The count is an estimate.")
    return told


def _today() -> date:
    return datetime.fromtimestamp(clock.now(), UTC).date()
