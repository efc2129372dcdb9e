"""Models by name: base ones from the settings, tuned ones from rows."""

import pytest

from shared.db.session import Database
from shared.models import service
from shared.models.service import BaseModelProtectedError, ModelNotFoundError, ModelView, ServingTarget
from shared.settings import Settings

PROJECT, STRANGER = "proj_1", "proj_2"
TUNED = "ft:tiny:acme::abcdefgh"


def register(database: Database, name: str = TUNED, *, project_id: str = PROJECT, prefix: str = "jobs/adapter") -> None:
    with database.transaction() as session:
        service.register_model(
            session, project_id, name=name, base="tiny", job_id="ftjob-1", step_number=3, adapter_prefix=prefix
        )


def delete(database: Database, settings: Settings, name: str = TUNED, *, project_id: str = PROJECT) -> None:
    with database.transaction() as session:
        service.delete_model(session, project_id, name, settings=settings)


def target(database: Database, settings: Settings, name: str = TUNED, *, project_id: str = PROJECT) -> ServingTarget:
    with database.reading() as session:
        return service.get_serving_target(session, project_id, name, settings=settings)


def names(database: Database, settings: Settings, *, project_id: str = PROJECT) -> list[str]:
    with database.reading() as session:
        return [view.name for view in service.list_models(session, project_id, settings=settings)]


class TestBaseModels:
    def test_come_first_in_the_list(self, database: Database, settings: Settings) -> None:
        """Every project sees the base models, before its own."""
        register(database)

        assert names(database, settings) == ["tiny", TUNED]

    def test_answer_without_an_adapter(self, database: Database, settings: Settings) -> None:
        """A base model is served as it is."""
        assert target(database, settings, "tiny") == ServingTarget("tiny", None)

    def test_stay(self, database: Database, settings: Settings) -> None:
        """A base model cannot be deleted."""
        with pytest.raises(BaseModelProtectedError):
            delete(database, settings, "tiny")


class TestTunedModels:
    def test_answer_by_their_adapter(self, database: Database, settings: Settings) -> None:
        """A tuned model is served as an adapter over its base."""
        register(database)

        assert target(database, settings) == ServingTarget("tiny", "jobs/adapter")

    def test_belong_to_their_project(self, database: Database, settings: Settings) -> None:
        """A tuned model is shown as owned by its project."""
        register(database)

        with database.reading() as session:
            view = service.list_models(session, PROJECT, settings=settings)[-1]

        assert view == ModelView(TUNED, view.created_at, PROJECT)

    def test_are_registered_once(self, database: Database, settings: Settings) -> None:
        """Registering a name again changes nothing."""
        register(database)
        register(database, prefix="jobs/other")

        assert target(database, settings).adapter_prefix == "jobs/adapter"

    def test_are_gone_when_deleted(self, database: Database, settings: Settings) -> None:
        """A deleted model answers no more, is not listed, and a training cannot bring it back."""
        register(database)
        delete(database, settings)
        register(database)

        with pytest.raises(ModelNotFoundError):
            target(database, settings)
        assert names(database, settings) == ["tiny"]


class TestUnknownNames:
    @pytest.mark.parametrize("name", ["", "gpt-4o", "ft:tiny:acme::abcdefgH", "tiny\x00", "t" * 5000, "tin\u202ey"])
    def test_are_refused(self, database: Database, settings: Settings, name: str) -> None:
        """A name that is no model of this project is refused, whatever it holds."""
        register(database)

        with pytest.raises(ModelNotFoundError) as refusal:
            target(database, settings, name)

        assert refusal.value.code == "model_not_found"
        assert len(refusal.value.message) < 300

    def test_a_strangers_model_is_one(self, database: Database, settings: Settings) -> None:
        """Another project's model can be neither asked nor deleted nor listed."""
        register(database)

        with pytest.raises(ModelNotFoundError):
            target(database, settings, project_id=STRANGER)
        with pytest.raises(ModelNotFoundError):
            delete(database, settings, project_id=STRANGER)
        assert names(database, settings, project_id=STRANGER) == ["tiny"]
