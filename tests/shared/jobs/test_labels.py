"""Finding jobs by what their owners wrote on them."""

import pytest

from shared.db.session import Database
from tests.fixtures.database import Tenant
from tests.shared.jobs.acting import AWKWARD_LABELS, JobMaker, listed


class TestLabels:
    @pytest.mark.parametrize("key", AWKWARD_LABELS)
    def test_find_their_job(self, make_job: JobMaker, database: Database, tenant: Tenant, key: str) -> None:
        """A job is found by any of its labels, whatever characters the key or the value has."""
        job = make_job(labels=AWKWARD_LABELS)
        make_job(labels={"other": AWKWARD_LABELS[key]})
        make_job()

        assert listed(database, tenant, labels={key: AWKWARD_LABELS[key]}) == [job.id]

    @pytest.mark.parametrize("key", AWKWARD_LABELS)
    def test_do_not_find_another_value(self, make_job: JobMaker, database: Database, tenant: Tenant, key: str) -> None:
        """A label finds only jobs that carry exactly this value under this key."""
        make_job(labels=AWKWARD_LABELS)

        assert listed(database, tenant, labels={key: AWKWARD_LABELS[key] + "x"}) == []

    def test_must_all_match(self, make_job: JobMaker, database: Database, tenant: Tenant) -> None:
        """Of several labels every one must match."""
        both = make_job(labels={"a": "1", "b": "2"})
        make_job(labels={"a": "1"})

        assert listed(database, tenant, labels={"a": "1", "b": "2"}) == [both.id]

    def test_are_compared_as_text(self, make_job: JobMaker, database: Database, tenant: Tenant) -> None:
        """`1` and `1.0`, `x` and `X` are different values."""
        job = make_job(labels={"a": "1", "b": "x"})

        assert listed(database, tenant, labels={"a": "1"}) == [job.id]
        assert listed(database, tenant, labels={"a": "1.0"}) == []
        assert listed(database, tenant, labels={"b": "X"}) == []

    def test_unlabelled_jobs_can_be_asked_for(self, make_job: JobMaker, database: Database, tenant: Tenant) -> None:
        """Jobs without any label can be listed on their own."""
        make_job(labels={"a": "1"})
        bare = make_job()

        assert listed(database, tenant, unlabelled=True) == [bare.id]

    def test_work_with_pages(self, make_job: JobMaker, database: Database, tenant: Tenant) -> None:
        """A filtered list is paged like any other."""
        ids = sorted((make_job(labels={"a": "1"}).id for _ in range(3)), reverse=True)
        make_job()
        first = listed(database, tenant, labels={"a": "1"}, limit=2)

        assert first == ids[:2]
        assert listed(database, tenant, labels={"a": "1"}, after=first[-1], limit=2) == ids[2:]
