"""Limits on the rate of requests, per address or conversation; in memory, one web process."""

from __future__ import annotations

from fastapi import Request
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from desk.errors import TooManyRequests


class Limiter:
    """Counts hits in a moving minute; raises ``TooManyRequests`` beyond the limit."""

    def __init__(self) -> None:
        self._windows = MovingWindowRateLimiter(MemoryStorage())

    def hit(self, what: str, who: str, per_minute: int) -> None:
        if not self._windows.hit(RateLimitItemPerMinute(per_minute), what, who):
            raise TooManyRequests()


def hit(request: Request, what: str, who: str, per_minute: int) -> None:
    """Count a request against the app's limiter."""
    limiter: Limiter = request.app.state.limiter
    limiter.hit(what, who, per_minute)


def address_of(request: Request) -> str:
    """The client's address; behind a trusted proxy uvicorn has put the real one there."""
    return request.client.host if request.client else "unknown"
