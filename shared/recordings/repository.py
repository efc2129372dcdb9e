"""Every query of the recordings domain, born with a project."""

from collections.abc import Iterable

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from shared.db.session import insert_ignoring_duplicates
from shared.recordings.tables import UNDER_WAY, AnswerState, RecordedAnswer, Recording, RecordingPrompt


def find_recording(session: Session, project_id: str, recording_id: str) -> Recording | None:
    statement = select(Recording).where(Recording.project_id == project_id, Recording.id == recording_id)
    return session.exec(statement).first()


def lock_recording(session: Session, project_id: str, recording_id: str) -> Recording | None:
    """The recording, fresh, with its row locked until the transaction ends."""
    statement = (
        select(Recording)
        .where(Recording.project_id == project_id, Recording.id == recording_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return session.exec(statement).first()


def list_recordings(
    session: Session, project_id: str, import_id: str, *, after: str | None, limit: int
) -> list[Recording]:
    """Newest first."""
    statement = select(Recording).where(Recording.project_id == project_id, Recording.import_id == import_id)
    if after is not None:
        statement = statement.where(col(Recording.id) < after)
    return list(session.exec(statement.order_by(col(Recording.id).desc()).limit(limit)))


def count_under_way(session: Session, project_id: str, *, limit: int) -> int:
    """How many recordings have not ended, counted up to `limit`."""
    states = [str(state) for state in UNDER_WAY]
    found = (
        select(Recording.id).where(Recording.project_id == project_id, col(Recording.state).in_(states)).limit(limit)
    )
    return session.exec(select(func.count()).select_from(found.subquery())).one()


def add_prompts(
    session: Session, project_id: str, *, answers: list[dict[str, object]], prompts: list[dict[str, object]]
) -> None:
    """Insert the rows that are not there yet."""
    insert_ignoring_duplicates(session, RecordedAnswer, [row | {"project_id": project_id} for row in answers])
    insert_ignoring_duplicates(session, RecordingPrompt, [row | {"project_id": project_id} for row in prompts])


def find_answer_ids(session: Session, project_id: str, *, model: str, hashes: Iterable[str]) -> dict[str, str]:
    """Request hash to the id of its row."""
    statement = select(RecordedAnswer.request_hash, RecordedAnswer.id).where(
        RecordedAnswer.project_id == project_id,
        RecordedAnswer.model == model,
        col(RecordedAnswer.request_hash).in_(list(hashes)),
    )
    return dict(session.exec(statement).all())


def list_answers(
    session: Session,
    project_id: str,
    recording_id: str,
    *,
    after: int = -1,
    limit: int,
    states: Iterable[AnswerState] = tuple(AnswerState),
) -> list[tuple[RecordingPrompt, RecordedAnswer]]:
    """Prompts in their order with their answers, from the position behind `after` on."""
    statement = (
        select(RecordingPrompt, RecordedAnswer)
        .join(RecordedAnswer, col(RecordedAnswer.id) == col(RecordingPrompt.answer_id))
        .where(
            RecordingPrompt.project_id == project_id,
            RecordingPrompt.recording_id == recording_id,
            RecordingPrompt.position > after,
            col(RecordedAnswer.state).in_([str(state) for state in states]),
        )
        .order_by(col(RecordingPrompt.position))
        .limit(limit)
    )
    return [(prompt, answer) for prompt, answer in session.exec(statement)]


def count_answers(session: Session, project_id: str, recording_id: str) -> dict[str, int]:
    """Answers of a recording by state."""
    statement = (
        select(RecordedAnswer.state, func.count())
        .join(RecordingPrompt, col(RecordingPrompt.answer_id) == col(RecordedAnswer.id))
        .where(RecordingPrompt.project_id == project_id, RecordingPrompt.recording_id == recording_id)
        .group_by(col(RecordedAnswer.state))
    )
    counts: dict[str, int] = {state.value: 0 for state in AnswerState}
    return counts | dict(session.exec(statement).all())


def mark_asked(session: Session, project_id: str, answer_ids: Iterable[str], *, recording_id: str) -> set[str]:
    """Take those that nobody asks for yet; their ids."""
    taken = session.execute(
        update(RecordedAnswer)
        .where(
            col(RecordedAnswer.project_id) == project_id,
            col(RecordedAnswer.id).in_(list(answer_ids)),
            col(RecordedAnswer.state) == AnswerState.PENDING,
        )
        .values(state=AnswerState.ASKED, asked_by=recording_id, tries=RecordedAnswer.tries + 1)
        .returning(col(RecordedAnswer.id))
    )
    return set(taken.scalars())


def list_asked_by(session: Session, project_id: str, recording_id: str) -> list[RecordedAnswer]:
    statement = select(RecordedAnswer).where(
        RecordedAnswer.project_id == project_id,
        RecordedAnswer.state == AnswerState.ASKED,
        RecordedAnswer.asked_by == recording_id,
    )
    return list(session.exec(statement))


def list_left_behind(session: Session, project_id: str, recording_id: str) -> list[RecordedAnswer]:
    """Prompts of a recording that another one had on their way when it ended."""
    statement = (
        select(RecordedAnswer)
        .join(RecordingPrompt, col(RecordingPrompt.answer_id) == col(RecordedAnswer.id))
        .join(Recording, col(Recording.id) == col(RecordedAnswer.asked_by))
        .where(
            RecordedAnswer.project_id == project_id,
            RecordingPrompt.recording_id == recording_id,
            RecordedAnswer.state == AnswerState.ASKED,
            Recording.project_id == project_id,
            Recording.id != recording_id,
            col(Recording.state).not_in([str(state) for state in UNDER_WAY]),
        )
    )
    return list(session.exec(statement))


def put_back(session: Session, project_id: str, answer_id: str, *, asked_by: str | None) -> bool:
    """Have a prompt that this recording has on its way wait again; whether it still had."""
    back = session.execute(
        update(RecordedAnswer)
        .where(
            col(RecordedAnswer.project_id) == project_id,
            col(RecordedAnswer.id) == answer_id,
            col(RecordedAnswer.state) == AnswerState.ASKED,
            col(RecordedAnswer.asked_by) == asked_by,
        )
        .values(state=AnswerState.PENDING, asked_by=None)
        .returning(col(RecordedAnswer.id))
    )
    return back.first() is not None


def try_failed_again(session: Session, project_id: str, recording_id: str) -> None:
    """Let a new recording ask again what had no answer before."""
    wanted = select(RecordingPrompt.answer_id).where(
        RecordingPrompt.project_id == project_id, RecordingPrompt.recording_id == recording_id
    )
    session.execute(
        update(RecordedAnswer)
        .where(
            col(RecordedAnswer.project_id) == project_id,
            col(RecordedAnswer.id).in_(wanted),
            col(RecordedAnswer.state) == AnswerState.FAILED,
        )
        .values(state=AnswerState.PENDING, tries=0, error=None)
    )


def find_answer(session: Session, project_id: str, answer_id: str) -> RecordedAnswer | None:
    statement = select(RecordedAnswer).where(RecordedAnswer.project_id == project_id, RecordedAnswer.id == answer_id)
    return session.exec(statement).first()
