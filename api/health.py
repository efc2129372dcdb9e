"""Liveness and readiness, for supervisors and load balancers. No key, no tenant, no detail a stranger could use."""

from collections.abc import Callable

import structlog
from fastapi import APIRouter
from fastapi.responses import JSONResponse

from api.dependencies import ResourcesDep
from shared.broker import redis_client
from shared.resources import Resources

router = APIRouter(tags=["Health"])
log = structlog.get_logger(__name__)


@router.get("/healthz")
def healthz() -> dict[str, str]:
    """200 as long as the process answers."""
    return {"status": "ok"}


@router.get("/readyz", responses={503: {"description": "A part does not answer; the body says which."}})
def readyz(resources: ResourcesDep) -> JSONResponse:
    """200 when database, broker and object store answer; else 503, naming the ones that do not."""
    checks: dict[str, Callable[[], object]] = {
        "database": resources.database.check,
        "broker": lambda: _ping(resources),
        "object_store": resources.store.check,
    }
    answers = {name: _try(name, check) for name, check in checks.items()}
    ready = all(answer == "ok" for answer in answers.values())
    return JSONResponse({"status": "ok" if ready else "unavailable", **answers}, status_code=200 if ready else 503)


def _ping(resources: Resources) -> None:
    client = redis_client(resources.settings)
    try:
        client.ping()
    finally:
        client.close()


def _try(name: str, check: Callable[[], object]) -> str:
    try:
        check()
    except Exception as error:  # noqa: BLE001  whatever it is, the part is not ready
        log.warning("readiness.failed", part=name, error=type(error).__name__)
        return "unavailable"
    return "ok"
