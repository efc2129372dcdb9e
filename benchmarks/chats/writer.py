"""One speaker: sentences, documents, code and figures from a block's vocabulary. Knows no rows."""

from itertools import accumulate
from random import Random

from benchmarks.chats.languages import Language, load_languages

_EMOJI = ("😀", "👍", "🎉", "🙏🏽", "👩‍💻", "❤️", "🚀", "✅", "🇩🇪", "🤔")
_RARE_WORDS = 500
"""Of each language in one block; a block has about 4 MB."""

_RARE_SHARE = 0.08
"""Of the words of a text. English then has 4.2 bytes a cl100k token, as real texts have (law examinations: 4.5)."""


class Vocabulary:
    """A language's words in one block: the common ones, and rare ones made up for this block."""

    def __init__(self, language: Language, random: Random) -> None:
        self.language = language
        rare = [_make_word(language, random) for _ in range(_RARE_WORDS)]
        self._words = language.words + rare
        weights = [1 / (rank + 2.7) for rank in range(len(self._words))]
        rare_weight = _RARE_SHARE * sum(weights[:-_RARE_WORDS]) / sum(weights[-_RARE_WORDS:])
        weights[-_RARE_WORDS:] = [weight * rare_weight for weight in weights[-_RARE_WORDS:]]
        self._weights = list(accumulate(weights))
        self._random = random

    def sentence(self) -> str:
        random, language = self._random, self.language
        count = max(3, min(60, int(random.lognormvariate(2.4, 0.5))))
        words = random.choices(self._words, cum_weights=self._weights, k=count)
        if count > 8:  # noqa: PLR2004 - long sentences have parts
            words[count // 2] += language.comma.rstrip()
        if random.random() < 0.12:  # noqa: PLR2004
            words[-1] = _figure(random)
        text = language.space.join(words)
        return text[0].upper() + text[1:] + language.stop

    def text(self, n_chars: int) -> str:
        """About so many characters of prose, in paragraphs and now and then a list."""
        random = self._random
        pieces: list[str] = []
        held = 0
        while held < n_chars:
            piece = self.sentence()
            chance = random.random()
            if chance < 0.06:  # noqa: PLR2004
                piece = f"{piece.strip()}\n\n"
            elif chance < 0.09:  # noqa: PLR2004
                piece = f"- **{piece.strip()}**\n"
            elif chance < 0.10:  # noqa: PLR2004
                piece += random.choice(_EMOJI) + " "
            pieces.append(piece)
            held += len(piece)
        return "".join(pieces).strip()

    def words(self, count: int) -> list[str]:
        return self._random.choices(self._words, cum_weights=self._weights, k=count)


def make_vocabularies(random: Random) -> tuple[list[Vocabulary], list[float]]:
    """One for each language, and the running sums of their weights."""
    languages = load_languages()
    vocabularies = [Vocabulary(language, random) for language in languages]
    return vocabularies, list(accumulate(language.percent for language in languages))


def write_code(vocabulary: Vocabulary, random: Random) -> str:
    """A function of some lines in a fenced block."""
    name, *names = ["".join(filter(str.isalnum, word.lower())) or "x" for word in vocabulary.words(8)]
    lines = [f"def {name}_{names[0]}({names[1]}: list[int], {names[2]}=None) -> dict[str, int]:"]
    for _ in range(random.randint(4, 24)):
        one, two = random.sample(names, 2)
        lines.append(
            random.choice(
                (
                    f"    {one} = {two}.get({one!r}, {random.randint(0, 999)})",
                    f"    if {one} is None or len({two}) > {random.randint(1, 64)}:\n        return {{}}",
                    f"    for {one}, value in enumerate({two}):\n        total[{one}] += value * {random.random():.3f}",
                    f"    # {vocabulary.sentence().strip()}",
                    f"    self._{one}.append(({two}, {one}[0]))",
                )
            )
        )
    return "```python\n" + "\n".join(lines) + "\n```"


def _figure(random: Random) -> str:
    kind = random.randrange(6)
    if kind == 0:
        return f"{random.randint(1, 28)}.{random.randint(1, 12)}.20{random.randint(10, 26)}"
    if kind == 1:
        return f"{random.randint(1, 99_999) / 100:,.2f} €"
    if kind == 2:  # noqa: PLR2004 - kinds by number
        return f"#{random.randrange(16**8):08X}"
    if kind == 3:  # noqa: PLR2004
        return f"https://shop.example.com/{random.randrange(10**6)}?ref={random.randrange(16**6):x}"
    if kind == 4:  # noqa: PLR2004
        return f"{random.randint(2, 100)} %"
    return str(random.randint(1, 100_000))


def _make_word(language: Language, random: Random) -> str:
    stems = random.sample(language.words, 2 if random.random() < 0.4 else 1)  # noqa: PLR2004
    return "".join([*stems, random.choice(language.endings)])
