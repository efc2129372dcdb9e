"""The watchers that a check of quality has beside those of structure."""

from collections.abc import Callable

from shared.datasets.watchers import Watcher
from shared.datasets.whole.answers import Answers
from shared.datasets.whole.pairs import Pairs
from shared.datasets.whole.preferences import PreferenceLengths
from shared.datasets.whole.references import References
from shared.datasets.whole.sizes import Sizes
from shared.datasets.whole.systems import Systems
from shared.datasets.whole.texts import Texts
from shared.datasets.whole.tool_lists import ToolLists

QUALITY: tuple[Callable[[], Watcher], ...] = (
    Sizes,
    Texts,
    Answers,
    Pairs,
    Systems,
    ToolLists,
    PreferenceLengths,
    References,
)
"""In the order in which they report; later ones use what earlier ones know."""
