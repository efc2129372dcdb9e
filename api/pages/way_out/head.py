"""The head of the page: which organization, how long it still answers, and how much of it is safe here."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from shared.pages.figures import number, size
from shared.pages.html import Html, tag

_SOON_DAYS = 30


def render_head(document: Mapping[str, Any]) -> Html:
    """Name, address and day."""
    connection = document["connection"]
    day = datetime.fromtimestamp(document["as_of"], UTC).strftime("%Y-%m-%d %H:%M UTC")
    told = [connection["base_url"], f"as of {day}", f"import {document['state']}"]
    return tag(
        "header",
        tag("p", "Tunery · the way out", class_="brand"),
        tag("h1", connection["name"] or connection["id"]),
        tag("p", " · ".join(part for part in told if part), class_="muted"),
    )


def render_banner(document: Mapping[str, Any]) -> Html:
    """How much time is left, and what is not safe yet."""
    summary = document["summary"]
    total = summary["models"]
    if not total:
        return _banner("info", "i", "No tuned models were found", "There is nothing here that a date could take away.")
    open_points = _open_points(summary)
    days = summary["days_left"]
    title = "Everything is safe here" if not open_points else "Not everything is safe yet"
    if days is not None:
        title = f"{number(days)} day{'s' * (days != 1)} left: {title[0].lower()}{title[1:]}"
    kind = "good" if not open_points else "bad" if days is not None and days <= _SOON_DAYS else "fair"
    sign = "✓" if kind == "good" else "!"
    return _banner(kind, sign, title, _sentence(summary, open_points))


def render_tiles(document: Mapping[str, Any]) -> Html:
    """What is here, in figures."""
    rescued, asked = document["rescued"], document["recordings"]
    answers = sum(recording["answered"] for recording in asked)
    tokens = sum(recording["spent"]["tokens"] for recording in asked)
    tiles = [
        _tile(number(rescued["file"]["copied"]), "files", f"{size(rescued['bytes'])}, hashes kept"),
        _tile(number(rescued["job"]["copied"]), "jobs", f"with {number(rescued['events'])} events"),
        _tile(number(rescued["checkpoint"]["copied"]), "checkpoints", "steps and metrics"),
        _tile(number(rescued["model"]["copied"]), "models", "answer while they live"),
        _tile(number(answers), "old answers", f"{number(tokens)} tokens, {_money(asked)}"),
        _tile(number(document["summary"]["retrained"]), "successors", "trained on an open base"),
    ]
    return tag("section", tag("h2", "Safe here"), tag("div", *tiles, class_="tiles"))


def _open_points(summary: Mapping[str, Any]) -> list[str]:
    """What could still be done for models that still answer."""
    living = summary["models"] - summary["gone"]
    points = []
    if summary["with_data"] < summary["models"]:
        points.append(f"{summary['models'] - summary['with_data']} without their training data")
    if summary["with_answers"] < living:
        points.append(f"{living - summary['with_answers']} whose answers were not recorded")
    if summary["retrained"] < summary["models"]:
        points.append(f"{summary['models'] - summary['retrained']} without a successor")
    return points


def _sentence(summary: Mapping[str, Any], open_points: list[str]) -> str:
    gone = f", {number(summary['gone'])} of them gone already" if summary["gone"] else ""
    told = f"{number(summary['models'])} tuned model{'s' * (summary['models'] != 1)}{gone}."
    return f"{told} Of these {', '.join(open_points)}." if open_points else told


def _banner(kind: str, sign: str, title: str, what: str) -> Html:
    return tag(
        "section",
        tag("div", sign, class_="sign", aria_hidden="true"),
        tag("div", tag("h2", title), tag("p", what)),
        class_=f"verdict {kind}",
    )


def _tile(figure: str, what: str, more: str) -> Html:
    return tag("div", tag("strong", figure), tag("span", what), tag("small", more), class_="tile")


def _money(asked: list[Mapping[str, Any]]) -> str:
    """One sum a currency; nothing is added up across currencies."""
    sums: dict[str, float] = {}
    for recording in asked:
        spent = recording["spent"]
        if spent["currency"]:
            sums[spent["currency"]] = sums.get(spent["currency"], 0.0) + float(spent["amount"])
    return ", ".join(f"{amount:,.2f} {currency}" for currency, amount in sums.items()) or "price not known"
