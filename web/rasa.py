"""The gateway's side of Rasa: its REST channel, spoken to so that silence is never unnoticed."""

from __future__ import annotations

import json
import time
from typing import Any

import requests
from urllib3.exceptions import NewConnectionError

from desk.errors import BotSilent
from desk.services.conversations import Turn

# What a button's action is called in Rasa. ``inform``, ``show`` and ``answer_offer`` exist
# for buttons only.
INTENTS = {
    "show": "show",
    "inform": "inform",
    "book": "task_book",
    "lookup": "task_lookup",
    "cancel": "task_cancel",
    "reschedule": "task_reschedule",
    "answer_offer": "answer_offer",
    "human": "task_human",
    "inquiry_status": "task_inquiry_status",
    "leave": "stop",
    "check_exemption": "task_check_exemption",
    "check_violation": "task_check_violation",
    "check_trading": "task_check_trading",
}
_PAUSE_SECONDS = 0.3
# The conversation that the readiness probe talks in; small talk, so nothing is logged.
_PROBE = "readiness-probe"
_PROBE_TEXT = "hi~"


def message_for(turn: Turn) -> str:
    """What Rasa is told: the meaning of a button, or the visitor's words, which are never a
    command: Rasa would read a leading slash as one, so it becomes a full-width slash."""
    if turn.pressed is not None:
        arguments = turn.pressed.get("arguments")
        tail = json.dumps(arguments, ensure_ascii=False) if arguments else ""
        return f"/{INTENTS[turn.pressed['action']]}{tail}"
    text = turn.text.strip()
    return "／" + text[1:] if text.startswith("/") else text


class Rasa:
    """A client of one Rasa server."""

    def __init__(self, url: str, timeout_seconds: float) -> None:
        self._url = url
        self._timeout = timeout_seconds
        self._proved = False

    def reply(self, conversation: str, turn: Turn, key: str) -> list[dict[str, Any]]:
        """Rasa's replies in the shape of ``Reply.as_dict``, at least one.

        Raises ``BotSilent`` with ``reason`` ``unreachable``, ``timeout``, ``status``,
        ``malformed`` or ``empty``.
        """
        body = {
            "sender": conversation,
            "message": message_for(turn),
            "metadata": {"message": key, "text": turn.text},
        }
        try:
            found = self._post(body)
        except requests.Timeout:
            raise BotSilent(reason="timeout") from None
        except requests.ConnectionError:
            raise BotSilent(reason="unreachable") from None
        except requests.RequestException:
            raise BotSilent(reason="malformed") from None
        replies = [reply for item in found if (reply := _read(item))]
        if not replies:
            self._proved = False
            raise BotSilent(reason="empty")
        return replies

    def ready(self) -> bool:
        """Whether Rasa answers. It listens even when its model cannot be loaded, so until it has
        once given a real answer it is asked for one; after that it is enough that it listens."""
        if not self._ok(f"{self._url}/webhooks/rest/"):
            self._proved = False
        elif not self._proved:
            self._proved = self._answers()
        return self._proved

    def _answers(self) -> bool:
        """Whether a greeting gets a reply, through Rasa and the action server."""
        try:
            self.reply(_PROBE, Turn(0, _PROBE_TEXT, None, False), _PROBE)
        except BotSilent:
            return False
        return True

    def actions_ready(self, url: str) -> bool:
        """Whether the action server answers."""
        return self._ok(f"{url}/health")

    def _ok(self, url: str) -> bool:
        try:
            with _connection() as http:
                return http.get(url, timeout=2).ok
        except requests.RequestException:
            return False

    def _post(self, body: dict[str, Any]) -> list[Any]:
        """Post, waiting for a server that is being restarted: a refused connection was certainly
        not processed, so it may be tried again; anything else may have been, so it may not."""
        deadline = time.monotonic() + self._timeout
        while True:
            try:
                with _connection() as http:
                    response = http.post(
                        f"{self._url}/webhooks/rest/webhook", json=body, timeout=self._timeout
                    )
                break
            except requests.ConnectionError as error:
                if not _refused(error) or time.monotonic() > deadline:
                    raise
                time.sleep(_PAUSE_SECONDS)
        if response.status_code != 200:
            raise BotSilent(reason="status")
        found = response.json()
        if not isinstance(found, list):
            raise BotSilent(reason="malformed")
        return found


def _connection() -> requests.Session:
    """A connection for one request. A kept one may be closed by the idle server just as a message
    is sent on it, and then nobody knows whether the message arrived; on loopback a new one costs
    a fraction of a millisecond. A proxy of the environment has no business there."""
    session = requests.Session()
    session.trust_env = False
    return session


def _refused(error: requests.ConnectionError) -> bool:
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(reason, NewConnectionError)


def _read(item: Any) -> dict[str, Any] | None:
    """One message of the REST channel; ours come as ``custom``, a domain's responses as text."""
    if not isinstance(item, dict):
        return None
    custom = item.get("custom")
    if isinstance(custom, dict) and custom.get("text"):
        return custom
    return {"text": item["text"]} if item.get("text") else None
