"""Use cases of models: resolving names, listing, registering what a training made."""

from dataclasses import dataclass, replace

from sqlmodel import Session

from shared import clock
from shared.db.session import insert_ignoring_duplicates
from shared.errors import InvalidInputError, NotFoundError
from shared.models import repository
from shared.models.tables import Model
from shared.settings import Settings

_BASE_OWNER = "tunery"


class ModelNotFoundError(NotFoundError):
    code = "model_not_found"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"The model `{name[:120]}` does not exist or you do not have access to it. "
            "GET /v1/models lists what there is.",
            param="model",
        )


class BaseModelProtectedError(InvalidInputError):
    code = "model_not_deletable"


@dataclass(frozen=True)
class ModelView:
    """What the wire tells of any model."""

    name: str
    created_at: int
    owner: str
    shutdown_date: str | None = None
    connection_id: str | None = None
    "Of the upstream that serves it, and what that calls it."
    upstream_name: str | None = None

    def with_shutdown(self, date: str | None) -> "ModelView":
        return replace(self, shutdown_date=date)


@dataclass(frozen=True)
class ServingTarget:
    """What has to be loaded to answer as a model: a base, and an adapter over it unless the base itself is meant."""

    base: str
    adapter_prefix: str | None


def list_models(session: Session, project_id: str, *, settings: Settings) -> list[ModelView]:
    """Base models first, then what this project trained, oldest first."""
    bases = [ModelView(name, 0, _BASE_OWNER) for name in settings.base_models]
    return bases + [_view(model) for model in repository.list_models(session, project_id)]


def get_serving_target(session: Session, project_id: str, name: str, *, settings: Settings) -> ServingTarget:
    """What our model server loads. Raises ModelNotFoundError, for a stranger's model too."""
    if name in settings.base_models:
        return ServingTarget(name, None)
    model = _get_row(session, project_id, name)
    return ServingTarget(model.base, model.adapter_prefix)


def find_model(session: Session, project_id: str, name: str) -> Model | None:
    """A tuned model or checkpoint of the project; None for base models and for strangers' ones."""
    # No name of ours holds control characters, and PostgreSQL refuses a NUL with an error of its own.
    return repository.find_model(session, project_id, name) if name.isprintable() else None


def list_of_connection_system(session: Session, connection_id: str) -> list[Model]:
    """Every project's models that a connection serves."""
    return repository.list_of_connection_system(session, connection_id)


def delete_model(session: Session, project_id: str, name: str, *, settings: Settings) -> None:
    if name in settings.base_models:
        raise BaseModelProtectedError(f"{name} is a base model; only tuned models can be deleted.", param="model")
    _get_row(session, project_id, name)
    repository.mark_deleted(session, project_id, name)


def register_model(
    session: Session,
    project_id: str,
    *,
    name: str,
    base: str,
    job_id: str,
    step_number: int,
    adapter_prefix: str,
    connection_id: str | None = None,
    upstream_name: str | None = None,
    created_at: int | None = None,
) -> None:
    """Make a name answer: from an adapter of ours, or under `upstream_name` at a connection.

    `created_at` is of a model that was made elsewhere. Registering it again changes nothing.
    """
    row = {
        "name": name,
        "project_id": project_id,
        "base": base,
        "job_id": job_id,
        "step_number": step_number,
        "adapter_prefix": adapter_prefix,
        "connection_id": connection_id,
        "upstream_name": upstream_name,
        "created_at": created_at or clock.now_seconds(),
    }
    insert_ignoring_duplicates(session, Model, [row])


def relink_model(session: Session, project_id: str, *, name: str, connection_id: str, upstream_name: str) -> None:
    """Have an upstream's model answer through another connection to the same upstream; ours stay as they are."""
    model = find_model(session, project_id, name)
    if model is not None and model.connection_id is not None:
        model.connection_id, model.upstream_name = connection_id, upstream_name
        session.add(model)


def _get_row(session: Session, project_id: str, name: str) -> Model:
    model = find_model(session, project_id, name)
    if model is None:
        raise ModelNotFoundError(name)
    return model


def _view(model: Model) -> ModelView:
    return ModelView(
        model.name,
        model.created_at,
        model.project_id,
        connection_id=model.connection_id,
        upstream_name=model.upstream_name,
    )
