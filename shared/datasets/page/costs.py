"""What the training takes: rows and tokens, hyperparameters, money, or the engine's time and memory."""

from collections.abc import Mapping
from typing import Any

from shared.pages.figures import duration, money, number, size
from shared.pages.html import Html, tag


def render_costs(document: Mapping[str, Any]) -> Html:
    """Tiles, and below them how they come about."""
    tokens, estimate = document.get("facts", {}).get("tokens"), document.get("estimate")
    tiles = [_tile(number(document["n_examples"]), "rows to train on", _of_lines(document))]
    if tokens:
        exact = "exact" if tokens["is_exact"] else "an estimate"
        tiles.append(_tile(number(tokens["total"]), "tokens", f"{exact}, {tokens['tokenizer']}"))
        tiles.append(_tile(number(tokens["trained_kept"]), "tokens to be learned", "of answers"))
    if estimate:
        tiles += _estimate_tiles(estimate)
    return tag(
        "section",
        tag("h2", "What it takes"),
        tag("div", *tiles, class_="tiles"),
        tag("p", estimate["explanation"]) if estimate else None,
        _source(estimate["price"]) if estimate and estimate["price"] else None,
    )


def _estimate_tiles(estimate: Mapping[str, Any]) -> list[Html]:
    asked, price, training = estimate["hyperparameters"], estimate["price"], estimate["training"]
    more = f"batch of {asked['batch_size']}, rate multiplier {asked['learning_rate_multiplier']}"
    tiles = [_tile(str(asked["n_epochs"]), "epochs", more)]
    if price:
        amount = money(price["amount_low"], price["amount_high"], price["currency"])
        tiles.append(_tile(amount, "for the training", f"{number(price['per_million'])} a million tokens"))
    if training:
        basis = "measured on earlier jobs" if training["basis"] == "measured" else "one processor core"
        tiles.append(_tile(duration(training["seconds"]), "of training", basis))
        tiles.append(_tile(size(training["peak_memory_bytes"]), "of memory", "at the peak"))
    return tiles


def _tile(figure: str, what: str, more: str) -> Html:
    return tag("div", tag("strong", figure), tag("span", what), tag("small", more), class_="tile")


def _of_lines(document: Mapping[str, Any]) -> str:
    return f"of {number(document['n_lines'])} lines, {size(document['bytes_read'])}"


def _source(price: Mapping[str, Any]) -> Html:
    return tag("p", f"Price as of {price['as_of']}, from {price['source']}.", class_="muted small")
