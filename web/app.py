"""The web application: ``uvicorn --factory web.app:create_app``."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.middleware.cors import CORSMiddleware
from fastapi.staticfiles import StaticFiles
from fastapi.templating import Jinja2Templates

from desk.clock import utc_now
from desk.errors import InvalidSetting
from desk.office import Keeper, Office, open_office
from desk.services import publishing
from desk.settings import read_settings
from web import api, console, health, problems, sources
from web.chat import Queue
from web.limiting import Limiter
from web.rasa import Rasa

log = logging.getLogger(__name__)
HERE = Path(__file__).parent
_HOUR = 3600


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
        lifespan=_lifespan,
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
        allow_methods=["GET", "POST", "DELETE"],
        allow_headers=["Authorization", "Content-Type", "Idempotency-Key"],
    )
    app.middleware("http")(_harden)
    problems.install(app)
    app.include_router(api.router)
    app.include_router(health.router)
    app.include_router(sources.router)
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


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    publisher = asyncio.create_task(_publish_openings(app.state.keeper))
    yield
    publisher.cancel()


async def _publish_openings(keeper: Keeper) -> None:
    """Keep the openings ahead in step with the schedule, hourly."""
    while True:
        try:
            await run_in_threadpool(_publish, keeper.current())
        except Exception:
            log.exception("openings could not be published")
        await asyncio.sleep(_HOUR)


def _publish(office: Office) -> None:
    office.database.write(lambda session: publishing.publish(session, office.reception, utc_now()))
