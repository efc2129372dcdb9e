"""Checks that compare with files that measure models, across the migration that allowed several."""

from sqlmodel import Session, col, select, text

from shared.datasets.pipeline import service
from shared.datasets.pipeline.question import Question
from shared.datasets.pipeline.tables import DatasetCheck, DatasetEvaluationFile
from shared.db.session import Database
from shared.migrations.runner import downgrade, upgrade
from shared.settings import Settings
from tests.factories.rows import add_file
from tests.fixtures.database import Tenant


def ask_about(session: Session, tenant: Tenant, n_files: int) -> list[str]:
    """Ask a question with so many evaluation files; their ids."""
    measuring = sorted(add_file(session, tenant.project_id).id for _ in range(n_files))
    question = Question(model="gpt-4o", method="supervised", target="openai", evaluation_files=tuple(measuring))
    service.ensure_check(session, add_file(session, tenant.project_id), question)
    return measuring


class TestEvaluationFiles:
    def test_survive_going_back_and_up(self, settings: Settings, database: Database, tenant: Tenant) -> None:
        """A question about one file is the same before and after; one about several is forgotten on the way back."""
        with database.transaction() as session:
            one, _several = ask_about(session, tenant, 1), ask_about(session, tenant, 2)

        downgrade(settings, "0012")
        with database.reading() as session:
            before = session.connection().execute(text("SELECT evaluation_file FROM dataset_checks")).scalars().all()
        upgrade(settings)

        with database.reading() as session:
            checks = session.exec(select(DatasetCheck).where(col(DatasetCheck.model).is_not(None))).all()
            noted = session.exec(select(DatasetEvaluationFile.file_id)).all()
        assert (before, [check.evaluation_files for check in checks], noted) == (one, [one], one)
