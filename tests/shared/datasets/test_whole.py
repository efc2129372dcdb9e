"""The rows together: answers, labels, prompts, system prompts, tools, preferences, references."""

from typing import Any

import pytest

from shared.datasets.codes import Severity
from shared.datasets.depths import Depth
from shared.datasets.limits import OPENAI
from shared.datasets.whole.labels import chi_square_p
from tests.shared.datasets.builders import (
    CALLING,
    TOOL,
    USER,
    asks,
    chat,
    check,
    check_quality,
    find,
    graded,
    pair,
    stories,
    talk,
)

IMAGE = {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}


class TestSizes:
    def test_few_rows(self) -> None:
        """Fewer than 50 sound rows are a warning."""
        assert check_quality(asks(stories(49))).counts["few_examples"] == 1
        assert check_quality(asks(stories(50))).counts["few_examples"] == 0

    def test_too_few_rows(self) -> None:
        """Fewer rows than the target takes are an error, in training files."""
        data = asks(stories(9))

        assert find(check_quality(data, limits=OPENAI), "too_few_examples").severity is Severity.ERROR
        assert check_quality(data, limits=OPENAI, is_validation=True).counts["too_few_examples"] == 0

    def test_too_many_rows(self) -> None:
        """A validation file for reinforcement has at most 1,000 rows."""
        data = b"".join(graded(f"{number}?", answer=str(number)) for number in range(1_001))

        assert check_quality(data, limits=OPENAI, is_validation=True).counts["too_many_examples"] == 1
        assert check_quality(data, limits=OPENAI).counts["too_many_examples"] == 0


class TestTaskType:
    @pytest.mark.parametrize(
        ("data", "task"),
        [
            pytest.param(asks(["yes", "no"] * 10), "classification", id="labels"),
            pytest.param(asks(stories(20)), "generation", id="texts"),
            pytest.param(asks([f'{{"n": {n}, "text": "some"}}' for n in range(20)]), "structured", id="JSON"),
            pytest.param(chat(USER, CALLING, tools=[TOOL]) * 20, "tool_use", id="calls"),
        ],
    )
    def test_is_inferred(self, data: bytes, task: str) -> None:
        """What the answers look like decides on the kind of task."""
        assert find(check_quality(data), "task_type_inferred").detail["task_type"] == task


class TestLabels:
    def test_distribution(self) -> None:
        """The report says how labels are spread and what always guessing the commonest would score."""
        detail = find(check_quality(asks(["yes"] * 15 + ["no"] * 5)), "label_distribution").detail

        assert detail["labels"] == {"yes": 15, "no": 5}
        assert (detail["majority_share"], detail["entropy_nats"], detail["effective_labels"]) == (0.75, 0.5623, 1.75)

    @pytest.mark.parametrize(
        ("labels", "code", "is_reported"),
        [
            (["a"] * 61 + ["b"] * 39, "label_imbalance", True),
            (["a"] * 60 + ["b"] * 40, "label_imbalance", False),
            (["a"] * 50 + ["b"] * 46 + ["c"] * 4, "label_imbalance", True),
            (["a"] * 50 + ["b"] * 46 + ["c"] * 4, "label_rare", True),
            (["a"] * 50 + ["b"] * 45 + ["c"] * 5, "label_rare", False),
            (["A"] * 60 + ["B"] * 20 + ["C"] * 20, "label_position_bias", True),
            (["A"] * 35 + ["B"] * 30 + ["C"] * 35, "label_position_bias", False),
            (["X"] * 60 + ["Y"] * 20 + ["Z"] * 20, "label_position_bias", False),
        ],
    )
    def test_balance(self, labels: list[str], code: str, is_reported: bool) -> None:
        """Labels that are too common, too rare, or letters that are not spread evenly are warnings."""
        assert (code in check_quality(asks(labels)).counts) is is_reported

    @pytest.mark.parametrize(("statistic", "degrees"), [(3.841, 1), (5.991, 2), (7.815, 3), (9.488, 4), (11.07, 5)])
    def test_chi_square(self, statistic: float, degrees: int) -> None:
        """The critical values of the tables have probability 0.05."""
        assert chi_square_p(statistic, degrees) == pytest.approx(0.05, abs=1e-4)


class TestAnswers:
    def test_all_identical(self) -> None:
        """One answer to everything teaches nothing: an error."""
        assert find(check_quality(asks(["Yes."] * 10)), "all_answers_identical").severity is Severity.ERROR
        assert "all_answers_identical" not in check_quality(asks(["Yes."] * 9 + ["No."])).counts

    def test_all_prompts_identical(self) -> None:
        """One prompt with many answers is an error, and each other answer contradicts the first."""
        report = check_quality(b"".join(talk("Say something.", story) for story in stories(10)))

        assert report.counts["all_prompts_identical"] == 1
        assert report.counts["conflicting_answers"] == 9

    def test_low_diversity(self) -> None:
        """A text that answers more than a tenth of the questions is a warning."""
        assert check_quality(asks([*stories(17), *["I do not know what to say to this, sorry."] * 3])).counts[
            "low_answer_diversity"
        ]
        assert not check_quality(asks([*stories(18), *["I do not know what to say, sorry."] * 2])).counts[
            "low_answer_diversity"
        ]

    @pytest.mark.parametrize(
        ("answers", "is_reported"),
        [
            (['{"a": 1}'] * 5 + stories(5), True),
            (['{"a": 1}'] * 10, False),
            (['{"a": 1}'] * 5 + ['{"b": 1}'] * 5, True),
            (stories(10), False),
            (["{not JSON}"] * 5 + stories(5), False),
        ],
    )
    def test_mixed_format(self, answers: list[str], is_reported: bool) -> None:
        """Answers of which some are JSON, or JSON with different keys, are a warning."""
        assert ("mixed_answer_format" in check_quality(asks(answers)).counts) is is_reported


class TestSystemPrompts:
    def test_missing(self) -> None:
        """None at all is told; some with and some without is a warning."""
        without, having = asks(stories(5)), asks(stories(5), "Be brief.")

        assert check_quality(without).counts["system_prompt_missing_all"] == 1
        assert check_quality(without + having).counts["system_prompt_missing_some"] == 1
        assert not {"system_prompt_missing_all", "system_prompt_missing_some"} & set(check_quality(having).counts)

    @pytest.mark.parametrize(
        ("prompts", "severity"),
        [
            (["You answer questions of customers kindly.", "You write poems."], Severity.INFO),
            (
                ["You answer questions of customers kindly.", "You answer questions of customers kindly!"],
                Severity.WARNING,
            ),
            (["Poems."] * 90 + ["Tales", "Sums", "Maps", "Rhymes", "Jokes"], Severity.WARNING),
        ],
    )
    def test_variants(self, prompts: list[str], severity: Severity) -> None:
        """Several prompts are told; a slip of a few characters, or many that hardly occur, is a warning."""
        report = check_quality(b"".join(talk(f"{n}?", "Yes.", prompt) for n, prompt in enumerate(prompts)))

        assert find(report, "system_prompt_variants").severity is severity

    def test_one_prompt_is_fine(self) -> None:
        """The same prompt everywhere is as it should be."""
        assert "system_prompt_variants" not in check_quality(asks(stories(5), "Be brief.")).counts


class TestToolLists:
    def test_vary_and_unused(self) -> None:
        """Different lists of tools, and tools that nobody calls, are told."""
        other = {"type": "function", "function": {"name": "search"}}
        called, never = chat(USER, CALLING, tools=[TOOL]), chat(tools=[other])

        assert {"tools_vary", "tools_unused"} <= set(check_quality(called + never).counts)
        assert not {"tools_vary", "tools_unused"} & set(check_quality(called * 2).counts)


class TestPreferences:
    def test_identical_outputs(self) -> None:
        """Pairs without a difference are warnings, and errors from a tenth of the rows on."""
        pairs = [pair(f"{n}.", "No.", asked=f"{n}?") for n in range(9)]
        same = pair("No.", "No.")

        few, many = (find(check(b"".join(pairs[:n]) + same), "dpo_outputs_identical") for n in (9, 8))

        assert (few.severity, many.severity) == (Severity.WARNING, Severity.ERROR)

    def test_length_bias(self) -> None:
        """Preferred outputs that are nearly always much longer are a warning."""
        biased = b"".join(pair(f"A long and good answer {n}.", "No.", asked=f"{n}?") for n in range(20))
        even = b"".join(pair(f"A good answer {n}.", f"A bad answer {n}.", asked=f"{n}?") for n in range(20))

        assert check_quality(biased).counts["dpo_length_bias"] == 1
        assert check_quality(even).counts["dpo_length_bias"] == 0

    def test_reversed_pairs(self) -> None:
        """Two rows that prefer opposite outputs to one input are an error."""
        report = check_quality(pair("Yes.", "No.") + pair("No.", "Yes.") + pair("No.", "Maybe."))

        assert report.counts["dpo_pair_reversed"] == 1
        assert find(report, "dpo_pair_reversed").line == 2


class TestReferences:
    @pytest.mark.parametrize(
        ("values", "code"),
        [(["4"] * 10, "rft_reference_constant"), (["a", "b"] * 5, "rft_guessable")],
    )
    def test_that_tell_too_little(self, values: list[Any], code: str) -> None:
        """A reference that is always the same, or one of a few, can be guessed."""
        few = b"".join(graded(f"{n}?", answer=value) for n, value in enumerate(values))
        many = b"".join(graded(f"{n}?", answer=n) for n in range(10))

        assert check_quality(few).counts[code] == 1
        assert check_quality(many).counts[code] == 0

    def test_other_fields_are_free(self) -> None:
        """Only what the grader reads is a reference."""
        data = b"".join(graded(f"{n}?", answer=n, source="book") for n in range(10))

        assert "rft_reference_constant" not in check_quality(data, item_fields=("answer",)).counts
        assert "rft_reference_constant" in check_quality(data, item_fields=("source",)).counts


class TestLanguages:
    def test_mix_and_mismatch(self) -> None:
        """Rows in several languages are told, and answers in another language than the question."""
        english = "This is a question about the weather of tomorrow and of the day after it."
        german = "Das ist eine Antwort über das Wetter von morgen und von übermorgen, und sie ist lang."
        chinese = "今天天气很好我们去公园散步吧好不好呢"
        data = b"".join(talk(f"{english} {n}", answer) for n in range(10) for answer in (english, german, chinese))

        report = check(data, depth=Depth.DATASET)

        assert report.counts["language_mix"] == 1
        assert set(find(report, "language_mix").detail["shares"]) == {"en", "de", "cjk"}
        assert report.counts["language_mismatch"] == 20

    def test_one_language_is_fine(self) -> None:
        """A file in one language has nothing to tell, however short some answers are."""
        report = check(asks([*stories(30), "Ja."]), depth=Depth.DATASET)

        assert not {"language_mix", "language_mismatch"} & set(report.counts)
