"""How many tokens prompts can have before they are sent: what a budget holds back for an answer on its way."""

import json
from collections.abc import Sequence
from typing import Any

from shared.datasets.tokens.counting import RowCounter
from shared.datasets.tokens.models import get_token_model


def most_prompt_tokens(model: str, requests: Sequence[dict[str, Any]]) -> list[int]:
    """For a model of a known family what its tokenizer counts; for any other the bytes, as no byte-level tokenizer
    gives more tokens than there are bytes.
    """
    known = get_token_model(model)
    if not known.is_known:
        return [len(json.dumps(request, ensure_ascii=False).encode()) for request in requests]
    return [row.total for row in RowCounter(known).count(requests)]
