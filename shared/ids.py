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


class Prefix(StrEnum):
    """What stands before an id, separator included. `file-`, `ftjob-` and the like are the wire's own."""

    ORGANIZATION = "org-"
    PROJECT = "proj_"
    API_KEY = "key_"
    FILE = "file-"
    UPLOAD = "upload_"
    UPLOAD_PART = "part_"
    REPORT = "dsrep_"
    OPERATION = "dsop_"
    JOB = "ftjob-"
    JOB_EVENT = "ftevent-"
    CHECKPOINT = "ftckpt_"
    PROVIDER_FILE = "pfile_"
    WEBHOOK_ENDPOINT = "we_"
    CONNECTION = "conn_"
    EVENT = "evt_"
    DELIVERY = "whd_"
    DELIVERY_ATTEMPT = "wha_"
    WORK = "work_"
    REQUEST = "req_"
    COMPLETION = "chatcmpl-"


def new_id(prefix: Prefix) -> str:
    """A fresh id: 48 bits of milliseconds, then 80 random bits, in 22 base-62 characters."""
    value = (int(time.time() * 1000) << _RANDOM_BITS) | secrets.randbits(_RANDOM_BITS)
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
