"""The public API below ``/api/v1``: the widget's, and any other client's."""

from fastapi import APIRouter

from web.api import appointments, conversations

# Far above the longest message, far below a flood.
router = APIRouter(prefix="/api/v1", max_body_size=16 * 1024 * 1024)
router.include_router(conversations.router)
router.include_router(appointments.router)
