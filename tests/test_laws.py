"""Is a law still in force, what does its clause say, and what holds now?"""

from __future__ import annotations

from pathlib import Path

import pytest

from desk.clauses import Mention, numbers_of, read_mention
from desk.office import Office
from desk.services import answering, inquiries, laws
from desk.services.reply import Reply
from tests.builders import CONVERSATION, NOW, a_question, an_office, undecided

NAMES = {
    "环境影响评价法": "eia-law",
    "环评法": "eia-law",
    "环境保护法": "environment-law",
    "环保法": "environment-law",
    "海洋环境保护法": "marine-law",
    "法典": "code",
    "《意见》": "opinion",
    "鄂发〔2021〕10号": "notice",
}
# Every law that the Code repealed (its clause 1242), as people call it.
REPEALED = (
    *("环保法", "环评法", "海洋环境保护法", "大气法", "水污染防治法", "土壤污染防治法"),
    *("固废法", "噪声污染防治法", "放射性污染防治法", "清洁生产促进法"),
)


@pytest.mark.parametrize(
    ("text", "mention"),
    [
        ("环评法第31条现在还有效吗", Mention("eia-law", 31)),
        ("环评法第三十一条还有效吗？", Mention("eia-law", 31)),
        ("《环境影响评价法》第３１条废止了没有", Mention("eia-law", 31)),
        ("环评法31条对应法典哪条", Mention("eia-law", 31)),
        ("请问环评法的第二十二条", Mention("eia-law", 22)),
        ("法典第一千零九十五条怎么说", Mention("code", 1095)),
        ("环评法还有效吗", Mention("eia-law", None)),
        ("环评法是不是作废了", Mention("eia-law", None)),
        ("海洋环境保护法现在还能用吗", Mention("marine-law", None)),
        ("法典什么时候开始施行", Mention("code", None)),
        ("《意见》第9条说的什么", Mention("opinion", 9)),
        ("鄂发【2021】10号是什么文件", Mention("notice", None)),
    ],
)
def test_a_question_about_a_law_is_read(text: str, mention: Mention) -> None:
    assert read_mention(text, NAMES) == mention


@pytest.mark.parametrize(
    "text",
    [
        "",
        "按环评法我们要不要做环评",
        "没办环评会按环评法罚多少",
        "民法典第1232条还有效吗",
        "这条还有效吗",
        "以前按环评法做的台账现在还有效吗",
        "排污许可证有效期几年",
        "我对第9条有意见",
        "我们去年登记表忘了备案,有人说环评法第31条要罚五万,能不能轻一点",
    ],
)
def test_a_question_that_only_mentions_a_law_is_left_to_the_topics(text: str) -> None:
    assert read_mention(text, NAMES) is None


@pytest.mark.parametrize(
    ("clause", "numbers"),
    [
        ("第33条、第34条", {33, 34}),
        ("第155条至第158条", {155, 156, 157, 158}),
        ("第1095条第3款", {1095}),
        ("第一百零二条", {102}),
        ("全文", set()),
    ],
)
def test_the_numbers_of_a_citation_are_read(clause: str, numbers: set[int]) -> None:
    assert numbers_of(clause) == numbers


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return an_office(tmp_path)


def explain(office: Office, text: str) -> tuple[str, Reply]:
    told = laws.explain(office.shelf, office.words, text, NOW)
    assert told is not None
    return told


def test_a_repealed_clause_leads_to_the_codes_clause(office: Office) -> None:
    topic, reply = explain(office, "环评法第31条现在还有效吗")
    assert topic == "eia.registration_exemption"
    assert "2026年8月15日起废止" in reply.text
    assert "第1095条" in reply.text
    assert "5万元以下" in reply.text
    old, new = reply.citations
    assert (old["clause"], old["status"], old["url"]) == (
        "第31条",
        "repealed",
        "/sources/eia-law-2018/31",
    )
    assert old["successor"] == "中华人民共和国生态环境法典"
    assert (new["clause"], new["status"], new["url"]) == (
        "第1095条",
        "in_force",
        "/sources/code-2026/1095",
    )


@pytest.mark.parametrize(("old", "new"), [(16, 95), (22, 102), (24, 106), (31, 1095)])
def test_every_sourced_pair_of_clauses_is_known(office: Office, old: int, new: int) -> None:
    _, reply = explain(office, f"环评法第{old}条对应法典哪一条")
    assert reply.citations[1]["clause"] == f"第{new}条"


@pytest.mark.parametrize("law", REPEALED)
def test_each_of_the_ten_laws_is_repealed_by_the_code(office: Office, law: str) -> None:
    _, reply = explain(office, f"{law}还有效吗")
    assert [citation["status"] for citation in reply.citations] == ["repealed", "in_force"]
    assert "由《中华人民共和国生态环境法典》代替" in reply.text


def test_a_repealed_law_as_a_whole_names_the_pairs_of_clauses_that_were_found(
    office: Office,
) -> None:
    topic, reply = explain(office, "环评法还有效吗")
    assert topic == "eia.procedure"
    assert "第31条现在看新法第1095条" in reply.text
    assert "其他条号没有查到" in reply.text


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("固废法还有效吗", "waste.hazardous"),
        ("土壤法废止了吗", "pollution.soil"),
        ("水污染防治法还能用吗", "pollution.water"),
        ("排污许可管理条例第14条", "permit.discharge"),
        ("生态环境行政处罚办法第44条", "enforcement.minor_violation"),
        ("长江保护法还有效吗", "law.damage"),
        ("噪声法还有效吗", "assistance.policy_guidance"),
    ],
)
def test_a_question_about_a_law_belongs_to_its_topic(office: Office, text: str, topic: str) -> None:
    assert explain(office, text)[0] == topic


def test_a_clause_whose_successor_nobody_found_goes_to_a_person(office: Office) -> None:
    _, reply = explain(office, "固废法第78条现在还有效吗")
    assert "已经不是现行依据" in reply.text
    assert "没有查到，需要工作人员确认" in reply.text
    assert reply.buttons[-1].action == "human"
    assert reply.citations[0]["clause"] == "第78条"


def test_a_law_in_force_is_said_to_be_so_with_its_clause(office: Office) -> None:
    topic, reply = explain(office, "行政处罚法第33条现在还有效吗")
    assert topic == "enforcement.minor_violation"
    assert "现行有效" in reply.text
    assert "没有主观过错" in reply.text


def test_the_code_names_the_ten_laws_it_replaced(office: Office) -> None:
    _, reply = explain(office, "生态环境法典什么时候施行")
    assert "2026年8月15日" in reply.text
    assert "10部法律" in reply.text
    for law in ("环境影响评价法", "清洁生产促进法", "放射性污染防治法"):
        assert law in reply.text


def test_a_document_nobody_could_verify_is_said_to_be_unverified(office: Office) -> None:
    _, reply = explain(office, "2016年的排污权交易办法还有效吗")
    assert "手头的资料不能确认" in reply.text
    assert reply.citations[0]["status"] == "unverified"


def test_the_answer_is_logged_under_its_topic_whatever_the_ranking_says(office: Office) -> None:
    question = a_question("环评法第31条现在还有效吗", decision=undecided())
    reply = office.database.write(
        lambda s: answering.answer(s, office.shelf, office.words, question, NOW)
    )
    assert "第1095条" in reply.text
    (row,) = office.database.read(lambda s: inquiries.all_of(s, CONVERSATION))
    assert (row.kind, row.topic, row.status) == ("answer", "eia.registration_exemption", "closed")
    assert reply.decision is not None
    assert reply.decision["topic"] == "eia.registration_exemption"
