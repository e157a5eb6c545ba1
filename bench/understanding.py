"""``make bench-understanding``: rankings compared on the same held-out questions; runs in Rasa's
environment and writes ``bench/UNDERSTANDING.md``.

Questions are split by topic and phrasing family: near-copies (character pairs alike by 45 % or
more) never stand on both sides. Of six parts one is held out; what is left out trains nothing.
"""

from __future__ import annotations

import random
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from rasa.shared.nlu.training_data.loading import load_data
from scipy.sparse import csr_matrix

from bot.components import fitting, network
from bot.components.ranker import stable_id
from desk.decision import OUT_OF_SCOPE
from desk.text import ngrams

ROOT = Path(__file__).resolve().parent.parent
PARTS = 6
ALIKE = 0.45
# Own messages that may be refused where refusals are compared.
MOST_FALSE = 0.03
MEGA = 1 << 20

Example = tuple[str, str, float]
# Scores (messages × labels, the refusal last) of texts.
Ranking = Callable[[Sequence[str]], np.ndarray]


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


def split(found: Sequence[Example]) -> tuple[list[Example], list[Example]]:
    """What trains, and what is held out; sentences of answers always train."""
    whole = [example for example in found if example[2] >= 1]
    kin = families([text for text, _, _ in whole])
    order = sorted(set(kin))
    random.Random(0).shuffle(order)
    part = {family: i % PARTS for i, family in enumerate(order)}
    held = [example for example, family in zip(whole, kin, strict=True) if not part[family]]
    rest = [example for example, family in zip(whole, kin, strict=True) if part[family]]
    return [*rest, *(example for example in found if example[2] < 1)], held


def by_network(train: Sequence[Example], **changes: float) -> tuple[Ranking, list[str]]:
    """Ours."""
    options = fitting.Options(**changes)
    columns = [list(column) for column in zip(*train, strict=True)]
    model = fitting.fit(*columns, refusal=OUT_OF_SCOPE, options=options)
    return lambda texts: np.array(
        [network.probabilities(model, text, 1.0) for text in texts]
    ), model.labels


def by_likeness(train: Sequence[Example], *, bm25: bool) -> tuple[Ranking, list[str]]:
    """The best example of each id: cosine of TF-IDF over character 1-2-grams, or BM25."""
    whole = [example for example in train if example[2] >= 1]
    labels = [*sorted({id_ for _, id_, _ in whole} - {OUT_OF_SCOPE}), OUT_OF_SCOPE]
    options = fitting.Options(least_examples=1, syllable_weight=1e-9)
    features = fitting.learn_features([text for text, _, _ in whole], options)
    columns = {gram: i for gram, i in features.vocabulary.items() if not gram.startswith("~")}
    idf = np.asarray(features.idf)

    def matrix(texts: Sequence[str], known: bool) -> csr_matrix:
        rows, places, values = [], [], []
        for row, text in enumerate(texts):
            for gram, count in ngrams(text, 2).items():
                if gram in columns:
                    rows.append(row)
                    places.append(columns[gram])
                    values.append(float(count))
        shape = (len(texts), len(idf))
        counts = csr_matrix((values, (rows, places)), shape=shape)
        if bm25 and not known:
            return counts
        if bm25:
            lengths = np.asarray(counts.sum(axis=1)).ravel()
            norm = 1.2 * (0.25 + 0.75 * lengths / max(1.0, lengths.mean()))
            rows_of = np.repeat(np.arange(len(texts)), np.diff(counts.indptr))
            counts.data = counts.data * 2.2 / (counts.data + norm[rows_of]) * idf[counts.indices]
            return counts
        counts.data = (1 + np.log(counts.data)) * idf[counts.indices]
        lengths = np.sqrt(np.asarray(counts.multiply(counts).sum(axis=1)).ravel())
        counts.data /= np.repeat(np.where(lengths, lengths, 1), np.diff(counts.indptr))
        return counts

    base = matrix([text for text, _, _ in whole], True)
    members = [
        np.array([i for i, (_, id_, _) in enumerate(whole) if id_ == label]) for label in labels
    ]

    def rank(texts: Sequence[str]) -> np.ndarray:
        scores = np.empty((len(texts), len(labels)))
        for start in range(0, len(texts), 256):
            likeness = (matrix(texts[start : start + 256], False) @ base.T).toarray()
            for column, rows in enumerate(members):
                scores[start : start + 256, column] = likeness[:, rows].max(axis=1)
        # A refusal competes with the best of ours.
        scores[:, -1] -= scores[:, :-1].max(axis=1)
        return scores

    return rank, labels


def judge(scores: np.ndarray, labels: list[str], held: Sequence[Example]) -> tuple[float, ...]:
    """Right first and among three (ours), and refusals of what is not ours while at most 3 % of
    ours are refused."""
    ours = np.array([id_ != OUT_OF_SCOPE for _, id_, _ in held])
    wanted = np.array([labels.index(id_) for _, id_, _ in held])
    best = np.argsort(-scores[:, :-1], axis=1, kind="stable")
    hits = best == wanted[:, None]
    bound = np.quantile(scores[ours, -1], 1 - MOST_FALSE)
    return (
        float(hits[ours, 0].mean()),
        float(hits[ours, :3].any(axis=1).mean()),
        float((scores[~ours, -1] > bound).mean()),
    )


def measure(
    name: str, build: Callable[[], tuple[Ranking, list[str]]], held: Sequence[Example]
) -> str:
    """One line of the table."""
    begun = time.monotonic()
    rank, labels = build()
    trained = time.monotonic() - begun
    texts = [text for text, _, _ in held]
    first, top3, refused = judge(rank(texts), labels, held)
    single = []
    for text in texts[:300]:
        begun = time.perf_counter()
        rank([text])
        single.append((time.perf_counter() - begun) * 1000)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / MEGA
    row = [f"{first:.3f}", f"{top3:.3f}", f"{refused:.3f}", f"{trained:.0f}"]
    row += [f"{np.percentile(single, 50):.1f}", f"{np.percentile(single, 95):.1f}", f"{peak:.0f}"]
    print(name, *row, flush=True)
    return f"| {name} | " + " | ".join(row) + " |"


def main() -> int:
    """Compare, draw the learning curve, write the page."""
    train, held = split(examples())
    whole = [example for example in train if example[2] >= 1]
    rest = [example for example in train if example[2] < 1]
    head = (ROOT / "bench" / "understanding.head.md").read_text(encoding="utf-8")
    rows = [
        measure("TF-IDF, best example", lambda: by_likeness(train, bm25=False), held),
        measure("BM25, best example", lambda: by_likeness(train, bm25=True), held),
        measure("ours, characters only", lambda: by_network(train, syllable_weight=1e-9), held),
        measure("ours", lambda: by_network(train), held),
    ]
    chance = random.Random(1)
    curve = []
    for share in (0.25, 0.5):
        some = chance.sample(whole, int(share * len(whole)))
        name = f"ours, {share:.0%} of the questions"
        curve.append(measure(name, lambda s=some: by_network([*s, *rest]), held))
    text = head.format(train=len(whole), held=len(held), rows="\n".join([*rows, *curve]))
    (ROOT / "bench" / "UNDERSTANDING.md").write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
