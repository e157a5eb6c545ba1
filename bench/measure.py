"""The client's side: what a conversation costs.

Times are seconds. A reply that is not an answer ends the measurement: what fails fast must not
look fast.
"""

from __future__ import annotations

import http.client
import json
import threading
import time
import uuid
from collections.abc import Callable, Iterable
from statistics import median, quantiles
from typing import Any, NamedTuple, Protocol

# A visitor's conversation is short; longer ones are measured by ``growth``.
TURNS_OF_A_VISIT = 10
_TIMEOUT_SECONDS = 120


class NotAnswered(Exception):
    """The product did not answer as it must."""


class Talk(Protocol):
    """One conversation with one variant. ``say`` gives the seconds until its answer."""

    def say(self, text: str) -> float: ...


class _Line:
    """A connection that is kept open, as the gateway's to Rasa is."""

    def __init__(self, port: int) -> None:
        self._http = http.client.HTTPConnection("127.0.0.1", port, timeout=_TIMEOUT_SECONDS)
        self._headers = {"Content-Type": "application/json"}

    def post(self, path: str, body: dict[str, Any], token: str = "") -> tuple[Any, float]:
        """The answer and the seconds it took."""
        headers = self._headers | ({"Authorization": f"Bearer {token}"} if token else {})
        data = json.dumps(body).encode()
        begun = time.perf_counter()
        self._http.request("POST", path, data, headers)
        response = self._http.getresponse()
        answer = response.read()
        took = time.perf_counter() - begun
        if response.status not in {200, 201}:
            raise NotAnswered(f"{path}: status {response.status}: {answer[:200]!r}")
        return json.loads(answer), took

    def close(self) -> None:
        """Until the next request; servers drop a connection that idles for five seconds."""
        self._http.close()


class RasaTalk:
    """A conversation over Rasa's REST channel, with the metadata that the gateway sends."""

    def __init__(self, port: int) -> None:
        self.sender = uuid.uuid4().hex
        self._line = _Line(port)

    def say(self, text: str) -> float:
        metadata = {"message": uuid.uuid4().hex, "text": text}
        body = {"sender": self.sender, "message": text, "metadata": metadata}
        replies, took = self._line.post("/webhooks/rest/webhook", body)
        # Only the action that answers questions says a decision; an apology has none.
        if len(replies) != 1 or "decision" not in replies[0].get("custom", {}):
            raise NotAnswered(f"{text}: {replies}")
        return took


class GatewayTalk:
    """A conversation over the public API, as the widget has it; everything is logged."""

    def __init__(self, port: int) -> None:
        self._line = _Line(port)
        self._token = self._line.post("/api/v1/conversations", {})[0]["token"]
        self._line.close()

    def say(self, text: str) -> float:
        body = {"id": uuid.uuid4().hex, "text": text}
        found, took = self._line.post("/api/v1/messages", body, self._token)
        if [m["author"] for m in found["messages"]] != ["visitor", "bot"] or (
            "decision" not in found["messages"][1]
        ):
            raise NotAnswered(f"{text}: {found}")
        return took


class Latency(NamedTuple):
    """What one client met, one turn after the other."""

    p50: float
    p95: float


def first_answer(begin: Callable[[], Talk], text: str, alive: Callable[[], bool]) -> None:
    """Ask until there is an answer; at most five minutes, and only while the server lives."""
    deadline = time.monotonic() + 300
    while True:
        try:
            begin().say(text)
            return
        except (OSError, http.client.HTTPException, NotAnswered) as error:
            if not alive() or time.monotonic() > deadline:
                raise NotAnswered(f"no first answer: {error!r}") from None
            time.sleep(0.02)


def latency(begin: Callable[[], Talk], texts: list[str], turns: int) -> Latency:
    """One client: short conversations one after the other, every turn counted."""
    took: list[float] = []
    while len(took) < turns:
        talk = begin()
        took += [talk.say(texts[i % len(texts)]) for i in range(TURNS_OF_A_VISIT)]
    return Latency(median(took), quantiles(took, n=20, method="inclusive")[-1])


def throughput(begin: Callable[[], Talk], texts: list[str], senders: int, visits: int) -> float:
    """Turns a second when several senders talk at once, each through a few short conversations."""
    talks = [[begin() for _ in range(visits)] for _ in range(senders)]
    start = threading.Barrier(senders + 1)
    faults: list[Exception] = []

    def run(own: list[Talk]) -> None:
        start.wait()
        try:
            for talk in own:
                for i in range(TURNS_OF_A_VISIT):
                    talk.say(texts[i % len(texts)])
        except Exception as error:
            faults.append(error)

    threads = [threading.Thread(target=run, args=(own,), daemon=True) for own in talks]
    for thread in threads:
        thread.start()
    start.wait()
    begun = time.perf_counter()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]
    return senders * visits * TURNS_OF_A_VISIT / (time.perf_counter() - begun)


def growth(
    port: int, texts: list[str], points: Iterable[int], lengthen: Callable[[str, int], None] | None
) -> dict[int, float]:
    """The median of the ten turns up to each point of one conversation.

    ``lengthen(sender, turns)`` writes turns into the tracker store instead of having them; without
    it every turn is really had.
    """
    talk = RasaTalk(port)
    had = 0
    found = {}
    for point in points:
        before = point - TURNS_OF_A_VISIT - had
        if lengthen and before:
            lengthen(talk.sender, before)
        else:
            for i in range(before):
                talk.say(texts[i % len(texts)])
        found[point] = median(talk.say(texts[i % len(texts)]) for i in range(TURNS_OF_A_VISIT))
        had = point
    return found
