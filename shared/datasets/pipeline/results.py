"""What a stretch was found to hold, on its way from one worker to another: a pickle that only we can have written.

Unpickling runs whatever the bytes say, and many a bucket is written to by others. So the bytes are signed under the
service's key, for their place and this release, and nothing is unpickled before the signature holds (decision 14).
"""

import pickle
from importlib.metadata import version

from shared.datasets.stretch import Stretch
from shared.secrets import is_signature, sign
from shared.storage.protocol import ObjectStore

_SIGNATURE_BYTES = 32
_PROTOCOL = 5


class UntrustedResultError(Exception):
    """The object was not written by this release of ours, for this place."""


def keep_result(store: ObjectStore, key: str, stretch: Stretch, *, secret_key: str) -> None:
    payload = pickle.dumps(stretch, _PROTOCOL)
    with store.writer(key) as writer:
        writer.write(sign(secret_key, payload, bound_to=_place(key)))
        writer.write(payload)
        writer.commit()


def load_result(store: ObjectStore, key: str, *, secret_key: str) -> Stretch:
    """Raises ObjectNotFoundError and UntrustedResultError."""
    data = memoryview(b"".join(store.iter_chunks(key)))
    signature, payload = data[:_SIGNATURE_BYTES], data[_SIGNATURE_BYTES:]
    if not is_signature(secret_key, signature, payload, bound_to=_place(key)):
        raise UntrustedResultError(key)
    stretch: Stretch = pickle.loads(payload)  # noqa: S301  ours: the signature says so
    return stretch


def _place(key: str) -> str:
    # Another release may have other classes of the same names.
    return f"stretch {version('tunery')} {key}"
