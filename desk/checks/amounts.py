"""Reads amounts with units out of Chinese text: 大概两千平, 1.2万吨, 八百公斤, 一吨半."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal

_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_TENS = {"十": 10, "百": 100, "千": 1000, "万": 10_000, "亿": 100_000_000}
# How many of the question's unit one of a said unit is.
UNITS: dict[str, dict[str, Decimal]] = {
    "平方米": {
        **dict.fromkeys(("平方米", "平米", "平方", "m2", "平"), Decimal(1)),
        "公顷": Decimal(10_000),
        "亩": Decimal(2000) / 3,
    },
    "吨": {
        **dict.fromkeys(("吨", "t"), Decimal(1)),
        **dict.fromkeys(("公斤", "千克", "kg"), Decimal("0.001")),
        "斤": Decimal("0.0005"),
    },
}
_HALF = Decimal("0.5")
_MOST = Decimal(10) ** 9
_FIGURE = re.compile(
    r"(?P<figure>\d+(?:,\d{3})*(?:\.\d+)?[十百千万亿]*\d?|[零〇一二两三四五六七八九十百千万亿点]+|半)"
)
_RANGE = re.compile(
    r"\d\s*[-~—至到]\s*\d|[一二两三四五六七八九十百千万]到[一二两三四五六七八九十百千万]"
)
# What a number counts that is no amount.
_COUNTED = re.compile(r"\s*(?:个|次|年|月|日|号|人|天|元|块|条|台|家|项|期|层|栋|%|点|类|种|第)")
_ABOUT = re.compile(
    r"大概|大约|约|差不多|左右|上下|将近|近|不到|估计|来吨|[吨平亩斤米]多|[千百万十]多|多[吨平亩]"
)


@dataclass(frozen=True)
class Amount:
    """A number in the question's unit; ``exact`` is whether its unit was said; ``about`` whether it
    was said to be rough; ``start`` is its place in the normalised text."""

    value: Decimal
    exact: bool
    about: bool
    start: int


def normal(text: str) -> str:
    """Half-width and lower case, as everything here is compared."""
    return unicodedata.normalize("NFKC", text).lower()


def amounts(text: str, unit: str) -> list[Amount]:
    """All amounts of a unit in a text; none where a range was said.

    >>> [a.value for a in amounts("大概两千五百平", "平方米")], amounts("2-3吨", "吨")
    ([Decimal('2500')], [])
    >>> [str(a.value) for a in amounts("800公斤，后来一吨半", "吨")]
    ['0.8', '1.5']
    """
    text = normal(text)
    if _RANGE.search(text):
        return []
    known = UNITS.get(unit, {unit: Decimal(1)})
    about = bool(_ABOUT.search(text))
    found = []
    for match in _FIGURE.finditer(text):
        value = figure(match["figure"])
        if (
            text[max(match.start() - 2, 0) : match.start()].endswith(tuple(known))
            and value == _HALF
        ):
            continue  # 一吨半 was read with its 吨
        rest = text[match.end() :].lstrip(" 多来几余")
        said = next((u for u in sorted(known, key=len, reverse=True) if rest.startswith(u)), None)
        if value is None or text[: match.start()].endswith("第"):
            continue
        if said is None and _COUNTED.match(rest):
            continue
        factor = known[said] if said else Decimal(1)
        if said and re.match(r"半(?!天|年|月|个)", rest[len(said) :]):
            value += _HALF
        if 0 <= value * factor <= _MOST:
            found.append(Amount(_tidy(value * factor), said is not None, about, match.start()))
    return found


def one_amount(text: str, unit: str) -> Amount | None:
    """The one amount a text names: the only one with its unit, else the only number."""
    found = amounts(text, unit)
    with_unit = [amount for amount in found if amount.exact]
    fitting = with_unit or found
    return fitting[0] if len({amount.value for amount in fitting}) == 1 else None


def figure(text: str) -> Decimal | None:
    """A number in digits, in Chinese, or mixed.

    >>> [str(figure(t)) for t in ("两千", "三千五", "1.2万", "1万2", "十二", "零点三", "两三千")]
    ['2000', '3500', '12000', '12000', '12', '0.3', 'None']
    """
    if text == "半":
        return _HALF
    mixed = re.fullmatch(r"([\d,]+(?:\.\d+)?)([十百千万亿]*)(\d?)", text)
    if mixed:
        value = Decimal(mixed[1].replace(",", ""))
        scale = 1
        for character in mixed[2]:
            scale *= _TENS[character]
        tail = int(mixed[3]) * scale // 10 if mixed[3] and scale > 1 else 0
        return None if mixed[3] and scale == 1 else Decimal(value * scale + tail).normalize() + 0
    whole, point, decimals = text.partition("点")
    number = _whole(whole) if whole else 0
    if number is None or not all(c in _DIGITS for c in decimals) or (point and not decimals):
        return None
    return Decimal(f"{number}.{''.join(str(_DIGITS[c]) for c in decimals)}" if point else number)


def _whole(text: str) -> int | None:
    """A whole number in Chinese; None for what is none, such as 两三千."""
    total = section = digit = 0
    pending = False
    scale = 0
    for character in text:
        if character in _DIGITS:
            if pending and digit:
                return None
            digit, pending = _DIGITS[character], True
            if character in "零〇":
                scale = 0
                pending = False
            continue
        unit = _TENS[character]
        if unit >= 10_000:
            total = (total + section + digit) * unit if section or digit else unit
            section = digit = 0
        else:
            section += (digit if pending else 1) * unit
            digit = 0
        pending, scale = False, unit
    if pending and scale >= 100:  # 三千五 is 3500
        digit *= scale // 10
    return total + section + digit


def _tidy(value: Decimal) -> Decimal:
    """To the thousandth, without needless zeros."""
    rounded = value.quantize(Decimal("0.001"))
    return rounded.to_integral() if rounded == rounded.to_integral_value() else rounded.normalize()
