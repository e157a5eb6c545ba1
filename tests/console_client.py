"""Somebody of staff at the console, through HTTP and without a running product."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from fastapi.testclient import TestClient

from desk.clock import utc_now
from desk.office import Office
from desk.services import staff
from tests.builders import NOW
from web.app import create_app

NAME = "王晓梅"


class Console:
    """A signed-in session whose clock stands at ``now``."""

    def __init__(self, office: Office, now: datetime = NOW) -> None:
        self.office = office
        self._app = create_app(office)
        self.at(now)
        self._http = TestClient(self._app, follow_redirects=False)
        password = office.database.write(lambda session: staff.create(session, NAME, NOW))[1]
        self.press("/console/login", name=NAME, password=password, page="/console/login")

    def at(self, now: datetime) -> Console:
        """Set the clock."""
        self._app.dependency_overrides[utc_now] = lambda: now
        return self

    def get(self, path: str) -> Any:
        return self._http.get(path)

    def html(self, path: str) -> str:
        answer = self.get(path)
        assert answer.status_code == 200, answer.text
        return str(answer.text)

    def press(self, path: str, page: str = "/console/exceptions", **form: Any) -> Any:
        """Send a form with the token of this session."""
        token = re.search(r'name="csrf" value="([^"]+)"', self._http.get(page).text)
        assert token
        return self._http.post(path, data={"csrf": token[1], **form})
