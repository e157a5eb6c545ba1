"""Messages out: stored with what happened, in order, once per event and channel, never lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from desk.database import Database
from desk.errors import NotGivenUp, OpeningFull
from desk.links import page_of
from desk.models import Appointment, LogEntry, Opening, OutboxMessage
from desk.office import Office
from desk.outbox_settings import OutboxSettings
from desk.services import (
    booking,
    exceptions,
    outbox,
    outbox_texts,
    publishing,
    reminders,
    waitlist,
)
from desk.services.outbox_texts import Outgoing
from tests.builders import NOW, a_booking, an_appointment, an_office, an_opening, at
from tests.console_client import NAME, Console

ALL = ("wecom", "webhook", "sms")
LATER = NOW + timedelta(seconds=1)


def telling(directory: Path, *channels: str) -> Office:
    """An office whose messages go out over these channels."""
    office = an_office(directory)
    return replace(office, database=Database(office.database.url, channels))


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return telling(tmp_path, *ALL)


def messages(office: Office, channel: str | None = None) -> list[OutboxMessage]:
    query = select(OutboxMessage).order_by(OutboxMessage.id)
    found = office.database.read(lambda s: s.scalars(query).all())
    return [m for m in found if channel in (None, m.channel)]


def events(office: Office, channel: str = "wecom") -> list[str]:
    return [m.event.partition(".")[2] for m in messages(office, channel)]


def change(office: Office, verb: Callable[..., Any], code: str, *facts: Any, **more: Any) -> Any:
    return office.database.write(
        lambda s: verb(s, office.reception, booking.by_code(s, code), *facts, **more)
    )


def claim(office: Office, now: datetime = LATER, channel: str = "wecom") -> OutboxMessage | None:
    return office.database.write(lambda s: outbox.claim(s, channel, now))


def settle(office: Office, claimed: OutboxMessage | None, reason: str | None, now: Any) -> None:
    assert claimed
    office.database.write(lambda s: outbox.settle(s, claimed, reason, now))


def text_of(office: Office, message: OutboxMessage, url: str = "") -> Outgoing | None:
    settings = replace(office.settings, outbox=OutboxSettings(public_url=url))
    return office.database.read(lambda s: outbox_texts.compose(s, office.words, settings, message))


# -- storing ----------------------------------------------------------------------------------


def test_without_channels_nothing_is_stored(tmp_path: Path) -> None:
    office = telling(tmp_path)
    an_appointment(office)
    office.database.write(lambda s: reminders.remind(s, at(11, 25, 10)))
    assert messages(office) == []


def test_every_change_is_told_once_over_each_channel(office: Office) -> None:
    opening, other = an_opening(office), an_opening(office, at(11, 26, 16))
    code = an_appointment(office, opening).code
    wish = a_booking(opening, company="武汉候补有限公司")
    waiting = office.database.write(lambda s: waitlist.wait(s, office.reception, wish, NOW)).code
    change(office, booking.reschedule, code, other.id, NOW)
    change(office, waitlist.accept, waiting, NOW)
    change(office, booking.cancel, code, NOW)
    expected = ["book", "reschedule", "offer", "accept", "cancel"]
    for channel in ALL:
        assert events(office, channel) == expected
    assert len({(m.event_key, m.channel) for m in messages(office)}) == 15


def test_a_landline_gets_no_text_message(office: Office) -> None:
    an_appointment(office, phone="027-87654321")
    assert [m.channel for m in messages(office)] == ["wecom", "webhook"]


def test_a_message_is_stored_with_the_change_or_not_at_all(office: Office) -> None:
    opening = an_opening(office)
    an_appointment(office, opening)
    before = len(messages(office))
    with pytest.raises(OpeningFull):
        an_appointment(office, opening)

    other = an_opening(office, at(12, 24))

    def torn(session: Any) -> None:
        booking.book(session, office.reception, a_booking(other), NOW)
        raise KeyError

    with pytest.raises(KeyError):
        office.database.write(torn)
    assert len(messages(office)) == before


def test_the_same_request_sent_twice_is_told_once(office: Office) -> None:
    opening = an_opening(office)
    for _ in range(2):
        an_appointment(office, opening, request_key="api:12345678")
    assert events(office) == ["book"]


def test_the_stored_facts_hold_nothing_personal(office: Office) -> None:
    an_appointment(office, goal="别让邻居知道")
    for message in messages(office):
        stored = str([getattr(message, c.name) for c in OutboxMessage.__table__.columns])
        for secret in ("13800138000", "王经理", "重大变动", "邻居", "示例涂装"):
            assert secret not in stored


# -- the day before ---------------------------------------------------------------------------


def test_the_day_before_staff_hear_of_the_day_and_visitors_of_their_visit(office: Office) -> None:
    an_appointment(office)
    an_appointment(office, an_opening(office, at(11, 26, 15)), phone="13900139000")
    an_appointment(office, an_opening(office, at(11, 27)))
    for now in (at(11, 25, 8), at(11, 25, 9), at(11, 25, 15), at(11, 25, 20)):
        office.database.write(lambda s, now=now: reminders.remind(s, now))
    mine = [m for m in messages(office) if m.created_at > NOW]
    assert [(m.event, m.channel) for m in mine] == [
        ("day.before", "wecom"),
        ("day.before", "webhook"),
        ("appointment.remind", "sms"),
        ("appointment.remind", "sms"),
    ]
    told = text_of(office, mine[0])
    assert told and "共2家" in told.text and "14:30 武汉示例涂装有限公司，2人" in told.text
    assert "13800138000" not in told.text
    webhook = text_of(office, mine[1])
    assert webhook and len(webhook.data["appointments"]) == 2


def test_who_booked_today_is_not_reminded_of_tomorrow(office: Office) -> None:
    an_appointment(office, now=at(11, 25, 10))
    office.database.write(lambda s: reminders.remind(s, at(11, 25, 11)))
    assert "remind" not in events(office, "sms")
    assert "before" in events(office)


def test_a_day_that_emptied_meanwhile_is_not_told(office: Office) -> None:
    code = an_appointment(office).code
    office.database.write(lambda s: reminders.remind(s, at(11, 25, 10)))
    change(office, booking.cancel, code, at(11, 25, 11))
    told = {m.event: text_of(office, m) for m in messages(office)}
    assert told["day.before"] is None and told["appointment.remind"] is None


# -- claiming and settling --------------------------------------------------------------------


def test_a_message_is_claimed_by_one_sender(office: Office) -> None:
    an_appointment(office)
    first = claim(office)
    assert first and (first.state, first.attempts) == ("sending", 1)
    assert claim(office) is None
    assert not office.database.read(lambda s: outbox.due(s, "wecom", LATER))


def test_a_claim_runs_out_so_that_nothing_is_lost_with_a_killed_sender(office: Office) -> None:
    an_appointment(office)
    dead = claim(office)
    after = LATER + outbox.CLAIM
    assert claim(office, after - timedelta(seconds=1)) is None
    again = claim(office, after)
    assert dead and again and again.id == dead.id and again.attempts == 2
    assert outbox.message_id(again) == outbox.message_id(dead)
    # Should the first one not be dead but slow: the second one's word counts.
    settle(office, dead, None, after)
    assert messages(office, "wecom")[0].state == "sending"
    settle(office, again, None, after)
    settle(office, again, "timeout", after)
    (message,) = messages(office, "wecom")
    assert (message.state, message.sent_at) == ("sent", after)
    assert claim(office, after + timedelta(days=1)) is None


def test_a_failed_message_is_tried_again_later_and_later_and_then_given_up(office: Office) -> None:
    an_appointment(office, an_opening(office, at(12, 24)))
    now, waits = LATER, []
    while (found := messages(office, "wecom")[0]).state != "failed":
        now = max(now, found.due_at)
        settle(office, claim(office, now), "http_500", now)
        waits.append((messages(office, "wecom")[0].due_at - now).total_seconds())
    assert waits[:4] == [30, 60, 120, 240]
    assert max(waits) == 7200 and len(waits) == outbox.MOST_ATTEMPTS
    assert timedelta(hours=20) < now - LATER < timedelta(days=2)
    (message,) = messages(office, "wecom")
    assert (message.reason, message.attempts) == ("http_500", 20)
    assert claim(office, now + timedelta(days=9)) is None


def test_a_sender_that_dies_each_time_gives_up_too(office: Office) -> None:
    an_appointment(office, an_opening(office, at(12, 24)))
    now = LATER
    for _ in range(outbox.MOST_ATTEMPTS):
        assert claim(office, now)
        now += outbox.CLAIM
    assert claim(office, now) is None
    (message,) = messages(office, "wecom")
    assert (message.state, message.reason) == ("failed", "killed")


def test_messages_of_one_appointment_keep_their_order(office: Office) -> None:
    code = an_appointment(office).code
    change(office, booking.cancel, code, NOW)
    an_appointment(office, an_opening(office, at(12, 24)))
    first = claim(office)
    other = claim(office)
    assert first and other and first.event == "appointment.book"
    assert first.appointment_id != other.appointment_id, "the cancellation waits for the booking"
    settle(office, first, "timeout", LATER)
    assert claim(office) is None
    soon = LATER + timedelta(seconds=30)
    settle(office, claim(office, soon), None, soon)
    last = claim(office, soon)
    assert last and last.event == "appointment.cancel"


def test_one_channel_never_waits_for_another(office: Office) -> None:
    an_appointment(office)
    settle(office, claim(office), "connection", LATER)
    for channel in ("webhook", "sms"):
        assert claim(office, channel=channel)


def test_what_comes_too_late_is_dropped(office: Office) -> None:
    an_appointment(office)
    assert claim(office, at(11, 26, 15)) is None
    (message,) = messages(office, "wecom")
    assert (message.state, message.reason) == ("dropped", "too_late")


# -- words ------------------------------------------------------------------------------------


def test_staff_are_told_without_anything_personal(office: Office) -> None:
    code = an_appointment(office, goal="拿到书面答复").code
    for message in messages(office)[:2]:
        told = text_of(office, message, "https://desk.example")
        assert told
        said = told.text + str(told.data)
        for words in (code, "武汉示例涂装有限公司", "2人", "2026年11月26日（星期四） 14:30–15:00"):
            assert words in said
        assert f"https://desk.example/console/appointments/{code}" in told.text
        for secret in ("13800138000", "王经理", "重大变动", "书面答复"):
            assert secret not in said


def test_staff_hear_the_times_as_they_were(office: Office) -> None:
    code = an_appointment(office).code
    change(office, booking.reschedule, code, an_opening(office, at(12, 24, 9)).id, NOW)
    change(office, booking.cancel, code, NOW)
    booked, moved, cancelled = (text_of(office, m) for m in messages(office, "wecom"))
    assert booked and moved and cancelled
    assert "11月26日" in booked.text and "12月24日" not in booked.text
    assert "原时间：2026年11月26日（星期四） 14:30" in moved.text and "12月24日" in moved.text
    assert "12月24日" in cancelled.text


def test_a_visitor_is_told_only_what_still_holds(office: Office) -> None:
    code = an_appointment(office).code
    change(office, booking.reschedule, code, an_opening(office, at(12, 24, 9)).id, NOW)
    booked, moved = (text_of(office, m) for m in messages(office, "sms"))
    assert booked is None
    assert moved and moved.facts["phone"] == "13800138000" and "12月24日" in moved.facts["text"]
    change(office, booking.cancel, code, NOW, actor=NAME)
    told = [text_of(office, m) for m in messages(office, "sms")]
    assert told[:2] == [None, None]
    assert told[2] and "已由接待单位取消" in told[2].text


def test_an_offer_is_told_while_it_stands(office: Office) -> None:
    opening = an_opening(office)
    code = an_appointment(office, opening).code
    wish = a_booking(opening, company="武汉候补有限公司", phone="13900139000")
    waiting = office.database.write(lambda s: waitlist.wait(s, office.reception, wish, NOW)).code
    change(office, booking.cancel, code, NOW)
    offer = next(m for m in messages(office, "sms") if m.event == "appointment.offer")
    told = text_of(office, offer)
    assert told and "名额为您保留到2026年11月23日（星期一） 12:00" in told.text
    change(office, waitlist.accept, waiting, NOW)
    assert text_of(office, offer) is None


def test_a_visitor_gets_the_page_that_takes_the_offered_seat(office: Office) -> None:
    code = an_appointment(office).code
    told = text_of(office, messages(office, "sms")[0], "https://desk.example")
    assert told
    link = f"https://desk.example{page_of(office.settings.secret, code)}"
    assert told.facts["link"] == link and told.text.endswith(f"详情：{link}")
    bare = text_of(office, messages(office, "sms")[0])
    assert bare and "详情" not in bare.text and bare.facts["link"] == ""


def test_an_example_schedule_is_no_fact_in_a_text_message_either(office: Office) -> None:
    an_appointment(office, an_opening(office, example=True))
    told = text_of(office, messages(office, "sms")[0])
    assert told and "示例安排" in told.text


# -- the console ------------------------------------------------------------------------------


def test_the_console_shows_what_was_given_up_and_tries_it_anew(office: Office) -> None:
    code = an_appointment(office).code

    def give_up(session: Any) -> int:
        found = session.scalars(select(OutboxMessage)).first()
        found.state, found.reason, found.attempts = "failed", "http_502", 20
        return int(found.id)

    id_ = office.database.write(give_up)
    desk = Console(office)
    html = desk.html("/console/messages")
    for words in ("已停发", "对方返回 502", code, '<b class="count">1</b>', "重新发送"):
        assert words in html
    assert "13800138000" not in html and "武汉示例涂装" not in html
    answer = desk.press(f"/console/messages/{id_}/resend")
    assert answer.headers["location"] == "/console/messages"
    html = desk.html("/console/messages")
    assert "已重新排队" in html and 'class="count"' not in html
    assert desk.press(f"/console/messages/{id_}/resend").status_code == 409
    entry = office.database.read(
        lambda s: s.scalars(select(LogEntry).where(LogEntry.action == "outbox.resend")).one()
    )
    assert entry.actor == NAME
    assert claim(office, NOW)


def test_the_navigation_is_silent_while_messages_are_off(tmp_path: Path) -> None:
    desk = Console(telling(tmp_path))
    assert "对外通知" not in desk.html("/console/follow-ups")
    assert "没有开启" in desk.html("/console/messages")


def test_only_what_was_given_up_is_sent_anew(office: Office) -> None:
    an_appointment(office)
    for id_ in (1, 99):
        with pytest.raises(NotGivenUp):
            office.database.write(lambda s, id_=id_: outbox.resend(s, id_, NAME, NOW))


def test_moving_a_day_is_told_to_everybody_booked(office: Office) -> None:
    office.database.write(lambda s: publishing.publish(s, office.reception, NOW))
    query = select(Opening).where(Opening.starts_at == at(11, 26))
    opening = office.database.read(lambda s: s.scalars(query).one())
    an_appointment(office, opening)
    day, to_day = date(2026, 11, 26), date(2026, 11, 27)
    office.database.write(lambda s: exceptions.move(s, office.reception, NOW, NAME, day, to_day))
    assert events(office, "sms") == ["book", "move"]
    moved = office.database.read(lambda s: s.scalars(select(Appointment)).one())
    assert moved.changes == 1
    told = text_of(office, messages(office, "sms")[1])
    assert told and "11月27日" in told.text
