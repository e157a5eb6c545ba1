"""The host's sheet of a day: what led to each visit, on paper and as a spreadsheet."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from sqlalchemy import select

from desk.models import LogEntry
from desk.office import Office
from desk.services import attendance, booking, conversations, day_sheet, inquiries, waitlist
from tests.builders import NOW, a_booking, an_appointment, an_office, an_opening, at
from tests.console_client import NAME, Console

DAY = date(2026, 11, 26)
FILE = "/console/sheet/file?day=2026-11-26"
PAGE = "/console/sheet?day=2026-11-26"


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return an_office(tmp_path)


def a_conversation(office: Office, *asked: tuple[str, str, str]) -> str:
    """A conversation in which these were asked: text, kind, topic."""

    def work(session: Any) -> str:
        home = conversations.start(session, NOW).id
        for n, (text, kind, topic) in enumerate(asked):
            inquiries.record(
                session,
                conversation=home,
                key=f"m{n}",
                text=text,
                kind=kind,
                topic=topic,
                confidence=0.9,
                candidates=[],
                knowledge_version="v",
                status="closed",
                now=NOW,
            )
        return home

    return office.database.write(work)


def sheet(office: Office, now: datetime = NOW) -> day_sheet.Sheet:
    return office.database.read(lambda s: day_sheet.sheet(s, office.shelf, DAY, now))


def cells(contents: bytes) -> list[dict[str, Any]]:
    """The rows of the first sheet, by the names of its columns."""
    space = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
    with zipfile.ZipFile(io.BytesIO(contents)) as file:
        strings = [
            "".join(t.text or "" for t in item.iterfind(".//m:t", space))
            for item in ElementTree.fromstring(file.read("xl/sharedStrings.xml"))
        ]
        page = ElementTree.fromstring(file.read("xl/worksheets/sheet1.xml"))
    assert page.find(".//m:f", space) is None, "a formula"
    rows = []
    for row in page.iterfind(".//m:row", space):
        values = {}
        for cell in row:
            column = "".join(c for c in cell.attrib["r"] if c.isalpha())
            value = cell.findtext("m:v", None, space)
            text = cell.attrib.get("t") == "s"
            values[column] = strings[int(value)] if text and value else value
        rows.append(values)
    heads = rows[0]
    return [{heads[column]: value for column, value in row.items()} for row in rows[1:]]


def test_a_visit_shows_what_led_there_and_what_it_rests_on(office: Office) -> None:
    home = a_conversation(
        office,
        ("你好", "smalltalk", "smalltalk.greet"),
        ("环评要多少天", "answer", "eia.procedure"),
        ("想预约接待日", "task", "task.book"),
        ("许可", "clarify", "permit.discharge"),
        ("红烧肉怎么做", "refusal", "out_of_scope"),
    )
    an_appointment(office, conversation=home, topic="finance.pledge", goal="拿到书面答复")
    (line,) = sheet(office).all_lines
    background = line.background
    assert background.asked == ("环评要多少天", "许可")
    # Of a question that was only asked back nobody knows the topic.
    assert background.topics == ("finance.pledge", "eia.procedure")
    assert background.chat and background.more == 0
    expected = {
        (office.shelf.documents[c.document].title, c.clause)
        for id_ in background.topics
        for c in office.shelf.topics[id_].citations
    }
    assert {(c["document"], c["clause"]) for c in background.basis} == expected
    assert len(background.basis) == len(expected)
    assert all(c["status"] in {"in_force", "repealed", "unverified"} for c in background.basis)


def test_only_the_latest_questions_are_shown_shortened(office: Office) -> None:
    asked = [(f"第{n}个问题" + "长" * 80, "answer", "eia.procedure") for n in range(6)]
    an_appointment(office, conversation=a_conversation(office, *asked))
    background = sheet(office).all_lines[0].background
    assert [text[:3] for text in background.asked] == ["第2个", "第3个", "第4个", "第5个"]
    assert background.more == 2
    assert all(len(text) == 60 and text.endswith("…") for text in background.asked)


def test_without_a_conversation_the_sheet_still_has_the_subject(office: Office) -> None:
    an_appointment(office)
    an_appointment(office, an_opening(office, at(11, 26, 15)), conversation="x" * 32)
    for line in sheet(office).all_lines:
        assert (line.background.asked, line.background.basis) == ((), ())
        assert not line.background.chat


def test_the_sheet_has_who_is_expected_and_who_waits_but_not_who_cancelled(office: Office) -> None:
    opening = an_opening(office, capacity=2)
    first = an_appointment(office, opening).code
    second = an_appointment(office, opening).code
    wish = a_booking(opening, company="武汉候补有限公司")
    waiting = office.database.write(lambda s: waitlist.wait(s, office.reception, wish, NOW)).code
    empty = an_opening(office, at(11, 26, 16))
    an_opening(office, at(11, 27))
    assert [line.appointment.code for line in sheet(office).all_lines] == [first, second, waiting]
    office.database.write(
        lambda s: booking.cancel(s, office.reception, booking.by_code(s, first), NOW)
    )
    found = sheet(office)
    assert [line.appointment.status for line in found.all_lines] == ["held", "booked"]
    assert [o.id for o in found.openings] == [opening.id, empty.id]
    assert found.lines[empty.id] == []


def test_the_page_is_made_for_the_host(office: Office) -> None:
    home = a_conversation(office, ("环评要多少天<b>", "answer", "eia.procedure"))
    code = an_appointment(office, conversation=home, goal="拿到书面答复").code
    html = Console(office).html(PAGE)
    citation = office.shelf.topics["eia.procedure"].citations[0]
    for words in (
        *("武汉示例涂装有限公司", "王经理 13800138000", "重大变动怎么认定", "拿到书面答复"),
        *("“环评要多少天&lt;b&gt;”", f"/console/conversations/{home}", code),
        f"《{office.shelf.documents[citation.document].title}》{citation.clause}",
        *("2026年11月26日（星期四）", "三楼会议室", "共 1 家"),
    ):
        assert words in html, words


def test_the_spreadsheet_holds_the_same_and_the_log_says_who_took_it(office: Office) -> None:
    home = a_conversation(office, ("环评要多少天", "answer", "eia.procedure"))
    code = an_appointment(office, conversation=home, goal="拿到书面答复").code
    later = at(11, 26, 15)

    def host(session: Any) -> None:
        visit = booking.by_code(session, code)
        attendance.check_in(session, visit, NAME, later)
        facts = {"outcome": "已说明", "follow_up_on": DAY + timedelta(days=7), "version": 1}
        attendance.record(session, visit, NAME, later, **facts)

    office.database.write(host)
    answer = Console(office).get(FILE)
    assert 'filename="reception-2026-11-26.xlsx"' in answer.headers["content-disposition"]
    (row,) = cells(answer.content)
    assert row["时间"] == "14:30–15:00"
    assert (row["单位"], row["电话"]) == ("武汉示例涂装有限公司", "13800138000")
    assert (row["咨询事项"], row["希望解决"]) == ("重大变动怎么认定", "拿到书面答复")
    assert row["此前在对话里问过"] == "环评要多少天"
    assert "（现行）" in row["相关依据"]
    assert (row["状态"], row["到访"], row["结果"]) == ("已预约", "已到访", "已说明")
    # A spreadsheet counts days from the end of 1899.
    assert date(1899, 12, 30) + timedelta(days=int(row["跟进日期"])) == DAY + timedelta(days=7)
    assert row["预约编号"] == code
    entry = office.database.read(
        lambda s: s.scalars(select(LogEntry).where(LogEntry.action == "sheet.download")).one()
    )
    assert (entry.actor, entry.subject) == (NAME, "2026-11-26")


@pytest.mark.parametrize(
    "text",
    [
        '=HYPERLINK("https://evil.example","点我看看")',
        "@SUM(1+1) 问题",
        "+1 问题",
        "https://evil.example/ 问题",
        "{=1+1} 问题",
        "长" * 500,
    ],
)
def test_words_of_visitors_stay_words_in_a_spreadsheet(office: Office, text: str) -> None:
    an_appointment(office, description=text)
    contents = Console(office).get(FILE).content
    (row,) = cells(contents)
    assert row["咨询事项"] == text
    with zipfile.ZipFile(io.BytesIO(contents)) as file:
        assert "xl/worksheets/_rels/sheet1.xml.rels" not in file.namelist(), "a link"


def test_an_empty_day_is_an_empty_sheet(office: Office) -> None:
    desk = Console(office)
    assert "没有接待时段" in desk.html("/console/sheet?day=x")
    assert cells(desk.get(FILE).content) == []
