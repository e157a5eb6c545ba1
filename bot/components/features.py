"""What the ranker sees of a message: character n-grams, and the syllables they are read as.

Two blocks, each TF-IDF weighted and divided by the length of the whole block, unknown n-grams
included, so that strange messages stay uncertain. The syllables (pinyin without tones, one reading
a character) make homophones the same: 环平 is read as 环评, 審批 as 审批.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from math import log, sqrt

from desk.text import ngrams, question_of

# Tells a syllable n-gram from a character n-gram in the vocabulary.
_MARK = "~"
_SYLLABLES = (2, 3)

# How often each character n-gram and each syllable n-gram of a text occurs in it.
Blocks = tuple[Counter[str], Counter[str]]


@dataclass(frozen=True)
class Features:
    """``idf`` is one number a feature of ``vocabulary``; ``unseen`` the weight of an n-gram outside
    of it: no evidence for any label, but it counts in a message's length. ``syllables`` is the
    reading of each character that has one; ``syllable_weight`` the length of the second block, the
    first one's being 1."""

    vocabulary: dict[str, int]
    idf: list[float]
    unseen: float
    syllables: dict[str, str]
    syllable_weight: float
    longest_ngram: int

    def read(self, text: str) -> tuple[list[int], list[float]]:
        """Indices of a text's known n-grams, and their weights."""
        indices: list[int] = []
        weights: list[float] = []
        both = blocks(text, self.syllables, self.longest_ngram)
        for counts, length in zip(both, (1.0, self.syllable_weight), strict=True):
            found, values, square = self._weigh(counts)
            scale = length / (sqrt(square) or 1.0)
            indices += found
            weights += [value * scale for value in values]
        return indices, weights

    def _weigh(self, counts: Counter[str]) -> tuple[list[int], list[float], float]:
        found: list[int] = []
        values: list[float] = []
        square = 0.0
        for gram, count in counts.items():
            index = self.vocabulary.get(gram)
            weight = (1 + log(count)) * (self.unseen if index is None else self.idf[index])
            square += weight * weight
            if index is not None:
                found.append(index)
                values.append(weight)
        return found, values, square


def blocks(text: str, syllables: dict[str, str], longest_ngram: int) -> Blocks:
    """Counts of a text's character n-grams and of its syllable n-grams.

    >>> [sorted(counts) for counts in blocks("环平", {"环": "huan", "平": "ping"}, 1)]
    [['平', '环'], ['~^ huan', '~^ huan ping', '~huan ping', '~huan ping $', '~ping $']]
    """
    text = question_of(text)
    read = ["^", *(syllables.get(c, c) for c in text), "$"]
    spoken: Counter[str] = Counter()
    for size in _SYLLABLES:
        spoken.update(_MARK + " ".join(read[i : i + size]) for i in range(len(read) - size + 1))
    return ngrams(text, longest_ngram), spoken
