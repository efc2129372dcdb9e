"""Models: base, tuned and checkpoints, and those of connections."""

from typing import Annotated

from fastapi import APIRouter, Path

from api.auth import PrincipalDep
from api.dependencies import ReadSessionDep, SessionDep, SettingsDep
from api.openai.wire.base import Deleted
from api.openai.wire.models import ModelList, ModelObject, render_model
from shared.connections.catalogue import get_any_model, list_all_models
from shared.models import service

router = APIRouter(prefix="/models", tags=["Models"])

# Names hold colons and, for hub ids, slashes: older SDKs send those raw.
ModelName = Annotated[str, Path(description="A base model, a tuned model or a checkpoint.")]


@router.get("")
def list_models(principal: PrincipalDep, session: ReadSessionDep, settings: SettingsDep) -> ModelList:
    """Base models, what this project has trained, and what its connections list."""
    views = list_all_models(session, principal.project_id, settings=settings)
    return ModelList(data=[render_model(view) for view in views])


@router.get("/{model:path}")
def retrieve_model(
    model: ModelName, principal: PrincipalDep, session: ReadSessionDep, settings: SettingsDep
) -> ModelObject:
    """One model by name."""
    return render_model(get_any_model(session, principal.project_id, model, settings=settings))


@router.delete("/{model:path}")
def delete_model(model: ModelName, principal: PrincipalDep, session: SessionDep, settings: SettingsDep) -> Deleted:
    """Delete a tuned model; base models stay."""
    service.delete_model(session, principal.project_id, model, settings=settings)
    return Deleted(id=model, object="model", deleted=True)
