"""The fast counter says what tiktoken says, for every character and for texts made to tell them apart."""

import itertools
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.datasets.tokens.fast import FastCounter, get_text_counter
from shared.datasets.tokens.text import ReferenceCounter
from shared.datasets.tokens.vocabulary import EncodingName, load_encoding

pytest.importorskip("toktok")

_AWKWARD = [
    *"'’ſsStTKkKlLmMdDrReEvV \t\r\n\u00a0\u2028\u3000\x00\x85\u200b\u200d\ufeff\ufffd",  # noqa: RUF001
    *"019²½٣Ⅷ〇aAǅʰªßﬁıİŉΐ中アー한ก\u0301\u0e35\u093f/!?._-\\<|>😀🏽\U0010ffff\ue000𝐀𐐀",  # noqa: RUF001
    *("'s", "'LL", "'ſ", "  ", "\r\n", "\n\n", "//", "http://", "<|endoftext|>", "<|im_start|>", "<|endofprompt|>"),  # noqa: RUF001
    *("\u088f", "\u0c5c", "\ua7ce", "\U00010940", "\U00011de0", "\U00018de0", "\U0001e6fe", "\U000323b0", "\ud591"),
]
_texts = st.lists(st.sampled_from(_AWKWARD) | st.characters(exclude_categories=["Cs"]), max_size=12).map("".join)


def reference(name: EncodingName) -> ReferenceCounter:
    return ReferenceCounter(load_encoding(name))


def each_character() -> Iterator[str]:
    """Texts that show of each character whether it is taken for a letter or mark, a digit, or neither.

    A letter leaves the `'s` behind it whole, a symbol takes the apostrophe; a digit joins the digits that follow.
    Where one kind fills thousands of places, ideographs, syllables or nothing at all, they are sampled.
    """
    dense = itertools.chain(range(0x4E00), range(0x9F00, 0xAC00), range(0xD700, 0xD800), range(0xE000, 0x20000))
    sparse = itertools.chain(range(0x4E00, 0xD700, 17), range(0x20000, 0x34000, 7), range(0x34000, 0x110000, 1021))
    for code in itertools.chain(dense, sparse):
        char = chr(code)
        yield f"{char}'s {char}111"


@pytest.mark.parametrize("name", EncodingName)
class TestFastCounter:
    def test_agrees_on_every_character(self, name: EncodingName) -> None:
        """No character is of one kind to the fast counter and of another to tiktoken."""
        texts = list(each_character())

        fast, exact = FastCounter(name).count(texts), reference(name).count(texts)

        assert [text for text, ours, theirs in zip(texts, fast, exact, strict=True) if ours != theirs] == []

    def test_agrees_on_random_mixtures(self, name: EncodingName) -> None:
        """Twenty thousand short texts of awkward pieces, and as many of any characters, count the same."""
        source = random.Random(20261122)
        mixed = ["".join(source.choices(_AWKWARD, k=source.randint(1, 14))) for _ in range(20_000)]
        wild = ["".join(map(chr, source.choices(range(0xD800), k=source.randint(1, 8)))) for _ in range(20_000)]

        fast, exact = FastCounter(name).count(mixed + wild), reference(name).count(mixed + wild)

        assert fast == exact

    def test_agrees_on_long_runs(self, name: EncodingName) -> None:
        """Runs of one character, as damaged files have them, count the same."""
        texts = [char * 20_000 for char in (" ", "\n", "\t", "a", "A", "é", "中", "!", "'", "1", "\u0301", "aA", " \n")]

        fast, exact = FastCounter(name).count(texts), reference(name).count(texts)

        assert fast == exact

    def test_agrees_on_the_long_s_in_contractions(self, name: EncodingName) -> None:
        """The old letter s, which ends a contraction in one reading only, counts the same."""
        texts = ["a'ſ'LLE", "K'ſ'lle0", "wor'ſ't"]  # noqa: RUF001

        assert FastCounter(name).count(texts) == reference(name).count(texts)

    def test_takes_special_tokens_for_text(self, name: EncodingName) -> None:
        """`<|endoftext|>` in a row is seven tokens of text, not one that ends it."""
        assert FastCounter(name).count(["<|endoftext|>"]) == reference(name).count(["<|endoftext|>"]) == [7]

    def test_counts_half_a_surrogate_pair(self, name: EncodingName) -> None:
        """A text that is no Unicode counts as tiktoken counts it, and spoils no other text of the batch."""
        texts = ["good", "\ud800", "fine"]

        assert FastCounter(name).count(texts) == reference(name).count(texts)

    @settings(max_examples=300, deadline=None)
    @given(texts=st.lists(_texts, max_size=5))
    def test_agrees_on_generated_texts(self, name: EncodingName, texts: list[str]) -> None:
        """No text has been found that the two count differently."""
        assert FastCounter(name).count(texts) == reference(name).count(texts)


class TestReferenceCounter:
    def test_survives_a_million_blanks(self) -> None:
        """A run of blanks that overflows tiktoken's stack is counted, to within a token for each cut."""
        text = f"word{' ' * 2_000_000}word"

        counted = reference(EncodingName.O200K).count([text])

        assert counted[0] == pytest.approx(FastCounter(EncodingName.O200K).count([text])[0], abs=4)


class TestFallback:
    def test_tiktoken_counts_where_the_fast_counter_is_absent(self, tmp_path: Path) -> None:
        """On a machine for which toktok has no wheel, counting goes on with tiktoken."""
        (tmp_path / "toktok.py").write_text("raise ImportError")
        script = (
            "from shared.datasets.tokens.fast import get_text_counter\n"
            "from shared.datasets.tokens.vocabulary import EncodingName\n"
            "counter = get_text_counter(EncodingName.CL100K)\n"
            "print(type(counter).__name__, counter.count(['Hello, world']))"
        )

        done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True)

        assert done.stdout == "ReferenceCounter [3]\n"

    def test_the_fast_counter_is_used_where_it_is_installed(self) -> None:
        """With toktok present nobody has to choose it."""
        assert isinstance(get_text_counter(EncodingName.CL100K), FastCounter)
