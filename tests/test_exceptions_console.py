"""Staff's exceptions in the console: whom they affect is shown before, and when it changed."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from desk.models import Appointment, LogEntry, Opening, ScheduleException
from desk.office import Office
from desk.services import booking, openings, publishing
from tests.builders import NOW, a_booking, an_office, at
from tests.console_client import NAME, Console

DAY = "2026-11-26"
LIST = "/console/exceptions"


@pytest.fixture
def office(tmp_path: Path) -> Office:
    office = an_office(tmp_path)
    office.database.write(lambda s: publishing.publish(s, office.reception, NOW))
    return office


@pytest.fixture
def desk(office: Office) -> Console:
    return Console(office)


def opening_at(office: Office, moment: Any) -> Opening:
    query = select(Opening).where(Opening.starts_at == moment)
    return office.database.read(lambda s: s.scalars(query).one())


def book(office: Office, moment: Any, **facts: Any) -> Appointment:
    wish = a_booking(opening_at(office, moment), **facts)
    return office.database.write(lambda s: booking.book(s, office.reception, wish, NOW))


def status(office: Office, code: str) -> str:
    return office.database.read(lambda s: booking.by_code(s, code).status)


def shown(desk: Console, kind: str, day: str = DAY, only: str = "") -> str:
    return desk.html(f"{LIST}/new?kind={kind}&day={day}&only={only}")


def mark(html: str) -> str:
    found = re.search(r'name="mark" value="([^"]*)"', html)
    assert found
    return found[1]


def bookable(office: Office) -> set[date]:
    found = office.database.read(lambda s: openings.offers(s, office.reception, NOW))
    return {o.opening.starts_at.astimezone(NOW.tzinfo).date() for o in found}


def stored(office: Office) -> list[ScheduleException]:
    query = select(ScheduleException).order_by(ScheduleException.id)
    return list(office.database.read(lambda s: s.scalars(query).all()))


def test_whom_a_closed_day_affects_is_shown_before_it_is_closed(
    office: Office, desk: Console
) -> None:
    code = book(office, at(11, 26)).code
    html = shown(desk, "close")
    for words in ("受影响的预约 1 个", code, "武汉示例涂装有限公司", "13800138000", "先保留"):
        assert words in html
    assert stored(office) == []
    answer = desk.press(f"{LIST}/close", day=DAY, mark=mark(html), booked="keep", note="会场检修")
    assert answer.headers["location"] == f"/console/appointments?day={DAY}"
    day = desk.html(answer.headers["location"])
    assert "已关闭，不再接受预约" in day and code in day and "已停止预约" in day
    assert status(office, code) == "booked"
    assert date(2026, 11, 26) not in bookable(office)
    (exception,) = stored(office)
    assert (exception.kind, exception.created_by, exception.note) == ("close", NAME, "会场检修")
    listing = desk.html(LIST)
    for words in (NAME, "会场检修", "关闭", "全天", "2026-11-23 10:00"):
        assert words in listing


def test_a_booking_that_came_meanwhile_is_shown_before_anything_is_closed(
    office: Office, desk: Console
) -> None:
    seen = mark(shown(desk, "close"))
    code = book(office, at(11, 26)).code
    answer = desk.press(f"{LIST}/close", day=DAY, mark=seen, booked="cancel", note="会场检修")
    assert answer.status_code == 409
    assert "名单" in answer.text and code in answer.text and "会场检修" in answer.text
    assert (stored(office), status(office, code)) == ([], "booked")
    again = desk.press(f"{LIST}/close", day=DAY, mark=mark(answer.text), booked="cancel")
    assert again.status_code == 303
    assert status(office, code) == "cancelled"


def test_one_opening_or_one_rule_may_be_meant(office: Office, desk: Console) -> None:
    mine, other = book(office, at(11, 26)), book(office, at(11, 26, 15))
    only = f"opening={mine.opening_id}"
    html = shown(desk, "close", only=only)
    assert mine.code in html and other.code not in html
    form = {"day": DAY, "only": only, "mark": mark(html), "booked": "cancel"}
    assert desk.press(f"{LIST}/close", **form).status_code == 303
    assert (status(office, mine.code), status(office, other.code)) == ("cancelled", "booked")
    assert other.code in shown(desk, "host", only="rule=monthly")
    assert "14:30 的时段" in desk.html(LIST)


@pytest.mark.parametrize("only", ["opening=9999", "rule=none", "nonsense", "opening="])
def test_an_opening_that_is_not_there_never_means_the_whole_day(
    office: Office, desk: Console, only: str
) -> None:
    code = book(office, at(11, 26)).code
    assert code not in shown(desk, "close", only=only)
    answer = desk.press(f"{LIST}/close", day=DAY, only=only, mark="", booked="cancel")
    assert answer.status_code == 404
    assert (stored(office), status(office, code)) == ([], "booked")


def test_a_day_is_moved_with_its_appointments(office: Office, desk: Console) -> None:
    code = book(office, at(11, 26)).code
    html = shown(desk, "move")
    form = {"day": DAY, "mark": mark(html), "to_day": "2026-11-27", "begins": "09:00"}
    answer = desk.press(f"{LIST}/move", **form, place="五楼会议室")
    assert answer.headers["location"] == "/console/appointments?day=2026-11-27"
    day = desk.html(answer.headers["location"])
    assert code in day and "09:00–09:30" in day and "五楼会议室" in day
    assert "日程调整，随之变动" in desk.html(f"/console/appointments/{code}")


def test_somebody_else_receives(office: Office, desk: Console) -> None:
    code = book(office, at(11, 26)).code
    form = {"day": DAY, "mark": mark(shown(desk, "host")), "host": "李科长"}
    assert desk.press(f"{LIST}/host", **form).status_code == 303
    assert "接待人：李科长" in desk.html(f"/console/appointments?day={DAY}")
    assert status(office, code) == "booked"


def test_a_day_is_added_and_the_addition_undone(office: Office, desk: Console) -> None:
    extra = {"begins": "09:00", "ends": "10:00", "opening_minutes": "30", "seats": "2"}
    assert "受影响" not in shown(desk, "add", "2026-12-01")
    answer = desk.press(f"{LIST}/add", day="2026-12-01", **extra, place="二楼", host="")
    assert answer.status_code == 303
    assert date(2026, 12, 1) in bookable(office)
    (exception,) = stored(office)
    answer = desk.press(f"{LIST}/{exception.id}/undo")
    assert answer.headers["location"] == LIST
    listing = desk.html(LIST)
    assert "调整已撤销" in listing and "已撤销" in listing and "/undo" not in listing
    assert date(2026, 12, 1) not in bookable(office)
    assert desk.press(f"{LIST}/{exception.id}/undo").status_code == 404
    entries = office.database.read(lambda s: s.scalars(select(LogEntry)).all())
    actions = [e.action for e in entries if e.actor == NAME and e.action.startswith("exception")]
    assert actions == ["exception.add", "exception.undo"]


@pytest.mark.parametrize(
    ("kind", "form", "words"),
    [
        ("move", {"to_day": "x"}, "“改到哪天”不对"),
        ("move", {"to_day": "2026-11-20"}, "已经过去"),
        ("move", {"to_day": "2026-11-27", "begins": "25:00"}, "“开始时间”不对"),
        ("add", {"begins": "9点", "ends": "10:00"}, "“开始时间”不对"),
        ("add", {"begins": "09:00+08:00", "ends": "10:00"}, "“开始时间”不对"),
        ("add", {"seats": "很多"}, "“席位”不对"),
        ("add", {"seats": "999"}, "“席位”不对"),
        ("add", {"ends": "08:00"}, "“结束时间”不对"),
        ("add", {"place": " "}, "“地点”不对"),
        ("add", {"opening_minutes": "0"}, "“每家时长”不对"),
    ],
)
def test_a_bad_field_is_named_and_what_was_typed_is_kept(
    office: Office, desk: Console, kind: str, form: dict[str, str], words: str
) -> None:
    right = {"begins": "09:00", "ends": "10:00", "opening_minutes": "30", "seats": "1"}
    given = {"place": "二楼", "note": "临时加开"} | (right if kind == "add" else {}) | form
    answer = desk.press(f"{LIST}/{kind}", day=DAY, mark="", **given)
    assert answer.status_code in {409, 422}
    assert words in answer.text and "临时加开" in answer.text
    assert stored(office) == []


@pytest.mark.parametrize("query", ["", "kind=close", "kind=x&day=2026-11-26", "kind=add&day=x"])
def test_without_kind_or_day_the_list_says_what_is_missing(desk: Console, query: str) -> None:
    answer = desk.get(f"{LIST}/new?{query}")
    assert answer.headers["location"] == LIST
    assert "请先选一种调整和一个日期" in desk.html(LIST)


def test_forms_without_day_kind_or_token_decide_nothing(office: Office, desk: Console) -> None:
    assert desk.press(f"{LIST}/close", day="x").headers["location"] == LIST
    assert desk.press(f"{LIST}/explode", day=DAY).status_code == 404
    assert desk.press(f"{LIST}/close", day=DAY, csrf="guess").status_code == 403
    assert desk.press(f"{LIST}/x/undo").status_code == 400
    assert stored(office) == []


def test_a_past_day_cannot_be_closed(office: Office, desk: Console) -> None:
    answer = desk.press(f"{LIST}/close", day="2026-11-20", mark="")
    assert answer.status_code == 409 and "已经过去" in answer.text
