"""One round of looking at a connection's jobs. Every job is written down by itself, under the unit's fence."""

import time
from collections import defaultdict

import msgspec
import structlog

from shared import clock
from shared.jobs import service as jobs
from shared.jobs.results import decode_csv, render_csv
from shared.jobs.states import JobStatus, is_terminal
from shared.outbox.claim import ClaimLostError
from shared.providers import service as providers
from shared.providers import submission, watching
from shared.providers.shapes import Entry, UpstreamCheckpoint, UpstreamEvent, UpstreamJob, fingerprint, status_of
from shared.providers.tables import ProviderJob
from shared.providers.translation import tells_of_checkpoint
from shared.providers.trouble import TroubleKind, UpstreamTroubleError
from shared.providers.watching import Sighting, Watched
from shared.providers.wire import decode_job
from shared.storage.protocol import StoredObject
from worker.providers.wire import OpenConnection
from worker.unit import WorkUnit

log = structlog.get_logger(__name__)

_FEW = 2
"Jobs that are asked for one by one rather than with a further page of the list."
_MOST_SINGLES = 100
_ROUND_SECONDS = 60.0
"After which the rest waits for the next round, so that wishes are heard."
_GATHERING_SHARE = 0.2
"Of the poll interval: a job that would be due so soon is looked at along with the others."
_MOST_TROUBLES = 3
"Jobs whose requests may fail before the round counts as failed."
_MOST_RESULT_BYTES = 64 << 20
_DOUBLE_AGE_SECONDS = 3600.0


class Look:
    """A round. UpstreamTroubleError out of it means the connection as a whole, not one job."""

    def __init__(self, unit: WorkUnit, opened: OpenConnection) -> None:
        self.seen = 0
        "Jobs that were looked into."
        self._unit = unit
        self._opened = opened
        self._wire = opened.wire
        self._poll_seconds = unit.settings.provider_poll_seconds
        self._until = clock.now() + self._poll_seconds * _GATHERING_SHARE
        self._deadline = time.monotonic() + _ROUND_SECONDS
        self._troubles = 0

    # Wishes

    def carry_out_wishes(self) -> None:
        """Ask upstream for what clients want of their jobs."""
        with self._unit.database.reading() as session:
            wished = providers.list_wished(session, self._opened.connection_id)
        for row in wished:
            self._carry_out(row)

    def _carry_out(self, row: ProviderJob) -> None:
        raw, refusal = None, None
        try:
            raw = self._wire.steer_job(str(row.upstream_job_id), str(row.wish))
        except UpstreamTroubleError as trouble:
            if trouble.will_pass or trouble.kind is TroubleKind.KEY_REFUSED:
                raise
            refusal = trouble.message
        with self._unit.database.transaction() as session:
            self._unit.require_claim(session)
            watching.settle_wish(session, row, refusal=refusal)
        if raw is not None:
            self._look_into(str(row.upstream_job_id), raw)

    # Everything that is due

    def at_everything_due(self) -> None:
        """Look at the due jobs, through the shared list as far as they lie in it; others are seen in passing."""
        with self._unit.database.reading() as session:
            watched = watching.list_watched(session, self._opened.connection_id, due_until=self._until)
            oldest = providers.find_oldest_due(session, self._opened.connection_id, now=self._until) or 0
        due = {upstream_id for upstream_id, each in watched.items() if each.is_due}
        if not due:
            return
        unchanged: list[Watched] = []
        for page in self._wire.list_jobs():
            unchanged += self._take_page(page, watched)
            due.difference_update(entry.id for entry, _ in page)
            has_passed_oldest = any((entry.created_at or oldest) < oldest - 1 for entry, _ in page)
            if len(due) <= _FEW or has_passed_oldest or time.monotonic() > self._deadline:
                break
        self._put_off(unchanged)
        for upstream_id in sorted(due)[:_MOST_SINGLES]:
            if time.monotonic() < self._deadline:
                self._ask_for(watched[upstream_id])

    def _take_page(self, page: list[tuple[Entry, msgspec.Raw]], watched: dict[str, Watched]) -> list[Watched]:
        """Look into the jobs of a page that have news; those that were due and have none."""
        unchanged, strangers = [], []
        for entry, raw in page:
            known = watched.get(entry.id)
            if known is None:
                strangers.append(entry)
            elif known.fingerprint != fingerprint(raw) or known.wants_events:
                self._look_into(entry.id, raw)
            elif known.is_due:
                unchanged.append(known)
        self._cancel_doubles(strangers)
        return unchanged

    def _ask_for(self, known: Watched) -> None:
        """Ask for one job by itself."""
        try:
            raw = self._wire.get_job(known.upstream_id)
        except UpstreamTroubleError as trouble:
            if trouble.kind is not TroubleKind.MISSING:
                self._bear(known.upstream_id, trouble)
                return
            with self._unit.database.transaction() as session:
                self._unit.require_claim(session)
                row = providers.get_by_upstream_id(session, self._opened.connection_id, known.upstream_id)
                watching.lose(session, row)
            return
        if known.fingerprint != fingerprint(raw) or known.wants_events:
            self._look_into(known.upstream_id, raw)
        else:
            self._put_off([known])

    def _put_off(self, unchanged: list[Watched]) -> None:
        """Jobs that looked as they did are looked at again later, many in one statement."""
        groups: defaultdict[float, list[str]] = defaultdict(list)
        now = clock.now()
        for known in unchanged:
            groups[known.next_look(now, self._poll_seconds)].append(known.upstream_id)
        if groups:
            with self._unit.database.transaction() as session:
                self._unit.require_claim(session)
                for until, upstream_ids in groups.items():
                    providers.put_off(session, self._opened.connection_id, upstream_ids, until=until)

    # One job

    def _look_into(self, upstream_id: str, raw: bytes | msgspec.Raw) -> None:
        """Ask for what is new about a job and write it down. One job's trouble is not that of the others."""
        try:
            self._examine(upstream_id, raw)
        except UpstreamTroubleError as trouble:
            self._bear(upstream_id, trouble)
        except ClaimLostError:
            raise
        except Exception:
            log.exception("provider.job_not_recorded", upstream=upstream_id)
            self._put_off_one(upstream_id)

    def _examine(self, upstream_id: str, raw: bytes | msgspec.Raw) -> None:
        with self._unit.database.reading() as session:
            row = providers.get_by_upstream_id(session, self._opened.connection_id, upstream_id)
        job = decode_job(raw)
        events = self._list_new_events(row)
        has_checkpoints = job.our_status is JobStatus.SUCCEEDED or any(map(tells_of_checkpoint, events))
        checkpoints = self._list_checkpoints(upstream_id) if has_checkpoints else []
        sighting = Sighting(job, fingerprint(raw), events, checkpoints)
        with self._unit.database.transaction() as session:
            self._unit.require_claim(session)
            end = watching.record(session, row, sighting, poll_seconds=self._poll_seconds)
        if end is not None:
            result = self._store_result(row, job) if end is JobStatus.SUCCEEDED else None
            with self._unit.database.transaction() as session:
                self._unit.require_claim(session)
                watching.finish(session, row, job, end, result)
        self.seen += 1

    def _list_new_events(self, row: ProviderJob) -> list[UpstreamEvent]:
        """Events since the newest known one, oldest first. Upstreams list newest first and know no other way."""
        news: list[UpstreamEvent] = []
        try:
            for page in self._wire.list_events(str(row.upstream_job_id)):
                for event in page:
                    if event.id == row.newest_event_id:
                        return news[::-1]
                    news.append(event)
        except UpstreamTroubleError as trouble:
            if trouble.kind is not TroubleKind.MISSING:
                raise
        return news[::-1]

    def _list_checkpoints(self, upstream_id: str) -> list[UpstreamCheckpoint]:
        try:
            return sorted(self._wire.list_checkpoints(upstream_id), key=lambda checkpoint: checkpoint.step_number)
        except UpstreamTroubleError as trouble:
            if trouble.kind is not TroubleKind.MISSING:
                raise
            return []

    def _store_result(self, row: ProviderJob, job: UpstreamJob) -> StoredObject:
        """The provider's file of metrics; where it has none that can be read, one made of the events."""
        content = None
        if job.result_file_ids:
            try:
                content = decode_csv(self._wire.read_file(job.result_file_ids[0], max_bytes=_MOST_RESULT_BYTES))
            except UpstreamTroubleError as trouble:
                if trouble.will_pass or trouble.kind is TroubleKind.KEY_REFUSED:
                    raise
        if content is None:
            with self._unit.database.reading() as session:
                content = render_csv(jobs.list_metrics(session, row.project_id, row.job_id))
        with self._unit.store.writer(watching.result_key(row.project_id, row.job_id)) as writer:
            writer.write(content)
            return writer.commit()

    def _bear(self, upstream_id: str, trouble: UpstreamTroubleError) -> None:
        """Put a job off whose request failed, unless it is the connection that fails."""
        self._troubles += 1
        is_the_connections = trouble.kind in {
            TroubleKind.KEY_REFUSED,
            TroubleKind.RATE_LIMITED,
            TroubleKind.UNREACHABLE,
        }
        if is_the_connections or self._troubles > _MOST_TROUBLES:
            raise trouble
        log.info("provider.look_failed", upstream=upstream_id, kind=trouble.kind, status=trouble.status)
        self._put_off_one(upstream_id)

    def _put_off_one(self, upstream_id: str) -> None:
        with self._unit.database.transaction() as session:
            self._unit.require_claim(session)
            until = clock.now() + self._poll_seconds
            providers.put_off(session, self._opened.connection_id, [upstream_id], until=until)

    # Doubles

    def _cancel_doubles(self, strangers: list[Entry]) -> None:
        """A job that carries our mark and is not the one we know came of a request that was delivered twice."""
        mark, since = submission.mark_name(self._opened.connection_id), clock.now() - _DOUBLE_AGE_SECONDS
        marked = {
            entry.id: str(entry.metadata[mark])
            for entry in strangers
            if isinstance(entry.metadata, dict) and mark in entry.metadata and (entry.created_at or 0.0) > since
            if not is_terminal(status_of(entry.status) or JobStatus.FAILED)
        }
        if not marked:
            return
        with self._unit.database.reading() as session:
            known = providers.find_upstream_ids(session, self._opened.connection_id, list(marked.values()))
        for upstream_id, job_id in marked.items():
            if known.get(job_id) not in {None, upstream_id}:
                log.error("provider.double_cancelled", upstream=upstream_id, job=job_id)
                self._wire.steer_job(upstream_id, "cancel")
