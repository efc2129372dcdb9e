"""How long to wait after failures in a row, where whoever failed does not say: 1, 2, 4 … seconds, 60 at most. Pure."""

_LONGEST_SECONDS = 60.0


def growing_pause_seconds(n_failures: int) -> float:
    """After the first, the second … failure; counts from 1."""
    return min(2.0 ** (n_failures - 1), _LONGEST_SECONDS)
