"""The staff console, through HTTP, on a database of its own."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from desk.clock import SHANGHAI, utc_now
from desk.database import Database
from desk.errors import InvalidSetting
from desk.models import Appointment, Inquiry, LogEntry, Opening
from desk.office import Keeper, Office, open_office
from desk.services import booking, conversations, inquiries, staff
from desk.settings import read_settings
from web import console
from web.app import create_app
from web.console.door import within_console
from web.console.throttle import Throttle

NAME = "王晓梅"
# Half past seven in the evening in UTC is already the next day in Shanghai.
NOW = datetime(2026, 11, 22, 19, 30, tzinfo=UTC)
LIST = "/console/inquiries"
WEB = Path(__file__).parent.parent / "web"


@pytest.fixture(scope="module")
def shelves() -> Office:
    """The office with its real knowledge; each test gets its own database."""
    return open_office(read_settings({"DATABASE_URL": "sqlite://", "DESK_SECRET": "s" * 40}))


@pytest.fixture
def office(shelves: Office, tmp_path: Path) -> Office:
    database = Database(f"sqlite:///{tmp_path / 'desk.db'}")
    database.migrate()
    return replace(shelves, database=database)


@pytest.fixture
def app(office: Office) -> FastAPI:
    app = create_app(office)
    app.dependency_overrides[utc_now] = lambda: NOW
    return app


@pytest.fixture
def stranger(app: FastAPI) -> TestClient:
    # Not as a context: the app's start would publish the real schedule among the test's openings.
    return TestClient(app, follow_redirects=False)


@pytest.fixture
def password(office: Office) -> str:
    return office.database.write(lambda session: staff.create(session, NAME, NOW))[1]


@pytest.fixture
def client(stranger: TestClient, password: str) -> TestClient:
    assert sign_in(stranger, password).status_code == 303
    return stranger


def sign_in(client: TestClient, password: str, name: str = NAME, **more: str) -> Any:
    token = csrf(client, "/console/login")
    form = {"name": name, "password": password, "csrf": token, **more}
    return client.post("/console/login", data=form)


def csrf(client: TestClient, page: str = LIST) -> str:
    match = re.search(r'name="csrf" value="([^"]+)"', client.get(page).text)
    assert match
    return match[1]


def an_inquiry(
    office: Office,
    text: str = "环评要多少天",
    *,
    at: datetime = NOW,
    status: str = "open",
    kind: str = "answer",
    topic: str = "eia.procedure",
    citations: list[dict[str, Any]] | None = None,
) -> Inquiry:
    """An inquiry in a conversation of its own, with the bot's answer."""

    def ask(session: Any) -> Inquiry:
        home = conversations.start(session, at).id
        turn = conversations.receive(session, home, "m1", at, text=text)
        said = {"text": "依据如下", "citations": citations or [], "buttons": []}
        conversations.store_replies(session, home, turn.seq, [said], at)
        return inquiries.record(
            session,
            conversation=home,
            key="m1",
            text=text,
            kind=kind,
            topic=topic,
            confidence=0.876,
            candidates=[{"id": topic, "score": 0.876}, {"id": "permit.discharge", "score": 0.05}],
            knowledge_version=office.shelf.version,
            status=status,
            now=at,
        )

    return office.database.write(ask)


def an_opening(office: Office, starts_at: datetime, **more: Any) -> Opening:
    facts = {"rule": "test", "place": "三楼会议室", "capacity": 2, "example": False} | more

    def add(session: Any) -> Opening:
        opening = Opening(starts_at=starts_at, ends_at=starts_at + timedelta(minutes=30), **facts)
        session.add(opening)
        return opening

    return office.database.write(add)


def an_appointment(office: Office, opening: Opening, **more: Any) -> Appointment:
    facts = {
        "company": "武汉示例涂装有限公司",
        "contact": "王经理",
        "phone": "13800138000",
        "attendees": 2,
        "description": "重大变动怎么认定",
    } | more
    wish = booking.Booking(opening=opening.id, **facts)
    return office.database.write(lambda s: booking.book(s, office.reception, wish, NOW))


def at_shanghai(month: int, day: int, hour: int = 9) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=SHANGHAI)


# --- signing in ---


def test_a_stranger_is_sent_to_the_login_and_then_to_where_they_wanted(
    stranger: TestClient, password: str
) -> None:
    answer = stranger.get(f"{LIST}?status=open")
    assert answer.status_code == 303
    login = answer.headers["location"]
    assert login == "/console/login?next=%2Fconsole%2Finquiries%3Fstatus%3Dopen"
    assert f'value="{LIST}?status=open"' in stranger.get(login).text
    answer = sign_in(stranger, password, next=f"{LIST}?status=open")
    assert answer.headers["location"] == f"{LIST}?status=open"


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/console",
        "//evil.example/console",
        "/\\evil.example",
        "/console/../api",
        "/console/%2e%2e/api",
        "/console\n/x",
        "/consoles",
        "/console/login",
        "/console/logout?x",
        "javascript:alert(1)",
        "",
    ],
)
def test_nobody_is_led_out_of_the_console(stranger: TestClient, password: str, target: str) -> None:
    assert within_console(target) == LIST
    assert sign_in(stranger, password, next=target).headers["location"] == LIST


def test_the_console_opens_with_the_inquiries(client: TestClient) -> None:
    assert client.get("/console").headers["location"] == LIST
    assert client.get("/console/").headers["location"] == LIST
    assert client.get("/console/login").headers["location"] == LIST


def test_a_wrong_password_and_an_unknown_name_get_the_same_sentence(
    stranger: TestClient, password: str
) -> None:
    for name in (NAME, "nobody"):
        answer = sign_in(stranger, "wrong", name)
        assert answer.status_code == 401
        assert "姓名或密码不正确" in answer.text
        assert "wrong" not in answer.text
    assert stranger.get(LIST).status_code == 303


def test_after_five_failures_even_the_right_password_has_to_wait(
    stranger: TestClient, password: str
) -> None:
    for _ in range(5):
        assert sign_in(stranger, "wrong").status_code == 401
    answer = sign_in(stranger, password)
    assert answer.status_code == 429
    assert "登录失败次数过多" in answer.text
    assert int(answer.headers["retry-after"]) <= 660


def test_successful_sign_ins_do_not_use_up_the_attempts(
    stranger: TestClient, password: str
) -> None:
    for _ in range(7):
        assert sign_in(stranger, password).status_code == 303
        stranger.post("/console/logout", data={"csrf": csrf(stranger)})


def test_the_throttle_counts_names_and_addresses_and_forgets_after_ten_minutes() -> None:
    throttle = Throttle(most=2, within=600, keep=3)
    assert throttle.take("name a", "address x", now=0) == 0
    assert throttle.take("name b", "address x", now=100) == 0
    assert throttle.take("name c", "address x", now=101) == 499
    assert throttle.take("name a", "address y", now=102) == 0
    assert throttle.take("name a", "address z", now=103) == 497
    assert throttle.take("name c", "address x", now=600) == 0


def test_the_throttle_remembers_a_bounded_number_of_keys() -> None:
    throttle = Throttle(most=1, keep=10)
    for n in range(1000):
        assert throttle.take(f"name {n}", "address", now=n * 1000) == 0
    assert len(throttle._failed) == 10


def test_signing_out_ends_the_session(client: TestClient) -> None:
    assert client.get(LIST).status_code == 200
    client.post("/console/logout", data={"csrf": csrf(client)})
    assert client.get(LIST).status_code == 303


def test_a_password_reset_ends_the_session(client: TestClient, office: Office) -> None:
    later = NOW + timedelta(minutes=1)
    office.database.write(lambda session: staff.reset_password(session, NAME, later))
    assert client.get(LIST).status_code == 303


def test_a_forged_cookie_opens_nothing(stranger: TestClient, password: str) -> None:
    stranger.cookies.set("desk_console", "eyJzdGFmZiI6ICJ4In0=.aaaa.bbbb", path="/console")
    assert stranger.get(LIST).status_code == 303


def test_the_cookie_is_strict_and_stays_below_the_console(
    office: Office, stranger: TestClient
) -> None:
    cookie = stranger.get("/console/login").headers["set-cookie"].lower()
    assert cookie.startswith("desk_console=")
    for part in ("httponly", "samesite=strict", "path=/console", "max-age=28800"):
        assert part in cookie
    assert "secure" not in cookie
    app = FastAPI()
    app.state.keeper = Keeper(replace(office, settings=replace(office.settings, https=True)))
    console.install(app)
    assert "secure" in TestClient(app).get("/console/login").headers["set-cookie"].lower()


def test_the_console_does_not_start_without_a_secret(office: Office) -> None:
    app = FastAPI()
    app.state.keeper = Keeper(replace(office, settings=replace(office.settings, secret="")))
    with pytest.raises(InvalidSetting):
        console.install(app)


def test_a_link_from_another_site_does_not_sign_anybody_out(stranger: TestClient) -> None:
    """Their strict cookie is not sent on the first step; a fresh one would overwrite it."""
    for path in (f"{LIST}?status=open", "/console/login"):
        answer = stranger.get(path, headers={"Sec-Fetch-Site": "cross-site"})
        assert answer.status_code == 200
        assert 'http-equiv="refresh"' in answer.text
        assert "set-cookie" not in answer.headers


def test_htmx_is_told_to_open_the_login_for_the_page_and_not_for_the_part(
    stranger: TestClient,
) -> None:
    page = "http://testserver/console/inquiries?kind=task"
    headers = {"HX-Request": "true", "HX-Current-URL": page}
    answer = stranger.get(f"{LIST}?kind=answer", headers=headers)
    assert answer.status_code == 401
    login = answer.headers["hx-redirect"]
    assert login == "/console/login?next=%2Fconsole%2Finquiries%3Fkind%3Dtask"


# --- forms and headers ---


def test_every_form_is_refused_without_its_token(client: TestClient, office: Office) -> None:
    code = an_inquiry(office).code
    seat = an_appointment(office, an_opening(office, at_shanghai(11, 26))).code
    paths = (f"{LIST}/{code}/reply", f"/console/appointments/{seat}/cancel", "/console/logout")
    for path in paths:
        for form in ({}, {"csrf": "guess"}, {"csrf": ""}):
            answer = client.post(path, data={"text": "hello", **form})
            assert answer.status_code == 403, path
            assert "form_expired" in answer.text
    assert client.get(LIST).status_code == 200
    replied = office.database.read(lambda session: inquiries.find(session, code).reply)
    assert replied is None


def test_the_token_is_also_taken_from_a_header(client: TestClient, office: Office) -> None:
    code = an_inquiry(office).code
    headers = {"X-CSRF-Token": csrf(client)}
    answer = client.post(f"{LIST}/{code}/reply", data={"text": "好"}, headers=headers)
    assert answer.status_code == 303


def test_a_form_after_the_session_leads_to_the_login_and_back_to_the_page(
    stranger: TestClient,
) -> None:
    headers = {"Referer": "http://testserver/console/inquiries/Q2345678"}
    answer = stranger.post(f"{LIST}/Q2345678/reply", data={"text": "x"}, headers=headers)
    expected = "/console/login?next=%2Fconsole%2Finquiries%2FQ2345678"
    assert answer.headers["location"] == expected


def test_a_login_form_from_yesterday_is_shown_again_with_a_sentence(stranger: TestClient) -> None:
    answer = stranger.post("/console/login", data={"name": "x", "password": "y"})
    assert answer.headers["location"] == "/console/login"
    assert "登录页面已过期" in stranger.get("/console/login").text


def test_a_file_or_a_flood_in_a_form_is_refused(client: TestClient, office: Office) -> None:
    path = f"{LIST}/{an_inquiry(office).code}/reply"
    headers = {"X-CSRF-Token": csrf(client)}
    answer = client.post(path, files={"text": ("a.txt", b"hello")}, headers=headers)
    assert (answer.status_code, answer.headers["content-type"][:9]) == (400, "text/html")
    answer = client.post(path, data={"text": "x" * 400_000}, headers=headers)
    assert answer.status_code == 413


def test_every_answer_of_the_console_carries_the_security_headers(
    client: TestClient, app: FastAPI
) -> None:
    app.get("/elsewhere")(lambda: "ok")
    for path in ("/console", "/console/login", LIST, f"{LIST}/Q2345678", "/console/no/such"):
        headers = client.get(path).headers
        assert headers["content-security-policy"].startswith("default-src 'self'")
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["cache-control"] == "no-store"
    assert "content-security-policy" not in client.get("/elsewhere").headers


def test_no_template_needs_what_the_policy_forbids() -> None:
    for file in (WEB / "templates" / "console").glob("*.html"):
        html = file.read_text(encoding="utf-8")
        assert not re.search(r"<script(?! src=)|<style|\son\w+=|\sstyle=|hx-on|//\w", html), file


def test_an_unknown_address_and_a_fault_are_pages_too(
    client: TestClient, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "没有这个页面" in client.get("/console/no/such").text

    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr(inquiries, "listing", broken)
    answer = client.get(LIST)
    assert answer.status_code == 500
    assert "系统出了故障" in answer.text
    assert "boom" not in answer.text


# --- the list of inquiries ---


def test_the_list_shows_each_inquiry_in_the_time_of_shanghai(
    client: TestClient, office: Office
) -> None:
    code = an_inquiry(office).code
    html = client.get(LIST).text
    assert "2026-11-23 03:30" in html
    assert office.shelf.title("eia.procedure") in html
    for words in (code, "88%", "待处理", "直接答复", NAME, "待处理 <b>1</b> 条"):
        assert words in html


def test_the_latest_inquiry_comes_first_and_a_page_holds_fifty(
    client: TestClient, office: Office
) -> None:
    codes = [an_inquiry(office).code for _ in range(51)]
    first, second = client.get(LIST).text, client.get(f"{LIST}?page=2").text
    assert first.index(codes[50]) < first.index(codes[49])
    assert codes[0] not in first and codes[0] in second
    assert "共 51 条，第 1 / 2 页" in first
    assert client.get(f"{LIST}?page=999").text.count(codes[0]) == second.count(codes[0])


def test_the_list_is_filtered(client: TestClient, office: Office) -> None:
    mine = an_inquiry(office, "危废标签100%忘贴", status="closed", kind="clarify")
    other = an_inquiry(office, "别的", topic="task.human", at=NOW - timedelta(days=3))
    for query in (
        {"status": "closed"},
        {"kind": "clarify"},
        {"topic": "eia.procedure"},
        {"q": "100%忘"},
        {"q": mine.code.lower()},
        {"from": "2026-11-23"},
        {"from": "2026-11-23", "to": "2026-11-23"},
    ):
        html = client.get(LIST, params=query).text
        assert mine.code in html and other.code not in html, query
    html = client.get(LIST, params={"to": "2026-11-22"}).text
    assert mine.code not in html and other.code in html
    assert office.words.label("task.human") in html


@pytest.mark.parametrize(
    "query",
    [
        "status=x&kind=x&topic=x",
        "from=2026-02-30&to=tomorrow",
        "from=0001-01-01&to=9999-12-31",
        "page=-1",
        "page=99999999999999999999999999",
        "page=one",
        "q=%00%ff%20%25_",
        "q=" + "a" * 5000,
        "status=open&status=closed",
        "unknown=1",
        "from=2026-11-24&to=2026-11-23",
    ],
)
def test_a_nonsensical_address_still_gives_a_page(
    client: TestClient, office: Office, query: str
) -> None:
    an_inquiry(office)
    for headers in ({}, {"HX-Request": "true"}):
        answer = client.get(f"{LIST}?{query}", headers=headers)
        assert answer.status_code == 200
        assert "当前筛选共" in answer.text


def test_ignored_filters_are_named(client: TestClient) -> None:
    html = client.get(f"{LIST}?status=x&from=foo").text
    assert "已忽略：状态、起始日期。" in html
    assert "截止日期早于起始日期" in client.get(f"{LIST}?from=2026-11-24&to=2026-11-23").text


def test_htmx_gets_only_the_results_and_a_short_address_for_the_history(
    client: TestClient, office: Office
) -> None:
    code = an_inquiry(office).code
    query = f"{LIST}?status=open&kind=&topic=&q=&from=&to="
    answer = client.get(query, headers={"HX-Request": "true"})
    assert code in answer.text and "<html" not in answer.text
    assert answer.headers["hx-push-url"] == f"{LIST}?status=open"
    restore = {"HX-Request": "true", "HX-History-Restore-Request": "true"}
    assert "<html" in client.get(query, headers=restore).text


def test_what_visitors_write_is_shown_as_text(client: TestClient, office: Office) -> None:
    text = "<script>alert('x')</script><img src=x onerror=alert(1)>"
    inquiry = an_inquiry(office, text)
    home = inquiry.conversation_id
    opening = an_opening(office, at_shanghai(11, 26))
    an_appointment(office, opening, description=f"事项{text}", conversation=home)
    day = "/console/appointments?day=2026-11-26"
    for path in (LIST, f"{LIST}/{inquiry.code}", f"/console/conversations/{home}", day):
        html = client.get(path).text
        assert "<script>alert" not in html and "<img src=x" not in html, path
        assert "&lt;script&gt;alert" in html, path
    html = client.get(LIST, params={"q": '"><script>alert(1)</script>'}).text
    assert "<script>alert" not in html


# --- one inquiry ---


def test_an_inquiry_is_shown_with_its_decision_and_its_whole_conversation(
    client: TestClient, office: Office
) -> None:
    citation = {"document": "测试条例", "clause": "第三条", "gist": "要点", "status": "in_force"}
    inquiry = an_inquiry(office, citations=[citation])
    html = client.get(f"{LIST}/{inquiry.code}").text
    for words in ("88%", "5%", office.shelf.version, "与现在相同", "《测试条例》", "依据 1 条"):
        assert words in html
    assert '<li id="m1" class="message visitor marked">' in html
    assert '<li id="m2" class="message bot">' in html
    assert "<details" in html and "<details open" not in html
    assert client.get(f"{LIST}/{inquiry.code.lower()}").status_code == 200


def test_an_unknown_inquiry_is_a_page_with_a_sentence(client: TestClient) -> None:
    for code in ("Q2222222", "nonsense", "%00"):
        answer = client.get(f"{LIST}/{code}")
        assert answer.status_code == 404
        assert "没有查到受理编号" in answer.text


def test_a_reply_reaches_the_visitor_and_answers_the_inquiry(
    client: TestClient, office: Office
) -> None:
    inquiry = an_inquiry(office)
    path = f"{LIST}/{inquiry.code}"
    answer = client.post(f"{path}/reply", data={"text": "一行\r\n两行", "csrf": csrf(client)})
    assert answer.headers["location"] == f"{path}#reply"
    html = client.get(path).text
    assert "答复已发出" in html and "已答复" in html and "一行\n两行" in html
    assert "答复已发出" not in client.get(path).text

    def said(session: Any) -> tuple[Any, Any]:
        return (
            conversations.history(session, inquiry.conversation_id)[-1],
            inquiries.find(session, inquiry.code),
        )

    message, stored = office.database.read(said)
    assert (message.author, message.text) == ("staff", "一行\n两行")
    assert (stored.status, stored.replied_by) == ("answered", NAME)


def test_an_empty_reply_is_refused_with_a_sentence(client: TestClient, office: Office) -> None:
    path = f"{LIST}/{an_inquiry(office).code}/reply"
    for form in ({"text": " \n"}, {}):
        answer = client.post(path, data={**form, "csrf": csrf(client)})
        assert answer.status_code == 422
        assert "消息是空的" in answer.text


def test_a_reply_that_is_too_long_is_not_lost(client: TestClient, office: Office) -> None:
    text = "长" * 4001
    path = f"{LIST}/{an_inquiry(office).code}/reply"
    answer = client.post(path, data={"text": text, "csrf": csrf(client)})
    assert answer.status_code == 422
    assert "4000" in answer.text and text in answer.text


def test_without_its_conversation_an_inquiry_can_be_read_but_not_answered(
    client: TestClient, office: Office
) -> None:
    inquiry = office.database.write(
        lambda session: inquiries.record(
            session,
            conversation="gone",
            key=None,
            text="孤零零的问题",
            kind="unknown",
            topic="out_of_scope",
            confidence=0.0,
            candidates=[],
            knowledge_version="old",
            status="open",
            now=NOW,
        )
    )
    path = f"{LIST}/{inquiry.code}"
    html = client.get(path).text
    assert "孤零零的问题" in html and "无法在这里答复" in html and "<textarea" not in html
    answer = client.post(f"{path}/reply", data={"text": "x", "csrf": csrf(client)})
    assert answer.status_code == 404


def test_an_inquiry_links_to_the_day_of_its_appointment(client: TestClient, office: Office) -> None:
    inquiry = an_inquiry(office)
    opening = an_opening(office, at_shanghai(11, 26))
    seat = an_appointment(office, opening, conversation=inquiry.conversation_id)
    html = client.get(f"{LIST}/{inquiry.code}").text
    assert f'href="/console/appointments?day=2026-11-26#{seat.code}"' in html


# --- appointments ---


def test_the_next_day_with_openings_is_shown_with_links_to_its_neighbours(
    client: TestClient, office: Office
) -> None:
    for day in (19, 26, 30):
        an_opening(office, at_shanghai(11, day))
    # Withdrawn and empty: of no interest to anybody.
    an_opening(office, at_shanghai(11, 24), withdrawn=True)
    html = client.get("/console/appointments").text
    assert "2026年11月26日（星期四）" in html
    assert "day=2026-11-19" in html and "day=2026-11-30" in html and "11-24" not in html
    assert "09:00–09:30" in html and "三楼会议室" in html


def test_an_early_opening_belongs_to_the_day_of_shanghai(
    client: TestClient, office: Office
) -> None:
    an_opening(office, at_shanghai(11, 23, 1))
    html = client.get("/console/appointments").text
    assert "2026年11月23日" in html and "今天" in html and "01:00–01:30" in html


def test_without_openings_today_is_shown(client: TestClient) -> None:
    html = client.get("/console/appointments").text
    assert "2026年11月23日" in html and "没有接待时段" in html


@pytest.mark.parametrize("day", ["x", "2026-02-30", "0001-01-01", "9999-12-31", "%00"])
def test_a_day_that_is_none_gets_the_default_and_a_sentence(client: TestClient, day: str) -> None:
    answer = client.get(f"/console/appointments?day={day}")
    assert answer.status_code == 200
    assert "看不懂地址里的日期" in answer.text


def test_an_appointment_is_shown_in_full_with_its_conversation(
    client: TestClient, office: Office
) -> None:
    home = an_inquiry(office).conversation_id
    opening = an_opening(office, at_shanghai(11, 26))
    seat = an_appointment(office, opening, conversation=home, topic="eia.procedure")
    html = client.get("/console/appointments").text
    for words in (
        seat.code,
        "武汉示例涂装有限公司",
        "王经理",
        "13800138000",
        "重大变动怎么认定",
        "已约 <b>1</b> / 2 席",
        office.shelf.title("eia.procedure"),
        f"/console/conversations/{home}",
    ):
        assert words in html
    assert "示例安排" not in html
    assert "依据如下" in client.get(f"/console/conversations/{home}").text
    assert client.get("/console/conversations/none").status_code == 404


def test_an_example_schedule_says_so(client: TestClient, office: Office) -> None:
    an_opening(office, at_shanghai(11, 26), example=True)
    assert "示例安排" in client.get("/console/appointments").text


def test_staff_cancel_in_their_own_name_and_the_seat_is_free_again(
    client: TestClient, office: Office
) -> None:
    opening = an_opening(office, at_shanghai(11, 26), capacity=1)
    code = an_appointment(office, opening).code
    path = f"/console/appointments/{code}/cancel"
    answer = client.post(path, data={"csrf": csrf(client)})
    assert answer.headers["location"] == "/console/appointments?day=2026-11-26"
    html = client.get(answer.headers["location"]).text
    assert "预约已取消" in html and 'class="cancelled"' in html and "已约 <b>0</b> / 1" in html

    def actor(session: Any) -> str:
        entry = session.query(LogEntry).filter_by(action="appointment.cancel", subject=code).one()
        return str(entry.actor)

    assert office.database.read(actor) == NAME
    assert an_appointment(office, opening).seat == 1
    again = client.post(path, data={"csrf": csrf(client)})
    assert again.status_code == 409
    assert "已经取消过了" in again.text


def test_a_visit_that_has_begun_cannot_be_cancelled(
    client: TestClient, office: Office, app: FastAPI
) -> None:
    code = an_appointment(office, an_opening(office, at_shanghai(11, 26))).code
    app.dependency_overrides[utc_now] = lambda: at_shanghai(11, 26, 10)
    assert f"{code}/cancel" not in client.get("/console/appointments").text
    answer = client.post(f"/console/appointments/{code}/cancel", data={"csrf": csrf(client)})
    assert answer.status_code == 409
    assert "已经截止" in answer.text


def test_an_unknown_appointment_cannot_be_cancelled(client: TestClient) -> None:
    for code in ("R2222222", "nonsense"):
        answer = client.post(f"/console/appointments/{code}/cancel", data={"csrf": csrf(client)})
        assert answer.status_code == 404
        assert "没有这个预约" in answer.text
