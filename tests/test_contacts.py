"""What visitors tell about themselves."""

from __future__ import annotations

import pytest

from desk.contacts import (
    MOST_COMPANY,
    check_attendees,
    check_company,
    check_contact,
    check_phone,
    check_subject,
    clean,
)
from desk.errors import (
    InvalidAttendees,
    InvalidCompany,
    InvalidContact,
    InvalidPhone,
    InvalidSubject,
)


@pytest.mark.parametrize(
    "name",
    [
        "黄冈市某某新材料有限公司",
        "湖北某某化工（集团）股份有限公司",
        "3M中国有限公司",
        "BASF-YPC Co., Ltd.",
        "A&B检测",
        "某某·西门子",
        "卖鱼",
    ],
)
def test_a_name_of_a_firm_is_taken(name: str) -> None:
    assert check_company(name) == clean(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "厂",
        "123456",
        "1a",
        "...",
        "<script>alert(1)</script>",
        "'; DROP TABLE appointment;--",
        "某某公司🎉",
        "名" * (MOST_COMPANY + 1),
        "公司?",
    ],
)
def test_what_is_no_name_of_a_firm_is_refused(name: str) -> None:
    with pytest.raises(InvalidCompany) as caught:
        check_company(name)
    assert caught.value.facts == {"most": MOST_COMPANY}


def test_a_name_is_stored_without_stray_spaces_and_control_characters() -> None:
    assert check_company(" 武汉\u200b某某\n有限公司　") == "武汉 某某 有限公司"
    assert check_company("武汉某某（湖北）公司") == "武汉某某(湖北)公司"


@pytest.mark.parametrize("name", ["王", "王经理", "阿依古丽·买买提", "John Smith", "欧阳 娜娜"])
def test_a_persons_name_is_taken(name: str) -> None:
    assert check_contact(name) == name


@pytest.mark.parametrize("name", ["", "123", "王2", "王;李", "🙂", "名" * 31, "a_b"])
def test_what_is_no_persons_name_is_refused(name: str) -> None:
    with pytest.raises(InvalidContact):
        check_contact(name)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("13800138000", "13800138000"),
        ("138 0013 8000", "13800138000"),
        ("138-0013-8000", "13800138000"),
        ("+86 13800138000", "13800138000"),
        ("0086 138 0013 8000", "13800138000"),
        ("１３８００１３８０００", "13800138000"),
        ("027-87654321", "02787654321"),
        ("(027)87654321", "02787654321"),
        ("0713-8351234", "07138351234"),
    ],
)
def test_a_mobile_or_landline_number_is_stored_as_digits(typed: str, stored: str) -> None:
    assert check_phone(typed) == stored


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "123",
        "1380013800",
        "138001380000",
        "23800138000",
        "87654321",
        "+1 202 555 0123",
        "电话不告诉你",
        "9" * 10_000,
    ],
)
def test_a_number_that_does_not_exist_is_refused(typed: str) -> None:
    with pytest.raises(InvalidPhone):
        check_phone(typed)


@pytest.mark.parametrize("value", [1, 5])
def test_the_number_of_visitors_may_be_at_its_bounds(value: int) -> None:
    assert check_attendees(value, 5) == value


@pytest.mark.parametrize("value", [-1, 0, 6, 10**9])
def test_too_few_or_too_many_visitors_are_refused(value: int) -> None:
    with pytest.raises(InvalidAttendees) as caught:
        check_attendees(value, 5)
    assert caught.value.facts == {"most": 5}


def test_a_subject_is_cleaned() -> None:
    assert check_subject(" 重大变动\n怎么认定 ") == "重大变动 怎么认定"


@pytest.mark.parametrize("text", ["", "环", "12345", "???", "题" * 501])
def test_what_says_nothing_or_too_much_is_no_subject(text: str) -> None:
    with pytest.raises(InvalidSubject):
        check_subject(text)
