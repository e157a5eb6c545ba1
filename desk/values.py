"""Picks a value out of an answer in Chinese: a firm's or a person's name, a head count, a place in
a list. Whether the value is any good is for ``contacts`` to check."""

from __future__ import annotations

import re

_DIGITS = {c: n for n, c in enumerate("一二三四五六七八九十", 1)} | {"两": 2, "俩": 2, "仨": 3}
_FIRM = re.compile(
    r"(公司|集团|厂|店|中心|医院|诊所|学校|院|所|合作社|工作室|部|行|场|站|园|协会|商会|局|馆|城|社)$"
)
# A bare 为 is no lead: firms are called 为民.
_FIRM_LEAD = re.compile(
    r"^(?:我们?(?:这边|这里)?的?)?(?:公司|单位|企业|厂)?的?(?:名称|名字|全称)?(?:就?是|叫做?):?"
    r"|^(?:我们?的?)?(?:公司|单位|企业)的?(?:名称|名字|全称)?(?:为|:)|^(?:名称|名字|全称)(?:为|:)"
)
_PERSON = re.compile(r"^[\u4e00-\u9fff·]{2,4}(?:总|经理|先生|女士|工|主任|厂长|老板|部长|科长)?$")
_PERSON_LEAD = re.compile(
    r"^(?:联系人|姓名|名字)?(?:就?是|叫)?[::]?|^我(?:姓|叫|是)|^免贵姓?|^本人"
)
_COUNT = re.compile(
    r"(?<![\d.~到至-])(\d{1,6})(?![\d.~到至-])"
    r"|(?<![到至~-])([一二两俩三仨四五六七八九十]{1,3})(?=[个位名人]|$)"
)
_HEADS = re.compile(
    r"[^\d不]{0,4}(?:\d{1,6}|[一二两俩三仨四五六七八九十]{1,3})(?:个人|个|位|名|人)?[来吧]?"
)
_ALONE = re.compile(r"就我(?:自己)?$|我一个|我自己|本人来")
_NOTHING = re.compile(
    r"(?:暂时|目前|就这些?|先)?(?:没有?|无|不用|不需要|不说|跳过|略过?)(?:别的|其他|什么|要求)?(?:了|吧|的)*|就这些?(?:了|吧)?"
)
_ORDINAL = re.compile(r"^第?([1-9]|[一二三四五六七八九])(?:个|项)?$")
_REST = "。,,;; "


def says_nothing(text: str) -> bool:
    """Whether somebody has nothing to add.

    >>> [says_nothing(t) for t in ("没有", "跳过吧", "没有批复怎么办")]
    [True, True, False]
    """
    return bool(_NOTHING.fullmatch(text.strip(_REST + "!.")))


def firm_in(text: str) -> str:
    """The name of a firm without the words around it.

    >>> firm_in("公司名称:武汉某某有限公司。"), firm_in("为民药业")
    ('武汉某某有限公司', '为民药业')
    """
    return _FIRM_LEAD.sub("", text).strip(_REST)


def ends_like_a_firm(text: str) -> bool:
    """Whether a text ends as names of firms do."""
    return bool(_FIRM.search(text))


def person_in(text: str) -> str:
    """The name of a person without the words around it.

    >>> person_in("我姓王"), person_in("联系人:李工")
    ('王', '李工')
    """
    return _PERSON_LEAD.sub("", text).strip(_REST)


def looks_like_a_person(text: str) -> bool:
    """Whether a text has the form of a Chinese name, with or without a form of address."""
    return bool(_PERSON.match(text))


def count_in(text: str) -> int | None:
    """The one number of people that a text names; None for a range or for none.

    >>> [count_in(t) for t in ("3个人", "十二位", "就我自己", "2-3人", "很多")]
    [3, 12, 1, None, None]
    """
    if _ALONE.search(text):
        return 1
    match = _COUNT.search(text)
    if match is None:
        return None
    if match[1]:
        return int(match[1])
    words = match[2]
    tens, ten, units = words.partition("十")
    if ten:
        return _DIGITS.get(tens, 1) * 10 + _DIGITS.get(units, 0)
    return _DIGITS[words] if len(words) == 1 else None


def only_counts(text: str) -> bool:
    """Whether a text is nothing but a head count, whatever the ranking makes of 人."""
    return bool(_HEADS.fullmatch(text) or _ALONE.search(text))


def place_in(text: str) -> int | None:
    """Which one of a list a text means, counted from 1.

    >>> [place_in(t) for t in ("2", "第三个", "三点")]
    [2, 3, None]
    """
    match = _ORDINAL.match(text)
    if match is None:
        return None
    return int(match[1]) if match[1].isdigit() else _DIGITS[match[1]]
