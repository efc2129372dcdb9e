"""All dialects in the order of detection: what is told by rare keys first, what is told by common ones last."""

from shared.datasets.conversion.dialects import (
    chat,
    choices,
    logs,
    pairs,
    preferences,
    providers,
    ratings,
    trees,
    turns,
)
from shared.datasets.conversion.dialects.base import Dialect
from shared.datasets.conversion.errors import FormatNotRecognisedError, InvalidMappingError
from shared.datasets.conversion.mapping import FieldMapping
from shared.quoting import quote

DIALECTS: dict[str, Dialect] = {
    dialect.name: dialect
    for dialect in (
        logs.BATCH,
        logs.REQUEST_LOG,
        providers.BEDROCK,
        providers.GEMINI,
        preferences.OPENAI_PREFERENCE,
        preferences.CHOSEN_REJECTED,
        preferences.RATED_PAIR,
        ratings.KTO,
        chat.PARTS,
        providers.MISTRAL,
        providers.ANTHROPIC,
        chat.FUNCTIONS,
        chat.REINFORCEMENT,
        chat.CHAT,
        turns.EXCHANGES,
        turns.SHAREGPT,
        trees.OASST_MESSAGES,
        trees.OASST_TREES,
        choices.AR_LSAT,
        choices.AR_LSAT_FLAT,
        choices.MULTIPLE_CHOICE,
        pairs.DOLLY,
        pairs.ALPACA,
        pairs.MS_SWIFT,
        pairs.PROMPT_COMPLETION,
        pairs.QA,
        pairs.INPUT_OUTPUT,
        pairs.LABELLED_TEXT,
        providers.TEXT,
    )
}


def get_dialect(name: str) -> Dialect:
    """Raises FormatNotRecognisedError with all names."""
    if name not in DIALECTS:
        known = ", ".join(DIALECTS)
        raise FormatNotRecognisedError(f"There is no format {quote(name)}. Formats are: {known}.", param="format")
    return DIALECTS[name]


def find_by_mapping(mapping: FieldMapping) -> Dialect:
    """The dialect that reads what a mapping by hand names. Raises InvalidMappingError when that makes no row."""
    if mapping.chosen and mapping.rejected:
        return preferences.RATED_PAIR if mapping.label else preferences.CHOSEN_REJECTED
    if mapping.messages:
        return ratings.KTO if mapping.label else turns.SHAREGPT
    if mapping.prompt and mapping.choices and mapping.label:
        return choices.MULTIPLE_CHOICE
    if mapping.prompt and mapping.response:
        return ratings.KTO if mapping.label else pairs.ALPACA
    raise InvalidMappingError(
        "The mapping makes no row. It takes messages; or prompt and response; or chosen and rejected; or prompt, "
        "choices and label.",
        param="mapping",
    )
