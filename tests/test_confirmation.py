"""What a visitor takes home, and changing it from anywhere: page, QR code, calendar, API."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from icalendar import Calendar

from desk.clock import iso, utc_now
from desk.models import Appointment, Opening
from desk.office import Office
from desk.services import booking, confirmation, waitlist
from tests.builders import a_booking, an_appointment, an_office, an_opening
from web.app import create_app

APPOINTMENTS = "/api/v1/appointments"
TAIL = {"phone_tail": "8000"}


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return an_office(tmp_path)


@pytest.fixture
def client(office: Office) -> TestClient:
    # Without its lifespan: no clock runs beside the test.
    return TestClient(create_app(office), raise_server_exceptions=False)


def opening_in(office: Office, days: int, **changes: Any) -> Opening:
    return an_opening(office, utc_now().replace(microsecond=0) + timedelta(days=days), **changes)


def booked(office: Office, opening: Opening, **facts: Any) -> Appointment:
    return an_appointment(office, opening, now=utc_now(), **facts)


def waiting(office: Office, opening: Opening, **facts: Any) -> Appointment:
    wish = a_booking(opening, **{"company": "另一家公司", **facts})
    return office.database.write(lambda s: waitlist.wait(s, office.reception, wish, utc_now()))


def cancel(office: Office, code: str) -> None:
    office.database.write(
        lambda s: booking.cancel(s, office.reception, booking.by_code(s, code), utc_now())
    )


def page_of(client: TestClient, code: str) -> str:
    return client.get(f"{APPOINTMENTS}/{code}", params=TAIL).json()["appointment"]["page"]


def test_the_api_moves_an_appointment_and_frees_the_old_seat(
    client: TestClient, office: Office
) -> None:
    old, new = opening_in(office, 3), opening_in(office, 4)
    code = booked(office, old).code
    answer = client.patch(f"{APPOINTMENTS}/{code}", json={**TAIL, "opening": new.id})
    assert answer.status_code == 200
    assert answer.json()["appointment"]["starts_at"] == iso(new.starts_at)
    again = client.patch(f"{APPOINTMENTS}/{code}", json={**TAIL, "opening": new.id})
    assert again.json() == answer.json()
    assert booked(office, old, company="另一家公司").seat == 1


def test_a_full_opening_is_refused_with_the_nearest_others(
    client: TestClient, office: Office
) -> None:
    full = opening_in(office, 10)
    near, far, before = (opening_in(office, days) for days in (11, 30, 8))
    booked(office, full)
    wish = {
        "opening": full.id,
        "company": "另一家公司",
        "contact": "李工",
        "phone": "13900139000",
        "attendees": 1,
        "description": "重大变动怎么认定",
    }
    answer = client.post(APPOINTMENTS, json=wish)
    assert (answer.status_code, answer.json()["code"]) == (409, "opening_full")
    assert [o["id"] for o in answer.json()["alternatives"]] == [near.id, before.id, far.id]
    mine = client.post(APPOINTMENTS, json={**wish, "opening": near.id}).json()["appointment"]
    proof = {"phone_tail": "9000", "opening": full.id}
    moved = client.patch(f"{APPOINTMENTS}/{mine['code']}", json=proof)
    assert (moved.status_code, moved.json()["code"]) == (409, "opening_full")
    assert [o["id"] for o in moved.json()["alternatives"]] == [before.id, far.id]
    kept = client.get(f"{APPOINTMENTS}/{mine['code']}", params={"phone_tail": "9000"})
    assert kept.json()["appointment"] == mine


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_without_the_phone_tail_nothing_is_shown_or_changed(
    client: TestClient, office: Office, method: str
) -> None:
    code, other = booked(office, opening_in(office, 3)).code, opening_in(office, 4)
    wrong = {"phone_tail": "0000"}
    for path in (f"{APPOINTMENTS}/{code}", f"{APPOINTMENTS}/{code}.ics"):
        if path.endswith(".ics") and method != "GET":
            continue
        body = {"params": wrong} if method == "GET" else {"json": {**wrong, "opening": other.id}}
        answer = client.request(method, path, **body)
        assert (answer.status_code, answer.json()["code"]) == (404, "appointment_not_found")


@pytest.mark.parametrize(
    ("uscc", "status"),
    [
        ("91110000600037341L", 201),
        (" 91110000600037341l ", 201),
        ("91110000600037341X", 422),
        ("123", 422),
    ],
)
def test_a_credit_code_is_optional_and_checked(
    client: TestClient, office: Office, uscc: str, status: int
) -> None:
    wish = {
        "opening": opening_in(office, 3).id,
        "company": "另一家公司",
        "contact": "李工",
        "phone": "13900139000",
        "attendees": 1,
        "description": "重大变动怎么认定",
        "goal": "希望明确要不要重新报批",
        "uscc": uscc,
    }
    answer = client.post(APPOINTMENTS, json=wish)
    assert answer.status_code == status
    if status == 422:
        assert answer.json()["code"] == "invalid_uscc"
        return
    code = answer.json()["appointment"]["code"]
    stored = office.database.read(lambda s: booking.by_code(s, code))
    assert (stored.uscc, stored.goal) == ("91110000600037341L", "希望明确要不要重新报批")


def test_the_waiting_list_by_api_from_waiting_to_a_seat(client: TestClient, office: Office) -> None:
    opening = opening_in(office, 3)
    holder = booked(office, opening)
    wish = {
        "opening": opening.id,
        "company": "另一家公司",
        "contact": "李工",
        "phone": "13900139000",
        "attendees": 1,
        "description": "重大变动怎么认定",
        "wait": True,
    }
    mine = client.post(APPOINTMENTS, json=wish).json()["appointment"]
    assert (mine["status"], mine["position"]) == ("waiting", 1)
    path, tail = f"{APPOINTMENTS}/{mine['code']}", {"phone_tail": "9000"}
    early = client.post(f"{path}/accept", json=tail)
    assert (early.status_code, early.json()["code"]) == (409, "offer_gone")
    cancel(office, holder.code)
    held = client.get(path, params=tail).json()["appointment"]
    assert held["status"] == "held" and held["held_until"].endswith("Z")
    taken = client.post(f"{path}/accept", json=tail).json()["appointment"]
    assert taken["status"] == "booked" and "held_until" not in taken


def test_the_page_shows_the_appointment_without_phone_or_name(
    client: TestClient, office: Office
) -> None:
    mine = booked(office, opening_in(office, 3))
    page = client.get(page_of(client, mine.code))
    assert page.status_code == 200
    for part in (mine.code, "已预约", "三楼会议室", mine.company, "加入日历", '<svg viewBox="0 0'):
        assert part in page.text
    for secret in (mine.phone, mine.contact, "8000"):
        assert secret not in page.text
    assert page.headers["referrer-policy"] == "no-referrer"
    assert "default-src 'none'" in page.headers["content-security-policy"]


def test_a_forged_link_shows_nothing(client: TestClient, office: Office) -> None:
    mine = booked(office, opening_in(office, 3))
    real = page_of(client, mine.code)
    for path in (f"/appointments/{mine.code}", real[:-1], real + "x", "/appointments/x.y"):
        for suffix in ("", ".ics"):
            answer = client.get(path + suffix)
            assert answer.status_code == 404 and mine.company not in answer.text


def test_a_kept_seat_is_accepted_on_the_page(client: TestClient, office: Office) -> None:
    opening = opening_in(office, 3)
    holder, mine = booked(office, opening), waiting(office, opening)
    page = page_of(client, mine.code)
    assert "排在第1位" in client.get(page).text
    cancel(office, holder.code)
    assert "接受名额" in client.get(page).text
    assert "已预约" in client.post(page).text
    cancel(office, mine.code)
    refused = client.post(page)
    assert refused.status_code == 409 and 'role="alert"' in refused.text
    assert "已取消" in client.get(page).text


def event_of(client: TestClient, path: str, **more: Any) -> Any:
    answer = client.get(path, **more)
    assert answer.headers["content-type"].startswith("text/calendar")
    assert all(len(line) <= 75 for line in answer.content.split(b"\r\n"))
    (event,) = Calendar.from_ical(answer.content).walk("VEVENT")
    return event


def test_the_calendar_file_follows_the_appointment(client: TestClient, office: Office) -> None:
    old, new = opening_in(office, 3), opening_in(office, 4, place="一楼，大厅；东侧")
    mine = booked(office, old)
    path = f"{APPOINTMENTS}/{mine.code}.ics"
    before = event_of(client, path, params=TAIL)
    assert (before["DTSTART"].dt, before["DTEND"].dt) == (old.starts_at, old.ends_at)
    assert (before["STATUS"], before["SEQUENCE"]) == ("CONFIRMED", 0)
    assert mine.code in before["DESCRIPTION"] and mine.phone not in str(before)
    client.patch(f"{APPOINTMENTS}/{mine.code}", json={**TAIL, "opening": new.id})
    after = event_of(client, path, params=TAIL)
    assert (after["UID"], after["SEQUENCE"]) == (before["UID"], 1)
    assert (after["DTSTART"].dt, after["LOCATION"]) == (new.starts_at, "一楼，大厅；东侧")
    cancel(office, mine.code)
    gone = event_of(client, page_of(client, mine.code) + ".ics")
    assert (gone["STATUS"], gone["SEQUENCE"]) == ("CANCELLED", 2)


def test_the_qr_code_holds_the_pages_full_address(
    client: TestClient, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = booked(office, opening_in(office, 3))
    seen: list[str] = []
    monkeypatch.setattr(confirmation, "qr_code", lambda url: seen.append(url) or "")
    page = page_of(client, mine.code)
    client.get(page)
    assert seen == ["http://testserver" + page]
    assert re.fullmatch(r"/appointments/[\w.-]+", page)
