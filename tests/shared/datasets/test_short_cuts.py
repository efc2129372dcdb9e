"""What is done fast says what the long way says: plain rows, glances at texts, digests."""

import json
import random
import re
import sys
from collections.abc import Iterator
from itertools import chain
from unicodedata import combining, decomposition, is_normalized, normalize

from shared.datasets.canonical import canonical_text, make_all_digests, make_digests
from shared.datasets.collector import Collector
from shared.datasets.plain import read_plain_row
from shared.datasets.report import Report
from shared.datasets.row import Format, Row, Turn
from shared.datasets.texts import CHECKS, characters
from shared.datasets.texts.glance import choose_checks
from tests.shared.datasets.long_way import read_by_checks

_SEED = 20261125
_TEXT_PIECES = [
    *("a", "word ", "  ", "\n", "\n\n", "\t", "\r\n", "é", "e\u0301", "中文", "，", "？", "\u3000", "ﬁ", "…", "\u00a0"),  # noqa: RUF001
    *(
        "😀",
        "\u200b",
        "\ufffd",
        "\x07",
        "\x7f",
        "\x02",
        "\x03",
        "\x1e",
        "Ã©",
        "â€™",
        "\u2028",
        "क\u093c",
        "한",
        "½",
        "\ufeff",
    ),
    *("<b>", "</b>", "&amp;", "<|im_start|>", "[INST]", "</s>", "{{name}}", "[insert x]", "TODO", "lorem ipsum", "```"),
    *("jane@acme.io", "@", "4111 1111 1111 1111", "GB82 WEST 1234 5698 7654 32", "219-09-9999", "93.184.216.34"),
    *("+44 20 7946 0958", "(415) 532-2671", "1.2.33.44", "12.5.2024", "1234567890123", "AKIAA1B2C3D4E5F6G7H8"),
    *("xoxb-abcdefghij0123456789", "sk-proj-" + "a1B2" * 10, "hf_" + "a1" * 17, "://u:hunter2@h", "PRIVATE KEY-----"),
    *("-----BEGIN RSA ", "I'm sorry, but I can't help", "As an AI language model", "I hope this helps", "no " * 40),
    *("{", "[", '"', "\\", "/", "'", "\u2019", "0", ".", "-", " ", "S", "İ", "ſ", "ß", "\u0660\u0661\u0662"),  # noqa: RUF001
]
_LINE_PIECES = [
    '{"messages": [',
    '{"role": "user", "content": "Hi"}',
    '{"role": "assistant", "content": "Yes"}',
    '{"role": "system", "content": "Be"}',
    '{"role": "developer", "content": "Be"}',
    '{"content": "x", "role": "user"}',
    '{"role": "tool", "content": "x"}',
    '{"role": "assistant", "content": " "}',
    '{"role": "assistant", "content": ""}',
    '{"role": "assistant", "content": null}',
    '{"role": "assistant", "role": "assistant", "content": "Yes"}',
    '{"role": "assistant", "content" : "Yes", "content": "No"}',
    '{"role": "assistant", "content": "\\"role\\": \\"x\\": "}',
    '{"role": "assistant", "content": "\\ud800"}',
    '{"role": "assistant", "content": "\\ud83d\\ude00 \\u0000"}',
    '{"role": "assistant", "content": "Yes", "weight": 1}',
    '{"role": "assistant", "content": "Yes", "weight": 0}',
    '{"role": "user", "content": "Hi", "weight": 1}',
    '{"role": "assistant", "content": "Yes", "weight": true}',
    '{"role": "assistant", "weight": 1, "content": "Yes", "weight": 0}',
    '{"rol\\u0065": "user", "content": "x"}',
    ", ",
    ",",
    "]}",
    '], "tools": []}',
    '], "messages": []}',
    '], "x": 1}',
    " ",
    "\t",
    "\r",
    "null",
]


def random_texts(count: int) -> Iterator[str]:
    source = random.Random(_SEED)
    for _ in range(count):
        yield "".join(source.choices(_TEXT_PIECES, k=source.randint(1, 12)))


def random_lines(count: int) -> Iterator[bytes]:
    """Rows most of which are nearly sound."""
    source = random.Random(_SEED)
    for _ in range(count):
        messages = source.choices(
            _LINE_PIECES[1:21], weights=[40, 40, 9, 9, *[1] * 10, 9, 9, *[1] * 4], k=source.randint(1, 4)
        )
        pieces = [_LINE_PIECES[0], source.choice([", ", ","]).join(messages), "]}"]
        for _ in range(source.choice([0, 0, 0, 1, 2])):
            pieces.insert(source.randint(0, len(pieces)), source.choice(_LINE_PIECES))
        yield "".join(pieces).encode()


class TestPlainRows:
    def test_are_what_the_checks_let_pass(self) -> None:
        """Of twenty thousand lines, each that the short way takes is without a finding, and the same row."""
        n_taken = 0
        for data in random_lines(20_000):
            plain = read_plain_row(data)
            if plain is None:
                continue
            n_taken += 1
            slow = read_by_checks(data)
            assert (plain.turns, plain.roles, plain.untrained) == (slow.turns, slow.roles, slow.untrained)
            assert (plain.format, plain.learned()) == (slow.format, slow.learned())
        assert n_taken > 500


class TestGlances:
    def test_pass_over_nothing(self) -> None:
        """Of ten thousand rows, none that a glance passes over has anything that its check would tell."""
        texts = list(random_texts(20_000))
        n_passed = 0
        for asked, answer in zip(texts[::2], texts[1::2], strict=True):
            row = Row(Format.CHAT, [Turn("user", asked), Turn("assistant", answer)])
            chosen = choose_checks(row.said())
            for check in CHECKS:
                if check not in chosen:
                    n_passed += 1
                    report = Report()
                    found = Collector(report)
                    check.check(row, found)
                    assert not report.counts, (asked, answer)
                    assert not found.held.counts, (asked, answer)
        assert n_passed > 10_000

    def test_pass_over_no_letter_that_nfc_changes(self) -> None:
        """Of all characters, none that NFC changes, reorders or joins to the one before passes without a check."""
        changed = [*map(chr, {*range(0x1161, 0x1176), *range(0x11A8, 0x11C3)})]
        for letter in map(chr, chain(range(0xD800), range(0xE000, sys.maxunicode + 1))):
            if combining(letter) or not is_normalized("NFC", letter):
                changed.append(letter)
            parts = decomposition(letter).split()
            if len(parts) == 2 and "<" not in parts[0]:
                changed.append(chr(int(parts[1], 16)))

        assert len(changed) > 2_000
        for letter in changed:
            assert characters.CHECK in choose_checks(letter.encode()), hex(ord(letter))


class TestCanonicalText:
    def test_is_nfkc_with_collapsed_blanks(self) -> None:
        """The canonical form is what its definition says, for any mixture of characters."""
        for text in random_texts(20_000):
            wanted = re.sub("[ \t\n\x0b\x0c\r\x1c-\x1f]+", " ", normalize("NFKC", text)).strip(" ")

            assert canonical_text(text).decode() == wanted, json.dumps(text)


class TestDigests:
    def test_are_those_of_each_row_alone(self) -> None:
        """Rows of one block get the digests that each gets by itself, whatever marks stand in their texts."""
        texts = iter(random_texts(12_000))
        rows = [
            Row(Format.CHAT, [Turn("system", next(texts)), Turn("user", next(texts)), Turn("assistant", next(texts))])
            for _ in range(4_000)
        ]
        for start in range(0, len(rows), 40):
            block = rows[start : start + 40]

            assert list(make_all_digests(block)) == [make_digests(row) for row in block], start
