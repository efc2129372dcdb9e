"""One claimed unit of work: the fenced transactions through which a handler may change the world."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlmodel import Session

from shared import clock
from shared.db.session import Database
from shared.outbox.claim import Claim, bury_claim, defer_claim, finish_claim, renew_claim
from shared.resources import Resources
from shared.settings import Settings
from shared.storage.protocol import ObjectStore


class WorkUnit:
    """What a handler gets. Slow work belongs between these transactions, never inside one."""

    def __init__(self, resources: Resources, claim: Claim, *, lease_seconds: float) -> None:
        self.resources = resources
        self.claim = claim
        self.lease_seconds = lease_seconds
        self.attempts = claim.attempts
        "Claims without progress, this one included; 1 again once this one has made some."
        self._renew_at = clock.now() + lease_seconds / 3

    @property
    def project_id(self) -> str:
        return self.claim.project_id

    @property
    def subject_id(self) -> str:
        return self.claim.subject_id

    @property
    def settings(self) -> Settings:
        return self.resources.settings

    @property
    def database(self) -> Database:
        return self.resources.database

    @property
    def store(self) -> ObjectStore:
        return self.resources.store

    @contextmanager
    def finishing(self) -> Iterator[Session]:
        """The transaction of the unit's effect. Raises ClaimLostError, changing nothing, when we were replaced."""
        with self.database.transaction() as session:
            finish_claim(session, self.claim)
            yield session

    @contextmanager
    def progressing(self) -> Iterator[Session]:
        """A transaction of partial effect: the lease is renewed and earlier failed attempts are forgotten."""
        with self.database.transaction() as session:
            renew_claim(session, self.claim, lease_seconds=self.lease_seconds, progressed=True)
            yield session
        self.attempts = 1

    @contextmanager
    def deferring(self, *, due_at: float, error: str | None = None, blameless: bool = False) -> Iterator[Session]:
        """A transaction that gives the unit back until `due_at`. A blameless wait never counts as a failed attempt."""
        with self.database.transaction() as session:
            defer_claim(session, self.claim, due_at=due_at, error=error, blameless=blameless)
            yield session

    @contextmanager
    def settling(self) -> Iterator[Session]:
        """A transaction that holds the unit's row before anything is looked at; end it with `wait_until` or `finish`.

        Whoever wakes the unit meanwhile waits for the row, and finds it settled; whoever was first is seen here.
        """
        with self.database.transaction() as session:
            self.require_claim(session)
            yield session

    def wait_until(self, session: Session, due_at: float, *, error: str | None = None) -> None:
        """Inside `settling`: give the unit back without blame."""
        defer_claim(session, self.claim, due_at=due_at, error=error, blameless=True)

    @contextmanager
    def burying(self, *, error: str) -> Iterator[Session]:
        """The transaction in which the unit is given up for good."""
        with self.database.transaction() as session:
            bury_claim(session, self.claim, error=error)
            yield session

    def require_claim(self, session: Session) -> None:
        """Fence a transaction that neither finishes nor counts as progress. Raises ClaimLostError."""
        renew_claim(session, self.claim, lease_seconds=self.lease_seconds)

    def renew(self) -> None:
        """Extend the lease now. Raises ClaimLostError when we were replaced or the work was withdrawn."""
        with self.database.transaction() as session:
            renew_claim(session, self.claim, lease_seconds=self.lease_seconds)
        self._renew_at = clock.now() + self.lease_seconds / 3

    def keep_alive(self) -> None:
        """Extend the lease when a third of it has passed; cheap enough to call in a loop."""
        if clock.now() >= self._renew_at:
            self.renew()
