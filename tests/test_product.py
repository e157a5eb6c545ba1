"""The whole product: three real processes, a real model, and visitors who talk over HTTP."""

from __future__ import annotations

import os
import re
import signal
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from desk.clock import local, utc_now
from desk.errors import (
    AppointmentClosed,
    AppointmentNotFound,
    BotSilent,
    DeskError,
    InvalidAttendees,
    InvalidCompany,
    InvalidPhone,
    OpeningFull,
    OpeningPast,
)
from desk.models import Appointment, Inquiry
from desk.services import inquiries
from tests.running import Product, Visitor, listening_addresses, wait_for

pytestmark = pytest.mark.product

LOOPBACK = "0100007F"
RECEIPT = re.compile(r"Q[2-9A-Z]{7}")
COMPANY, CONTACT, PHONE = "武汉示例涂装有限公司", "王经理", "13800138000"
SUBJECT = "想当面谈谈涂装线改造"
# What the bot asks for, by a part of its question.
ASKS = {
    "opening": "时段",
    "company": "单位的名称",
    "contact": "怎么称呼",
    "phone": "联系电话",
    "attendees": "一共来几位",
    "subject": "咨询什么问题",
    "goal": "希望当面解决什么",
    "confirm": "请核对预约信息",
}


@pytest.fixture
def visitor(product: Product) -> Visitor:
    return product.visitor()


def asked(visitor: Visitor) -> str:
    """The field that the bot asked for last."""
    last = visitor.heard[-1]["text"]
    return next((field for field, words in ASKS.items() if words in last), last)


def fill(visitor: Visitor, **changes: str) -> None:
    """Answer everything after the choice of a time, up to the confirmation."""
    answers = {
        "company": COMPANY,
        "contact": CONTACT,
        "phone": PHONE,
        "attendees": "2个人",
        "subject": SUBJECT,
    }
    for field, answer in {**answers, **changes}.items():
        # Where a question was asked before, it is the subject, and the goal is asked for.
        assert asked(visitor) in ({field, "goal"} if field == "subject" else {field})
        visitor.say(answer)
    assert asked(visitor) == "confirm"


def choose(product: Product, visitor: Visitor) -> dict[str, Any]:
    """Begin a booking and press the first time offered; its opening."""
    visitor.say("我想预约接待日")
    assert asked(visitor) == "opening"
    title = visitor.buttons[0]
    visitor.press(title)
    assert asked(visitor) == "company"
    return next(o for o in product.openings() if title_of(product, o) == title)


def title_of(product: Product, opening: dict[str, Any]) -> str:
    begins, ends = (datetime.fromisoformat(opening[name]) for name in ("starts_at", "ends_at"))
    return product.words.opening(begins, ends)


def book(product: Product, visitor: Visitor) -> dict[str, Any]:
    """Book from beginning to end; the appointment."""
    choose(product, visitor)
    fill(visitor)
    return visitor.press("确认提交")["appointment"]


def of_conversation(product: Product, table: Any, visitor: Visitor) -> list[Any]:
    """The rows of a table that belong to a visitor, in order."""
    query = select(table).where(table.conversation_id == visitor.conversation).order_by(table.id)
    return product.database.read(lambda session: list(session.scalars(query)))


def sentence(product: Product, error: DeskError) -> str:
    return product.words.error(error)


# --- answers ---


def test_a_question_is_answered_with_its_basis(product: Product, visitor: Visitor) -> None:
    answer = visitor.say("我们厂危废标签忘贴了,当天就改了,还会罚吗")
    assert answer["decision"]["kind"] == "answer"
    assert answer["decision"]["topic"] == "enforcement.minor_violation"
    assert answer["decision"]["candidates"][0]["score"] > 0.4
    assert answer["citations"]
    for citation in answer["citations"]:
        assert citation["document"]
        assert citation["clause"]
        assert citation["status"] in {"in_force", "repealed", "unverified"}
        assert datetime.fromisoformat(citation["as_of"])
    assert 2 <= len(answer["buttons"]) <= 3
    (inquiry,) = of_conversation(product, Inquiry, visitor)
    assert (inquiry.kind, inquiry.status) == ("answer", "closed")
    assert inquiry.text == "我们厂危废标签忘贴了,当天就改了,还会罚吗"


def test_a_topic_button_goes_deeper(visitor: Visitor) -> None:
    first = visitor.say("我们厂危废标签忘贴了,当天就改了,还会罚吗")
    for title in visitor.buttons[:1]:
        deeper = visitor.press(title)
        assert title in deeper["text"]
        assert deeper["text"] != first["text"]
        assert deeper["decision"]["topic"] == "enforcement.minor_violation"
        assert deeper["citations"] == first["citations"]


def test_an_unclear_question_is_asked_back_and_a_button_settles_it(
    product: Product, visitor: Visitor
) -> None:
    # Of the environmental assessment, or of other permits?
    reply = visitor.say("承诺")
    assert reply["decision"]["kind"] == "clarify"
    assert reply["text"] == product.words.phrase("clarify")
    assert reply["citations"] == []
    assert 2 <= len(visitor.buttons) <= 4
    answer = visitor.press(visitor.buttons[0])
    assert answer["decision"]["kind"] == "answer"
    assert answer["citations"]


def test_an_alien_question_is_refused(product: Product, visitor: Visitor) -> None:
    reply = visitor.say("红烧肉怎么做才好吃")
    assert reply["decision"]["kind"] == "refusal"
    assert reply["text"] == product.words.phrase("refusal")
    assert reply["citations"] == []
    assert "留给工作人员" in visitor.buttons


def test_small_talk_is_answered_and_is_no_inquiry(product: Product, visitor: Visitor) -> None:
    assert visitor.say("你好")["text"] == product.words.smalltalk("smalltalk.greet")
    assert visitor.say("谢谢")["text"] == product.words.smalltalk("smalltalk.thanks")
    assert of_conversation(product, Inquiry, visitor) == []


def test_what_the_bot_cannot_answer_gets_a_receipt_number(
    product: Product, visitor: Visitor
) -> None:
    visitor.say("红烧肉怎么做才好吃")
    reply = visitor.press("留给工作人员")
    assert RECEIPT.fullmatch(reply["inquiry"])
    assert reply["inquiry"] in reply["text"]
    left = of_conversation(product, Inquiry, visitor)[-1]
    assert (left.code, left.status) == (reply["inquiry"], "open")


def test_a_reply_of_staff_reaches_the_conversation(product: Product, visitor: Visitor) -> None:
    code = visitor.say("转人工")["inquiry"]
    assert RECEIPT.fullmatch(code)
    assert "还没有答复" in visitor.say("我的留言回复了吗")["text"]
    seen = visitor.history()[-1]["seq"]
    product.database.write(
        lambda session: inquiries.reply(session, code, "请带上环评批复。", "王晓梅", utc_now())
    )
    (reply,) = visitor.history(after=seen)
    assert (reply["author"], reply["text"]) == ("staff", "请带上环评批复。")
    assert reply["inquiry"] == code
    assert "请带上环评批复。" in visitor.say("我的留言回复了吗")["text"]
    assert "请带上" not in str(product.visitor().history())


# --- booking ---


def test_a_visit_is_booked_from_beginning_to_end(product: Product, visitor: Visitor) -> None:
    opening = choose(product, visitor)
    visitor.say(COMPANY)
    visitor.say(CONTACT)
    visitor.say("138-0013-8000")
    assert visitor.buttons == [f"{n}位" for n in range(1, 6)]
    visitor.press("2位")
    visitor.say("重大变动怎么认定")
    # The subject is a question, so it is noted and answered too.
    assert visitor.heard[0]["citations"]
    summary = visitor.heard[-1]["text"]
    for fact in (title_of(product, opening), "三楼会议室", COMPANY, CONTACT, PHONE):
        assert fact in summary
    assert of_conversation(product, Appointment, visitor) == []
    done = visitor.press("确认提交")
    appointment = done["appointment"]
    assert appointment["code"] in done["text"]
    assert appointment["starts_at"] == opening["starts_at"]
    assert (appointment["status"], appointment["attendees"]) == ("booked", 2)
    assert appointment["place_is_example"]
    assert "示例安排" in done["text"]
    (stored,) = of_conversation(product, Appointment, visitor)
    assert (stored.phone, stored.description) == (PHONE, "重大变动怎么认定")
    assert opening["id"] not in {one["id"] for one in product.openings()}
    # The form is over: the next words are a question again.
    assert visitor.say("排污权能抵押贷款吗")["decision"]["topic"] == "finance.pledge"
    assert len(visitor.heard) == 1


def a_wish_in_words(product: Product) -> tuple[str, dict[str, Any]]:
    """A free opening of the next weeks that begins at three, and how one asks for it."""
    today = local(utc_now()).date()
    monday = today - timedelta(days=today.weekday())
    for opening in product.openings():
        begins = local(datetime.fromisoformat(opening["starts_at"]))
        weeks = (begins.date() - monday).days // 7
        if weeks in (1, 2) and begins.hour == 15:
            return "下" * weeks + "周" + "一二三四五六日"[begins.weekday()] + "下午三点", opening
    raise AssertionError("no opening at three in the next two weeks")


def test_a_visit_is_booked_in_words_with_a_question_in_the_middle(
    product: Product, visitor: Visitor
) -> None:
    words, opening = a_wish_in_words(product)
    visitor.say("我想预约接待日")
    # The day alone leaves four visits to choose from.
    visitor.say(words.removesuffix("下午三点"))
    assert len(visitor.buttons) == 4
    visitor.say(words)
    assert asked(visitor) == "company"
    visitor.say("我们公司叫" + COMPANY)
    assert asked(visitor) == "contact"
    answer = visitor.say("排污权能抵押贷款吗")
    assert answer["decision"]["topic"] == "finance.pledge"
    assert answer["citations"]
    assert asked(visitor) == "contact"
    visitor.say("我姓王")
    visitor.say("电话是138 0013 8000")
    visitor.say("就我一个人来,一个人")
    visitor.say(SUBJECT)
    assert asked(visitor) == "confirm"
    appointment = visitor.say("确认")["appointment"]
    assert appointment["starts_at"] == opening["starts_at"]
    (stored,) = of_conversation(product, Appointment, visitor)
    assert (stored.company, stored.contact, stored.phone) == (COMPANY, "王", PHONE)
    assert (stored.attendees, stored.description) == (1, SUBJECT)


def test_a_booking_may_begin_with_the_time(product: Product, visitor: Visitor) -> None:
    words, opening = a_wish_in_words(product)
    visitor.say(f"我想预约{words}的接待日")
    assert asked(visitor) == "company"
    fill(visitor)
    assert title_of(product, opening) in visitor.heard[-1]["text"]


def test_what_was_filled_in_can_be_corrected_before_it_counts(
    product: Product, visitor: Visitor
) -> None:
    choose(product, visitor)
    fill(visitor)
    visitor.say("电话写错了")
    assert asked(visitor) == "phone"
    visitor.say("13900139000")
    assert asked(visitor) == "confirm"
    visitor.say("改成3个人")
    assert asked(visitor) == "confirm"
    assert "13900139000" in visitor.words
    assert "人数：3" in visitor.words
    visitor.press("修改时间")
    assert asked(visitor) == "opening"
    time = visitor.buttons[-1]
    visitor.press(time)
    assert asked(visitor) == "confirm"
    assert time in visitor.words
    appointment = visitor.press("确认提交")["appointment"]
    assert appointment["attendees"] == 3
    (stored,) = of_conversation(product, Appointment, visitor)
    assert (stored.phone, stored.attendees) == ("13900139000", 3)


@pytest.mark.parametrize("words", ["不约了", "取消"])
def test_a_booking_can_be_left_at_any_time(product: Product, visitor: Visitor, words: str) -> None:
    left = product.words.phrase("form_left")
    visitor.say("我想预约接待日")
    assert visitor.say(words)["text"] == left
    choose(product, visitor)
    visitor.say(COMPANY)
    assert visitor.say(words)["text"] == left
    # Nothing runs any more, and a button of the old form does nothing.
    assert visitor.say("排污权能抵押贷款吗")["decision"]["topic"] == "finance.pledge"
    assert len(visitor.heard) == 1
    # Begun again, the form is empty.
    choose(product, visitor)
    fill(visitor)
    assert visitor.press("不约了")["text"] == left
    assert of_conversation(product, Appointment, visitor) == []


def test_a_wrong_value_gets_a_clear_sentence_and_is_asked_again(
    product: Product, visitor: Visitor
) -> None:
    def refused(field: str, words: str, error: DeskError) -> None:
        assert asked(visitor) == field
        assert visitor.say(words)["text"] == sentence(product, error)
        assert asked(visitor) == field

    yesterday = local(utc_now()).date() - timedelta(days=1)
    visitor.say("我想预约接待日")
    refused("opening", "昨天下午三点", OpeningPast())
    refused("opening", f"{yesterday.year}年{yesterday.month}月{yesterday.day}日", OpeningPast())
    visitor.press(visitor.buttons[0])
    refused("company", "😀😀😀", InvalidCompany(most=80))
    visitor.say(COMPANY)
    visitor.say(CONTACT)
    refused("phone", "123", InvalidPhone())
    refused("phone", "12345678901234", InvalidPhone())
    visitor.say(PHONE)
    refused("attendees", "30个人", InvalidAttendees(most=5))
    refused("attendees", "0", InvalidAttendees(most=5))
    visitor.say("3")
    visitor.say(SUBJECT)
    assert asked(visitor) == "confirm"
    # Not one of the wrong values went to staff as a question.
    assert of_conversation(product, Inquiry, visitor) == []


@pytest.mark.parametrize("command", ["/restart", '/inform{"confirm": true}', "/task_book"])
def test_a_typed_command_is_plain_text(product: Product, visitor: Visitor, command: str) -> None:
    visitor.say(command)
    assert asked(visitor) != "opening"
    choose(product, visitor)
    fill(visitor)
    visitor.say(command)
    assert visitor.history()[-1 - len(visitor.heard)]["text"] == command
    assert asked(visitor) == "confirm"
    assert of_conversation(product, Appointment, visitor) == []
    assert visitor.press("确认提交")["appointment"]["status"] == "booked"


def test_an_opening_taken_before_the_confirmation_is_chosen_anew(
    product: Product, visitor: Visitor
) -> None:
    opening = choose(product, visitor)
    take(product, opening)
    for words in (COMPANY, CONTACT, PHONE, "2"):
        visitor.say(words)
    visitor.say(SUBJECT)
    assert product.words.phrase("taken_meanwhile") in visitor.words
    assert title_of(product, opening) not in visitor.buttons
    choose_again_and_confirm(product, visitor)


def test_an_opening_taken_at_the_last_moment_is_chosen_anew(
    product: Product, visitor: Visitor
) -> None:
    opening = choose(product, visitor)
    fill(visitor)
    take(product, opening)
    assert visitor.press("确认提交")["text"] == sentence(product, OpeningFull())
    assert title_of(product, opening) not in visitor.buttons
    choose_again_and_confirm(product, visitor)


def take(product: Product, opening: dict[str, Any]) -> None:
    """Somebody else books an opening."""
    wish = {
        "opening": opening["id"],
        "company": "黄石示例机械厂",
        "contact": "李工",
        "phone": "027-87654321",
        "attendees": 1,
        "description": "排污许可怎么办",
    }
    url = f"{product.url}/api/v1/appointments"
    httpx.post(url, json=wish, trust_env=False).raise_for_status()


def choose_again_and_confirm(product: Product, visitor: Visitor) -> None:
    """Another time, and everything else is still filled in."""
    assert visitor.buttons
    visitor.press(visitor.buttons[0])
    assert asked(visitor) == "confirm"
    assert visitor.press("确认提交")["appointment"]["status"] == "booked"
    (stored,) = of_conversation(product, Appointment, visitor)
    assert (stored.company, stored.phone, stored.status) == (COMPANY, PHONE, "booked")


def test_of_visitors_who_confirm_at_once_one_gets_the_seat(product: Product) -> None:
    visitors = [product.visitor() for _ in range(4)]
    openings = [choose(product, visitor) for visitor in visitors]
    assert len({opening["id"] for opening in openings}) == 1
    for visitor in visitors:
        fill(visitor)
    with ThreadPoolExecutor(4) as pool:
        replies = list(pool.map(lambda visitor: visitor.press("确认提交"), visitors))
    booked = [reply for reply in replies if reply.get("appointment")]
    refused = [reply["text"] for reply in replies if not reply.get("appointment")]
    assert len(booked) == 1
    assert refused == [sentence(product, OpeningFull())] * 3


# --- appointments ---


def test_an_appointment_is_looked_up_and_cancelled_where_it_was_booked(
    product: Product, visitor: Visitor
) -> None:
    appointment = book(product, visitor)
    found = visitor.press("查询预约")
    assert found["appointment"] == appointment
    assert appointment["code"] in found["text"]
    visitor.say("取消预约")
    assert visitor.buttons == ["确定取消", "不取消"]
    assert "保留不变" in visitor.say("不取消了")["text"]
    visitor.say("查询预约")
    visitor.press("取消预约")
    cancelled = visitor.press("确定取消")
    assert cancelled["appointment"] == {**appointment, "status": "cancelled"}
    assert appointment["starts_at"] in {one["starts_at"] for one in product.openings()}


def test_an_appointment_is_found_elsewhere_by_code_and_phone_only(
    product: Product, visitor: Visitor
) -> None:
    appointment = book(product, visitor)
    stranger = product.visitor()
    unknown = sentence(product, AppointmentNotFound())
    stranger.say("查询预约")
    assert "预约编号" in stranger.words
    stranger.say(appointment["code"])
    assert "后四位" in stranger.words
    assert COMPANY not in stranger.words
    assert stranger.say("8001")["text"] == unknown
    stranger.say(appointment["code"].lower())
    assert stranger.say("8000")["appointment"] == appointment
    assert "appointment" not in str(product.visitor().history())

    other = product.visitor()
    other.say("取消预约")
    other.say(appointment["code"])
    assert other.say("8001")["text"] == unknown
    other.say(f"{appointment['code']} 8000")
    assert other.buttons == ["确定取消", "不取消"]
    assert other.press("确定取消")["appointment"]["status"] == "cancelled"
    # Whoever booked it sees that, and cannot cancel it twice.
    assert "已取消" in lookup(visitor, appointment["code"])
    visitor.say("取消预约")
    visitor.say(appointment["code"])
    if "确定取消" in visitor.buttons:
        visitor.press("确定取消")
    assert sentence(product, AppointmentClosed(code=appointment["code"])) in visitor.words


def lookup(visitor: Visitor, code: str) -> str:
    visitor.say("查询预约")
    visitor.say(code)
    return visitor.words


# --- around the conversation ---


def test_a_client_that_lost_the_answer_gets_it_by_asking_again(visitor: Visitor) -> None:
    body = {"id": uuid.uuid4().hex, "text": "排污权能抵押贷款吗"}
    with pytest.raises(httpx.TimeoutException):
        visitor.http.post("/messages", json=body, timeout=0.001)
    again = visitor.http.post("/messages", json=body).json()["messages"]
    assert again[1]["decision"]["topic"] == "finance.pledge"
    assert visitor.history(after=1) == again


def test_rasa_and_the_action_server_listen_on_loopback_only(product: Product) -> None:
    assert all(product.process(what) for what in ("rasa run", "-m actions", "uvicorn"))
    for port in (product.rasa_port, product.actions_port, product.web_port):
        assert listening_addresses(port) == {LOOPBACK}


def test_the_logs_hold_no_words_of_visitors(product: Product, visitor: Visitor) -> None:
    choose(product, visitor)
    fill(visitor, company="襄阳保密测试有限公司", contact="诸葛测试", phone="13911112222")
    visitor.press("确认提交")
    visitor.say("这句话只有我们知道")
    logs = list((product.var / "log").glob("*.log"))
    assert {"actions.log", "bot.log", "web.log"} <= {log.name for log in logs}
    for log in logs:
        text = log.read_text(encoding="utf-8", errors="replace")
        for secret in ("保密测试", "诸葛", "13911112222", "只有我们知道"):
            assert secret not in text, f"{secret} in {log.name}"


# --- trouble ---


def test_a_killed_bot_is_restarted_and_the_form_goes_on(product: Product, visitor: Visitor) -> None:
    choose(product, visitor)
    visitor.say(COMPANY)
    kill(product, "rasa run")
    # Sent while nobody listens: it waits for the restart.
    visitor.say(CONTACT)
    assert asked(visitor) == "phone"
    for words in (PHONE, "2", SUBJECT):
        visitor.say(words)
    assert visitor.press("确认提交")["appointment"]["company"] == COMPANY


def test_a_killed_action_server_is_restarted_and_the_form_goes_on(
    product: Product, visitor: Visitor
) -> None:
    choose(product, visitor)
    visitor.say(COMPANY)
    kill(product, "-m actions")
    # Nobody can say now what this answer means, so it is apologised for and asked again.
    reply = visitor.say(CONTACT)
    assert reply["text"] == sentence(product, BotSilent()) or asked(visitor) == "phone"
    product.wait_until_ready()
    if asked(visitor) != "phone":
        visitor.say(CONTACT)
    assert asked(visitor) == "phone"
    for words in (PHONE, "2", SUBJECT):
        visitor.say(words)
    assert visitor.press("确认提交")["appointment"]["company"] == COMPANY


def test_a_killed_gateway_is_restarted_and_nothing_is_forgotten(
    product: Product, visitor: Visitor
) -> None:
    choose(product, visitor)
    before = visitor.history()
    kill(product, "uvicorn")
    product.wait_until_ready()
    assert visitor.history() == before
    fill(visitor)


def test_staff_are_told_of_a_booking_and_a_killed_sender_is_restarted(
    product: Product, visitor: Visitor
) -> None:
    webhook = product.webhook
    assert webhook is not None

    def told(code: str) -> bool:
        return any(code.encode() in came.body for came in webhook.received)

    code = book(product, visitor)["code"]
    wait_for(lambda: told(code), "the webhook hears of the booking", 30)
    kill(product, "-m outbox")
    visitor.say("取消预约")
    if "确定取消" not in visitor.buttons:
        visitor.press(code)
    visitor.press("确定取消")
    wait_for(
        lambda: any(
            b"appointment.cancel" in c.body and code.encode() in c.body for c in webhook.received
        ),
        "the webhook hears of the cancellation",
        30,
    )
    assert all(PHONE.encode() not in came.body for came in webhook.received)
    log = (product.var / "log" / "outbox.log").read_text(encoding="utf-8")
    assert PHONE not in log and COMPANY not in log


def kill(product: Product, what: str) -> None:
    """Kill a process the hard way, and wait until its successor is being started."""
    pid = product.process(what)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: product.process(what) not in {None, pid}, f"another {what}")


def test_after_a_crash_of_everything_a_restart_finds_what_was_kept(
    product: Product, visitor: Visitor
) -> None:
    receipt = visitor.say("转人工")["inquiry"]
    appointment = book(product, visitor)
    before = visitor.history()
    product.crash()
    product.start()
    assert visitor.history() == before
    assert receipt in visitor.say("我的留言回复了吗")["text"]
    stranger = product.visitor()
    stranger.say("取消预约")
    stranger.say(f"{appointment['code']} 8000")
    assert stranger.press("确定取消")["appointment"]["status"] == "cancelled"


# --- self-checks ---

TO_VERDICT = ("检查发现的", "昨天", "没有", "不在", "当天就改了", "没有后果", "轻微")


def test_a_check_runs_to_its_verdict_and_its_page(product: Product, visitor: Visitor) -> None:
    visitor.say("我要用违法自查工具")
    assert visitor.heard[-1]["text"].startswith("1. ")
    for answer in TO_VERDICT:
        visitor.say(answer)
    card = visitor.heard[-1]["verdict"]
    assert card["outcome"] == "meets"
    assert card["label"] == "初步判断：符合"
    page = httpx.get(product.url + card["url"], trust_env=False)
    assert page.status_code == 200
    assert card["headline"] in page.text


def test_a_check_is_offered_after_the_fitting_answer(visitor: Visitor) -> None:
    visitor.say("我们厂危废标签忘贴了,当天就改了,还会罚吗")
    visitor.press("自查")
    assert visitor.heard[-1]["text"].startswith("1. ")


def test_a_policy_question_in_the_middle_of_a_check_is_answered_and_it_goes_on(
    visitor: Visitor,
) -> None:
    visitor.say("开始环评自查")
    visitor.press("新建")
    answer = visitor.say("排污权能抵押贷款吗")
    assert answer["decision"]["topic"] == "finance.pledge"
    assert visitor.heard[-1]["text"].startswith("2. ")
    visitor.say("为什么问这个")
    assert visitor.heard[0]["citations"]
    assert visitor.heard[-1]["text"].startswith("2. ")
    visitor.say("转人工")
    assert RECEIPT.search(visitor.heard[0]["text"])
    assert visitor.heard[-1]["text"].startswith("2. ")
    visitor.press("登记表")
    visitor.say("上一步")
    assert visitor.heard[-1]["text"].startswith("2. ")


def test_a_check_is_stopped_resumed_and_corrected(visitor: Visitor) -> None:
    visitor.say("开始环评自查")
    for answer in ("新建", "不清楚"):
        visitor.say(answer)
    visitor.say("先停一下")
    assert visitor.say("什么是环评")["decision"]["kind"] == "answer"
    visitor.say("继续自查")
    assert visitor.heard[-1]["text"].startswith("3. ")
    visitor.say("都不是")
    visitor.say("大概两千平")
    assert visitor.heard[-1]["verdict"]["steps"][-1]["answer"] == "约2000平方米"
    visitor.say("刚才面积说错了,是三千")
    assert visitor.heard[-1]["verdict"]["steps"][-1]["answer"] == "3000平方米"
    visitor.press("改一个回答")
    visitor.press("面积")
    visitor.say("不清楚")
    assert visitor.heard[-1]["verdict"]["outcome"] == "human"
    visitor.say("什么是环评")
    assert visitor.heard[-1]["decision"]["kind"] == "answer", "the form is over"


def test_a_verdict_is_left_to_staff_and_books_a_visit(product: Product, visitor: Visitor) -> None:
    visitor.say("我要用违法自查工具")
    for answer in TO_VERDICT:
        visitor.say(answer)
    code = visitor.heard[-1]["verdict"]["code"]
    visitor.press("留给工作人员")
    receipt = visitor.heard[0]["inquiry"]
    left = of_conversation(product, Inquiry, visitor)[-1]
    assert (left.code, left.status) == (receipt, "open")
    assert code in left.text
    visitor.press("预约接待日")
    assert asked(visitor) == "opening"
    visitor.press(visitor.buttons[0])
    for field, answer in (("company", COMPANY), ("contact", CONTACT), ("phone", PHONE)):
        assert asked(visitor) == field
        visitor.say(answer)
    assert asked(visitor) == "attendees"
    visitor.say("2个人")
    assert asked(visitor) == "goal", "the subject was filled in beforehand"
    visitor.say("想知道还缺什么证据")
    assert asked(visitor) == "confirm"
    assert code in visitor.words


def test_a_check_gives_way_to_another_and_to_a_booking(visitor: Visitor) -> None:
    visitor.say("开始环评自查")
    visitor.say("新建")
    visitor.say("开始排污权测算")
    assert visitor.heard[-1]["text"].startswith("1. ")
    visitor.say("我想预约接待日")
    assert asked(visitor) == "opening"
    visitor.say("算了")
    visitor.say("继续自查")
    assert visitor.heard[-1]["text"].startswith("1. ")


def test_a_long_check_survives_the_cutting_of_its_session(visitor: Visitor) -> None:
    visitor.say("开始排污权测算")
    for answer in ("要买", "扩建", "报告表", "没有", "工业"):
        visitor.say(answer)
    for _ in range(4):
        for tonnes in ("9吨", "1吨", "2吨"):
            visitor.say("为什么问这个")
            visitor.say("5吨")
            visitor.say("上一步")
            visitor.say(tonnes)
    assert "打算从哪里取得" in visitor.words
    visitor.say("没想好")
    card = visitor.heard[-1]["verdict"]
    assert len(card["steps"]) == 18
