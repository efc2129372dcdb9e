"""Checks that go along only when somebody asks: moderation, groups of people, distance from what models know."""

import pickle
from collections.abc import Callable, Sequence
from functools import partial

from shared.datasets.check import check_stretch
from shared.datasets.checks.context import Context
from shared.datasets.depths import Depth
from shared.datasets.report import Report
from shared.datasets.watchers import Watcher
from shared.datasets.whole.demographics import Demographics
from shared.datasets.whole.domain import Domain
from shared.datasets.whole.judgements import BEYOND_LIMIT
from shared.datasets.whole.moderated import Moderated
from tests.shared.datasets.builders import MAX_LINE_BYTES, find, talk

PROSE = "We went down to the river in the morning and talked about the weather, the harvest and the old mill. "
TAMIL = "நாங்கள் காலையில் ஆற்றுக்குச் சென்று வானிலை பற்றிப் பேசினோம். "
FINNISH = "Epäjärjestelmällistyttämättömyydelläänsäkään hän ei järjestelmällisyyttään lentokonesuihkuturbiinimoottori. "


def flag_rude(texts: Sequence[str]) -> list[list[str]]:
    """A moderation service that knows one word."""
    return [["harassment"] if "fool" in text else [] for text in texts]


def flag_with(_key: str, texts: Sequence[str]) -> list[list[str]]:
    """One that needs a key."""
    return flag_rude(texts)


def check(rows: list[bytes], watcher: Callable[[], Watcher]) -> Report:
    """Read in two stretches that travel, as several processes would."""
    half = len(rows) // 2
    first, second = (
        pickle.loads(  # noqa: S301  our own
            pickle.dumps(
                check_stretch(
                    [b"".join(part)],
                    max_line_bytes=MAX_LINE_BYTES,
                    context=Context(),
                    depth=Depth.STRUCTURE,
                    extra=[watcher],
                )
            )
        )
        for part in (rows[:half], rows[half:])
    )
    first.merge(second)
    report: Report = first.finish()
    return report


class TestModeration:
    def test_flagged_rows_are_named(self) -> None:
        """Rows that the service flags are warnings on their lines, with the categories."""
        rows = [talk(f"Are you {'a fool' if number in {3, 75} else 'well'}, {number}?", "Yes.") for number in range(80)]

        report = check(rows, partial(Moderated, flag_rude))

        assert [(found.line, found.detail) for found in report.findings if found.code == "moderation_flagged"] == [
            (4, {"categories": ["harassment"]}),
            (76, {"categories": ["harassment"]}),
        ]
        assert report.facts["moderation"] == {
            "n_judged": 80,
            "n_flagged": 2,
            "n_not_judged": 0,
            "n_beyond_limit": 0,
            "n_cut": 0,
            "categories": {"harassment": 2},
            "reasons": {},
            "may_pass": False,
        }

    def test_a_key_does_not_travel(self) -> None:
        """What judges rows may hold a key, so it stays in the process that read them."""
        watcher = Moderated(partial(flag_with, "sk-0123456789"))
        stretch = check_stretch(
            [talk("Well?", "Yes.")],
            max_line_bytes=MAX_LINE_BYTES,
            context=Context(),
            depth=Depth.STRUCTURE,
            extra=[lambda: watcher],
        )

        assert b"sk-0123456789" in pickle.dumps(watcher._moderate)
        assert b"sk-0123456789" not in pickle.dumps(stretch)

    def test_long_rows(self) -> None:
        """Of a long row the beginning is sent, and the report counts such rows."""
        sent: list[str] = []

        def keep(texts: Sequence[str]) -> list[list[str]]:
            sent.extend(texts)
            return [[] for _ in texts]

        report = check([talk("a" * 30_000, "Yes."), talk("Short?", "No.")], partial(Moderated, keep))

        assert [len(text) for text in sent] == [20_000, 10]
        assert report.facts["moderation"]["n_cut"] == 1

    def test_rows_beyond_the_first(self) -> None:
        """Of a stretch with very many rows the first ones are judged, and the others counted with the reason."""
        rows = [talk(f"{number}?", "Yes.") for number in range(20_010)]

        report = check(rows, partial(Moderated, flag_rude))

        section = report.facts["moderation"]
        assert (section["n_judged"], section["reasons"]) == (20_000, {BEYOND_LIMIT: 10})
        assert find(report, "moderation_incomplete").detail["n_rows"] == 10


class TestDemographics:
    def test_labels_that_go_by_group(self) -> None:
        """A label that is far more common where prompts speak of a group is told, with both shares."""
        rows = [
            talk(f"{'She' if number % 2 else 'He'} applied, number {number}.", "no" if number % 2 else "yes")
            for number in range(100)
        ]

        report = check(rows, partial(Demographics, {"women": ("she", "her"), "nobody": ()}))

        assert report.counts["demographic_skew"] == 2
        assert find(report, "demographic_skew").severity == "info"
        assert report.facts["demographics"] == {"women": {"n_rows": 50, "labels": {"no": 50}}}

    def test_chance(self) -> None:
        """Differences that chance explains are not told."""
        rows = [
            talk(f"{'She' if number % 2 else 'He'} applied, number {number}.", "no" if number % 4 < 2 else "yes")
            for number in range(100)
        ]

        assert "demographic_skew" not in check(rows, partial(Demographics, {"women": ("she",)})).counts


class TestDomain:
    def test_prose_is_near(self) -> None:
        """English prose has nothing to report."""
        report = check([talk(PROSE, PROSE)] * 20, partial(Domain, "gpt-4o"))

        assert "domain_shift" not in report.counts
        assert report.facts["domain"]["scripts"] == {"latin": 20}

    def test_words_that_fall_apart(self) -> None:
        """Words that take many tokens are a sign that the base model knows little of the language."""
        report = check([talk(FINNISH, FINNISH)] * 20, partial(Domain, "gpt-4o"))

        assert report.facts["domain"]["times_english"] > 2
        assert "tokens for each word" in find(report, "domain_shift").message

    def test_rare_scripts(self) -> None:
        """Scripts that base models have read little of are told from a tenth of the rows on."""
        report = check([talk(PROSE, PROSE)] * 8 + [talk(TAMIL, TAMIL)] * 2, partial(Domain, "gpt-4o"))

        assert report.facts["domain"]["rare_script_share"] == 0.2
        assert "20% of the rows" in find(report, "domain_shift").message
