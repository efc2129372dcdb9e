"""What the data look like: lengths, turns, labels, languages, and what the model's limit cuts off."""

from collections.abc import Mapping
from typing import Any

from shared.pages.charts import histogram, shares
from shared.pages.figures import number
from shared.pages.html import Html, tag

_LABELS = 12
_CUT_ROWS = 10
_COLUMNS = ("min", "median", "mean", "p95", "max")
_TASKS = {
    "classification": "Labels (classification)",
    "structured": "JSON objects",
    "tool_use": "Tool calls",
    "generation": "Free text",
}


def render_shape(facts: Mapping[str, Any]) -> Html:
    """Charts and tables of all sections of the facts that are there."""
    tokens, turns = facts.get("tokens") or {}, facts.get("turns") or {}
    charts = [
        histogram(tokens.get("histogram", ()), title="Tokens in a row", unit="tokens"),
        histogram(turns.get("histogram", ()), title="Messages in a row", unit="messages"),
        _roles(turns.get("roles", {})),
        _labels(facts.get("labels")),
        _languages(facts.get("languages", {})),
    ]
    return tag(
        "section",
        tag("h2", "What the data look like"),
        _spreads(tokens, turns),
        tag("div", *charts, class_="charts"),
        tag(
            "p",
            "Columns grow with the square root of their number, so that single rows stay visible.",
            class_="muted small",
        )
        if tokens or turns
        else None,
        tag("p", *_sentences(facts)),
        _truncated(tokens),
    )


def _spreads(tokens: Mapping[str, Any], turns: Mapping[str, Any]) -> Html | None:
    named = {
        "Tokens in a row": tokens.get("per_row"),
        "Tokens in an answer": tokens.get("per_answer"),
        "Messages in a row": turns.get("per_row"),
    }
    rows = [
        tag("tr", tag("th", name, scope="row"), *(tag("td", number(spread[key]), class_="figure") for key in _COLUMNS))
        for name, spread in named.items()
        if spread
    ]
    if not rows:
        return None
    titles = ("least", "median", "mean", "95th percentile", "most")
    head = tag("tr", tag("td"), *(tag("th", title, scope="col", class_="figure") for title in titles))
    return tag("div", tag("table", tag("thead", head), tag("tbody", *rows)), class_="scroll")


def _roles(roles: Mapping[str, int]) -> Html:
    total = sum(roles.values())
    return shares([(role, count, count / total) for role, count in roles.items()], title="Who speaks")


def _labels(labels: Mapping[str, Any] | None) -> Html:
    if not labels:
        return Html("")
    rows = [(value["label"], value["count"], value["share"]) for value in labels["values"][:_LABELS]]
    more = labels.get("n_labels", len(rows)) - len(rows)
    title = "Labels" if more <= 0 else f"The commonest labels, of {labels['n_labels']:,}"
    return shares(rows, title=title)


def _languages(languages: Mapping[str, float]) -> Html:
    total = 100
    rows = [(code, round(share * total), share) for code, share in languages.items()]
    return shares(rows[:_LABELS], title="Languages, in a hundred of the rows that could be judged")


def _sentences(facts: Mapping[str, Any]) -> list[str]:
    told = []
    if task := _TASKS.get(facts.get("task_type", "")):
        told.append(f"The answers look like: {task.lower()}. ")
    if labels := facts.get("labels"):
        told.append(
            f"Always giving the commonest label would be right in {labels['majority_share']:.1%} of the rows, which is "
            "what a model has to beat. "
        )
    duplicates = facts.get("duplicates") or {}
    if duplicates.get("exact"):
        told.append(f"Rows that say the same as an earlier one: {duplicates['exact']:,}. ")
    if duplicates.get("near"):
        told.append(f"Rows that are nearly the same as another: {duplicates['near']:,}. ")
    return told


def _truncated(tokens: Mapping[str, Any]) -> Html | None:
    cut = tokens.get("truncated") or {}
    if not cut.get("n_rows"):
        return None
    told = (
        f"Rows longer than the model's {tokens['limit_tokens']:,} tokens lose their end: {cut['n_rows']:,}. Of these, "
        f"{cut['n_losing_part']:,} lose a part of what should be learned, {cut['n_losing_answer']:,} all of it."
    )
    rows = [
        tag(
            "tr",
            tag("td", f"{row['line']:,}", class_="figure"),
            tag("td", f"{row['tokens']:,}", class_="figure"),
            tag("td", f"{row['trained_kept']:,} of {row['trained']:,}", class_="figure"),
        )
        for row in cut["rows"][:_CUT_ROWS]
    ]
    titles = ("Line", "Tokens", "Learned tokens that are kept")
    head = tag("tr", *(tag("th", title, scope="col", class_="figure") for title in titles))
    table = tag("div", tag("table", tag("thead", head), tag("tbody", *rows)), class_="scroll narrow")
    return tag("div", tag("h3", "What is cut off"), tag("p", told), table)
