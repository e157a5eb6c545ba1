"""Answer, ask back, refuse or hand over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from desk.decision import Candidate, Decision
from desk.knowledge import load_shelf
from desk.models import Inquiry
from desk.office import Office
from desk.services import answering, inquiries
from desk.services.answering import OFFERED_TASKS, Question
from desk.services.reply import Reply
from desk.settings import ROOT
from tests.builders import (
    CONVERSATION,
    NOW,
    a_decision,
    a_question,
    a_shelf,
    an_office,
    undecided,
)

SHELF = load_shelf(ROOT / "knowledge")


def answer(office: Office, question: Question) -> Reply:
    return office.database.write(
        lambda s: answering.answer(s, office.shelf, office.words, question, NOW)
    )


def logged(office: Office) -> Sequence[Inquiry]:
    return office.database.read(lambda s: inquiries.all_of(s, CONVERSATION))


def titles(reply: Reply) -> list[str]:
    return [button.title for button in reply.buttons]


@pytest.mark.parametrize("id_", sorted(SHELF.topics))
def test_every_topic_is_told_with_its_answer_and_citations(tmp_path: Path, id_: str) -> None:
    office = an_office(tmp_path)
    reply = answer(office, a_question(topic=id_))
    topic = SHELF.topics[id_]
    assert reply.text == topic.answer
    assert [c["clause"] for c in reply.citations] == [c.clause for c in topic.citations]
    assert reply.decision is not None
    assert (reply.decision["kind"], reply.decision["topic"]) == ("answer", id_)
    assert "known" not in reply.decision
    assert len(reply.buttons) <= 3


def test_an_answer_is_logged_with_the_decision_and_the_version(tmp_path: Path) -> None:
    office = an_office(tmp_path)
    answer(office, a_question("环评要多少天"))
    (row,) = logged(office)
    assert (row.text, row.kind, row.topic, row.status) == (
        "环评要多少天",
        "answer",
        "eia.procedure",
        "closed",
    )
    assert (row.confidence, row.knowledge_version) == (0.9, office.shelf.version)
    assert row.candidates == [{"id": "eia.procedure", "score": 0.9}]


def test_a_message_that_is_sent_again_is_logged_once(tmp_path: Path) -> None:
    office = an_office(tmp_path)
    answer(office, a_question())
    answer(office, a_question())
    assert len(logged(office)) == 1


def test_a_citation_says_whether_its_document_is_in_force(tmp_path: Path) -> None:
    citing = [
        {"document": "old-law", "clause": "第1条", "gist": "旧规定。"},
        {"document": "new-law", "clause": "第2条", "gist": "新规定。", "quote": "原文"},
    ]
    shelf = load_shelf(a_shelf(tmp_path, citations=citing))
    old, new = answering.citations_of(shelf, shelf.topics["eia.example"], NOW)
    assert (old["status"], old["successor"]) == ("repealed", "关于new-law的通知")
    assert (new["status"], new["successor"], new["quote"]) == ("in_force", None, "原文")
    assert (new["document"], new["gist"]) == ("关于new-law的通知", "新规定。")
    assert new["as_of"] == "2026-11-23"


def test_an_aspect_is_told_under_its_heading(tmp_path: Path) -> None:
    office = an_office(tmp_path)
    reply = answer(office, a_question(topic="eia.registration_exemption", aspect="fee"))
    topic = SHELF.topics["eia.registration_exemption"]
    assert topic.title in reply.text
    assert topic.aspects["fee"].strip() in reply.text
    assert office.words.label("aspect.fee") in reply.text
    assert office.words.label("aspect.fee") not in titles(reply)


def test_an_aspect_that_no_source_settles_is_said_to_be_unknown(tmp_path: Path) -> None:
    office = an_office(tmp_path)
    id_ = next(t.id for t in SHELF.topics.values() if "fee" not in t.aspects)
    reply = answer(office, a_question(topic=id_, aspect="fee"))
    assert office.words.phrase("aspect_unknown") in reply.text


def test_asking_back_offers_three_titles_and_a_person(tmp_path: Path) -> None:
    office = an_office(tmp_path)
    ids = ["eia.category", "eia.commitment", "task.book", "planning"]
    candidates = tuple(Candidate(id_, 0.2) for id_ in ids)
    reply = answer(office, a_question(decision=Decision("clarify", ids[0], candidates)))
    assert reply.text == office.words.phrase("clarify")
    assert titles(reply) == [
        SHELF.topics["eia.category"].title,
        SHELF.topics["eia.commitment"].title,
        office.words.label("task.book"),
        office.words.label("leave_it"),
    ]
    assert [(b.action, b.arguments) for b in reply.buttons] == [
        ("show", {"topic": "eia.category"}),
        ("show", {"topic": "eia.commitment"}),
        ("book", {}),
        ("human", {}),
    ]
    assert logged(office)[0].kind == "clarify"


def test_what_is_not_ours_is_refused_with_a_way_on(tmp_path: Path) -> None:
    office = an_office(tmp_path)
    reply = answer(office, a_question("社保怎么交", "out_of_scope"))
    assert reply.text == office.words.phrase("refusal")
    assert reply.inquiry is None
    assert reply.buttons[-1].action == "human"
    assert (logged(office)[0].kind, logged(office)[0].status) == ("refusal", "closed")


def test_what_the_bot_does_not_know_goes_to_a_person_with_a_receipt(tmp_path: Path) -> None:
    office = an_office(tmp_path)
    reply = answer(office, a_question("asdkjh qwe", decision=undecided()))
    (row,) = logged(office)
    assert (row.kind, row.status) == ("unknown", "open")
    assert reply.inquiry == row.code
    assert row.code in reply.text


def test_a_topic_the_shelf_has_lost_goes_to_a_person(tmp_path: Path) -> None:
    office = an_office(tmp_path)
    reply = answer(office, a_question(topic="eia.abolished"))
    assert reply.inquiry
    assert logged(office)[0].status == "open"


@pytest.mark.parametrize(
    "id_", ["smalltalk.greet", "smalltalk.thanks", "smalltalk.bye", "smalltalk.bot"]
)
def test_small_talk_is_answered_and_not_logged(tmp_path: Path, id_: str) -> None:
    office = an_office(tmp_path)
    assert answer(office, a_question("你好", id_)).text == office.words.smalltalk(id_)
    assert logged(office) == []


def test_small_talk_nobody_wrote_words_for_is_politely_refused(tmp_path: Path) -> None:
    office = an_office(tmp_path)
    reply = answer(office, a_question("天气不错", "smalltalk.weather"))
    assert reply.text == office.words.phrase("refusal")


@pytest.mark.parametrize("word", ["affirm", "deny", "stop"])
def test_a_yes_or_no_to_nothing_shows_where_to_begin(tmp_path: Path, word: str) -> None:
    office = an_office(tmp_path)
    reply = answer(office, a_question("好的", word))
    assert reply.text == office.words.phrase("nothing_pending")
    assert reply.buttons
    assert logged(office) == []


def test_a_fitting_answer_offers_its_self_check(tmp_path: Path) -> None:
    office = an_office(tmp_path)
    reply = answer(office, a_question("轻微违法会罚吗", "enforcement.minor_violation"))
    assert "check_violation" in {button.action for button in reply.buttons}


def test_a_task_nobody_carries_out_goes_to_a_person(tmp_path: Path) -> None:
    office = an_office(tmp_path)
    assert answer(office, a_question("改期", "task.reschedule")).inquiry


def test_handing_over_opens_an_inquiry_and_says_its_code(tmp_path: Path) -> None:
    office = an_office(tmp_path)
    question = a_question("转人工", "task.human")
    reply = office.database.write(
        lambda s: answering.hand_over(s, office.shelf, office.words, question, NOW)
    )
    (row,) = logged(office)
    assert row.status == "open"
    assert reply.text == office.words.phrase("handed_over", code=row.code)


def test_no_follow_up_leads_to_what_the_bot_cannot_do(tmp_path: Path) -> None:
    office = an_office(tmp_path)
    for id_ in SHELF.topics:
        for button in answer(office, a_question(topic=id_, key=id_)).buttons:
            if button.action == "show":
                assert button.arguments["topic"] in SHELF.topics
            else:
                assert f"task.{button.action}" in OFFERED_TASKS


def test_an_answer_does_not_offer_to_tell_itself_again(tmp_path: Path) -> None:
    office = an_office(tmp_path)
    for id_ in SHELF.topics:
        for button in answer(office, a_question(topic=id_, key=id_)).buttons:
            assert button.arguments != {"topic": id_}, id_


def test_the_greeting_shows_where_to_begin(tmp_path: Path) -> None:
    office = an_office(tmp_path)
    hello = answering.greeting(office.shelf, office.words)
    assert hello.text == office.words.phrase("greeting")
    assert hello.buttons[-1].action == "book"
    assert len(hello.buttons) == 4


def test_a_reply_as_json_has_no_empty_parts() -> None:
    assert Reply("好").as_dict() == {"text": "好"}
    assert a_decision("planning").as_dict()["candidates"] == [{"id": "planning", "score": 0.9}]


def ask(office: Office, text: str, topic: str, key: str, now: datetime = NOW) -> Reply:
    """A message that the ranking takes for ``topic``."""
    question = Question(CONVERSATION, text, a_decision(topic), key)
    return office.database.write(
        lambda s: answering.answer(s, office.shelf, office.words, question, now)
    )


@pytest.mark.parametrize(
    ("follow_up", "told"),
    [
        ("那具体条件是什么", "具体条件"),
        ("怎么申请？", "怎么办理"),
        ("依据是什么", "行政处罚法 第33条"),
    ],
)
def test_a_follow_up_is_about_the_topic_just_answered(
    tmp_path: Path, follow_up: str, told: str
) -> None:
    office = an_office(tmp_path)
    ask(office, "危废标签忘贴了会罚吗", "enforcement.minor_violation", "first")
    reply = ask(office, follow_up, "service.streamline", "second")
    assert reply.decision is not None
    assert reply.decision["topic"] == "enforcement.minor_violation"
    assert told in reply.text
    assert [row.topic for row in logged(office)] == ["enforcement.minor_violation"] * 2


def test_a_follow_up_after_half_an_hour_stands_on_its_own(tmp_path: Path) -> None:
    office = an_office(tmp_path)
    ask(office, "危废标签忘贴了会罚吗", "enforcement.minor_violation", "first")
    late = NOW + timedelta(minutes=31)
    reply = ask(office, "依据是什么", "service.streamline", "second", late)
    assert reply.decision is not None
    assert reply.decision["topic"] == "service.streamline"


def test_an_aspect_no_source_covers_says_so_and_names_the_way_to_a_person(tmp_path: Path) -> None:
    office = an_office(tmp_path)
    topic = next(t for t in office.shelf.topics.values() if "fee" not in t.aspects)
    ask(office, "先问一句", topic.id, "first")
    reply = ask(office, "收费吗", "out_of_scope", "second")
    assert "文件未规定" in reply.text
    assert [button.action for button in reply.buttons] == ["human", "book"]
