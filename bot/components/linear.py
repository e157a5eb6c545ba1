"""Two logistic regressions over character n-grams, ready to use: save, load, probabilities.

``fitting`` trains them. Here a model is a dictionary and one matrix: no sparse matrices for a
single message, and no SciPy in the running server.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from desk.text import ngrams

_FILE = "ranker.npz"
_WORDS = "ranker.json"


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
