"""A self-check in conversation, from the first question to the verdict and what comes of it."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select

from desk.checks.load import load_checks
from desk.contacts import MOST_SUBJECT
from desk.decision import Decision
from desk.errors import DayUnclear, TaskRunning, UnknownCheck, VerdictNotFound
from desk.models import CheckRun, Inquiry, Message, Verdict
from desk.office import Keeper, Office
from desk.services import asking, checking, checks, conversations, resuming, staff, verdicts
from desk.services.checking import Told
from desk.services.reply import Button, Reply
from desk.services.resuming import Wish
from desk.settings import ROOT
from tests.builders import CONVERSATION, NOW, TODAY, a_decision, an_office, undecided
from web.app import create_app
from web.chat import public

OTHER = "d" * 32
POLICY = a_decision("trading.emission_rights")


class Talk:
    """A visitor and the services, called in the order in which the actions call them."""

    def __init__(self, office: Office, conversation: str = CONVERSATION) -> None:
        self.office, self.conversation = office, conversation
        self.now: datetime = NOW
        self.said: list[Reply] = []
        self.count = 0

    def begin(self, check: str, text: str = "", move: str | None = None) -> Talk:
        wish = Wish(self.conversation, text, check, move, pressed=move is not None)
        taken = self._write(resuming.begin, wish)
        self.said = list(taken.replies)
        return self._ask() if taken.asks else self

    def take_up(self, text: str) -> Talk | None:
        taken = self._write(resuming.take_up, Wish(self.conversation, text))
        if taken is None:
            return None
        self.said = list(taken.replies)
        return self._ask() if taken.asks else self

    def say(self, text: str, decision: Decision | None = None, **told: Any) -> Talk:
        self.count += 1
        told = {"key": f"m{self.count}", **told}
        heard = self.hear(Told(text, decision or undecided(), **told))
        assert heard is not None, f"{text} was taken for no answer"
        self.said = list(heard.replies)
        if heard.left:
            return self
        return self._finish() if heard.done else self._ask()

    def hear(self, told: Told) -> checking.Heard | None:
        here = self.office
        return here.database.write(
            lambda s: checking.take(
                s, here.checks, here.shelf, here.words, self.conversation, told, self.now
            )
        )

    def press(self, title: str) -> Talk:
        button = self.button(title)
        if button.action == "leave":
            return self.say(title, stops=True)
        if button.action != "inform":
            check, move = button.action.removeprefix("check_"), button.arguments["move"]
            return self.begin(check, title, move)
        return self.say(title, pressed=button.arguments)

    def button(self, title: str) -> Button:
        found = [b for reply in self.said for b in reply.buttons if title in b.title]
        assert found, f"no {title} among {self.titles}"
        return found[0]

    def answer(self, *answers: str) -> Talk:
        for one in answers:
            self.say(one)
        return self

    @property
    def titles(self) -> list[str]:
        return [button.title for reply in self.said for button in reply.buttons]

    @property
    def text(self) -> str:
        return "\n".join(reply.text for reply in self.said)

    @property
    def card(self) -> dict[str, Any]:
        card = self.said[-1].verdict
        assert card is not None, self.text
        return card

    @property
    def facts(self) -> dict[str, str]:
        return {step["label"]: step["answer"] for step in self.card["steps"]}

    def rows(self, table: type) -> list[Any]:
        return list(self.office.database.read(lambda s: s.scalars(select(table)).all()))

    def _ask(self) -> Talk:
        here = self.office
        reply = here.database.read(
            lambda s: asking.due(s, here.checks, here.words, self.conversation, self.now)
        )
        if reply is None:
            return self._finish()
        self.said.append(reply)
        return self

    def _finish(self) -> Talk:
        here = self.office

        def work(session: Any) -> Reply:
            run = checks.latest(session, self.conversation, "running")
            assert run is not None
            rules = here.checks[run.check]
            stored = verdicts.finish(session, rules, here.shelf, here.words, run, self.now)
            return verdicts.reply(stored, here.words)

        self.said.append(here.database.write(work))
        return self

    def _write(self, service: Any, wish: Wish) -> Any:
        here = self.office
        return here.database.write(
            lambda s: service(s, here.checks, here.shelf, here.words, wish, self.now)
        )


@pytest.fixture
def talk(tmp_path: Path) -> Talk:
    return Talk(an_office(tmp_path))


SHALL = ("检查发现的", "昨天", "没有", "不在", "当天就改了", "没有后果", "轻微")


def test_a_check_asks_one_thing_at_a_time_and_ends_in_a_verdict(talk: Talk) -> None:
    talk.begin("violation")
    assert len(talk.said) == 2, "the introduction and the first question"
    assert talk.said[1].text.startswith("1. ")
    talk.answer(*SHALL)
    assert talk.card["outcome"] == "meets"
    assert talk.card["label"] == "初步判断：符合"
    assert talk.facts["行为发生日期"] == "2026年11月22日"
    assert talk.card["disclaimer"]
    assert talk.card["next"]
    assert len(talk.card["steps"]) == 7
    for step in talk.card["steps"]:
        for citation in step["citations"]:
            assert citation["status"] in {"in_force", "unverified"}
            assert citation["clause"]
            assert citation["as_of"] >= "2026-11-23"


def test_not_to_know_always_has_a_button_and_leads_on(talk: Talk) -> None:
    for check in talk.office.checks:
        talk.begin(check)
        for _ in range(30):
            if talk.said[-1].verdict:
                break
            talk.press("不清楚")
        assert talk.card["outcome"] == "human", check
        assert set(talk.facts.values()) == {"不清楚"}


def test_why_is_answered_with_the_clause_and_the_question_comes_again(talk: Talk) -> None:
    talk.begin("exemption").answer("新建")
    for why in (lambda: talk.say("为什么问这个？"), lambda: talk.press("为什么问这个")):
        why()
        assert "名录" in talk.said[0].text
        assert talk.said[0].citations[0]["clause"] == "第95条"
        assert talk.said[1].text.startswith("2. ")


def test_back_takes_one_answer_away_and_keeps_those_after_it(talk: Talk) -> None:
    talk.begin("exemption").answer("新建", "报告表", "还没开工")
    asked = talk.said[-1].text
    talk.say("上一步")
    assert "到哪一步" in talk.text
    talk.say("上一步")
    assert "属于哪一档" in talk.text
    talk.answer("报告表", "没开工")
    assert talk.said[-1].text == asked


def test_before_the_first_question_there_is_nothing_to_go_back_to(talk: Talk) -> None:
    talk.begin("exemption").say("上一步")
    assert talk.said[0].text == talk.office.words.phrase("check_first")
    assert talk.said[1].text.startswith("1. ")


def test_an_earlier_answer_is_changed_in_the_middle(talk: Talk) -> None:
    talk.begin("exemption").answer("新建", "不清楚", "都不是", "大概两千平")
    assert talk.facts["面积"] == "约2000平方米"
    again = talk.take_up("刚才面积说错了，是三千")
    assert again is not None
    assert talk.facts["面积"] == "3000平方米"
    talk.begin("violation").answer("检查发现的", "昨天", "没有")
    talk.say("行为日期说错了，是11月3日")
    assert "2026年11月3日" in talk.said[0].text
    assert talk.said[1].text.startswith("4. ")


def test_an_answer_can_be_changed_from_the_card(talk: Talk) -> None:
    talk.begin("violation").answer(*SHALL)
    first = talk.card
    talk.press("改一个回答")
    talk.press("危害后果")
    talk.say("有一点轻微影响")
    assert "被处罚过吗" in talk.text, "another way asks other questions"
    talk.say("没罚过")
    assert talk.card["outcome"] == "meets"
    assert "可以不予处罚" in talk.card["headline"]
    assert talk.card["code"] != first["code"]
    assert len(talk.rows(Verdict)) == 2


def test_who_changes_nothing_gets_the_same_verdict_again(talk: Talk) -> None:
    talk.begin("violation").answer(*SHALL)
    code = talk.card["code"]
    talk.press("改一个回答")
    talk.press("不改了")
    assert talk.card["code"] == code
    assert len(talk.rows(Verdict)) == 1


def test_a_policy_question_is_left_to_the_dialogue(talk: Talk) -> None:
    talk.begin("exemption").answer("新建")
    assert talk.hear(Told("排污权能抵押贷款吗", POLICY)) is None
    assert talk.hear(Told("转人工", a_decision("task.human"))) is None
    assert talk.hear(Told("我想预约接待日", a_decision("task.book"))) is None
    assert talk.hear(Told("帮我算排污权", a_decision("task.check_trading"))) is None
    talk.say("查询预约", a_decision("task.lookup"))
    assert talk.said[0].text == talk.office.words.error(TaskRunning())
    assert talk.said[1].text.startswith("2. ")


def test_what_cannot_be_read_is_asked_again_with_help(talk: Talk) -> None:
    talk.begin("exemption").answer("新建")
    talk.say("哼哼")
    assert "没看懂" in talk.said[0].text
    talk.answer("不清楚", "都不是")
    talk.say("很大")
    assert "平方米" in talk.said[0].text
    talk.begin("violation").answer("收到告知书了")
    talk.say("前阵子")
    assert "哪一天" in talk.said[0].text


def test_a_rough_day_counts_only_where_it_makes_no_difference(talk: Talk) -> None:
    talk.begin("violation").answer("检查发现的", "上个月")
    assert talk.said[0].text.endswith("约2026年10月31日。")
    talk.say("上一步")
    talk.say("8月份")  # the code came into force in the middle of it
    assert talk.said[0].text == talk.office.words.error(DayUnclear())
    talk.begin("violation", move="go_on")
    talk.press("上一步")
    talk.say("收到告知书了")
    talk.say("这个月")  # a time limit is counted from the day
    assert talk.said[0].text == talk.office.words.error(DayUnclear())


def test_the_last_day_to_object_is_told(talk: Talk) -> None:
    talk.begin("violation").answer("收到告知书了", "11月20日", "11月1日")
    talk.answer("没有", "不在", "当天就改了", "没有后果", "轻微")
    assert any("2026年11月25日" in line for line in talk.card["next"])


def test_a_check_is_left_and_taken_up_where_it_was(talk: Talk) -> None:
    talk.begin("violation").answer("检查发现的", "昨天")
    talk.say("先停一下")
    assert talk.said[0].text == talk.office.words.phrase("check_stopped")
    assert talk.hear(Told("是", undecided())) is None, "nothing runs any more"
    talk.now += timedelta(days=3)
    assert talk.take_up("继续自查") is not None
    assert talk.said[-1].text.startswith("3. ")
    talk.press("先停一下")
    talk.press("接着做")
    assert talk.said[-1].text.startswith("3. ")


def test_begun_again_it_asks_whether_to_go_on(talk: Talk) -> None:
    talk.begin("violation").answer("检查发现的", "昨天")
    talk.begin("exemption").answer("新建")
    talk.begin("violation")
    assert "已经答了2题" in talk.text
    talk.say("好的")
    assert talk.said[-1].text.startswith("3. ")
    talk.begin("violation")
    talk.press("重新开始")
    assert talk.said[-1].text.startswith("1. ")
    states = [run.state for run in talk.rows(CheckRun)]
    assert states == ["dropped", "paused", "running"]


def test_going_on_is_of_the_check_that_was_left_whatever_the_ranking_guessed(talk: Talk) -> None:
    talk.begin("violation").answer("检查发现的", "昨天").say("先停一下")
    talk.begin("exemption", "继续自查")
    assert talk.said[-1].text.startswith("3. ")
    assert "免罚" in talk.said[0].text


def test_another_conversation_knows_nothing_of_it(talk: Talk) -> None:
    talk.begin("violation").answer("检查发现的", "昨天").say("先停一下")
    assert Talk(talk.office, OTHER).take_up("继续自查") is None


def test_amounts_in_the_wish_itself_count_as_answered(talk: Talk) -> None:
    talk.begin("trading", "印染扩建，COD新增9.2吨，氨氮0.7吨，帮我算")
    assert "9.2吨" in talk.said[1].text
    talk.answer("要买", "扩建", "报告表", "没有", "工业", "没有", "没有", "0.2吨", "0.1吨")
    talk.answer("没有", "没有", "本市")
    table = talk.card["table"]
    assert table["columns"] == ["新增", "源头削减", "现有富余", "要取得"]
    cells = {row["title"]: row["cells"] for row in table["rows"]}
    assert cells["化学需氧量"] == ["9.2", "0", "0", "9.2"]
    assert cells["氨氮"] == ["0.7", "0.2", "0.1", "0.4"]
    assert cells["二氧化硫"] == ["0", "—", "—", "0"]
    notes = "".join(table["notes"])
    assert "历史价格，不是现价" in notes
    assert "现行价格没有查到" in notes
    assert "合计" not in notes


def test_a_current_price_is_told_only_where_the_office_configured_one(
    talk: Talk, tmp_path: Path
) -> None:
    knowledge = tmp_path / "knowledge"
    shutil.copytree(ROOT / "knowledge", knowledge)
    file = knowledge / "checks" / "trading.yml"
    text = file.read_text(encoding="utf-8").replace("past_price: ", "price: 100, past_price: ")
    text = text.replace("  past: {", "  current: {as_of: 2026年11月, source: 示例公告}\n  past: {")
    text = text.replace("minus: [cod_cut, cod_spare]}", "minus: [cod_cut, cod_spare], ratio: 1.5}")
    file.write_text(text, encoding="utf-8")
    rules = load_checks(knowledge, talk.office.shelf.register, TODAY)
    talk.office = replace(talk.office, checks=rules)
    talk.begin("trading").answer("要买", "新建", "报告表", "没有", "工业")
    talk.answer("2吨", "没有", "没有", "没有", "本市")
    assert talk.card["table"]["rows"][0]["cells"][-1] == "3"
    notes = "".join(talk.card["table"]["notes"])
    assert "示例公告" in notes
    assert "合计约300元" in notes
    assert "历史价格" not in notes


def test_the_same_message_counts_once(talk: Talk) -> None:
    talk.begin("violation")
    talk.say("检查发现的", key="same")
    talk.say("检查发现的", key="same")
    assert talk.said[-1].text.startswith("2. ")


def test_the_message_that_began_a_check_is_not_its_first_answer(talk: Talk) -> None:
    wish = Wish(CONVERSATION, "开始排污权测算", "trading", key="begin")
    talk._write(resuming.begin, wish)
    assert talk.hear(Told("开始排污权测算", undecided(), key="begin")) == checking.Heard()
    assert talk.rows(CheckRun)[0].answers == {}


def test_a_button_of_another_check_or_of_no_step_changes_nothing(talk: Talk) -> None:
    talk.begin("violation")
    for pressed in (
        {"check": "exemption", "step": "nature", "value": "new"},
        {"check": "violation", "step": "gone", "value": "x"},
        {"check": "violation", "step": "stage", "value": "gone"},
    ):
        talk.say("旧按钮", pressed=pressed)
        assert "没看懂" in talk.said[0].text
    assert talk.rows(CheckRun)[0].answers == {}


def test_rules_that_change_under_a_check_drop_what_fits_no_more(talk: Talk) -> None:
    talk.begin("exemption").answer("新建", "报告表")

    def age(session: Any) -> None:
        run = session.scalar(select(CheckRun))
        run.version = "0-old"
        run.answers = {**run.answers, "nature": {"value": "no_such_option"}}

    talk.office.database.write(age)
    talk.say("还没开工")
    assert talk.said[0].text == talk.office.words.phrase("check_same_rules")
    assert talk.said[-1].text.startswith("1. ")


def test_a_check_that_is_gone_says_so(talk: Talk) -> None:
    with pytest.raises(UnknownCheck):
        talk.begin("horoscope")


def test_what_would_change_the_verdict_is_told(talk: Talk) -> None:
    talk.begin("violation").answer(*SHALL)
    assert any("如果“从重情形”是“是”" in line for line in talk.card["changes"])
    assert len(talk.card["changes"]) >= 2


# -- what comes of a verdict -----------------------------------------------------------------


def leave(talk: Talk, code: str, conversation: str = CONVERSATION, key: str = "k1") -> Reply:
    here = talk.office
    return here.database.write(
        lambda s: verdicts.leave(s, here.shelf, here.words, code, conversation, key, NOW)
    )


def test_it_is_stored_with_the_version_of_its_rules(talk: Talk) -> None:
    talk.begin("violation").answer(*SHALL)
    stored = talk.rows(Verdict)[0]
    assert stored.version == talk.office.checks["violation"].version == talk.card["version"]
    assert stored.card == talk.card
    assert stored.card["url"] == f"/verdicts/{stored.key}"
    assert len(stored.key) >= 32
    assert talk.rows(CheckRun)[0].state == "done"


def test_it_is_left_to_staff_once_with_its_facts(talk: Talk) -> None:
    talk.begin("violation").answer(*SHALL)
    first, second = leave(talk, talk.card["code"]), leave(talk, talk.card["code"], key="k2")
    assert first.inquiry == second.inquiry
    inquiries = talk.rows(Inquiry)
    assert len(inquiries) == 1
    assert inquiries[0].status == "open"
    assert inquiries[0].topic == "task.check_violation"
    assert talk.card["code"] in inquiries[0].text
    assert "改正情况：当场或马上改了" in inquiries[0].text


def test_nobody_else_can_leave_or_book_it(talk: Talk) -> None:
    talk.begin("violation").answer(*SHALL)
    code = talk.card["code"]
    with pytest.raises(VerdictNotFound):
        leave(talk, code, OTHER)
    with pytest.raises(VerdictNotFound):
        talk.office.database.read(lambda s: verdicts.subject_of(s, talk.office.words, code, OTHER))


def test_it_fits_into_the_subject_of_a_visit(talk: Talk) -> None:
    talk.begin("trading").answer("要买", "扩建", "报告表", "没有", "工业")
    for _ in range(4):
        talk.answer("12.5吨", "1.25吨", "0.125吨")
    talk.say("还没想好")
    subject = talk.office.database.read(
        lambda s: verdicts.subject_of(s, talk.office.words, talk.card["code"], CONVERSATION)
    )
    assert talk.card["code"] in subject
    assert len(subject) <= MOST_SUBJECT


# -- through the doors -----------------------------------------------------------------------


@pytest.fixture
def app(talk: Talk) -> FastAPI:
    return create_app(talk.office)


def test_the_page_opens_by_its_key_only(talk: Talk, app: FastAPI) -> None:
    talk.begin("violation").answer(*SHALL)
    visitor = TestClient(app)
    page = visitor.get(talk.card["url"])
    assert page.status_code == 200
    for part in (talk.card["headline"], talk.card["disclaimer"], talk.card["code"], "第33条"):
        assert part in page.text
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert "noindex" in page.headers["x-robots-tag"]
    assert "default-src 'self'" in page.headers["content-security-policy"]
    for other in (talk.card["code"], "x" * 32, talk.card["url"].rpartition("/")[2][:-1]):
        missing = visitor.get(f"/verdicts/{other}")
        assert missing.status_code == 404
        assert talk.card["headline"] not in missing.text


def test_the_page_does_not_change_with_the_rules(talk: Talk, app: FastAPI) -> None:
    talk.begin("violation").answer(*SHALL)
    app.state.keeper = Keeper(replace(talk.office, checks={}))
    assert talk.card["headline"] in TestClient(app).get(talk.card["url"]).text


def test_keys_cannot_be_tried_at_will(talk: Talk, app: FastAPI) -> None:
    visitor = TestClient(app)
    answers = [visitor.get(f"/verdicts/{number:032}").status_code for number in range(40)]
    assert answers[0] == 404
    assert answers[-1] == 429


def test_a_message_of_the_api_carries_the_verdict(talk: Talk) -> None:
    talk.begin("violation").answer(*SHALL)

    def store(session: Any) -> Message:
        home = conversations.start(session, NOW).id
        payload = talk.said[-1].as_dict()
        return conversations.say(session, home, "bot", payload.pop("text"), NOW, payload=payload)

    shown = public(talk.office.database.write(store))
    assert shown["verdict"] == talk.card
    assert [button["title"] for button in shown["buttons"]] == talk.titles[-3:]
    assert all(set(button) == {"id", "title"} for button in shown["buttons"])


def test_staff_see_the_verdict_beside_the_inquiry_and_as_a_page(talk: Talk, app: FastAPI) -> None:
    talk.begin("violation").answer(*SHALL)
    receipt = leave(talk, talk.card["code"]).inquiry
    password = talk.office.database.write(lambda s: staff.create(s, "王晓梅", NOW))[1]
    client = TestClient(app)
    address = f"/console/verdicts/{talk.card['code']}"
    assert "王晓梅" not in client.get(address).text, "only who is signed in"
    login = client.get("/console/login").text
    token = login.partition('name="csrf" value="')[2].partition('"')[0]
    client.post("/console/login", data={"name": "王晓梅", "password": password, "csrf": token})
    beside = client.get(f"/console/inquiries/{receipt}").text
    assert address in beside
    assert "当场或马上改了" in beside
    assert talk.card["version"] in beside
    page = client.get(address).text
    assert talk.card["headline"] in page
    assert "第33条" in page
    assert client.get("/console/verdicts/V2222222").status_code == 404
