"""Which store the settings ask for."""

from urllib.parse import urlsplit

from shared.settings import Settings
from shared.storage.errors import StorageUnavailableError
from shared.storage.local import LocalStore
from shared.storage.protocol import ObjectStore


def open_store(settings: Settings) -> ObjectStore:
    """The store named by `object_store`: a folder in the data folder, or an S3-compatible bucket.

    Raises ValueError when the setting is neither empty nor `s3://bucket/prefix`, and
    StorageUnavailableError when boto3 is missing.
    """
    location = settings.object_store
    if not location:
        return LocalStore(settings.data_dir / "objects")

    url = urlsplit(location)
    if url.scheme != "s3" or not url.netloc:
        raise ValueError(f"TUNERY_OBJECT_STORE is {location!r}: give `s3://bucket/prefix`, or nothing for a folder.")

    # boto3 is optional and slow to import; a service that stores in a folder must not need it.
    try:
        from shared.storage.s3 import S3Store, make_client  # noqa: PLC0415
    except ModuleNotFoundError as error:
        message = f"Objects are to be kept in a bucket, and {error.name} is missing: pip install 'tunery[s3]'."
        raise StorageUnavailableError(message) from error

    client = make_client(
        endpoint_url=settings.s3_endpoint_url,
        region=settings.s3_region,
        access_key_id=settings.s3_access_key_id,
        secret_access_key=settings.s3_secret_access_key.get_secret_value(),
    )
    return S3Store(client, bucket=url.netloc, prefix=url.path.strip("/"))
