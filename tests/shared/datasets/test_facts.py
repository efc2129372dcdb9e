"""What a report says of a file beside its faults."""

from shared.datasets.depths import Depth
from tests.shared.datasets.builders import ASSISTANT, GOOD, TOOL, USER, asks, chat, check, check_quality, stories, talk

NEARLY = "The sea is wide and deep, and nobody has ever told what lies on its floor, for it is dark and cold there"


class TestFacts:
    def test_turns_and_roles(self) -> None:
        """Messages are counted by row and by role."""
        longer = chat(USER, ASSISTANT, USER, ASSISTANT)
        turns = check(GOOD * 3 + longer).facts["turns"]

        assert turns["per_row"] == {"min": 2, "median": 2, "mean": 2.5, "p95": 3.7, "max": 4}
        assert turns["roles"] == {"user": 5, "assistant": 5}
        assert [bar["count"] for bar in turns["histogram"]] == [3, 0, 1]

    def test_labels(self) -> None:
        """Of a classification the labels are listed with their shares, and what guessing is worth."""
        facts = check_quality(asks(["yes"] * 15 + ["no"] * 5)).facts

        assert facts["task_type"] == "classification"
        assert facts["labels"]["values"][0] == {"label": "yes", "count": 15, "share": 0.75}
        assert (facts["labels"]["majority_share"], facts["labels"]["entropy_nats"]) == (0.75, 0.5623)
        assert facts["labels"]["effective_classes"] == 1.75

    def test_free_text_has_no_labels(self) -> None:
        """Where answers are free text, only that is said."""
        facts = check_quality(asks(stories(20))).facts

        assert facts["task_type"] == "generation"
        assert "labels" not in facts

    def test_duplicates_of_both_kinds(self) -> None:
        """Exact and near duplicates stand in one section, whoever counted them."""
        rows = [talk(f"{NEARLY}?", f"{NEARLY}."), talk(f"{NEARLY}!", f"{NEARLY} today.")]
        facts = check(b"".join(rows) + GOOD * 3, depth=Depth.DATASET).facts

        assert facts["duplicates"] == {"exact": 2, "near": 2}

    def test_languages(self) -> None:
        """Languages are told with their shares of the rows long enough to judge."""
        german = "Das Meer ist weit und tief, und niemand weiß, was auf seinem dunklen Grund liegt."
        data = b"".join(talk(f"{german} {number}", german) for number in range(25))

        assert check(data, depth=Depth.DATASET).facts["languages"] == {"de": 1.0}

    def test_of_an_empty_file_are_few(self) -> None:
        """A file without rows has no turns to tell of."""
        assert "turns" not in check(b"").facts

    def test_are_in_the_stored_report(self) -> None:
        """The document that is kept has the facts."""
        assert check(GOOD + chat(USER, ASSISTANT, tools=[TOOL])).to_dict()["facts"]["turns"]["per_row"]["max"] == 2
