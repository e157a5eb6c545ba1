"""The custom actions, run by rasa-sdk's own executor with what Rasa sends."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from rasa_sdk.executor import ActionExecutor
from sqlalchemy import select

from actions import boundary
from desk.decision import Candidate, Decision
from desk.errors import AppointmentNotFound, DatabaseBusy, InternalFault, OfferGone
from desk.models import Appointment, Fault, Inquiry, Opening
from desk.office import Office
from desk.services import answering, booking, intake, waitlist
from desk.settings import ROOT
from tests.builders import (
    CONVERSATION,
    NOW,
    a_booking,
    a_decision,
    a_turn,
    an_appointment,
    an_office,
    an_opening,
    at,
    undecided,
)

EXECUTOR = ActionExecutor()
EXECUTOR.register_package("actions")
DOMAIN = [yaml.safe_load(file.read_text()) for file in (ROOT / "bot" / "domain").glob("*.yml")]
FORMS = {name: form for part in DOMAIN for name, form in part.get("forms", {}).items()}
OTHER = "d" * 32
POLICY = a_decision("trading.emission_rights")


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """The actions' office for one test, at a fixed moment."""
    here = an_office(tmp_path)
    monkeypatch.setattr(boundary, "open_office", lambda settings: here)
    monkeypatch.setattr(boundary, "utc_now", lambda: NOW)
    boundary.keeper.cache_clear()
    yield here
    boundary.keeper.cache_clear()


def run(action: str, turn: dict[str, Any]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Call an action; its events, and its replies in the shape of ``Reply.as_dict``."""
    call = {
        "next_action": action,
        "sender_id": turn["sender_id"],
        "tracker": turn,
        "domain": {},
        "version": "3.6.21",
    }
    result = asyncio.run(EXECUTOR.run(call))
    return result.events, [response["custom"] for response in result.responses]


def slots(events: list[dict[str, Any]]) -> dict[str, Any]:
    return {event["name"]: event["value"] for event in events if event["event"] == "slot"}


def rows(office: Office, table: type) -> list[Any]:
    return list(office.database.read(lambda s: s.scalars(select(table)).all()))


class Dialogue:
    """A form as Rasa runs it: validate the answer, then ask for the first empty slot. A stand-in
    for rules and forms only; which action a rule calls is tested against the real Rasa."""

    def __init__(self, form: str, last: str, conversation: str = CONVERSATION) -> None:
        self.form, self.last, self.conversation = form, last, conversation
        self.slots: dict[str, Any] = {}
        self.asked: str | None = None
        self.said: list[dict[str, Any]] = []
        self.messages = 0

    def begin(self, action: str, text: str = "", **turn: Any) -> Dialogue:
        self._do(action, self._turn(text, **turn))
        return self.say(text, **turn)

    def say(self, text: str, **turn: Any) -> Dialogue:
        """A message of the visitor; ``self.said`` are the replies to it."""
        self.messages += 1
        self.said = []
        answer = self._turn(text, **turn)
        asked = self.asked
        events = self._do(f"validate_{self.form}", answer)
        found = slots(events)
        if asked and not found:
            self._do("action_answer", answer)  # Rasa's rule for what was no answer
        if "requested_slot" in found:
            self.asked = None
            return self
        self._ask(answer)
        return self

    def press(self, title: str) -> Dialogue:
        """Press a button of the last replies."""
        button = next(b for r in self.said for b in r.get("buttons", []) if b["title"] == title)
        return self.say(title, intent="inform", entities=button["arguments"])

    def _turn(self, text: str, **turn: Any) -> dict[str, Any]:
        facts = {"slots": self.slots, "asked": self.asked, "form": self.form}
        facts |= {"conversation": self.conversation, "key": f"m{self.messages}"}
        return a_turn(text, **facts | turn)

    def _ask(self, answer: dict[str, Any]) -> None:
        empty = (s for s in FORMS[self.form]["required_slots"] if self.slots.get(s) is None)
        self.asked = next(empty, None)
        if self.asked is None:
            events = self._do(self.last, answer)
            if any(event["event"] == "followup" for event in events):
                self._ask(answer)
        elif f"action_ask_{self.asked}" in EXECUTOR.actions:
            events = self._do(f"action_ask_{self.asked}", answer)
            if any(event["event"] == "followup" for event in events):
                self._ask(answer)

    def _do(self, action: str, answer: dict[str, Any]) -> list[dict[str, Any]]:
        turn = {**answer, "slots": {**self.slots, "requested_slot": self.asked}}
        events, replies = run(action, turn)
        self.slots |= slots(events)
        self.said += replies
        return events

    @property
    def text(self) -> str:
        return "\n".join(reply["text"] for reply in self.said)

    @property
    def titles(self) -> list[str]:
        return [b["title"] for reply in self.said for b in reply.get("buttons", [])]


def booking_form(conversation: str = CONVERSATION) -> Dialogue:
    return Dialogue("booking_form", "action_book", conversation)


def filled(form: Dialogue) -> Dialogue:
    """The form with everything but the last yes."""
    for text in ("1", "武汉示例涂装有限公司", "王经理", "13800138000", "2", "重大变动认定"):
        form.say(text)
    return form


# -- answering ------------------------------------------------------------------------------------


def test_a_question_is_answered_and_logged(office: Office) -> None:
    events, (reply,) = run("action_answer", a_turn("环评多少天", decision=a_decision("planning")))
    assert events == []
    assert reply["text"] == office.shelf.topics["planning"].answer
    assert reply["citations"]
    (inquiry,) = rows(office, Inquiry)
    assert (inquiry.text, inquiry.conversation_id, inquiry.message_key) == (
        "环评多少天",
        CONVERSATION,
        "m1",
    )


def test_the_visitors_own_words_are_logged_not_what_rasa_was_told(office: Office) -> None:
    turn = a_turn("／book")
    turn["latest_message"]["metadata"]["text"] = "/book"
    run("action_answer", turn)
    assert rows(office, Inquiry)[0].text == "/book"


def test_a_message_without_the_gateways_key_is_answered_too(office: Office) -> None:
    turn = a_turn("环评", decision=a_decision("planning"))
    turn["latest_message"]["metadata"] = None
    assert run("action_answer", turn)[1][0]["text"] == office.shelf.topics["planning"].answer
    assert rows(office, Inquiry)[0].message_key is None


def test_a_topic_button_is_answered_with_its_topic_and_aspect(office: Office) -> None:
    arguments = {"topic": "eia.registration_exemption", "aspect": "fee"}
    _, (reply,) = run("action_answer", a_turn("收费吗", intent="show", entities=arguments))
    assert office.words.label("aspect.fee") in reply["text"]
    assert reply["decision"]["topic"] == "eia.registration_exemption"


def test_a_forms_button_after_the_form_is_gone_starts_over(office: Office) -> None:
    turn = a_turn("3位", intent="inform", entities={"attendees": 3})
    assert run("action_answer", turn)[1][0]["text"] == office.words.phrase("nothing_pending")


def test_asking_back_offers_buttons(office: Office) -> None:
    candidates = (Candidate("planning", 0.3), Candidate("low_carbon", 0.3))
    turn = a_turn("规划", decision=Decision("clarify", "planning", candidates))
    _, (reply,) = run("action_answer", turn)
    assert [b["action"] for b in reply["buttons"]] == ["show", "show", "human"]


# -- inquiries ------------------------------------------------------------------------------------


def test_leaving_a_question_to_a_person_gives_a_receipt_that_can_be_asked_about(
    office: Office,
) -> None:
    _, (empty,) = run("action_inquiry_status", a_turn("我的留言回复了吗"))
    assert empty["text"] == office.words.phrase("no_inquiries")
    _, (receipt,) = run("action_human", a_turn("转人工", decision=a_decision("task.human")))
    _, (status,) = run("action_inquiry_status", a_turn("我的留言回复了吗", key="m2"))
    assert receipt["inquiry"] in status["text"]
    _, (others,) = run("action_inquiry_status", a_turn("回复了吗", conversation=OTHER))
    assert others["text"] == office.words.phrase("no_inquiries")


# -- booking --------------------------------------------------------------------------------------


def test_the_whole_booking_step_by_step(office: Office) -> None:
    an_opening(office, at(11, 26))
    wanted = an_opening(office, at(12, 24))
    form = booking_form().begin("action_begin_booking", "我想预约")
    assert (form.asked, len(form.titles)) == ("opening", 2)
    form.press(office.words.opening(wanted.starts_at, wanted.ends_at))
    assert form.asked == "company"
    form.say("黄冈市某某新材料有限公司")
    assert form.asked == "contact"
    form.say("我姓王")
    assert form.asked == "phone"
    form.say("138 0013 8000")
    assert form.asked == "attendees"
    assert form.titles == [office.words.label("people", count=n) for n in range(1, 6)]
    form.press(office.words.label("people", count=3))
    assert form.asked == "subject"
    form.say("重大变动认定")
    assert form.asked == "confirm"
    for fact in ("2026年12月24日", "三楼会议室", "黄冈市某某新材料有限公司", "13800138000", "3"):
        assert fact in form.text
    assert rows(office, Appointment) == []
    form.press(office.words.label("confirm"))
    (appointment,) = rows(office, Appointment)
    assert (appointment.opening_id, appointment.contact, appointment.attendees) == (
        wanted.id,
        "王",
        3,
    )
    assert appointment.conversation_id == CONVERSATION
    assert form.said[-1]["appointment"]["code"] == appointment.code
    assert appointment.code in form.text
    assert not any(form.slots.values())


def test_a_repeated_last_message_does_not_book_twice(office: Office) -> None:
    an_opening(office, capacity=2)
    form = filled(booking_form().begin("action_begin_booking"))
    gathered = {**form.slots, "confirm": True}
    for _ in range(2):  # as after a crash between commit and reply
        turn = a_turn("确认提交", slots=gathered, key="same", form="booking_form")
        assert run("action_book", turn)[1][0]["appointment"]
    assert len(rows(office, Appointment)) == 1


def test_a_seat_that_was_lost_at_the_last_moment_asks_for_another_time(office: Office) -> None:
    taken, free = an_opening(office, at(11, 26)), an_opening(office, at(12, 24))
    form = filled(booking_form().begin("action_begin_booking"))
    assert form.slots["opening"] == taken.id
    an_appointment(office, taken, conversation=OTHER)
    form.say("好的")
    assert form.asked == "opening"
    assert form.slots["company"] == "武汉示例涂装有限公司"
    when = [office.words.opening(o.starts_at, o.ends_at) for o in (free, taken)]
    assert form.titles == [when[0], office.words.label("wait_for", opening=when[1])]
    form.say("1").say("好的")
    assert [a.opening_id for a in rows(office, Appointment)] == [taken.id, free.id]


def test_a_seat_that_was_lost_before_the_summary_is_told_there(office: Office) -> None:
    taken = an_opening(office, at(11, 26))
    an_opening(office, at(12, 24))
    form = booking_form().begin("action_begin_booking")
    for text in ("1", "武汉示例涂装有限公司", "王经理", "13800138000", "2"):
        form.say(text)
    an_appointment(office, taken, conversation=OTHER)
    form.say("重大变动认定")
    assert office.words.phrase("taken_meanwhile") in form.text
    assert form.asked == "opening"


def test_without_any_opening_the_form_ends_at_once(office: Office) -> None:
    form = booking_form().begin("action_begin_booking", "我想预约")
    assert "没有可预约" in form.text
    events, _ = run("action_ask_opening", a_turn("我想预约", form="booking_form"))
    assert {"event": "active_loop", "name": None} in [
        {k: e[k] for k in ("event", "name")} for e in events if e["event"] == "active_loop"
    ]
    assert slots(events)["requested_slot"] is None


def test_a_wrong_answer_is_explained_and_asked_again(office: Office) -> None:
    an_opening(office)
    form = booking_form().begin("action_begin_booking").say("1").say("某某公司").say("王经理")
    form.say("123")
    assert form.asked == "phone"
    assert "电话号码不正确" in form.text


def test_a_question_in_the_middle_is_no_answer(office: Office) -> None:
    an_opening(office)
    form = booking_form().begin("action_begin_booking").say("1")
    form.say("排污权怎么买", decision=POLICY)
    assert form.asked == "company"
    assert form.slots.get("company") is None
    assert form.said[0]["decision"]["topic"] == "trading.emission_rights"


def test_a_subject_that_is_a_question_is_noted_and_answered(office: Office) -> None:
    an_opening(office)
    form = booking_form().begin("action_begin_booking")
    for text in ("1", "武汉示例涂装有限公司", "王经理", "13800138000", "2"):
        form.say(text)
    form.say("排污权怎么买", decision=POLICY)
    assert form.slots["subject"] == "排污权怎么买"
    assert form.asked == "confirm"
    assert office.words.phrase("subject_noted") in form.text
    assert office.shelf.topics["trading.emission_rights"].answer in form.text
    assert form.said[0]["citations"]


def test_a_correction_at_the_end_changes_one_answer(office: Office) -> None:
    an_opening(office)
    form = filled(booking_form().begin("action_begin_booking"))
    form.say("电话改成13900139000")
    assert (form.asked, form.slots["phone"]) == ("confirm", "13900139000")
    assert "13900139000" in form.text
    form.press(office.words.label("correct", field=office.words.label("field.phone")))
    assert form.asked == "phone"
    form.say("13800138000").say("好的")
    assert rows(office, Appointment)[0].phone == "13800138000"


@pytest.mark.parametrize("stage", range(7))
def test_leaving_is_possible_at_every_step_and_stores_nothing(office: Office, stage: int) -> None:
    an_opening(office)
    form = booking_form().begin("action_begin_booking")
    answers = ("1", "武汉示例涂装有限公司", "王经理", "13800138000", "2", "重大变动认定")
    for text in answers[:stage]:
        form.say(text)
    form.say("算了")
    assert form.text == office.words.phrase("form_left")
    assert not any(form.slots.values())
    assert rows(office, Appointment) == []


def test_the_leave_button_leaves(office: Office) -> None:
    an_opening(office)
    form = filled(booking_form().begin("action_begin_booking"))
    form.say(office.words.label("leave"), intent="stop")
    assert form.text == office.words.phrase("form_left")
    assert not any(form.slots.values())


def test_a_wish_in_the_first_sentence_is_not_asked_for_again(office: Office) -> None:
    an_opening(office, at(11, 26))
    wanted = an_opening(office, at(12, 24))
    form = booking_form().begin("action_begin_booking", "预约12月24日")
    assert (form.slots["opening"], form.asked) == (wanted.id, "company")


def test_a_wish_that_several_openings_match_shows_only_those(office: Office) -> None:
    an_opening(office, at(11, 26))
    for hour in (14, 15):
        an_opening(office, at(12, 24, hour))
    form = booking_form().begin("action_begin_booking").say("12月24号")
    assert form.asked == "opening"
    assert len(form.titles) == 2
    assert all("12月24日" in title for title in form.titles)
    assert form.say("2").slots["opening"] == rows(office, Opening)[2].id


def test_another_task_does_not_break_into_a_form(office: Office) -> None:
    an_opening(office)
    form = booking_form().begin("action_begin_booking").say("1")
    form.say("查询预约", decision=a_decision("task.lookup"))
    assert form.asked == "company"
    assert form.slots.get("company") is None
    assert form.said


def test_an_example_schedule_is_never_presented_as_fact(office: Office) -> None:
    an_opening(office, example=True)
    warning = office.words.phrase("example_schedule")
    form = booking_form().begin("action_begin_booking")
    assert warning in form.text
    filled(form).say("好的")
    assert warning in form.text


def test_a_button_cannot_set_anything_but_the_forms_own_slots(office: Office) -> None:
    turn = a_turn(
        "x", intent="inform", entities={"phone_tail": "own", "attendees": 3}, asked="phone"
    )
    events, _ = run("validate_booking_form", turn)
    assert slots(events) == {"attendees": 3}


# -- look up and cancel ---------------------------------------------------------------------------


def cancel_form(conversation: str = CONVERSATION) -> Dialogue:
    return Dialogue("cancel_form", "action_cancel", conversation)


def lookup_form(conversation: str = CONVERSATION) -> Dialogue:
    return Dialogue("lookup_form", "action_lookup", conversation)


def test_ones_only_appointment_is_found_without_any_code(office: Office) -> None:
    mine = an_appointment(office, conversation=CONVERSATION)
    form = lookup_form().begin("action_begin_appointment", "查询预约")
    assert form.said[-1]["appointment"]["code"] == mine.code
    assert "13800138000" not in form.text
    assert not any(form.slots.values())


def test_one_of_several_appointments_is_chosen_by_button(office: Office) -> None:
    an_appointment(office, conversation=CONVERSATION)
    second = an_appointment(office, an_opening(office, at(12, 24)), conversation=CONVERSATION)
    form = lookup_form().begin("action_begin_appointment", "查询预约")
    assert form.text == office.words.phrase("ask_which")
    form.press(second.code)
    assert form.said[-1]["appointment"]["code"] == second.code


def test_cancelling_ones_own_appointment_takes_a_yes(office: Office) -> None:
    mine = an_appointment(office, conversation=CONVERSATION)
    form = cancel_form().begin("action_begin_appointment", "取消预约")
    assert form.asked == "cancel_confirmed"
    assert mine.code in form.text
    assert rows(office, Appointment)[0].status == "booked"
    form.press(office.words.label("yes_cancel"))
    assert rows(office, Appointment)[0].status == "cancelled"
    assert mine.code in form.text


@pytest.mark.parametrize("answer", ["不取消了", "不", "先不取消", "保留"])
def test_a_no_keeps_the_appointment(office: Office, answer: str) -> None:
    an_appointment(office, conversation=CONVERSATION)
    form = cancel_form().begin("action_begin_appointment", "取消预约").say(answer)
    assert rows(office, Appointment)[0].status == "booked"
    assert form.asked is None


@pytest.mark.parametrize("answer", ["嗯?", "环评要多少天", "13800138000", "😀", "取消", "随便"])
@pytest.mark.parametrize("topic", ["affirm", "task.cancel", "planning", "out_of_scope"])
def test_nothing_but_a_plain_yes_cancels_whatever_the_ranking_thinks(
    office: Office, answer: str, topic: str
) -> None:
    an_appointment(office, conversation=CONVERSATION)
    form = cancel_form().begin("action_begin_appointment", "取消预约")
    form.say(answer, decision=a_decision(topic))
    assert rows(office, Appointment)[0].status == "booked"


def test_on_another_device_code_and_phone_tail_are_needed(office: Office) -> None:
    theirs = an_appointment(office, conversation=OTHER)
    form = cancel_form().begin("action_begin_appointment", "取消预约")
    assert form.asked == "appointment_code"
    form.say(theirs.code)
    assert form.asked == "phone_tail"
    form.say("8000")
    assert form.asked == "cancel_confirmed"
    form.say("确定取消")
    assert rows(office, Appointment)[0].status == "cancelled"


@pytest.mark.parametrize(
    "messages",
    [
        ["{code}", "0000", "确定取消"],
        ["{code}", "own", "确定取消"],
        ["{code} 0000", "确定取消"],
        ["{code}", "13800138000", "确定取消"],
        ["{code}", "确定取消", "确定取消"],
        ["取消{code}", "好的", "好的"],
    ],
)
def test_somebody_elses_appointment_cannot_be_cancelled_without_the_phone_tail(
    office: Office, messages: list[str]
) -> None:
    theirs = an_appointment(office, conversation=OTHER)
    form = cancel_form().begin("action_begin_appointment", "取消预约")
    for message in messages:
        form.say(message.format(code=theirs.code))
    assert rows(office, Appointment)[0].status == "booked"
    assert theirs.company not in form.text


def test_a_proof_for_ones_own_appointment_does_not_carry_over_to_another(office: Office) -> None:
    mine = an_appointment(office, conversation=CONVERSATION)
    theirs = an_appointment(office, an_opening(office, at(12, 24)), conversation=OTHER)
    form = cancel_form().begin("action_begin_appointment", "取消预约")
    assert form.slots["phone_tail"] == "own"
    form.say(theirs.code)
    assert form.slots["phone_tail"] is None
    form.say("确定取消")
    assert {a.status for a in rows(office, Appointment)} == {"booked"}
    assert mine.code != theirs.code


@pytest.mark.parametrize("tail", [None, "own", "", "0000"])
@pytest.mark.parametrize(
    "action", ["action_cancel", "action_lookup", "action_ask_cancel_confirmed"]
)
def test_not_even_forged_slots_open_somebody_elses_appointment(
    office: Office, action: str, tail: str | None
) -> None:
    theirs = an_appointment(office, conversation=OTHER)
    gathered = {"appointment_code": theirs.code, "phone_tail": tail, "cancel_confirmed": True}
    _, (reply,) = run(action, a_turn("确定取消", slots=gathered))
    assert rows(office, Appointment)[0].status == "booked"
    assert theirs.company not in reply["text"]
    assert "appointment" not in reply


def test_a_known_and_an_unknown_code_are_treated_alike(office: Office) -> None:
    theirs = an_appointment(office, conversation=OTHER)
    said = []
    for code in (theirs.code, "R2222222"):
        form = lookup_form().begin("action_begin_appointment", "查询预约").say(code)
        said.append((form.asked, form.text))
        form.say("0000")
        said.append((form.asked, form.text))
    assert said[:2] == said[2:]


def test_an_appointment_that_is_already_cancelled_says_so(office: Office) -> None:
    mine = an_appointment(office, conversation=CONVERSATION)
    form = cancel_form().begin("action_begin_appointment", "取消预约")
    office.database.write(
        lambda s: booking.cancel(s, office.reception, booking.by_code(s, mine.code), NOW)
    )
    form.say("确定取消")
    assert "已经取消过" in form.text


@pytest.mark.parametrize("form_name", ["lookup_form", "cancel_form"])
def test_leaving_a_look_up_is_possible(office: Office, form_name: str) -> None:
    form = Dialogue(form_name, "action_lookup").begin("action_begin_appointment", "查询预约")
    form.say("算了")
    assert form.text == office.words.phrase("form_left")
    assert form.slots["requested_slot"] is None


@pytest.mark.parametrize("text", ["R123", "没有编号", "13800138000", "😀", "'; DROP TABLE x;--"])
def test_what_is_no_code_is_explained(office: Office, text: str) -> None:
    form = lookup_form().begin("action_begin_appointment", "查询预约").say(text)
    assert form.asked == "appointment_code"
    assert "预约编号" in form.text


# -- rescheduling ---------------------------------------------------------------------------------


def reschedule_form() -> Dialogue:
    return Dialogue("reschedule_form", "action_reschedule")


def test_the_first_sentence_may_say_all_of_a_rescheduling(office: Office) -> None:
    mine = an_appointment(office, an_opening(office, at(12, 24)), conversation=CONVERSATION)
    wanted = an_opening(office, at(12, 24, 16, 0))
    an_opening(office, at(11, 26, 16, 0))
    form = reschedule_form().begin("action_begin_appointment", "改到下午四点")
    assert form.asked == "move_confirmed"
    assert "14:30" in form.text and "16:00" in form.text
    assert rows(office, Appointment)[0].opening_id == mine.opening_id
    form.say("确定")
    (moved,) = rows(office, Appointment)
    assert (moved.code, moved.opening_id, moved.changes) == (mine.code, wanted.id, 1)
    assert moved.code in form.text
    assert not any(form.slots.values())


def test_the_new_time_is_asked_for_without_the_old_one_among_the_choices(office: Office) -> None:
    mine = an_appointment(office, an_opening(office, at(12, 24)), conversation=CONVERSATION)
    wanted = an_opening(office, at(11, 26))
    form = reschedule_form().begin("action_begin_appointment", "改期")
    assert form.asked == "new_opening"
    assert form.titles == [office.words.opening(wanted.starts_at, wanted.ends_at)]
    form.say("农历初八")
    assert "公历" in form.text
    form.say("1").say("不改了")
    assert rows(office, Appointment)[0].opening_id == mine.opening_id


def test_a_seat_lost_while_confirming_keeps_the_old_one_and_asks_again(office: Office) -> None:
    mine = an_appointment(office, an_opening(office, at(12, 24)), conversation=CONVERSATION)
    wanted, other = an_opening(office, at(11, 26)), an_opening(office, at(11, 27))
    form = reschedule_form().begin("action_begin_appointment", "改到11月26日")
    assert form.asked == "move_confirmed"
    an_appointment(office, wanted, conversation=OTHER)
    form.say("确定")
    assert form.asked == "new_opening"
    assert form.titles == [office.words.opening(other.starts_at, other.ends_at)]
    assert rows(office, Appointment)[0].opening_id == mine.opening_id


def test_elsewhere_a_rescheduling_needs_code_and_phone_tail(office: Office) -> None:
    theirs = an_appointment(office, an_opening(office, at(12, 24)), conversation=OTHER)
    wanted = an_opening(office, at(11, 26))
    form = reschedule_form().begin("action_begin_appointment", "改期")
    form.say(f"{theirs.code} 0000")
    assert form.asked == "appointment_code"
    form.say(theirs.code)
    assert form.asked == "phone_tail"
    form.say("8000")
    assert form.asked == "new_opening"
    form.say("11月26日").say("是的")
    assert rows(office, Appointment)[0].opening_id == wanted.id


@pytest.mark.parametrize("answer", ["嗯?", "环评要多少天", "随便", "取消"])
def test_nothing_but_a_plain_yes_reschedules(office: Office, answer: str) -> None:
    mine = an_appointment(office, an_opening(office, at(12, 24)), conversation=CONVERSATION)
    an_opening(office, at(11, 26))
    form = reschedule_form().begin("action_begin_appointment", "改到11月26日")
    form.say(answer, decision=a_decision("affirm"))
    assert rows(office, Appointment)[0].opening_id == mine.opening_id


# -- the waiting list -----------------------------------------------------------------------------


def test_a_full_time_is_waited_for_and_the_offered_seat_taken(office: Office) -> None:
    full = an_opening(office, at(12, 24))
    holder = an_appointment(office, full, conversation=OTHER)
    an_opening(office, at(11, 26))
    form = booking_form().begin("action_begin_booking", "预约12月24日下午两点半")
    assert "约满" in form.text
    when = office.words.opening(full.starts_at, full.ends_at)
    form.press(office.words.label("wait_for", opening=when))
    for text in ("另一家有限公司", "李工", "13900139000", "1", "重大变动认定"):
        form.say(text)
    assert form.asked == "confirm" and "候补" in form.text
    form.say("好的")
    _, mine = rows(office, Appointment)
    assert (mine.status, mine.opening_id) == ("waiting", full.id)
    assert "第1位" in form.text
    early = a_turn("好的", decision=a_decision("affirm"))
    assert run("action_answer_offer", early)[1][0]["text"] == office.words.phrase("nothing_pending")
    office.database.write(
        lambda s: booking.cancel(s, office.reception, booking.by_code(s, holder.code), NOW)
    )
    _, (reply,) = run("action_answer_offer", a_turn("好的", decision=a_decision("affirm")))
    assert mine.code in reply["text"]
    assert rows(office, Appointment)[1].status == "booked"


@pytest.mark.parametrize(("accepted", "status"), [(True, "booked"), (False, "cancelled")])
def test_the_buttons_of_an_offer_take_or_leave_it(
    office: Office, accepted: bool, status: str
) -> None:
    mine = an_offered_seat(office)
    arguments = {"appointment_code": mine, "accepted": accepted}
    for _ in range(2):
        _, (reply,) = run(
            "action_answer_offer", a_turn("接受", intent="answer_offer", entities=arguments)
        )
    assert rows(office, Appointment)[1].status == status
    again = office.words.error(OfferGone())
    assert (reply["text"] == again) is not accepted


def test_an_offer_of_another_conversation_cannot_be_answered(office: Office) -> None:
    arguments = {"appointment_code": an_offered_seat(office), "accepted": True}
    turn = a_turn("接受", intent="answer_offer", entities=arguments, conversation=OTHER)
    _, (reply,) = run("action_answer_offer", turn)
    assert reply["text"] == office.words.error(AppointmentNotFound())
    assert rows(office, Appointment)[1].status == "held"


def an_offered_seat(office: Office) -> str:
    """The code of this conversation's appointment for which a seat is kept."""
    opening = an_opening(office)
    holder = an_appointment(office, opening, conversation=OTHER)
    wish = a_booking(opening, company="另一家有限公司", conversation=CONVERSATION)
    mine = office.database.write(lambda s: waitlist.wait(s, office.reception, wish, NOW))
    office.database.write(
        lambda s: booking.cancel(s, office.reception, booking.by_code(s, holder.code), NOW)
    )
    return mine.code


# -- what the booking is about --------------------------------------------------------------------


def test_the_subject_is_what_was_just_asked_and_can_be_changed(office: Office) -> None:
    an_opening(office, at(11, 26))
    run("action_answer", a_turn("危废标签忘贴了会罚吗", decision=a_decision("planning")))
    form = booking_form().begin("action_begin_booking", "我想预约")
    for text in ("1", "武汉示例涂装有限公司", "王经理", "13800138000", "2"):
        form.say(text)
    assert form.asked == "goal"
    assert "危废标签忘贴了会罚吗" in form.text
    form.press(office.words.label("skip"))
    assert form.asked == "confirm"
    form.say("好的")
    (appointment,) = rows(office, Appointment)
    assert appointment.topic == "planning"
    assert appointment.description.endswith("危废标签忘贴了会罚吗")
    assert appointment.goal is None


def test_another_subject_forgets_the_topic_and_asks_for_both_at_once(office: Office) -> None:
    an_opening(office, at(11, 26))
    run("action_answer", a_turn("危废标签忘贴了会罚吗", decision=a_decision("planning")))
    form = booking_form().begin("action_begin_booking", "我想预约")
    for text in ("1", "武汉示例涂装有限公司", "王经理", "13800138000", "2"):
        form.say(text)
    form.press(office.words.label("other_subject"))
    assert form.asked == "subject"
    form.say("罚款想分期").say("好的")
    (appointment,) = rows(office, Appointment)
    assert (appointment.topic, appointment.description) == (None, "罚款想分期")


def test_what_was_asked_long_ago_or_elsewhere_is_not_the_subject(office: Office) -> None:
    an_opening(office, at(11, 26))
    turn = a_turn("危废标签忘贴了会罚吗", decision=a_decision("planning"), conversation=OTHER)
    run("action_answer", turn)
    events, _ = run("action_begin_booking", a_turn("我想预约"))
    assert slots(events)["subject"] is None


# -- faults ---------------------------------------------------------------------------------------

ALL = sorted(EXECUTOR.actions)


def apology(office: Office) -> str:
    return office.words.error(InternalFault())


def broken(*_: Any, **__: Any) -> Any:
    raise RuntimeError("138 0013 8000 crashed")


def test_a_crash_becomes_an_apology_and_a_fault(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answering, "answer", broken)
    events, (reply,) = run("action_answer", a_turn("环评"))
    assert (events, reply["text"]) == ([], apology(office))
    (fault,) = rows(office, Fault)
    assert (fault.conversation_id, fault.where) == (CONVERSATION, "actions")
    assert "action_answer" in fault.reason
    assert "8000" not in fault.reason


@pytest.mark.parametrize("action", ALL)
@pytest.mark.parametrize("text", ["", "环评", "😀" * 1000, "'; DROP TABLE inquiry;--", "/x{}"])
def test_no_action_raises_whatever_it_is_called_with(
    office: Office, action: str, text: str
) -> None:
    for asked in (None, "phone", "appointment_code", "cancel_confirmed", "nonsense"):
        run(action, a_turn(text, asked=asked, slots={"opening": "x", "attendees": "y"}))


@pytest.mark.parametrize("action", ALL)
@pytest.mark.parametrize(
    "message",
    [
        None,
        {},
        {"text": None, "intent": None, "entities": None, "metadata": None},
        {"text": "x", "intent": {"name": "ask"}, "decision": {"kind": "magic"}},
        {
            "text": "/inform",
            "intent": {"name": "inform"},
            "entities": [{"entity": "clear", "value": 1}],
        },
        {"text": "/inform", "intent": {"name": "inform"}, "entities": [{"value": 1}]},
    ],
)
def test_no_action_raises_on_a_malformed_message(office: Office, action: str, message: Any) -> None:
    turn = a_turn("x", asked="phone")
    turn["latest_message"] = message
    run(action, turn)


@pytest.mark.parametrize("action", ALL)
def test_no_action_raises_when_the_database_is_gone(
    office: Office, tmp_path: Path, action: str
) -> None:
    office.database.engine.dispose()
    for file in tmp_path.glob("desk.db*"):
        file.write_bytes(b"no database" * 500) if file.name == "desk.db" else file.unlink()
    run(action, a_turn("环评", asked="phone"))


@pytest.mark.parametrize(
    ("action", "slot"),
    [
        ("validate_booking_form", "phone"),
        ("validate_lookup_form", "appointment_code"),
        ("validate_cancel_form", "cancel_confirmed"),
    ],
)
def test_a_form_holds_after_a_crash_and_does_not_take_the_answer_for_a_question(
    office: Office, monkeypatch: pytest.MonkeyPatch, action: str, slot: str
) -> None:
    monkeypatch.setattr(intake, "hear", broken)
    monkeypatch.setattr(booking, "upcoming", broken)
    events, (reply,) = run(action, a_turn("13800138000", asked=slot))
    assert slots(events) == {slot: None}
    assert reply["text"] == apology(office)
    assert len(rows(office, Fault)) == 1


def test_a_form_holds_when_the_database_is_busy(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(work: Any) -> Any:
        raise DatabaseBusy()

    monkeypatch.setattr(office.database, "write", busy)
    turn = a_turn("排污权怎么买", decision=POLICY, asked="subject")
    events, (reply,) = run("validate_booking_form", turn)
    assert slots(events) == {"subject": None}
    assert reply["text"] == office.words.error(DatabaseBusy())


def test_a_half_said_reply_is_taken_back_by_a_crash(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answering, "answer", broken)
    monkeypatch.setattr(
        intake, "hear", lambda *_: intake.Heard({"subject": "x"}, DatabaseBusy(), True)
    )
    _, (reply,) = run("validate_booking_form", a_turn("排污权怎么买", asked="subject"))
    assert reply["text"] == apology(office)


def test_a_fault_that_cannot_be_stored_still_gets_an_apology(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(office.database, "write", broken)
    _, (reply,) = run("action_answer", a_turn("环评", decision=undecided()))
    assert reply["text"] == apology(office)


# -- self-checks -----------------------------------------------------------------------------


def followups(events: list[dict[str, Any]]) -> list[str]:
    return [event["name"] for event in events if event["event"] == "followup"]


def a_check_form() -> Dialogue:
    return Dialogue("check_form", "action_check_verdict")


def begun(check: str = "violation", text: str = "") -> Dialogue:
    wish = a_decision(f"task.check_{check}")
    dialogue = a_check_form()
    dialogue._do("action_begin_check", dialogue._turn(text, decision=wish))
    dialogue._ask(dialogue._turn(text, decision=wish))
    return dialogue


def test_a_check_runs_from_its_first_question_to_its_verdict(office: Office) -> None:
    check = begun()
    assert "1. " in check.text
    for text in ("检查发现的", "昨天", "没有", "不在", "当天就改了", "没有后果"):
        check.say(text)
    check.press("是")
    assert check.said[-1]["verdict"]["outcome"] == "meets"
    assert check.slots["check_step"] is None
    assert [button["action"] for button in check.said[-1]["buttons"]] == [
        "check_violation",
        "book",
        "human",
    ]


def test_the_wish_for_a_check_is_logged_when_it_was_typed(office: Office) -> None:
    begun(text="帮我看看会不会罚")
    assert [inquiry.topic for inquiry in rows(office, Inquiry)] == ["task.check_violation"]


def test_what_is_no_answer_to_a_check_is_answered_by_the_dialogue(office: Office) -> None:
    check = begun()
    check.say("买排污权要到哪里登记?", decision=POLICY)
    assert office.shelf.topics[POLICY.topic].answer in check.text
    assert check.said[-1]["text"].startswith("1. ")


def test_leaving_a_check_ends_its_form_and_says_so_once(office: Office) -> None:
    check = begun()
    check.say("先停一下")
    assert check.text == office.words.phrase("check_stopped")
    assert check.asked is None
    check._do("action_check_verdict", check._turn("先停一下"))
    assert check.text == office.words.phrase("check_stopped"), "no verdict of what was left"


def test_a_left_check_is_taken_up_by_words_alone(office: Office) -> None:
    check = begun()
    check.say("检查发现的")
    check.say("先停一下")
    events, replies = run("action_answer", a_turn("继续自查"))
    assert followups(events) == ["check_form"]
    assert "免罚" in replies[0]["text"]


def test_a_bare_yes_without_a_question_offers_the_unfinished_check(office: Office) -> None:
    check = begun()
    check.say("检查发现的")
    check.say("先停一下")
    _, replies = run("action_answer", a_turn("是的", decision=a_decision("affirm")))
    assert replies[0]["buttons"][0]["action"] == "check_violation"


def test_a_verdict_is_corrected_from_outside_the_form(office: Office) -> None:
    check = begun("exemption")
    for text in ("新建", "不清楚", "都不是", "大概两千平"):
        check.say(text)
    events, replies = run("action_answer", a_turn("刚才面积说错了,是三千"))
    assert followups(events) == [], "nothing is left to ask"
    assert replies[-1]["verdict"]["steps"][-1]["answer"] == "3000平方米"


def test_a_corrected_verdict_begun_by_a_task_asks_no_form(office: Office) -> None:
    check = begun("exemption")
    for text in ("新建", "不清楚", "都不是", "大概两千平"):
        check.say(text)
    wish = a_decision("task.check_exemption")
    events, replies = run("action_begin_check", a_turn("再测一次,面积说错了,是三千", decision=wish))
    assert followups(events) == ["action_listen"]
    assert replies[-1]["verdict"]


def test_a_verdict_goes_to_staff_and_into_a_booking(office: Office) -> None:
    check = begun("exemption")
    for text in ("新建", "不清楚", "都不是", "大概两千平"):
        check.say(text)
    code = check.said[-1]["verdict"]["code"]
    _, replies = run(
        "action_human", a_turn("留给工作人员", intent="task_human", entities={"verdict": code})
    )
    assert replies[0]["inquiry"] == rows(office, Inquiry)[-1].code
    assert code in rows(office, Inquiry)[-1].text
    events, _ = run(
        "action_begin_booking", a_turn("预约", intent="task_book", entities={"verdict": code})
    )
    assert code in slots(events)["subject"]
    assert slots(events)["opening"] is None


def test_a_check_that_is_not_finished_goes_to_staff_with_what_was_answered(office: Office) -> None:
    check = begun("exemption")
    check.say("新建")
    person = a_turn("转人工", decision=a_decision("task.human"), asked="check_step")
    _, replies = run("action_human", person)
    left = rows(office, Inquiry)[-1]
    assert replies[0]["inquiry"] == left.code
    assert "项目性质：新建" in left.text
    assert left.status == "open"


def test_a_verdict_of_somebody_else_is_not_told(office: Office) -> None:
    check = begun("exemption")
    for text in ("新建", "不清楚", "都不是", "大概两千平"):
        check.say(text)
    stranger = a_turn(
        "预约",
        intent="task_book",
        entities={"verdict": check.said[-1]["verdict"]["code"]},
        conversation=OTHER,
    )
    events, _ = run("action_begin_booking", stranger)
    assert slots(events)["subject"] is None
