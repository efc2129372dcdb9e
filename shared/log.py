"""Structured logs on stderr: one JSON object a line, secrets masked. Refuses request bodies and dataset text."""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog

_SECRET_NAMES = ("authorization", "api_key", "admin_key", "secret", "password", "token", "pepper")
_SECRET_VALUES = re.compile(
    r"(sk-[A-Za-z0-9_-]{8,}|whsec_[A-Za-z0-9+/=_-]{8,}|Bearer\s+\S+|(?<=://)[^/\s:@]*:[^/\s@]+(?=@))"
)
_MASK = "[masked]"


def mask(text: str) -> str:
    """`text` with everything that looks like a key, a webhook secret or URL credentials replaced."""
    return _SECRET_VALUES.sub(_MASK, text)


def _mask_value(name: str, value: Any) -> Any:
    if any(part in name.lower() for part in _SECRET_NAMES) and isinstance(value, str):
        return _MASK
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, Mapping):
        return {key: _mask_value(str(key), item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_mask_value("", item) for item in value]
    return value


def _mask_event(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {name: _mask_value(name, value) for name, value in event.items()}


def configure_logging(level: str = "INFO") -> None:
    """Send structlog and the standard library's logging through the same masked JSON lines."""
    before: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _mask_event,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *before,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=before,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    # Celery names every task twice at INFO; at thousands of units a minute that is all one would read.
    for noisy in ("celery.worker.strategy", "celery.app.trace", "httpx2", "httpcore2"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
