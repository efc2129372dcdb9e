"""boto3's errors in our words. The bucket's answer is quoted; a credential never is."""

import contextlib
from collections.abc import Iterator

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError

from shared.storage.errors import ObjectNotFoundError, StorageUnavailableError

_NOT_FOUND = {"404", "NoSuchKey", "NotFound"}


@contextlib.contextmanager
def translated(key: str) -> Iterator[None]:
    """Turn what boto3 raises into ObjectNotFoundError or StorageUnavailableError."""
    try:
        yield
    except ClientError as error:
        answer = error.response.get("Error", {})
        if answer.get("Code") in _NOT_FOUND:
            raise ObjectNotFoundError(key) from None
        reason = f"{answer.get('Code')} {answer.get('Message', '')}".strip()
        message = f"The bucket refused {error.operation_name} for {key!r}: {reason}"
        raise StorageUnavailableError(message) from error
    except (BotoCoreError, HTTPClientError) as error:
        raise StorageUnavailableError(f"The bucket does not answer for {key!r}: {error}") from error
