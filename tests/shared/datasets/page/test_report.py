"""The page of a report, from its document."""

import base64
import hashlib
import re
from pathlib import Path
from typing import Any

import pytest

from shared.datasets.one_row import read_first_rows
from shared.datasets.page.page import show_report, show_waiting
from shared.datasets.tokens.plan import TrainingPlan
from shared.datasets.tokens.planning import plan_training
from shared.datasets.tokens.showing import ShownRow, show
from shared.settings import Settings
from tests.shared.datasets.builders import ASSISTANT, GOOD, MAX_LINE_BYTES, USER, asks, chat, pair, stories, talk
from tests.shared.datasets.page.documents import Page, report_document

HOSTILE = "</style><script>alert(1)</script><img src=x onerror=alert(2)>"


@pytest.fixture
def plan() -> TrainingPlan:
    return plan_training("gpt-4o-mini", settings=Settings())


def rows_of(data: bytes, plan: TrainingPlan) -> list[ShownRow | str]:
    found = read_first_rows([data], most=5, most_lines=100, max_line_bytes=MAX_LINE_BYTES)
    return [show(number, row, plan.tokens) for number, row in found]


def page_of(data: bytes, plan: TrainingPlan | None = None, *, filename: str = "train.jsonl", **more: Any) -> Page:
    document = report_document(data, plan) | more
    return Page(show_report(document, rows_of(data, plan) if plan else [], filename=filename).html)


class TestContent:
    def test_says_whether_a_job_would_start(self, plan: TrainingPlan) -> None:
        """The banner is green without findings, amber with warnings and red with errors."""
        sound = asks(stories(60), system="Be brief.")

        assert "Ready to train" in page_of(sound, plan).text
        assert (
            "Can be trained on A job would start, with 1 warning" in page_of(asks(stories(40), "Be brief."), plan).text
        )
        assert "Not ready to train" in page_of(sound + b"{\n", plan).text

    def test_says_what_it_costs(self, plan: TrainingPlan) -> None:
        """Tokens, epochs, money, and the day of the price are there."""
        text = page_of(asks(stories(60)), plan).text

        assert "USD for the training" in text
        assert "Price as of 2026-05-07" in text
        assert "3 epochs" in text

    def test_says_what_an_engine_model_takes(self, tiny_model: Path) -> None:
        """For the own engine there are time and memory instead of money."""
        plan = plan_training("tiny", settings=Settings(base_models={"tiny": str(tiny_model)}))
        text = page_of(asks(stories(60)), plan).text

        assert "of training one processor core" in text
        assert "of memory at the peak" in text
        assert "USD" not in text

    def test_shows_findings_with_their_lines(self, plan: TrainingPlan) -> None:
        """Each finding has its code, its line in a column of its own, and how it is mended."""
        text = page_of(asks(stories(60)) + b"{\n" + chat(USER), plan).text

        assert "The line is not JSON. json_invalid" in text
        assert "61 The text ends inside an array or object" in text
        assert "62 No message is the assistant's" in text
        assert "needs a decision" in text
        assert "The answers look like free text. task_type_inferred once" in text

    def test_shows_labels_and_charts(self, plan: TrainingPlan) -> None:
        """A classification has its labels with their shares, and the share that is to be beaten."""
        page = page_of(asks(["yes"] * 15 + ["no"] * 5), plan)

        assert "yes 15 75 % no 5 25 %" in page.text
        assert "right in 75.0% of the rows" in page.text
        assert len(page.find("column")) >= 4

    def test_shows_rows_with_what_is_learned(self, plan: TrainingPlan) -> None:
        """The answer is marked as learned, and a preference row has the answer that is rejected beside it."""
        page = page_of(GOOD * 10 + pair("Yes.", "No."), plan)
        rejected = page_of(pair("Yes.", "No.") * 3, plan)

        assert len(page.find("trained")) == 1 + 5
        assert "Line 5" in page.text
        assert "Line 6" not in page.text
        assert "Instead of" in rejected.text

    def test_shortens_long_texts_and_keeps_their_ends(self, plan: TrainingPlan) -> None:
        """Of a long text its beginning and its end are shown, and how much is between them."""
        text = page_of(talk("Begin. " + "x " * 3000 + "End?", "Yes."), plan).text

        assert "Begin." in text
        assert "End?" in text
        assert "[…5,011 characters…]" in text

    def test_shows_what_is_cut_off(self) -> None:
        """Rows over the limit are listed, and what is lost of a shown one is struck through."""
        plan = plan_training("gpt-3.5-turbo-0613", settings=Settings())
        page = page_of(talk("Hi", "b " * 5000) + GOOD, plan)

        assert "What is cut off" in page.text
        assert len(page.find("cut")) == 1 + 1

    def test_names_the_groups_that_were_compared(self, plan: TrainingPlan) -> None:
        """Each group is there with its words, how many prompts have one of them, and the labels that they got."""
        groups = {"women": ["she", "her"], "many": [f"word{n}" for n in range(30)]}
        document = report_document(GOOD, plan) | {"groups": groups}
        document["facts"]["demographics"] = {"women": {"n_rows": 1200, "labels": {"<b>Yes</b>": 900, "No": 300}}}

        text = Page(show_report(document, [], filename="a.jsonl").html).text

        assert "women she, her 1,200 <b>Yes</b> (900), No (300)" in text
        assert "word19 and 10 more 0 none" in text
        assert "Whom prompts speak of" not in Page(show_report(report_document(GOOD), [], filename="a").html).text

    def test_of_an_upload_has_no_model(self) -> None:
        """The report at upload has findings and turns, and neither tokens nor rows."""
        page = page_of(GOOD * 10)

        assert "as uploaded" in page.text
        assert "What the model sees" not in page.text
        assert "Messages in a row" in page.text

    def test_has_the_validation_file(self, plan: TrainingPlan) -> None:
        """Findings of a validation file have a section of their own."""
        validation = report_document(b"{\n" + GOOD)

        assert "In the validation file" in page_of(GOOD * 10, plan, validation=validation).text

    def test_names_what_the_project_ignores(self, plan: TrainingPlan) -> None:
        """Codes that the project ignores are named in a line, not shown as findings."""
        verdict = {"blocking": [], "warnings": [], "infos": [], "ignored": ["duplicate_exact"]}
        text = page_of(GOOD * 60, plan, verdict=verdict).text

        assert "Ignored by the project's policy: duplicate_exact." in text
        assert "Ready to train" in text


class TestSafety:
    def test_shows_hostile_text_as_text(self, plan: TrainingPlan) -> None:
        """Whatever is in names, labels, messages and rows, the page has no script, no image, no link and no handler."""
        hostile = chat({**USER, "content": HOSTILE}, {**ASSISTANT, "content": HOSTILE[:60]}) * 12
        page = page_of(
            hostile + chat({**USER, HOSTILE: 1}) + b'{"' + HOSTILE.encode() + b'": 1}\n', plan, filename=HOSTILE
        )

        assert page.names.isdisjoint({"script", "img", "a", "iframe", "link", "form", "object", "base"})
        attributes = {name for _element, found in page.elements for name in found}
        assert not [name for name in attributes if name.startswith("on") or name in {"style", "src", "href"}]
        assert page.text.count(HOSTILE) >= 6
        assert not page.problems

    def test_lets_a_browser_load_and_run_nothing(self, plan: TrainingPlan) -> None:
        """The policy allows the one style sheet that is in the page, by its hash, and nothing else."""
        shown = show_report(report_document(GOOD, plan), [], filename="a")
        style = re.findall(r"<style>(.*?)</style>", shown.html, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(style[0].encode()).digest()).decode()

        policy = shown.policy
        assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}';")
        assert "unsafe" not in policy
        assert "http" not in style[0]

    def test_waits_by_itself(self) -> None:
        """While the check is under way the page says how far it is and asks again."""
        shown = show_waiting(HOSTILE, 0.42)
        page = Page(shown.html)

        assert "42% of the file has been read" in page.text
        assert ("meta", {"http-equiv": "refresh", "content": "2"}) in page.elements
        assert HOSTILE in page.text
