"""The tuned models, the first to go on top, each with what is safe of it."""

from collections.abc import Mapping
from typing import Any

from shared.pages.html import Html, tag

_SOON_DAYS, _NEAR_DAYS = 30, 90


def render_models(document: Mapping[str, Any]) -> Html:
    models = document["at_risk"]
    if not models:
        return tag("section", tag("h2", "Tuned models"), tag("p", "None were found.", class_="muted"))
    columns = ("Model", "Stops", "History", "Data", "Answers", "Successor")
    head = tag("thead", tag("tr", *(tag("th", name, scope="col") for name in columns)))
    rows = [_row(model) for model in models]
    sources = sorted({model["source"] for model in models if model["source"] and model["source"] != "upstream"})
    note = f"Days by: {'; '.join(sources)}." if sources else None
    return tag(
        "section",
        tag("h2", "Tuned models"),
        tag("div", tag("table", head, tag("tbody", *rows), class_="models"), class_="scroll"),
        tag("p", note, class_="muted small") if note else None,
    )


def _row(model: Mapping[str, Any]) -> Html:
    return tag(
        "tr",
        tag("th", tag("span", model["model"], class_="name"), tag("small", f"base {model['base']}"), scope="row"),
        tag("td", _when(model)),
        _check(model["has_history"], "the job with its curve"),
        _check(model["has_data"], "the training file"),
        _check(bool(model["recordings"]), "recorded answers"),
        _check(bool(model["retrained_as"]), "a job on an open base"),
    )


def _when(model: Mapping[str, Any]) -> Html:
    days = model["days_left"]
    if days is None:
        return tag("span", "gone" if model["is_gone"] else "no date named", class_="badge none")
    if model["is_gone"]:
        return tag("div", tag("span", "gone", class_="badge bad"), tag("small", f"since {model['last_day']}"))
    kind = "bad" if days <= _SOON_DAYS else "fair" if days <= _NEAR_DAYS else "info"
    left = "today" if days == 0 else f"{days} day{'s' * (days != 1)}"
    return tag("div", tag("span", left, class_=f"badge {kind}"), tag("small", model["last_day"]))


def _check(is_there: object, what: str) -> Html:
    title = f"{what}: {'here' if is_there else 'not here'}"
    return tag(
        "td", tag("span", "✓" if is_there else "·", class_="yes" if is_there else "no", title=title), class_="check"
    )
