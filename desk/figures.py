"""Figures in a text: which numbers with which units it names, so that two texts can be compared."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_UNITS = (
    "大类|小类|个工作日|工作日|个百分点|个月|小时|公里|日|天|年|月|个|家|件|份|次|倍|项|款|部|吨"
    "|%|村|位|号"
)
_FIGURE = re.compile(
    rf"(?P<sum>\d+(?:\+[0-9A-Z]+)+)|(?P<time>\d{{1,2}}:\d\d)"
    rf"|(?P<number>\d+(?:\.\d+)?)(?P<scale>余?[万亿])?余?(?P<unit>{_UNITS})?"
)
_CLAUSE = re.compile(r"第\d+条(?:(?:至|到|-|、)第\d+条)*")
# The marks of a numbered list are no figures.
_MARK = re.compile(r"^\s*\d{1,2}[.、]\s*", re.MULTILINE)


def figures_in(text: str) -> list[str]:
    """The figures of a text in order, without clauses and the marks of lists.

    元 is left out and 个工作日 shortened, so that 20万元 and 20万 are one figure.

    >>> figures_in("1. 对19大类45小类豁免,罚5万元至20万元,60日内办结(第102条)")
    ['19大类', '45小类', '5万', '20万', '60日']
    >>> figures_in("“1+10+N”规划体系,14:30开始,85%以上")
    ['1+10+N', '14:30', '85%']
    """
    plain = _CLAUSE.sub(" ", _MARK.sub("", unicodedata.normalize("NFKC", text)))
    return [_figure(match) for match in _FIGURE.finditer(plain)]


def clauses_in(text: str) -> list[str]:
    """The clauses a text names.

    >>> clauses_in("依照法典第1060条、第1056条处罚")
    ['第1060条、第1056条']
    """
    return _CLAUSE.findall(unicodedata.normalize("NFKC", text))


def unsupported(text: str, sources: Iterable[str]) -> list[str]:
    """The figures of a text that none of the sources names, each once.

    A number without a unit (the first one of 5至10倍) is supported by the same number with any.

    >>> unsupported("罚5至20万元", ["处5万元以上20万元以下罚款"]), unsupported("60日", ["30日"])
    ([], ['60日'])
    """
    known = {figure for source in sources for figure in figures_in(source)}
    bare = {_number(figure) for figure in known}
    missing = [
        figure
        for figure in figures_in(text)
        if figure not in known and not (figure == _number(figure) and figure in bare)
    ]
    return list(dict.fromkeys(missing))


def _figure(match: re.Match[str]) -> str:
    if match["sum"] or match["time"]:
        return match[0]
    unit = (match["unit"] or "").removeprefix("个") or (match["unit"] or "")
    scale = (match["scale"] or "").removeprefix("余")
    return f"{match['number']}{scale}{unit}"


def _number(figure: str) -> str:
    found = re.match(r"\d+(?:\.\d+)?(?![\d:+])", figure)
    return found[0] if found else figure
