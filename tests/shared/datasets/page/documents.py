"""A page taken apart as a browser would, and a report to make one of."""

from html.parser import HTMLParser
from typing import Any

from shared.datasets.depths import Depth
from shared.datasets.severities import judge_report
from shared.datasets.tokens.estimate import estimate
from shared.datasets.tokens.plan import TrainingPlan
from shared.datasets.tokens.watcher import TokenWatcher
from tests.shared.datasets.builders import check

VOID = {"meta"}


class Page(HTMLParser):
    """Elements in order, the text, and whether every element is closed."""

    def __init__(self, document: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.problems: list[str] = []
        self._open: list[str] = []
        self.feed(document)
        self.close()
        self.problems += self._open

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    @property
    def names(self) -> set[str]:
        return {name for name, _attributes in self.elements}

    def find(self, class_: str) -> list[dict[str, str | None]]:
        """Attributes of the elements of a class."""
        return [found for _name, found in self.elements if class_ in (found.get("class") or "").split()]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.problems.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if not self._open or self._open[-1] != "style":
            self.words.append(data)


def report_document(data: bytes, plan: TrainingPlan | None = None) -> dict[str, Any]:
    """The report on `data` as the API renders it."""
    extra = () if plan is None else (lambda: TokenWatcher(plan.tokens, plan),)
    report = check(data, depth=Depth.DATASET, extra=extra)
    document = report.to_dict()
    head = {"file_id": "file-1", "created_at": 1_790_000_000, "summary": report.error_summary()}
    asked = {"model": plan and plan.model, "method": plan and plan.method, "target": plan and plan.provider}
    verdict = vars(judge_report(document, target="openai"))
    return head | asked | document | {"estimate": plan and estimate(report.facts, plan), "verdict": verdict}
