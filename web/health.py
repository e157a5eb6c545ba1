"""Liveness and readiness, for the process manager and a proxy."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from web.context import OfficeOf

router = APIRouter(include_in_schema=False)


@router.get("/healthz")
def alive() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@router.get("/readyz")
def ready(request: Request, office: OfficeOf) -> Response:
    """200 when the database, the bot and the action server can answer a visitor; else 503."""
    parts = {
        "database": office.database.answers(),
        "bot": request.app.state.rasa.ready(),
        "actions": request.app.state.rasa.actions_ready(office.settings.actions_url),
    }
    return JSONResponse(parts, 200 if all(parts.values()) else 503)
