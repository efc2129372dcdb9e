"""Checks go with their files, with all that they keep; a failed one makes room for another try."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlmodel import select

from shared import clock
from shared.datasets.pipeline import repository, service
from shared.datasets.pipeline.places import findings_key, folder_of
from shared.datasets.pipeline.question import Question
from shared.datasets.pipeline.reading import Part
from shared.datasets.pipeline.tables import CheckState, DatasetCheck, DatasetEvaluationFile, DatasetStretch, Role
from shared.datasets.pipeline.upkeep import remove_outdated_system, remove_strays_system
from shared.files import service as files
from shared.files.tables import File
from shared.resources import Resources
from tests.factories.rows import add_file
from tests.fixtures.database import Tenant

QUESTION = Question(model="gpt-4o", method="supervised", target="openai")
PARTS = [Part(number, Role.TRAINING, start=number * 10, end=number * 10 + 10) for number in range(5)]

MakeCheck = Callable[..., DatasetCheck]


@pytest.fixture
def file(resources: Resources, tenant: Tenant) -> File:
    with resources.database.transaction() as session:
        return add_file(session, tenant.project_id)


@pytest.fixture
def make_check(resources: Resources, file: File) -> MakeCheck:
    """A check of `file` under way, with objects of its own."""

    def make(question: Question = QUESTION) -> DatasetCheck:
        with resources.database.transaction() as session:
            check = service.start_check(session, file, question)
            service.begin_stretches(session, check, PARTS, at_once=2)
        for name in ("000000.stretch", "findings.jsonl"):
            write(resources, f"{folder_of(check)}/{name}")
        return check

    return make


def write(resources: Resources, key: str) -> None:
    with resources.store.writer(key) as writer:
        writer.write(b"found")
        writer.commit()


def count_rows(resources: Resources) -> tuple[int, int]:
    """Checks and stretches."""
    with resources.database.reading() as session:
        return len(session.exec(select(DatasetCheck)).all()), len(session.exec(select(DatasetStretch)).all())


def remove(resources: Resources) -> int:
    return remove_outdated_system(resources.database, resources.store)


class TestOutdatedChecks:
    def test_go_with_the_file(self, resources: Resources, make_check: MakeCheck, file: File) -> None:
        """When a file is deleted, nothing of its checks stays: no row, no object."""
        make_check()
        with resources.database.transaction() as session:
            files.delete_file(session, file.project_id, file.id)

        removed = remove(resources)

        assert (removed, count_rows(resources)) == (1, (0, 0))
        assert list(resources.store.list("checks")) == []

    def test_go_with_an_evaluation_file(self, resources: Resources, make_check: MakeCheck, tenant: Tenant) -> None:
        """A check that compares with several files goes when one of them is deleted; one that does not stays."""
        with resources.database.transaction() as session:
            measuring = sorted(add_file(session, tenant.project_id).id for _ in range(2))
        make_check(replace(QUESTION, evaluation_files=tuple(measuring)))
        make_check()
        with resources.database.transaction() as session:
            files.delete_file(session, tenant.project_id, measuring[1])

        removed = remove(resources)

        assert (removed, count_rows(resources)) == (1, (1, len(PARTS)))
        with resources.database.reading() as session:
            assert session.exec(select(DatasetEvaluationFile)).all() == []

    def test_go_with_the_validation_file(self, resources: Resources, make_check: MakeCheck, tenant: Tenant) -> None:
        """A check of two files goes when either is deleted; a check of the other alone stays."""
        with resources.database.transaction() as session:
            beside = add_file(session, tenant.project_id)
        make_check(Question(model="gpt-4o", method="supervised", target="openai", validation_file=beside.id))
        kept = make_check()
        with resources.database.transaction() as session:
            files.delete_file(session, tenant.project_id, beside.id)

        remove(resources)

        assert {key.rpartition("/")[0] for key in resources.store.list("checks")} == {folder_of(kept)}

    def test_those_of_files_that_are_there_stay(self, resources: Resources, make_check: MakeCheck) -> None:
        """A check under way is left alone."""
        make_check()

        assert (remove(resources), count_rows(resources)) == (0, (1, 5))

    def test_a_failed_one_is_told_for_a_minute(self, resources: Resources, make_check: MakeCheck, file: File) -> None:
        """A check that could not be done stays to be told of, then makes room for another try."""
        check = make_check()
        with resources.database.transaction() as session:
            service.fail_check(session, check.project_id, check.id, failure="no")
        early = remove(resources)
        self._age(resources, check)

        late = remove(resources)
        with resources.database.transaction() as session:
            again = service.start_check(session, file, QUESTION)

        assert (early, late) == (0, 1)
        assert (again.id != check.id, again.state) == (True, CheckState.QUEUED)

    @staticmethod
    def _age(resources: Resources, check: DatasetCheck) -> None:
        with resources.database.transaction() as session:
            row = repository.find_check(session, check.project_id, check.id)
            assert row is not None
            row.finished_at = clock.now_seconds() - 100


class TestStrayObjects:
    def test_of_forgotten_checks_are_removed(self, resources: Resources, make_check: MakeCheck) -> None:
        """What a worker wrote for a check that was forgotten meanwhile does not stay for ever."""
        check = make_check()
        write(resources, findings_key(folder_of(check).replace("dschk_", "dschk_X")))

        assert remove_strays_system(resources.database, resources.store) == 1
        assert {key.rpartition("/")[0] for key in resources.store.list("checks")} == {folder_of(check)}
