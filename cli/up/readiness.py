"""Waiting for the API to say that it is up."""

import http.client
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from cli.up.errors import UpError

_START_SECONDS = 120.0
_ANSWER_SECONDS = 1.0


def is_healthy(url: str) -> bool:
    """Whether GET `url`/healthz answers 200 within a second."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=_ANSWER_SECONDS)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def wait_until_healthy(
    url: str,
    *,
    between: Callable[[], None],
    is_cancelled: Callable[[], bool],
    seconds: float = _START_SECONDS,
) -> bool:
    """True once healthy, False once cancelled; calls `between` tries. Raises UpError after `seconds`."""
    deadline = time.monotonic() + seconds
    while not is_cancelled():
        if is_healthy(url):
            return True
        if time.monotonic() > deadline:
            raise UpError(f"The API did not answer on {url}/healthz within {seconds:g} s. Its log says why.")
        between()
    return False
