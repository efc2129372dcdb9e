"""Walking over sealed rows of any table, a batch in each transaction. What the rows are is the domain's to know."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from sqlmodel import Session

from shared.db.session import Database
from shared.secrets import SealBrokenError, key_id, seal, unseal

_BATCH = 100


class FindSealed(Protocol):
    """Rows in order of ids, with `id` and `sealed_secret`, whose seal does not begin with `prefix`."""

    def __call__(self, session: Session, prefix: str, *, after: str, limit: int) -> Sequence[Any]: ...


class ReplaceSeal(Protocol):
    """Puts a new seal in place of an old one that is still there."""

    def __call__(self, session: Session, row_id: str, *, old: str, new: str) -> None: ...


def reseal_rows(
    database: Database,
    secret_keys: Sequence[str],
    *,
    find: FindSealed,
    context: Callable[[Any], str],
    replace: ReplaceSeal,
) -> tuple[int, int]:
    """Seal under the first key what another sealed: how many rows were, and how many no key opens."""
    current, last_id, made, failed = secret_keys[0], "", 0, 0
    while True:
        with database.transaction() as session:
            rows = find(session, f"v2.{key_id(current)}.", after=last_id, limit=_BATCH)
            for row in rows:
                try:
                    secret = unseal(secret_keys, row.sealed_secret, bound_to=context(row))
                except SealBrokenError:
                    failed += 1
                    continue
                replace(session, row.id, old=row.sealed_secret, new=seal(current, secret, bound_to=context(row)))
                made += 1
        if not rows:
            return made, failed
        last_id = rows[-1].id
