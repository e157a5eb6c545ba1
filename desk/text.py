"""Text as the ranking sees it: normalised characters and their n-grams."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

MOST_CHARACTERS = 2000

_SPACES = re.compile(r"\s+")
_REPEATS = re.compile(r"(.)\1{2,}")
# Telephones and the like, and our own codes (desk.codes): they say nothing about the topic.
_NUMBERS = re.compile(r"\d{5,}|(?<![a-z0-9])[rq][2-9a-hjkmnp-z]{7}(?![a-z0-9])")


# Politeness around a question; with it a long story would begin like small talk.
_GREETING = re.compile(
    r"^(?:(?:尊敬的)?(?:各位|大家)?(?:领导|老师|客服|同志|工作人员|专家|律师)?(?:你们?好|您好|好)"
    r"|请问(?:一下)?|hi|hello|在吗|打扰(?:一下|了)?)[,。!:;~?、 ]*"
)
_THANKS = re.compile(
    r"[,。!:;~?、 ]*(?:非常|十分|万分|先)?(?:谢谢|感谢|多谢|谢)"
    r"(?:大家|您|你|了|领导|老师|啦)*[,。!~ ]*$"
)
_LEAST_QUESTION = 5


def question_of(text: str) -> str:
    """Normalised text without the politeness around it, unless there is little else.

    >>> question_of("你好,请问开设赌场会判多久?谢谢!"), question_of("你好,谢谢")
    ('开设赌场会判多久', '你好,谢谢')
    """
    rest = text = normalise(text)
    while (shorter := _GREETING.sub("", rest, count=1)) != rest:
        rest = shorter
    rest = _THANKS.sub("", rest)
    return rest if len(rest) >= _LEAST_QUESTION else text


def normalise(text: str) -> str:
    """Full-width to half-width, lower case, one space at most, no runs of one character.

    Long numbers and receipt codes become one ``0``.

    >>> normalise("ＶＯＣｓ  怎么买？？？？")
    'vocs 怎么买??'
    """
    text = unicodedata.normalize("NFKC", text).lower().strip()
    text = _NUMBERS.sub("0", _SPACES.sub(" ", text))
    return _REPEATS.sub(r"\1\1", text)


def ngrams(text: str, longest: int = 3) -> Counter[str]:
    """Counts of all character n-grams of length 1 to ``longest``, with ``^`` and ``$`` at the ends.

    >>> sorted(ngrams("环评", longest=2))
    ['^环', '环', '环评', '评', '评$']
    """
    padded = f"^{normalise(text)}$"
    counts: Counter[str] = Counter()
    for size in range(1, longest + 1):
        counts.update(padded[i : i + size] for i in range(len(padded) - size + 1))
    del counts["^"], counts["$"]
    return counts
