"""The tables below: what was recorded, what was trained again, and what could not be had."""

from collections.abc import Mapping, Sequence
from typing import Any

from shared.pages.figures import number
from shared.pages.html import Child, Html, tag

_MOST_ROWS = 200


def render_recordings(document: Mapping[str, Any]) -> Html | None:
    rows = [_recording(each) for each in document["recordings"]]
    return _table("Recorded answers", ("Model", "State", "Answers", "Spent", "As a training file"), rows)


def render_retrainings(document: Mapping[str, Any]) -> Html | None:
    rows = [_retraining(each) for each in document["retrainings"]]
    return _table("Trained again", ("Old job", "New job", "Base", "State", "Hyperparameters"), rows)


def render_problems(document: Mapping[str, Any]) -> Html | None:
    """What could not be had, and why; the next run tries again."""
    problems = document["problems"]
    rows = [(each["kind"], each["upstream_id"], each["reason"]) for each in problems[:_MOST_ROWS]]
    return _table("What could not be had", ("Kind", "Upstream", "Why"), rows)


def _recording(each: Mapping[str, Any]) -> Sequence[Child]:
    state = f"{each['state']}, budget used up" if each["ended_by"] == "budget" else each["state"]
    if each["error"]:
        state = f"{state}: {each['error']['message']}"
    spent = f"{number(each['spent']['tokens'])} tokens"
    if each["spent"]["currency"]:
        spent += f", {float(each['spent']['amount']):,.4f} {each['spent']['currency']}"
    answers = f"{number(each['answered'])} of {number(each['prompts'] or 0)}"
    return each["model"], state, answers, spent, tag("code", each["labels_file"]) if each["labels_file"] else "none"


def _retraining(each: Mapping[str, Any]) -> Sequence[Child]:
    notes = tag("ul", *(tag("li", note) for note in each["notes"]), class_="notes")
    made = tag("div", tag("code", each["new_job"]), tag("small", each["model"]) if each["model"] else None)
    return tag("code", each["old_job"]), made, each["base"], each["status"], notes


def _table(title: str, columns: Sequence[str], rows: Sequence[Sequence[Child]]) -> Html | None:
    if not rows:
        return None
    head = tag("thead", tag("tr", *(tag("th", name, scope="col") for name in columns)))
    body = tag("tbody", *(tag("tr", *(tag("td", cell) for cell in row)) for row in rows))
    return tag("section", tag("h2", title), tag("div", tag("table", head, body), class_="scroll"))
