"""Models on the wire."""

from typing import Literal

from pydantic import Field

from api.openai.wire.base import WireModel
from shared.models.service import ModelView


class ModelObject(WireModel):
    id: str = Field(description="The name to use in requests.")
    object: Literal["model"] = "model"
    created: int = Field(description="Seconds since the epoch; 0 for base models and where a provider does not tell.")
    owned_by: str = Field(description="`tunery` for base models, the project for tuned ones, else the provider's word.")
    shutdown_date: str | None = Field(None, description="`YYYY-MM-DD` when the model is going away.")


class ModelList(WireModel):
    object: Literal["list"] = "list"
    data: list[ModelObject]


def render_model(view: ModelView) -> ModelObject:
    return ModelObject(id=view.name, created=view.created_at, owned_by=view.owner, shutdown_date=view.shutdown_date)
