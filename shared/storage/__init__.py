"""Object storage: a folder or an S3-compatible bucket behind one protocol.

Keys are ours, never a client's file name. An object appears whole when its writer commits, or not at all.
"""

from shared.storage.errors import InvalidObjectKeyError, ObjectNotFoundError, StorageUnavailableError
from shared.storage.factory import open_store
from shared.storage.protocol import ObjectStore, ObjectWriter, StoredObject

__all__ = [
    "InvalidObjectKeyError",
    "ObjectNotFoundError",
    "ObjectStore",
    "ObjectWriter",
    "StorageUnavailableError",
    "StoredObject",
    "open_store",
]
