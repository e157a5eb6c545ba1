"""Which questions train and which are held out. Questions are split by topic and phrasing family:
near-copies (character pairs alike by 45 % or more) never stand on both sides."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence

from rasa.shared.nlu.training_data.loading import load_data

from bench.rankers import Example, whole
from bot.components.ranker import stable_id
from desk.settings import ROOT
from desk.text import ngrams

PARTS = 6
ALIKE = 0.45
# Stock Rasa would take hours with everything: all are compared on a sample as well.
FEW = 3000


def examples() -> list[Example]:
    """Text, stable id and emphasis of everything the ranker learns from."""
    found = []
    for message in load_data(str(ROOT / "data" / "nlu")).intent_examples:
        about = (message.get("metadata") or {}).get("intent") or {}
        id_ = about.get("topic") or stable_id(message.get("intent"))
        found.append((message.get("text"), id_, float(about.get("emphasis", 1.0))))
    return found


def families(texts: Sequence[str]) -> list[int]:
    """A family number a text; near-copies share one."""
    pairs = [sorted(gram for gram in ngrams(text, 2) if len(gram) == 2) for text in texts]
    parent = list(range(len(texts)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    holders: dict[str, list[int]] = {}
    for i, grams in enumerate(pairs):
        shared = Counter(j for gram in grams for j in holders.get(gram, ()))
        for j, n in shared.items():
            if n / (len(grams) + len(pairs[j]) - n) >= ALIKE:
                parent[root(i)] = root(j)
        for gram in grams:
            holders.setdefault(gram, []).append(i)
    return [root(i) for i in range(len(texts))]


def parts(found: Sequence[Example]) -> list[int]:
    """The part of each whole question, 0 to 5."""
    kin = families([text for text, _, _ in whole(found)])
    order = sorted(set(kin))
    random.Random(0).shuffle(order)
    part = {family: i % PARTS for i, family in enumerate(order)}
    return [part[family] for family in kin]


def split(
    found: Sequence[Example], part: Sequence[int], held: int
) -> tuple[list[Example], list[Example]]:
    """What trains, and what is held out; sentences of answers always train."""
    out = [example for example, p in zip(whole(found), part, strict=True) if p == held]
    rest = [example for example, p in zip(whole(found), part, strict=True) if p != held]
    return [*rest, *(example for example in found if example[2] < 1)], out


def sampled(
    train: Sequence[Example], held: Sequence[Example]
) -> tuple[list[Example], list[Example]]:
    """A few questions to train, and a few of the held-out ones whose ids are among them."""
    chance = random.Random(2)
    few = chance.sample(whole(train), FEW)
    ids = {id_ for _, id_, _ in few}
    return few, [example for example in chance.sample(held, FEW // 5) if example[1] in ids]
