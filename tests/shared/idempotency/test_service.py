"""Requests sent twice: one effect, the same answer."""

from dataclasses import replace

import pytest
from sqlmodel import select

from shared.db.session import Database
from shared.idempotency.service import (
    IdempotencyKeyReusedError,
    RequestMark,
    find_answer,
    forget_old_system,
    look_up_answer,
    remember_answer,
)
from shared.outbox.tables import NamedLease
from tests.fixtures.together import run_together

PROJECT = "proj_1"
MARK = RequestMark(key="key:abc", fingerprint="f" * 64, window_seconds=60, may_replay=True)


def answer_once(database: Database, mark: RequestMark, *, project_id: str = PROJECT, effect: str = "effect") -> str:
    """A creation as the API runs it: the effect, and the answer, in one transaction."""
    with database.transaction() as session:
        earlier = find_answer(session, project_id, mark)
        if earlier is not None:
            return earlier
        count = len(session.exec(select(NamedLease)).all())
        session.add(NamedLease(name=f"{effect} {count}", holder="me", until=0.0))
        answer = f"made {effect} {count}"
        remember_answer(session, project_id, mark, answer)
        return answer


def fail_once(database: Database) -> None:
    with database.transaction() as session:
        find_answer(session, PROJECT, MARK)
        raise ZeroDivisionError


def count_effects(database: Database) -> int:
    with database.reading() as session:
        return len(session.exec(select(NamedLease)).all())


class TestRepeating:
    def test_the_first_request_has_the_effect(self, database: Database) -> None:
        """A request nobody has sent before is carried out."""
        assert answer_once(database, MARK) == "made effect 0"

    def test_a_second_one_gets_the_first_answer(self, database: Database) -> None:
        """The same request again has no second effect and gets the answer of the first."""
        first = answer_once(database, MARK)

        assert answer_once(database, MARK) == first
        assert count_effects(database) == 1

    def test_twins_at_the_same_moment_have_one_effect(self, database: Database) -> None:
        """Eight equal requests at the same moment have one effect and get one answer."""
        answers = run_together([lambda: answer_once(database, MARK)] * 8)

        assert answers == ["made effect 0"] * 8
        assert count_effects(database) == 1

    def test_a_request_that_failed_may_be_sent_again(self, database: Database) -> None:
        """A request whose transaction failed has taken nothing: sent again, it is carried out."""
        with pytest.raises(ZeroDivisionError):
            fail_once(database)

        assert answer_once(database, MARK) == "made effect 0"


class TestLookingUp:
    def test_gives_the_earlier_answer(self, database: Database) -> None:
        """An answer can be looked up before long work is begun."""
        answer = answer_once(database, MARK)

        with database.reading() as session:
            assert look_up_answer(session, PROJECT, MARK) == answer

    def test_takes_no_key(self, database: Database) -> None:
        """Looking up what was never asked finds nothing and leaves the key to whoever carries the request out."""
        with database.reading() as session:
            assert look_up_answer(session, PROJECT, MARK) is None

        assert answer_once(database, MARK) == "made effect 0"

    def test_refuses_the_key_of_another_request(self, database: Database) -> None:
        """A key that comes back with another request is refused here too."""
        answer_once(database, MARK)

        with database.reading() as session, pytest.raises(IdempotencyKeyReusedError):
            look_up_answer(session, PROJECT, replace(MARK, fingerprint="e" * 64))


class TestKeys:
    def test_one_key_names_one_request(self, database: Database) -> None:
        """A key that comes back with another request is refused and changes nothing."""
        answer_once(database, MARK)

        with pytest.raises(IdempotencyKeyReusedError) as refusal:
            answer_once(database, replace(MARK, fingerprint="e" * 64))

        assert refusal.value.code == "idempotency_key_reused"
        assert count_effects(database) == 1

    def test_different_keys_do_not_meet(self, database: Database) -> None:
        """Equal requests under two keys are two requests."""
        answer_once(database, MARK)
        answer_once(database, replace(MARK, key="key:other"))

        assert count_effects(database) == 2

    def test_projects_do_not_meet(self, database: Database) -> None:
        """The key of one project means nothing in another."""
        answer_once(database, MARK)
        answer_once(database, MARK, project_id="proj_2")

        assert count_effects(database) == 2


class TestForgetting:
    def test_after_the_window_the_request_is_a_new_one(self, database: Database) -> None:
        """A key whose window has passed may be used again, for another request too."""
        answer_once(database, MARK)
        late = replace(MARK, window_seconds=-1, fingerprint="e" * 64)

        assert answer_once(database, late) == "made effect 1"

    def test_the_newer_answer_replaces_the_older(self, database: Database) -> None:
        """Once a key was used again, its newer answer is the one that is remembered."""
        answer_once(database, MARK)
        answer_once(database, replace(MARK, window_seconds=-1))

        assert answer_once(database, MARK) == "made effect 1"

    def test_old_answers_are_deleted(self, database: Database) -> None:
        """Answers nobody may ask for again are deleted; younger ones stay."""
        answer_once(database, MARK)

        with database.transaction() as session:
            kept = forget_old_system(session, older_than_seconds=60)
            gone = forget_old_system(session, older_than_seconds=-1)

        assert (kept, gone) == (0, 1)


class TestWithoutAKey:
    def test_only_a_retry_gets_the_earlier_answer(self, database: Database) -> None:
        """Without a key, a request that is no retry is carried out, however equal it is to an earlier one."""
        mark = replace(MARK, may_replay=False)
        answer_once(database, mark)
        answer_once(database, mark)

        assert count_effects(database) == 2

    def test_a_retry_gets_the_newest_answer(self, database: Database) -> None:
        """A retry gets the answer of the request it repeats: the one sent last."""
        mark = replace(MARK, may_replay=False)
        answer_once(database, mark)
        newest = answer_once(database, mark)

        assert answer_once(database, MARK) == newest
