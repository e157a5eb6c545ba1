"""The staff console: server-rendered pages below /console, a thin door onto ``desk``.

``install(app)`` adds everything to an app whose ``state.keeper`` is set.
"""

from __future__ import annotations

from fastapi import APIRouter, FastAPI
from starlette.datastructures import MutableHeaders
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from desk.errors import InvalidSetting
from web.console import (
    appointments,
    attendance,
    checks,
    conversations,
    exceptions,
    inquiries,
    messages,
    session,
    sheet,
)
from web.console.door import COOKIE, HOME, Door
from web.console.pages import page
from web.console.session import Signed
from web.console.throttle import Throttle

PREFIX = "/console"
SESSION_SECONDS = 8 * 60 * 60
# Room for the longest reply as a form encodes Chinese, and not for a flood.
_MOST_BYTES = 256 * 1024

_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'; object-src 'none'",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}

router = APIRouter(
    prefix=PREFIX, route_class=Door, include_in_schema=False, max_body_size=_MOST_BYTES
)


@router.get("")
@router.get("/")
def home() -> Response:
    """The console opens with the inquiries."""
    return RedirectResponse(HOME, status_code=303)


for _feature in (
    session,
    inquiries,
    conversations,
    appointments,
    attendance,
    sheet,
    exceptions,
    checks,
    messages,
):
    router.include_router(_feature.router)


@router.get("/{rest:path}")
def nowhere(request: Request, staff: Signed, rest: str) -> Response:
    """Any other address: a page, not the API's JSON."""
    return page(request, "error", {"code": "not_found", "sentence": None}, status=404)


def install(app: FastAPI) -> None:
    """Add the routes, the session and the headers; raises ``InvalidSetting`` without a secret."""
    settings = app.state.keeper.current().settings
    if not settings.secret:
        raise InvalidSetting(name="DESK_SECRET", value="", expected="at least 32 characters")
    app.state.console_throttle = Throttle()
    app.add_middleware(_ConsoleOnly, secret=settings.secret, https=settings.https)
    app.include_router(router)


class _ConsoleOnly:
    """Session and security headers for the console's addresses; everything else passes by.

    Plain ASGI, so that the API's event streams are not touched.
    """

    def __init__(self, app: ASGIApp, secret: str, https: bool) -> None:
        self._app = app
        self._console = SessionMiddleware(
            app,
            # The same secret signs the visitors' tokens: its own purpose, its own key.
            secret_key=f"console:{secret}",
            session_cookie=COOKIE,
            max_age=SESSION_SECONDS,
            path=PREFIX,
            same_site="strict",
            https_only=https,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if scope["type"] != "http" or not (path == PREFIX or path.startswith(PREFIX + "/")):
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers[name] = value
            await send(message)

        await self._console(scope, receive, send_with_headers)
