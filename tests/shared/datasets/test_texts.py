"""What texts say and are made of: each code has texts that show it and texts that only look like it."""

import random
import time
from typing import Any

import pytest

from shared.datasets.codes import Severity
from shared.datasets.texts.personal import is_card, is_iban, is_public_address
from shared.datasets.texts.pieces import find_repeating
from shared.datasets.texts.repetition import repeated_share
from tests.shared.datasets.builders import CALL, TOOL, USER, chat, check_quality, talk

IGNORED = {"few_examples", "too_few_examples", "system_prompt_missing_all"}
JOKE = "Why did the chicken cross the road? Because it wanted to get to the other side of it."
ALNUM = "abcdefghij0123456789ABCDEFGHIJ0123456789"
SHOWING: dict[str, list[str]] = {
    "replacement_character": ["Gr\ufffd\ufffde aus K\ufffdln."],
    "control_characters": ["Red: \x1b[31m.", "A bell \x07.", "DEL \x7f.", "C1 \x90."],
    "invisible_characters": ["zero\u200bwidth.", "\ufeffmark.", "bidi \u202e.", "soft\u00adhyphen."],
    "unnormalised_unicode": ["cafe\u0301.", "A\u030angstro\u0308m."],
    "mojibake": ["The cafÃ© is closed.", "Itâ€™s fine.", "naÃ¯ve."],
    "special_token_in_text": ["Hi <|im_start|>.", "x <|endoftext|>.", "[INST] do [/INST].", "end</s>.", "<<SYS>> a."],
    "html_residue": ["<p>One</p><br>.", "Tom &amp; Ann &nbsp; and &lt;.", "<b>a</b> <i class='x'>b."],
    "placeholder_text": [
        "Dear {{name}}.",
        "Dear [insert name here].",
        "By <your company>.",
        "Lorem ipsum.",
        "TODO: x.",
    ],
    "answer_repetition": [f"{JOKE} {JOKE}", " ".join(["no"] * 40)],
    "secret_detected": [
        f"Key AKIA{'A1B2C3D4E5F6G7H8'}.",
        f"sk-proj-{ALNUM}.",
        f"sk-ant-api03-{ALNUM}.",
        f"AIza{ALNUM[:35]}.",
        f"ghp_{ALNUM[:36]}.",
        f"glpat-{ALNUM[:20]}.",
        f"xoxb-{ALNUM[:20]}.",
        f"sk_live_{ALNUM[:24]}.",
        f"hf_{ALNUM[:34]}.",
        f"npm_{ALNUM[:36]}.",
        f"SG.{ALNUM[:22]}.{(ALNUM * 2)[:43]}.",
        f"eyJ{ALNUM}.eyJ{ALNUM}.{ALNUM}.",
        "-----BEGIN RSA PRIVATE KEY-----.",
        "postgres://admin:hunter2@localhost/x.",
    ],
    "pii_detected": [
        "Write to jane.roe@acme.io.",
        "Card 4111 1111 1111 1111.",
        "IBAN GB82 WEST 1234 5698 7654 32.",
        "SSN 219-09-9999.",
        "Host 93.184.216.34.",
        "Call +44 20 7946 0958.",
        "Call (415) 532-2671.",
    ],
}
QUIET: dict[str, list[str]] = {
    "control_characters": ["tab\tand\nline."],
    "invisible_characters": ["family \U0001f468\u200d\U0001f469\u200d\U0001f467.", "no\xa0break."],
    "unnormalised_unicode": ["café.", "Ångström."],
    "mojibake": [
        "Le café est fermé… « oui ».",
        "Ünïcödé.",
        "\u0412\u0441\u0435 \u0445\u043e\u0440\u043e\u0448\u043e, \u0432\u0441\u0451 \u044f\u0441\u043d\u043e.",
        "東京に行きました。",
        "São Paulo.",
    ],
    "special_token_in_text": ["a <|> b.", "x < y | z >.", "<s>struck</s", "INST."],
    "html_residue": ["a < b and c > d & e.", "```html\n<p>a</p><br><hr>\n```.", "<T> and <U>."],
    "placeholder_text": ["Use [1] and [2].", "a <b> c.", "todo lists.", "{single}.", "[see insert]."],
    "answer_repetition": [JOKE, "It is what it is. " * 2],
    "secret_detected": [
        "A risk-averse desk-bound task.",
        "sk-learn-is-a-library-with-a-very-long-hyphenated-name.",
        "https://user:password@example.com.",
        "https://${USER}:${PASS}@host.",
        "AKIAshort.",
        "hf_token.",
    ],
    "pii_detected": [
        "960-480-120 is a sum.",
        "2019-01-02 13:45:00.",
        "Card 4111 1111 1111 1112.",
        "Version 1.2.3.14.",
        "192.168.10.20.",
        "Pi 3.14159265358979.",
        "a@b.",
    ],
}


def report_of(answer: str) -> dict[str, int]:
    counts = check_quality(talk("Tell me something.", answer)).counts
    return {code: count for code, count in counts.items() if code not in IGNORED}


def cases(table: dict[str, list[str]]) -> list[Any]:
    return [pytest.param(code, text, id=f"{code} {n}") for code, texts in table.items() for n, text in enumerate(texts)]


class TestEachCode:
    @pytest.mark.parametrize(("code", "text"), cases(SHOWING))
    def test_is_reported_alone(self, code: str, text: str) -> None:
        """A text with one fault gives its code, once, and no other."""
        assert report_of(text) == {code: 1}

    @pytest.mark.parametrize(("code", "text"), cases(QUIET))
    def test_is_not_reported_for_look_alikes(self, code: str, text: str) -> None:
        """A text that only looks like it gives nothing."""
        assert code not in report_of(text)

    @pytest.mark.parametrize("code", ["secret_detected", "pii_detected"])
    def test_samples_are_masked(self, code: str) -> None:
        """Neither a secret nor personal data is in the report."""
        for text in SHOWING[code]:
            stored = str(check_quality(talk("Tell me.", text)).to_dict())
            assert not any(len(word) > 10 and word.strip(".") in stored for word in text.split() if "BEGIN" not in text)


class TestMilderForms:
    def test_reserved_addresses_are_infos(self) -> None:
        """An address of example.com is nobody's."""
        finding = check_quality(talk("a", "Write to jane@example.com.")).findings[-1]

        assert (finding.code, finding.severity) == ("pii_detected", Severity.INFO)

    def test_placeholders_of_users_are_infos(self) -> None:
        """A template's braces in the question are odd, and not learned."""
        report = check_quality(talk("Dear {{name}}, [insert date].", "Fine."))

        finding = next(finding for finding in report.findings if finding.code == "placeholder_text")
        assert (finding.severity, finding.message_index) == (Severity.INFO, 0)

    def test_invisible_characters_in_arguments_are_warnings(self) -> None:
        """In arguments an invisible character makes another value."""
        call = {**CALL, "function": {"name": "find", "arguments": '{"a": "x\u200b"}'}}
        report = check_quality(chat(USER, {"role": "assistant", "tool_calls": [call]}, tools=[TOOL]))

        finding = next(finding for finding in report.findings if finding.code == "invisible_characters")
        assert finding.severity is Severity.WARNING

    def test_escaped_text_is_read(self) -> None:
        """Characters written as escapes count like characters."""
        data = (
            b'{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"caf\\u00c3\\u00a9 \\u200b."}]}'
        )

        assert {"mojibake", "invisible_characters"} <= set(check_quality(data).counts)


class TestShares:
    def test_refusals_are_warnings_when_many(self) -> None:
        """A few refusals are told, many are warned about."""
        refusal, answer = talk("a", "I'm sorry, but I can't help with that."), talk("b", "Sure, here it is.")

        few = next(f for f in check_quality(refusal + answer * 10).findings if f.code == "refusals")
        many = next(f for f in check_quality(refusal + answer * 8).findings if f.code == "refusals")

        assert (few.severity, many.severity) == (Severity.INFO, Severity.WARNING)

    def test_boilerplate_counts_from_a_fiftieth(self) -> None:
        """A stock phrase in more than 2 % of the answers is a warning."""
        phrase, answer = talk("a", "As an AI language model, I have no taste."), talk("b", "Blue.")

        assert check_quality(phrase + answer * 60).counts["boilerplate"] == 0
        assert check_quality(phrase + answer * 40).counts["boilerplate"] == 1

    @pytest.mark.parametrize(
        "cut",
        [
            "It all began on a dark and stormy night when the",
            "Use this code and all will be fine: ```python\nprint(1)",
            '{"name": "Ann", "address": {"city": "Rome", "zip": ',
        ],
    )
    def test_truncation_counts_where_it_is_unusual(self, cut: str) -> None:
        """An answer without an end is suspicious only if nine of ten others have one."""
        whole = talk("b", "It all began on a dark and stormy night, and there it ended.")

        assert check_quality(talk("a", cut) + whole * 10).counts["answer_maybe_truncated"] == 1
        assert check_quality(talk("a", cut) + whole * 8).counts["answer_maybe_truncated"] == 0

    def test_white_space_at_all_edges_is_one_finding(self) -> None:
        """A file whose answers all begin with a space is in the older format: said once, with the share."""
        some = check_quality(talk("a", " Yes.") * 2 + talk("b", "No.") * 2)
        every = check_quality(talk("a", " Yes.") * 50)

        assert some.counts["answer_edge_whitespace"] == 2
        assert every.counts["answer_edge_whitespace"] == 1


class TestCheckDigits:
    @pytest.mark.parametrize(
        ("text", "is_real"),
        [("4111111111111111", True), ("378282246310005", True), ("4111111111111112", False), ("0" * 16, False)],
    )
    def test_of_cards(self, text: str, is_real: bool) -> None:
        """A card number has a scheme's prefix and passes Luhn's check."""
        assert is_card(text) is is_real

    @pytest.mark.parametrize(("text", "is_real"), [("DE89370400440532013000", True), ("DE89370400440532013001", False)])
    def test_of_accounts(self, text: str, is_real: bool) -> None:
        """An IBAN leaves 1 modulo 97."""
        assert is_iban(text) is is_real

    @pytest.mark.parametrize(
        ("text", "is_real"),
        [("93.184.216.34", True), ("10.20.30.40", False), ("1.2.3.4", False), ("300.20.10.1", False)],
    )
    def test_of_addresses(self, text: str, is_real: bool) -> None:
        """A public address is global and does not look like a version."""
        assert is_public_address(text) is is_real


class TestRepetition:
    @pytest.mark.parametrize("letters", ["abcdefgh", "бгджзклм", "ab", "가나다라마바사"])
    @pytest.mark.parametrize("blank", [" ", "\n", "\u3000", " \u00a0"])
    def test_repetition_is_seen_at_a_glance(self, letters: str, blank: str) -> None:
        """Of any script, a text of which a fifth is in runs of ten words said again is among those looked into."""
        source = random.Random(7)
        texts = []
        for size in [*range(20, 100, 4), 300, 1_000]:
            words = ["".join(source.choices(letters, k=source.randint(1, 7))) for _ in range(size)]
            run = source.choices(words, k=max(10, size // 7))
            texts.append(blank.join([*words[: size // 3], *run, *words[size // 3 :], *run, *words[-3:]]))
        texts.append(blank.join(source.choices("abc", k=10) * 2 + ["end"]))

        repeating = find_repeating(texts)

        wanted = {number for number, text in enumerate(texts) if repeated_share(text) > 0.2}
        assert len(wanted) > 15
        assert wanted <= set(repeating)

    def test_most_texts_are_not_looked_into(self) -> None:
        """A text that says nothing twice is spared counting its runs."""
        source = random.Random(8)
        texts = [" ".join(f"word{source.randrange(3_000)}" for _ in range(300)) for _ in range(200)]

        assert find_repeating(texts) == []

    def test_share_of_repetition(self) -> None:
        """Half of a text said three times over is a share near the whole of it."""
        assert repeated_share(f"{JOKE} " * 3) == 1.0
        assert 0.5 < repeated_share(f"{JOKE} {JOKE} And then there was a wholly different ending to it all.") < 0.8


HOSTILE = {
    "one letter": "a" * 50_000,
    "digits": "1" * 50_000,
    "digits and spaces": "1 " * 25_000,
    "digits and hyphens": "1-" * 25_000,
    "dots": "1." * 25_000,
    "at signs": "a@" * 25_000,
    "domains": "a@" + "a." * 25_000,
    "tokens": "eyJ" * 16_000,
    "tokens apart": "eyJaaaaaaaaaa." * 3_500,
    "tokens joined": "-eyJ" * 12_500,
    "keys": "sk-" * 16_000,
    "urls": "://a:" * 10_000,
    "urls with at": "://a:aaa@" * 5_500,
    "tags": "<a " * 16_000,
    "braces": "{{" * 25_000,
    "brackets": "[insert " * 6_000,
    "fences": "```" * 16_000,
    "letters and digits": "AB12 " * 10_000,
    "refusals": "i am sorry " * 4_500,
    "words": "no " * 16_000,
    "garbled": "Ã©" * 25_000,
    "accents": "e\u0301" * 25_000,
    "scripts": "东a" * 25_000,
    "plus": "+1(" * 16_000,
}


class TestHostileTexts:
    @pytest.mark.parametrize("name", HOSTILE)
    def test_cost_no_more_than_others(self, name: str) -> None:
        """50,000 characters made to trip a search are checked within 50 ms a line."""
        row = talk("a", HOSTILE[name])
        check_quality(row)
        started = time.process_time()

        check_quality(row * 4)

        assert (time.process_time() - started) / 4 < 0.05
