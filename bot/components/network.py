"""A small network over a message's features, ready to use: save, load, probabilities.

``fitting`` trains it. One hidden layer: each feature has a vector, a message is their weighted sum,
and three heads read it: which topic, is it ours at all, and if not, what kind of refusal it is.
Here a model is a dictionary and two matrices: no sparse matrices for a single message, and no SciPy
in the running server.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from bot.components.features import Features

_FILE = "ranker.npz"
_WORDS = "ranker.json"


@dataclass(frozen=True)
class Model:
    """``vectors`` is features × hidden, ``shift`` one number a hidden unit, ``weights`` hidden ×
    outputs, ``bias`` one number an output. Outputs are the labels, of which the last is the refusal
    and its column the two-way head, and then the kinds of a refusal ("" is none in particular).
    ``known`` are the questions trained on with their labels, ``seen`` what the hidden layer makes
    of each, as unit vectors."""

    labels: list[str]
    kinds: list[str]
    features: Features
    vectors: np.ndarray
    shift: np.ndarray
    weights: np.ndarray
    bias: np.ndarray
    known: list[tuple[str, str]]
    seen: np.ndarray


def read(model: Model, text: str) -> np.ndarray:
    """What the hidden layer makes of a text; the functions below work on it."""
    found, values = model.features.read(text)
    hidden = model.shift.astype(np.float64)
    if found:
        hidden = hidden + np.asarray(values) @ model.vectors[found].astype(np.float64)
    return np.maximum(hidden, 0)


def probabilities(model: Model, hidden: np.ndarray, temperature: float) -> np.ndarray:
    """One probability a label, in the order of ``model.labels``; they sum to 1."""
    scores = _scores(model, hidden)[: len(model.labels)]
    alien = 1.0 / (1.0 + np.exp(-scores[-1]))
    topics = scores[:-1] / temperature
    topics = np.exp(topics - topics.max())
    return np.append((1.0 - alien) * topics / topics.sum(), alien)


def closest(model: Model, hidden: np.ndarray, most: int) -> list[tuple[str, str, float]]:
    """The known questions most alike in the hidden layer: words, label, cosine; best first."""
    length = float(np.linalg.norm(hidden))
    if not length or not model.known:
        return []
    likeness = model.seen @ (hidden / length).astype(model.seen.dtype)
    best = np.argsort(-likeness, kind="stable")[:most]
    return [(*model.known[i], float(likeness[i])) for i in best]


def kind(model: Model, hidden: np.ndarray) -> str:
    """The likeliest kind of a refused message; "" for none in particular."""
    return model.kinds[int(np.argmax(_scores(model, hidden)[len(model.labels) :]))]


def _scores(model: Model, hidden: np.ndarray) -> np.ndarray:
    scores: np.ndarray = hidden @ model.weights + model.bias
    return scores


def halved(vectors: np.ndarray) -> np.ndarray:
    """As they are stored: two bytes a number, which changes no decision."""
    return vectors.astype(np.float16).astype(np.float32)


def units(hidden: np.ndarray) -> np.ndarray:
    """Rows scaled to length 1; a row of zeros stays."""
    lengths = np.linalg.norm(hidden, axis=1, keepdims=True)
    return (hidden / np.where(lengths, lengths, 1)).astype(np.float32)


def save(model: Model, directory: Path) -> None:
    """Write the model into a directory."""
    np.savez(
        directory / _FILE,
        idf=np.asarray(model.features.idf),
        vectors=model.vectors.astype(np.float16),
        shift=model.shift,
        weights=model.weights,
        bias=model.bias,
        seen=model.seen.astype(np.float16),
    )
    words = {name: value for name, value in asdict(model.features).items() if name != "idf"}
    words["vocabulary"] = list(model.features.vocabulary)
    words |= {"labels": model.labels, "kinds": model.kinds, "known": model.known}
    (directory / _WORDS).write_text(json.dumps(words, ensure_ascii=False), encoding="utf-8")


def load(directory: Path) -> Model:
    """Read what ``save`` wrote."""
    words = json.loads((directory / _WORDS).read_text(encoding="utf-8"))
    labels, kinds = words.pop("labels"), words.pop("kinds")
    known = [tuple(pair) for pair in words.pop("known")]
    words["vocabulary"] = {gram: i for i, gram in enumerate(words["vocabulary"])}
    with np.load(directory / _FILE, allow_pickle=False) as arrays:
        features = Features(idf=arrays["idf"].tolist(), **words)
        return Model(
            labels,
            kinds,
            features,
            arrays["vectors"].astype(np.float32),
            *(arrays[name] for name in ("shift", "weights", "bias")),
            known,
            arrays["seen"].astype(np.float32),
        )
