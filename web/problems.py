"""Errors as RFC 9457 problem JSON with a stable ``code``: where the web turns rules into words."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from desk import errors
from desk.errors import DeskError
from web.context import office_of

log = logging.getLogger(__name__)

STATUS: dict[type[DeskError], int] = {
    errors.NotAuthorized: 401,
    errors.ConversationNotFound: 404,
    errors.AppointmentNotFound: 404,
    errors.InquiryNotFound: 404,
    errors.VerdictNotFound: 404,
    errors.UnknownOpening: 404,
    errors.OpeningFull: 409,
    errors.OpeningPast: 409,
    errors.AppointmentClosed: 409,
    errors.TooManyActive: 409,
    errors.ChangeClosed: 409,
    errors.NotBookedYet: 409,
    errors.OfferGone: 409,
    errors.DayPast: 409,
    errors.OpeningCollides: 409,
    errors.NothingThatDay: 404,
    errors.UnknownException: 404,
    errors.InvalidExtraDay: 422,
    errors.IdempotencyConflict: 409,
    errors.TooEarlyToNote: 409,
    errors.NotBooked: 409,
    errors.NotNoted: 409,
    errors.AlreadyRecorded: 409,
    errors.RecordChanged: 409,
    errors.NoFollowUp: 409,
    errors.FollowUpPast: 422,
    errors.AffectedChanged: 409,
    errors.NotGivenUp: 409,
    errors.InvalidRequest: 422,
    errors.TextTooLong: 422,
    errors.TextEmpty: 422,
    errors.InvalidCompany: 422,
    errors.InvalidContact: 422,
    errors.InvalidPhone: 422,
    errors.InvalidAttendees: 422,
    errors.InvalidSubject: 422,
    errors.InvalidGoal: 422,
    errors.InvalidUscc: 422,
    errors.UnknownButton: 422,
    errors.TooManyRequests: 429,
    errors.DatabaseBusy: 503,
    errors.InternalFault: 500,
}


def problem(
    request: Request,
    error: DeskError,
    status: int | None = None,
    more: Mapping[str, str] | None = None,
) -> Response:
    """The response for a broken rule; ``more`` are headers such as ``Allow``."""
    number = status or STATUS.get(type(error), 400)
    body: dict[str, Any] = {
        "type": f"urn:service-desk:{error.code}",
        "title": error.code,
        "status": number,
        "code": error.code,
        "detail": office_of(request).words.error(error),
    }
    if "alternatives" in error.facts:
        body["alternatives"] = error.facts["alternatives"]
    headers = dict(more or {})
    if number == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if number in {429, 503}:
        headers["Retry-After"] = "5"
    return JSONResponse(body, number, headers, media_type="application/problem+json")


def install(app: FastAPI) -> None:
    """Register the handlers for broken rules, malformed requests and the unforeseen."""

    @app.exception_handler(DeskError)
    def _rule(request: Request, error: DeskError) -> Response:
        return problem(request, error)

    @app.exception_handler(RequestValidationError)
    def _shape(request: Request, error: RequestValidationError) -> Response:
        fields = {
            # Broken JSON is located by character, which is no field.
            "body"
            if item["type"] == "json_invalid"
            else ".".join(str(part) for part in item["loc"][1:]) or "body"
            for item in error.errors()
        }
        return problem(request, errors.InvalidRequest(fields=", ".join(sorted(fields))))

    @app.exception_handler(HTTPException)
    def _http(request: Request, error: HTTPException) -> Response:
        if error.status_code == 404:
            return problem(request, errors.NotFound(), 404)
        refused = errors.InvalidRequest(fields=str(error.detail))
        return problem(request, refused, error.status_code, error.headers)

    @app.exception_handler(Exception)
    def _unforeseen(request: Request, error: Exception) -> Response:
        log.error("request failed: %s %s", request.method, request.url.path, exc_info=error)
        # This handler runs outside the middleware that lets other origins read answers.
        return problem(request, errors.InternalFault(), more={"Access-Control-Allow-Origin": "*"})
