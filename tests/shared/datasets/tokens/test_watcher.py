"""Tokens of a whole file, counted along with its check."""

import json
import pickle
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from shared.datasets.check import check_stretch
from shared.datasets.checks.context import Context
from shared.datasets.depths import Depth
from shared.datasets.report import Report
from shared.datasets.tokens.counting import RowCounter
from shared.datasets.tokens.models import get_token_model
from shared.datasets.tokens.target import TokenTarget, engine_target, hosted_target
from shared.datasets.tokens.truncation import cut
from shared.datasets.tokens.watcher import TokenWatcher
from tests.shared.datasets.builders import (
    ANSWER,
    CALLING,
    GOOD,
    MAX_LINE_BYTES,
    TOOL,
    USER,
    chat,
    check,
    codes,
    find,
    graded,
    in_chunks,
    line,
    pair,
    talk,
)
from tests.shared.datasets.tokens.counters import MODEL
from tests.shared.datasets.tokens.goldens import GLOOMY_ROWS, TIDE_ROW, say

OLD_MODEL = "gpt-3.5-turbo-0613"
"""It takes 4,096 tokens."""


def count(data: bytes, target: TokenTarget | str = MODEL, **options: Any) -> Report:
    """The report on a file, with its tokens."""
    chosen = hosted_target(target) if isinstance(target, str) else target
    return check(data, extra=(partial(TokenWatcher, chosen),), **options)


def tokens(data: bytes, target: TokenTarget | str = MODEL) -> dict[str, Any]:
    section: dict[str, Any] = count(data, target).facts["tokens"]
    return section


def long_row(n_asked: int, n_answered: int, **keys: Any) -> bytes:
    """A row whose texts have about so many tokens."""
    return chat(say("user", " a" * n_asked), say("assistant", " b" * n_answered), **keys)


class TestTotals:
    def test_are_those_of_the_toy_file(self) -> None:
        """Rows, answers and their sum come to the published numbers of OpenAI's toy file."""
        section = tokens(b"".join(map(line, GLOOMY_ROWS)), "gpt-3.5-turbo")

        assert section["total"] == section["kept"] == 45 + 111 + 26 + 28 + 8032
        assert section["per_row"] == {"min": 26, "median": 45, "mean": 1648.4, "p95": 6447.8, "max": 8032}
        assert section["tokenizer"] == "cl100k_base"
        assert section["is_exact"]

    @pytest.mark.parametrize("target", [MODEL, OLD_MODEL])
    def test_agree_with_counting_row_by_row(self, target: str) -> None:
        """Rows that take the short way count as they do one by one, cut or whole."""
        rows = [*GLOOMY_ROWS, {"messages": [say("developer", "Be brief."), USER, say("assistant", "Grüße, 中文 😀")]}]
        counted = RowCounter(get_token_model(target)).count(rows)
        cuts = [cut(row, get_token_model(target).limit_tokens) for row in counted]

        section = tokens(b"".join(map(line, rows)), target)

        assert section["total"] == sum(row.total for row in counted)
        assert section["trained"] == sum(row.trained for row in counted)
        assert section["kept"] == sum(row.kept for row in cuts)
        assert section["trained_kept"] == sum(row.trained_kept for row in cuts)
        assert section["per_answer"]["max"] == max(end - start for row in counted for start, end in row.trained_spans)

    def test_leave_out_weightless_answers(self) -> None:
        """An answer of weight 0 is context: it counts in the row and not in what is learned."""
        section = tokens(chat(USER, say("assistant", "one two", weight=0), USER, say("assistant", "three")))

        assert section["trained"] == 1
        assert section["per_answer"]["max"] == 1

    def test_of_rows_with_faults_are_not_counted(self) -> None:
        """Only sound rows are trained on, so only they count."""
        assert tokens(GOOD + b"{\n")["total"] == tokens(GOOD)["total"]

    def test_of_an_empty_file_are_zero(self) -> None:
        """A file without rows has a section of zeros."""
        assert tokens(b"\n")["per_row"]["max"] == 0


class TestFormats:
    def test_preferences_count_the_prompt_once(self) -> None:
        """A preference row has its prompt and both answers; what is trained on twice is told apart."""
        section = tokens(pair("Yes.", "No, never."))
        prompt = tokens(graded("Where is my order?", answer=1))["total"]

        assert section["total"] == section["kept"] == prompt + (4 + 2) + (4 + 4)
        assert section["kept_prompts"] == prompt
        assert section["per_answer"] == {"min": 2, "median": 3, "mean": 3, "p95": 3.9, "max": 4}

    def test_completions_are_nothing_but_their_texts(self) -> None:
        """A row of the format before chats has no tokens around its texts."""
        section = tokens(line({"prompt": "one two ->", "completion": " three"}), "babbage-002")

        assert (section["total"], section["trained"]) == (4, 1)

    def test_reinforcement_rows_teach_no_answer(self) -> None:
        """A row for graders has a prompt and nothing to learn by heart, and that is no fault."""
        report = count(graded("2 + 2?", answer=4))

        assert report.facts["tokens"]["trained"] == 0
        assert "example_too_short" not in report.counts

    def test_tools_make_an_estimate(self) -> None:
        """What is only measured and not published is counted and called an estimate, with the number of rows."""
        report = count(line({**TIDE_ROW, "messages": [*TIDE_ROW["messages"], say("assistant", "At noon.")]}) + GOOD)
        section = report.facts["tokens"]

        assert (section["is_exact"], section["estimate_reasons"]) == (False, ["tools"])
        assert section["per_row"]["max"] == 101 + 4 + 3
        assert find(report, "token_estimate_only").detail == {"n_rows_by_reason": {"tools": 1}}

    def test_unknown_models_make_an_estimate(self) -> None:
        """For a model nobody knows, every count is a guess, also on the short way."""
        section = tokens(GOOD * 3, "somebodys-model")

        assert section["estimate_reasons"] == ["model"]
        assert section["limit_tokens"] is None


class TestTruncation:
    def test_tells_rows_by_what_they_lose(self) -> None:
        """Rows over the limit are listed, and told apart by whether a part or all of the answer is cut off."""
        rows = [
            GOOD,
            long_row(4000, 400),
            long_row(5000, 10),
            GOOD,
            chat(USER, say("assistant", "b"), say("user", " a" * 5000), say("assistant", "b")),
        ]
        report = count(b"".join(rows), OLD_MODEL)

        assert codes(report) == {
            "example_over_token_limit": 3,
            "example_answer_partly_truncated": 2,
            "example_answer_truncated": 1,
        }
        assert find(report, "example_answer_truncated").line == 3
        truncated = report.facts["tokens"]["truncated"]
        assert [truncated[key] for key in ("n_rows", "n_losing_part", "n_losing_answer")] == [3, 2, 1]
        assert truncated["rows"][0] == {"line": 2, "tokens": 4411, "trained": 400, "trained_kept": 85}

    def test_of_a_preference_row_goes_by_its_worse_answer(self) -> None:
        """A preference row whose longer answer is cut is one row that loses a part."""
        report = count(pair("Yes.", " b" * 5000), OLD_MODEL)

        assert codes(report) == {"example_over_token_limit": 1, "example_answer_partly_truncated": 1}

    def test_keeps_the_first_hundred(self) -> None:
        """All cut rows are counted, and the first hundred are listed."""
        truncated = tokens(long_row(10, 4100) * 150, OLD_MODEL)["truncated"]

        assert truncated["n_rows"] == 150
        assert [row["line"] for row in truncated["rows"]] == list(range(1, 101))


class TestOutliers:
    def test_are_named_with_their_lines(self) -> None:
        """A row and an answer far longer than all others are told, and ordinary ones are not."""
        usual = [talk(f"Question number {n}? " + "And so on. " * (n % 7), "Yes. " * (3 + n % 3)) for n in range(40)]
        report = count(b"".join([*usual[:10], talk("Why?", "Because. " * 900), *usual[10:]]))
        outliers = [finding for finding in report.findings if finding.code == "length_outlier"]

        assert [(finding.line, finding.detail["what"]) for finding in outliers] == [(11, "row"), (11, "answer")]
        assert report.counts["length_outlier"] == 2

    def test_need_twenty_rows(self) -> None:
        """Among few rows nothing is out of the ordinary."""
        assert "length_outlier" not in count(GOOD * 18 + talk("Why?", "Because. " * 900)).counts

    def test_are_counted_beyond_those_listed(self) -> None:
        """Of many outliers twenty are listed, and all counted."""
        report = count(GOOD * 400 + talk("Why?", "Because. " * 90) * 50)
        listed = [finding for finding in report.findings if finding.code == "length_outlier"]

        assert report.counts["length_outlier"] == 100
        assert {finding.detail["what"] for finding in listed} == {"row", "answer"}


class TestStretches:
    ROWS = [
        *map(line, GLOOMY_ROWS),
        long_row(5000, 3),
        pair("Yes.", "No."),
        GOOD,
        b"\n",
        b"{\n",
        chat(USER, CALLING, ANSWER, say("assistant", "ok"), tools=[TOOL]),
    ] * 6

    @pytest.mark.parametrize("size", [1, 5, 40])
    def test_merge_into_the_whole(self, size: int) -> None:
        """A file counted in stretches, each in a process of its own, has the tokens of the whole."""
        extra = (partial(TokenWatcher, hosted_target(OLD_MODEL)),)
        parts = [
            pickle.loads(  # noqa: S301 - as a pool of processes does
                pickle.dumps(
                    check_stretch(
                        in_chunks(b"".join(self.ROWS[start : start + size]), 100),
                        max_line_bytes=MAX_LINE_BYTES,
                        context=Context(),
                        depth=Depth.STRUCTURE,
                        is_first=start == 0,
                        extra=extra,
                    )
                )
            )
            for start in range(0, len(self.ROWS), size)
        ]
        for part in parts[1:]:
            parts[0].merge(part)

        merged, whole = parts[0].finish().to_dict(), count(b"".join(self.ROWS), OLD_MODEL).to_dict()
        assert merged["facts"] == whole["facts"]
        assert [code for code in merged["codes"] if code["code"] != "blank_line"] == [
            code for code in whole["codes"] if code["code"] != "blank_line"
        ]

    def test_travel_without_their_texts(self) -> None:
        """What goes from process to process are numbers, however much text was read."""
        stretch = check_stretch(
            [talk("Where? " * 20_000, "Here. " * 20_000)],
            max_line_bytes=MAX_LINE_BYTES,
            context=Context(),
            depth=Depth.STRUCTURE,
            extra=(partial(TokenWatcher, hosted_target(MODEL)),),
        )

        assert len(pickle.dumps(stretch)) < 10_000


class TestEngineModels:
    def test_are_counted_by_their_own_template(self, tiny_model: Path) -> None:
        """Every byte is a token of the tiny model, and so are the marks around each turn."""
        section = tokens(talk("Hi", "Hello"), engine_target("tiny", tiny_model, limit_tokens=512))

        assert section["tokenizer"] == "tiny"
        assert section["total"] == len("user\nHi\nassistant\nHello\n") + 4
        assert section["trained"] == len("Hello") + 1
        assert section["is_exact"]

    def test_are_cut_at_the_engine_limit(self, tiny_model: Path) -> None:
        """The engine's own limit cuts its rows."""
        report = count(talk("Hi", "Hello" * 100) + GOOD, engine_target("tiny", tiny_model, limit_tokens=100))

        assert find(report, "example_answer_partly_truncated").line == 1

    def test_name_rows_their_template_refuses(self, tiny_model: Path) -> None:
        """A row with tools that the template has no place for is an error before anything is trained."""
        report = count(
            GOOD + chat(USER, say("assistant", "ok"), tools=[TOOL]), engine_target("tiny", tiny_model, limit_tokens=512)
        )

        finding = find(report, "example_not_renderable")
        assert finding.line == 2
        assert "no place for tools" in finding.problem

    def test_name_rows_with_too_little_to_learn(self, tiny_model: Path, tmp_path: Path) -> None:
        """Under a template without an end mark, a one-letter answer is too short to learn from."""
        for name in ("tokenizer.json", "tokenizer_config.json"):
            (tmp_path / name).write_bytes((tiny_model / name).read_bytes())
        (tmp_path / "chat_template.jinja").write_text(
            "{% for m in messages %}{{ m['role'] }}: {{ m['content'] }}{% endfor %}"
            "{% if add_generation_prompt %}assistant: {% endif %}"
        )
        report = count(talk("Hi?", "A"), engine_target("tiny", tmp_path, limit_tokens=512))

        assert find(report, "example_too_short").detail == {"trained": 1}

    def test_are_estimated_while_their_folder_is_not_there(self) -> None:
        """Before the base has been prepared, its rows are estimated and called so."""
        section = tokens(GOOD, engine_target("later", None, limit_tokens=2048))

        assert (section["estimate_reasons"], section["tokenizer"]) == (["model"], "o200k_base")
        assert json.dumps(section)
