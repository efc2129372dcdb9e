"""How deep a check goes, and which watchers go along: the one registry of them."""

from collections.abc import Callable, Sequence
from enum import StrEnum

from shared.datasets.watchers import Watcher
from shared.datasets.whole.duplicates import Duplicates
from shared.datasets.whole.preferences import IdenticalOutputs
from shared.datasets.whole.turns import Turns


class Depth(StrEnum):
    STRUCTURE = "structure"
    "Every row by itself, and exact duplicates: fast enough for each upload."
    QUALITY = "quality"
    "Also what the texts say, and answers, prompts and labels together."
    DATASET = "dataset"
    "Also languages and near duplicates."


_STRUCTURE: tuple[Callable[[], Watcher], ...] = (Duplicates, IdenticalOutputs, Turns)


def make_watchers(depth: Depth, *, extra: Sequence[Callable[[], Watcher]] = ()) -> list[Watcher]:
    """Fresh watchers, in the order in which they report; later ones use what earlier ones know.

    `extra` makes those that need to know more than a depth, such as the model whose tokens are counted.
    """
    watchers = [make() for make in _STRUCTURE]
    if depth is not Depth.STRUCTURE:
        # The patterns and tables of the checks of texts take 50 ms to load, which a quick check does without.
        from shared.datasets.whole.quality import QUALITY  # noqa: PLC0415

        watchers += [make() for make in QUALITY]
    if depth is Depth.DATASET:
        # Brings numpy and a language model, 150 MB that uploads and the API do without.
        from shared.datasets.near_duplicates import NearDuplicates  # noqa: PLC0415
        from shared.datasets.whole.languages import Languages  # noqa: PLC0415

        watchers += [Languages(), NearDuplicates()]
    return watchers + [make() for make in extra]
