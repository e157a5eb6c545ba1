"""A Rasa that answers whatever a test wants, for tests of the gateway over real HTTP."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Raw:
    """An answer as it goes over the wire; without a body the connection is cut."""

    body: bytes | None
    status: int = 200


def says(text: str, **more: Any) -> dict[str, Any]:
    """One of our own messages on Rasa's REST channel."""
    return {"recipient_id": "x", "custom": {"text": text, **more}}


class StubRasa:
    """Rasa's REST channel, and the health page of the action server, on one port.

    ``answer`` gets the request's body and returns what is sent back: a ``Raw`` or a list of
    messages. ``heard`` are the bodies so far.
    """

    def __init__(self, port: int = 0) -> None:
        self.answer: Callable[[dict[str, Any]], Any] = lambda body: [says("答：" + body["message"])]
        self.heard: list[dict[str, Any]] = []
        self.stopped = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), _handler(self))
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self.port: int = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def messages(self) -> list[str]:
        """The texts that were sent to Rasa."""
        return [body["message"] for body in self.heard]

    def sleep(self, seconds: float) -> None:
        """Be slow, but not slower than the test."""
        self.stopped.wait(seconds)

    def stop(self) -> None:
        """Close the port."""
        self.stopped.set()
        self._server.shutdown()
        self._server.server_close()


def _handler(stub: StubRasa) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            known = self.path in {"/webhooks/rest/", "/health"}
            self._send(Raw(b"{}", 200 if known else 404))

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            assert self.path == "/webhooks/rest/webhook"
            stub.heard.append(body)
            found = stub.answer(body)
            self._send(found if isinstance(found, Raw) else Raw(json.dumps(found).encode()))

        def _send(self, answer: Raw) -> None:
            if answer.body is None:
                self.close_connection = True
                return
            self.send_response(answer.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def handle(self) -> None:
            try:
                super().handle()
            except ConnectionError:
                self.close_connection = True  # the gateway lost its patience

        def log_message(self, *args: Any) -> None:
            pass

    return Handler
