"""Numbers as people read them."""

_MINUTE, _HOUR = 60, 3600
_CENT = 0.01


def number(value: float) -> str:
    """1,234 or 12.5."""
    return f"{value:,.1f}".removesuffix(".0")


def short_number(value: int) -> str:
    """950, 1.2k, 3.4M: for axes."""
    for limit, unit in ((1_000_000_000, "G"), (1_000_000, "M"), (1_000, "k")):
        if value >= limit:
            return f"{value / limit:.1f}".removesuffix(".0") + unit
    return str(value)


def percent(share: float) -> str:
    """33 %, and 0.4 % below one."""
    points = share * 100
    return f"{points:.1f} %" if 0 < points < 1 else f"{points:.0f} %"


def money(low: float, high: float, currency: str) -> str:
    """`4.76 USD`, or a range."""
    return f"{_amount(low)} {currency}" if low == high else f"{_amount(low)} to {_amount(high)} {currency}"


def duration(seconds: int) -> str:
    """45 s, 12 min, 3.5 h."""
    if seconds < 2 * _MINUTE:
        return f"{seconds} s"
    if seconds < 2 * _HOUR:
        return f"{seconds / _MINUTE:.0f} min"
    return f"{number(round(seconds / _HOUR, 1))} h"


def size(n_bytes: int) -> str:
    """3.1 GB, 12 MB, in powers of ten."""
    for limit, unit in ((10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if n_bytes >= limit:
            return f"{number(round(n_bytes / limit, 1))}\N{NO-BREAK SPACE}{unit}"
    return f"{n_bytes} bytes"


def _amount(value: float) -> str:
    return f"{value:,.2f}" if value >= _CENT or not value else "under 0.01"
