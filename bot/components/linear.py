"""Two logistic regressions over character n-grams: is it ours, and if so, which topic.

One regression over all labels would let the many examples of other offices' business pull every
faint message to the refusal; apart, each is balanced on its own terms.

Fitting is scikit-learn's; at run time the model is a dictionary and one matrix, so that the server
neither imports scikit-learn nor builds sparse matrices for a single message.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from desk.text import ngrams

_FILE = "ranker.npz"
_WORDS = "ranker.json"
# An n-gram that occurs in one example only says little, and there are very many of them.
_LEAST_EXAMPLES = 2


@dataclass(frozen=True)
class Model:
    """``weights`` is features × labels, ``idf`` one number a feature, ``bias`` one a label; the
    last label is the refusal, whose column is the two-way regression.

    ``unseen`` is the weight of an n-gram outside the vocabulary: it has no evidence for any label,
    but it counts in a message's length, so that strange messages stay uncertain.
    """

    labels: list[str]
    vocabulary: dict[str, int]
    idf: np.ndarray
    unseen: float
    weights: np.ndarray
    bias: np.ndarray
    longest_ngram: int


def fit(
    texts: Sequence[str],
    labels: Sequence[str],
    emphasis: Sequence[float],
    *,
    refusal: str,
    longest_ngram: int,
    regularisation: float,
    refusal_regularisation: float,
) -> Model:
    """Train on texts with one label and one weight each; the same input gives the same model."""
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression

    vocabulary, idf, unseen = _vocabulary(texts, longest_ngram)
    shell = Model([], vocabulary, idf, unseen, np.empty(0), np.empty(0), longest_ngram)
    rows: list[int] = []
    columns: list[int] = []
    values: list[float] = []
    for row, text in enumerate(texts):
        found, weights = features(shell, text)
        rows.extend([row] * len(found))
        columns.extend(found)
        values.extend(weights)
    matrix = csr_matrix((values, (rows, columns)), shape=(len(texts), len(vocabulary)))
    wanted, stress = np.asarray(labels), np.asarray(emphasis)
    alien = wanted == refusal
    topics = LogisticRegression(C=regularisation, max_iter=400)
    topics.fit(matrix[~alien], wanted[~alien], sample_weight=stress[~alien])
    ours = LogisticRegression(C=refusal_regularisation, max_iter=400, class_weight="balanced")
    ours.fit(matrix, alien, sample_weight=stress)
    return Model(
        [*(str(label) for label in topics.classes_), refusal],
        vocabulary,
        idf,
        unseen,
        np.hstack([topics.coef_.T, ours.coef_.T]).astype(np.float32),
        np.append(topics.intercept_, ours.intercept_).astype(np.float32),
        longest_ngram,
    )


def _vocabulary(
    texts: Sequence[str], longest_ngram: int
) -> tuple[dict[str, int], np.ndarray, float]:
    """The n-grams worth a feature, their inverse document frequencies, and an unseen one's."""
    examples: dict[str, int] = {}
    for text in texts:
        for gram in ngrams(text, longest_ngram):
            examples[gram] = examples.get(gram, 0) + 1
    kept = sorted(gram for gram, n in examples.items() if n >= _LEAST_EXAMPLES)
    total = len(texts)
    idf = np.array([np.log((1 + total) / (1 + examples[gram])) + 1 for gram in kept])
    unseen = float(np.log((1 + total) / 2) + 1)
    return {gram: i for i, gram in enumerate(kept)}, idf.astype(np.float32), unseen


def features(model: Model, text: str) -> tuple[list[int], list[float]]:
    """Indices and TF-IDF weights of a text's known n-grams, scaled by the whole text's length."""
    counts = ngrams(text, model.longest_ngram)
    found: list[int] = []
    weights: list[float] = []
    square = 0.0
    for gram, count in counts.items():
        index = model.vocabulary.get(gram)
        weight = (1 + np.log(count)) * (model.unseen if index is None else model.idf[index])
        square += weight * weight
        if index is not None:
            found.append(index)
            weights.append(float(weight))
    length = float(np.sqrt(square)) or 1.0
    return found, [weight / length for weight in weights]


def probabilities(model: Model, text: str, temperature: float) -> np.ndarray:
    """One probability a label, in the order of ``model.labels``."""
    found, weights = features(model, text)
    scores = model.bias.astype(np.float64)
    if found:
        scores = scores + np.asarray(weights) @ model.weights[found].astype(np.float64)
    alien = 1.0 / (1.0 + np.exp(-scores[-1]))
    topics = scores[:-1] / temperature
    topics = np.exp(topics - topics.max())
    return np.append((1.0 - alien) * topics / topics.sum(), alien)


def save(model: Model, directory: Path) -> None:
    """Write the model into a directory."""
    np.savez(directory / _FILE, idf=model.idf, weights=model.weights, bias=model.bias)
    words = {
        "labels": model.labels,
        "vocabulary": list(model.vocabulary),
        "unseen": model.unseen,
        "longest_ngram": model.longest_ngram,
    }
    (directory / _WORDS).write_text(json.dumps(words, ensure_ascii=False), encoding="utf-8")


def load(directory: Path) -> Model:
    """Read what ``save`` wrote."""
    words = json.loads((directory / _WORDS).read_text(encoding="utf-8"))
    with np.load(directory / _FILE, allow_pickle=False) as arrays:
        return Model(
            words["labels"],
            {gram: i for i, gram in enumerate(words["vocabulary"])},
            arrays["idf"],
            words["unseen"],
            arrays["weights"],
            arrays["bias"],
            words["longest_ngram"],
        )
