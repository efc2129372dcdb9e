"""What the report says, as tables on a terminal. Names of an upstream are shown as text, never as markup."""

from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

_SOON_DAYS, _NEAR_DAYS = 30, 90
_MOST_PROBLEMS = 20


def show_at_risk(report: dict[str, Any], console: Console) -> None:
    """Tuned models, the first to go on top, each with what is safe of it."""
    ends = report["training_ends"]
    if ends is not None and ends["days_left"] >= 0:
        console.print(
            f"OpenAI takes no new jobs after {ends['day']}: {_days(ends['days_left'])} left.", highlight=False
        )
    table = Table("model", "stops", "left", "history", "data", "answers", "successor", box=box.SIMPLE_HEAD)
    for model in report["at_risk"]:
        table.add_row(
            Text(model["model"], overflow="fold"),
            model["last_day"] or "no date",
            _left(model),
            *map(_mark, (model["has_history"], model["has_data"], model["recordings"], model["retrained_as"])),
        )
    console.print(table if report["at_risk"] else Text("No tuned models were found."))


def show_rescued(report: dict[str, Any], console: Console) -> None:
    """Counts of what is here, and what could not be had."""
    rescued = report["rescued"]
    told = [f"{rescued[kind]['copied']} {kind}s" for kind in ("file", "job", "checkpoint", "model")]
    answers = sum(each["answered"] for each in report["recordings"])
    console.print(f"Here: {', '.join(told)}, {rescued['events']} events, {answers} answers.", highlight=False)
    for problem in report["problems"][:_MOST_PROBLEMS]:
        line = Text.assemble((f"{problem['kind']} ", "dim"), problem["upstream_id"], f": {problem['reason']}")
        console.print(line, soft_wrap=True)
    more = len(report["problems"]) - _MOST_PROBLEMS
    if more > 0:
        console.print(f"and {more} more; the report has them.", highlight=False)


def _left(model: dict[str, Any]) -> Text:
    days = model["days_left"]
    if model["is_gone"]:
        return Text("gone", style="red")
    if days is None:
        return Text("")
    style = "red" if days <= _SOON_DAYS else "yellow" if days <= _NEAR_DAYS else ""
    return Text(_days(days), style=style)


def _days(days: int) -> str:
    return f"{days} day" if days == 1 else f"{days} days"


def _mark(is_there: object) -> Text:
    return Text("yes", style="green") if is_there else Text("no", style="dim")
