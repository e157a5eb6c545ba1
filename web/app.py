"""The web application: ``uvicorn --factory web.app:create_app``."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

from fastapi import FastAPI, Request, Response
from fastapi.middleware.cors import CORSMiddleware
from fastapi.staticfiles import StaticFiles
from fastapi.templating import Jinja2Templates

from desk.errors import InvalidSetting
from desk.office import Keeper, Office, open_office
from desk.settings import read_settings
from web import api, clock, confirmation, console, health, problems, sources, verdicts
from web.chat import Queue
from web.limiting import Limiter
from web.rasa import Rasa

HERE = Path(__file__).parent


def create_app(office: Office | None = None) -> FastAPI:
    """The application, serving ``office`` or the one the environment describes."""
    here = office or open_office(read_settings())
    if not here.settings.secret:
        raise InvalidSetting(name="DESK_SECRET", value="", expected="a secret, or `make run`")
    logging.basicConfig(
        level=here.settings.log_level, format="%(asctime)s %(levelname)s %(message)s"
    )
    app = FastAPI(
        title="Enterprise service desk",
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=clock.running,
    )
    app.state.keeper = Keeper(here)
    app.state.rasa = Rasa(here.settings.rasa_url, here.settings.rasa_timeout_seconds)
    app.state.queue = Queue()
    app.state.limiter = Limiter()
    app.state.templates = Jinja2Templates(HERE / "templates")
    # The widget may be embedded in any page: it carries its own token and never a cookie.
    app.add_middleware(
        CORSMiddleware,
        allow_origins=["*"],
        allow_methods=["GET", "POST", "PATCH", "DELETE"],
        allow_headers=["Authorization", "Content-Type", "Idempotency-Key"],
    )
    app.middleware("http")(_harden)
    problems.install(app)
    app.include_router(api.router)
    app.include_router(health.router)
    app.include_router(confirmation.router)
    app.include_router(sources.router)
    app.include_router(verdicts.router)
    console.install(app)
    app.add_api_route("/", _demo, include_in_schema=False)
    app.mount("/static", StaticFiles(directory=HERE / "static"), name="static")
    return app


def _demo(request: Request) -> Response:
    """The demo page with the widget on it."""
    templates: Jinja2Templates = request.app.state.templates
    response = templates.TemplateResponse(request, "demo.html")
    response.headers["Content-Security-Policy"] = sources.POLICY
    return response


async def _harden(
    request: Request, call_next: Callable[[Request], Awaitable[Response]]
) -> Response:
    response = await call_next(request)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    if request.url.path.startswith("/api/"):
        response.headers["Cache-Control"] = "no-store"
    return response
