"""Reads clauses and laws: which clauses a citation names, and which law a message asks about."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_UNITS = {"十": 10, "百": 100, "千": 1000}
_NUMBER = r"(?:\d{1,4}|[零〇一二两三四五六七八九十百千]{1,9})"
_CLAUSE = re.compile(rf"第?({_NUMBER})条")
_RANGE = re.compile(rf"第?({_NUMBER})条?(?:至|到|[-–—~])第?({_NUMBER})条")
# Between a law's name and its clause: 环评法的第31条, 《环评法》里面第31条.
_BETWEEN = re.compile(rf"[》\s]*(?:\([^)]*\))?(?:的|里|中|里面|上|规定的|,|:)*第?({_NUMBER})条")
_VALIDITY = re.compile(
    r"有效吗|还有效|有没有效|是否有效|是不是有效|有效力|失效|无效了|废止|废除|废了|作废|过期|过时|现行"
    r"|还(?:能|可以)?(?:用|引用|依据)|还(?:适用|管用|算数|执行|在用)|继续(?:有效|适用|使用)"
    r"|取代|替代|代替|对应|被.{0,6}换|换成|变成|改成|新(?:的)?条|现在(?:是|看|用)(?:第几|哪)|哪一?条"
    r"|(?:什么时候|哪天|何时|几号|几月).{0,8}(?:施行|生效|实施|执行|失效)"
)
_ABOUT = re.compile(
    r"是(?:个|一个)?(?:什么|啥)|什么文件|哪个文件|(?:讲|说|规定|写)(?:了|的)?(?:是)?(?:什么|啥)|内容|全称|谁发的|哪年"
)
# People write 〔2021〕 in many ways.
_BRACKETS = str.maketrans("〔〕【】", "[][]")
# A longer message that only mentions a clause tells its own story; the topics answer that.
_SHORT = 20


@dataclass(frozen=True)
class Mention:
    """A law that a message asks about. ``clause`` is None when it asks about the law as a whole."""

    document: str
    clause: int | None


def numbers_of(clause: str) -> frozenset[int]:
    """The numbers of all clauses that a citation names; empty for 全文.

    >>> sorted(numbers_of("第51条、第53条")), sorted(numbers_of("第155条至第158条"))
    ([51, 53], [155, 156, 157, 158])
    >>> sorted(numbers_of("第三十一条第一款")), sorted(numbers_of("全文"))
    ([31], [])
    """
    text = unicodedata.normalize("NFKC", clause)
    found = {number_in(word) for word in _CLAUSE.findall(text)}
    for first, last in _RANGE.findall(text):
        found |= set(range(number_in(first), number_in(last) + 1))
    return frozenset(found)


def number_in(word: str) -> int:
    """A whole number in digits or in Chinese numerals.

    >>> [number_in(w) for w in ("31", "三十一", "一千零五十六", "十", "一〇二")]
    [31, 31, 1056, 10, 102]
    """
    if word.isdigit():
        return int(word)
    if not set(word) & set(_UNITS):
        return int("".join(str(_DIGITS[c]) for c in word))
    total, digit = 0, 0
    for character in word:
        if character in _UNITS:
            total += (digit or 1) * _UNITS[character]
            digit = 0
        else:
            digit = _DIGITS[character]
    return total + digit


def read_mention(text: str, names: Mapping[str, str]) -> Mention | None:
    """The law or clause whose wording or validity a message asks about, or None.

    ``names`` maps what people call a document to its id; of several the longest counts.

    >>> read_mention("环评法第31条现在还有效吗", {"环评法": "eia-law"})
    Mention(document='eia-law', clause=31)
    >>> read_mention("按环评法要做环评吗", {"环评法": "eia-law"}) is None
    True
    """
    text = _plain(text)
    plain = {_plain(name): id_ for name, id_ in names.items()}
    named = [(text.find(name), -len(name), name) for name in plain if _names(name, text)]
    if not named:
        return None
    _, _, name = min(_outermost(named))
    document, rest = plain[name], text[text.find(name) + len(name) :]
    clause = _BETWEEN.match(rest)
    short = len(text) <= len(name) + _SHORT
    if clause and (short or _VALIDITY.search(text)):
        return Mention(document, number_in(clause[1]))
    if text[: text.find(name)].endswith(("按", "按照", "依", "依照", "依据")) and not clause:
        return None  # what was done by a law is asked about, not the law
    if clause is None and (_VALIDITY.search(text) or (short and _ABOUT.search(rest[:8]))):
        return Mention(document, None)
    return None


def _names(name: str, text: str) -> bool:
    """Whether a text names a document by a name that is no part of 民法典 and the like."""
    at = text.find(name)
    return at >= 0 and text[max(at - 1, 0) : at] not in {"民", "刑"}


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).translate(_BRACKETS)


def _outermost(named: list[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Names that are no part of another one found: 环保法 inside 海洋环保法 is none."""
    return [
        one
        for one in named
        if not any(one[2] != other[2] and one[2] in other[2] for other in named)
    ]
