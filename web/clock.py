"""What the web process does by itself: publish openings, keep the waiting list going, notify."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool

from desk.clock import utc_now
from desk.office import Keeper, Office
from desk.services import notices, publishing, waitlist

log = logging.getLogger(__name__)

_HOUR = 3600.0
# A freed seat is offered at once, by whoever frees it; this is for offers that time out, and for
# saying so in the chat.
_TICK = 2.0


@asynccontextmanager
async def running(app: FastAPI) -> AsyncIterator[None]:
    """The app's lifespan with its clock ticking."""
    keeper: Keeper = app.state.keeper
    tasks = [
        asyncio.create_task(_every(_HOUR, publish, keeper)),
        asyncio.create_task(_every(_TICK, tick, keeper)),
    ]
    yield
    for task in tasks:
        task.cancel()


async def _every(seconds: float, work: Callable[[Office], None], keeper: Keeper) -> None:
    while True:
        try:
            await run_in_threadpool(work, keeper.current())
        except Exception:
            log.exception("%s failed", work.__name__)
        await asyncio.sleep(seconds)


def publish(office: Office) -> None:
    """Keep the openings ahead in step with the schedule."""
    office.database.write(lambda session: publishing.publish(session, office.reception, utc_now()))


def tick(office: Office) -> None:
    """Let overdue offers lapse, offer their seats to the next, and tell visitors. Only reads while
    nothing is due."""
    database, reception = office.database, office.reception
    for opening in database.read(lambda session: waitlist.due(session, reception, utc_now())):
        database.write(
            partial(waitlist.sweep, reception=reception, opening_id=opening, now=utc_now())
        )
    if database.read(notices.pending):
        database.write(lambda session: notices.deliver(session, office.words, utc_now()))
