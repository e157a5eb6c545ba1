"""The public API below ``/api/v1``: the widget's, and any other client's."""

from fastapi import APIRouter

from web.api import appointments, conversations

router = APIRouter(prefix="/api/v1")
router.include_router(conversations.router)
router.include_router(appointments.router)
