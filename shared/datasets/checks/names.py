"""The one rule for names of speakers and functions."""

import re
from typing import Any

_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")


def is_name(value: Any) -> bool:
    """Whether `value` is 1 to 64 ASCII letters, digits, underscores and hyphens."""
    return isinstance(value, str) and _NAME.fullmatch(value) is not None
