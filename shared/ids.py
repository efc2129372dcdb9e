"""Prefixed identifiers that sort by the time they were made.

Sorting by id is how every list is paged, so a deleted row's id is still a valid place to go on from.
"""

import secrets
import time
from enum import StrEnum

# In ASCII order, so that text order is time order under a byte-wise collation.
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_LENGTH = 22
_RANDOM_BITS = 80
_LAST_MILLISECOND = (1 << 48) - 1


class Prefix(StrEnum):
    """What stands before an id, separator included. `file-`, `ftjob-` and the like are the wire's own."""

    ORGANIZATION = "org-"
    PROJECT = "proj_"
    API_KEY = "key_"
    FILE = "file-"
    UPLOAD = "upload_"
    UPLOAD_PART = "part_"
    OPERATION = "dsop_"
    DATASET_CHECK = "dschk_"
    DATASET_STRETCH = "dsst_"
    JOB = "ftjob-"
    JOB_EVENT = "ftevent-"
    CHECKPOINT = "ftckpt_"
    PROVIDER_FILE = "pfile_"
    WEBHOOK_ENDPOINT = "we_"
    CONNECTION = "conn_"
    USAGE = "usage_"
    EVENT = "evt_"
    DELIVERY = "whd_"
    DELIVERY_ATTEMPT = "wha_"
    IMPORT = "imp_"
    IMPORT_STEP = "impstep_"
    IMPORTED_OBJECT = "impobj_"
    RETRAINING = "retrain_"
    RECORDING = "rec_"
    ANSWER = "recans_"
    WORK = "work_"
    REQUEST = "req_"
    COMPLETION = "chatcmpl-"


def new_id(prefix: Prefix, *, made_at: float | None = None) -> str:
    """A fresh id: 48 bits of milliseconds, then 80 random bits, in 22 base-62 characters.

    `made_at` (seconds since the epoch, now if left out) puts what was made elsewhere in its place among ours.
    """
    milliseconds = max(0, int((time.time() if made_at is None else made_at) * 1000)) & _LAST_MILLISECOND
    value = (milliseconds << _RANDOM_BITS) | secrets.randbits(_RANDOM_BITS)
    characters: list[str] = []
    for _ in range(_LENGTH):
        value, digit = divmod(value, len(_ALPHABET))
        characters.append(_ALPHABET[digit])
    return prefix + "".join(reversed(characters))


def is_id(text: str, prefix: Prefix) -> bool:
    """Whether `text` has the form of one of our ids, so that garbage never reaches the database."""
    body = text.removeprefix(prefix)
    return text.startswith(prefix) and len(body) == _LENGTH and all(c in _ALPHABET for c in body)


def random_token(length: int) -> str:
    """`length` base-62 characters from the system's random source (5.95 bits each)."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))
