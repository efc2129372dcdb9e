"""The ASGI application: middleware, error handlers, routers, and resources that live as long as it does."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from anyio import to_thread
from fastapi import APIRouter, Depends, FastAPI

from api import health
from api.auth import get_principal
from api.dependencies import refuse_repeated_parameters
from api.errors import install_error_handlers
from api.middleware.json_body import StrictJsonBody
from api.middleware.request_context import RequestContext
from api.model_server import ModelServer
from api.openai import chat, files, fine_tuning, models, uploads, webhook_endpoints
from api.openapi import install_openapi
from api.provider_chat import ProviderChat
from api.v1 import (
    connections,
    dataset_changes,
    dataset_groups,
    dataset_imports,
    dataset_moderation,
    dataset_operations,
    dataset_policies,
    dataset_progress,
    dataset_rows,
    datasets,
    report_pages,
    usage,
)
from api.v1.imports import endpoints as imports
from api.v1.imports import rescue
from api.watching import Watchers
from shared.log import configure_logging
from shared.resources import open_resources
from shared.secrets_rotation import check_keys_at_start
from shared.settings import Settings, load_settings
from shared.usage.writer import UsageWriter

_WIRE_ROUTERS = (files.router, uploads.router, fine_tuning.router, models.router, chat.router, webhook_endpoints.router)
_OWN_ROUTERS = (
    dataset_operations.router,
    dataset_changes.router,
    dataset_rows.router,
    dataset_imports.router,
    datasets.router,
    report_pages.router,
    dataset_policies.router,
    dataset_groups.router,
    dataset_moderation.router,
    dataset_progress.router,
    imports.router,
    rescue.router,
    connections.router,
    usage.router,
)


def create_app(settings: Settings | None = None) -> FastAPI:
    """The whole API. `uvicorn api.main:create_app --factory` serves it."""
    chosen = settings or load_settings()
    configure_logging(chosen.log_level)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.resources = open_resources(chosen)
        await to_thread.run_sync(check_keys_at_start, app.state.resources.database, chosen)
        app.state.model_server = ModelServer(chosen)
        app.state.provider_chat = ProviderChat(chosen)
        app.state.watchers = Watchers(chosen.max_watchers_per_project)
        app.state.usage_writer = UsageWriter(app.state.resources.database)
        yield
        await app.state.provider_chat.close()
        await app.state.model_server.close()
        app.state.usage_writer.close()
        app.state.resources.close()

    app = FastAPI(
        title="Tunery",
        version="0.1.0",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.add_middleware(StrictJsonBody, max_body_bytes=chosen.max_json_body_bytes)
    app.add_middleware(RequestContext)
    install_error_handlers(app)
    app.include_router(health.router)
    # Azure's SDK users have the longer prefix in their base URL; both are the same routes.
    app.include_router(_join(_WIRE_ROUTERS), prefix="/v1")
    app.include_router(_join(_WIRE_ROUTERS), prefix="/openai/v1", include_in_schema=False)
    app.include_router(_join(_OWN_ROUTERS), prefix="/api/v1")
    app.include_router(report_pages.open_router, prefix="/api/v1", dependencies=[Depends(refuse_repeated_parameters)])
    install_openapi(app)
    return app


def _join(routers: tuple[APIRouter, ...]) -> APIRouter:
    # Asked for here, the key is looked at before the form of an id.
    joined = APIRouter(dependencies=[Depends(get_principal), Depends(refuse_repeated_parameters)])
    for router in routers:
        joined.include_router(router)
    return joined
