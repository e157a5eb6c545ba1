"""A small network over a message's features, ready to use: save, load, probabilities.

``fitting`` trains it. One hidden layer: each feature has a vector, a message is their weighted sum,
and two heads read it: which topic, and is it ours at all. Here a model is a dictionary and two
matrices: no sparse matrices for a single message, and no SciPy in the running server.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from bot.components.features import Features

_FILE = "ranker.npz"
_WORDS = "ranker.json"
# Known questions that vote on a kind.
_VOTERS = 5


@dataclass(frozen=True)
class Model:
    """``vectors`` is features × hidden, ``shift`` one number a hidden unit, ``weights`` hidden ×
    labels, ``bias`` one number a label; the last label is the refusal, whose column is the two-way
    head. ``known`` are the questions trained on, with their labels and kinds (see ``kind``),
    ``seen`` what the hidden layer makes of each, as unit vectors."""

    labels: list[str]
    features: Features
    vectors: np.ndarray
    shift: np.ndarray
    weights: np.ndarray
    bias: np.ndarray
    known: list[tuple[str, str, str]]
    seen: np.ndarray


def probabilities(model: Model, text: str, temperature: float) -> np.ndarray:
    """One probability a label, in the order of ``model.labels``; they sum to 1."""
    scores = _hidden(model, text) @ model.weights + model.bias
    alien = 1.0 / (1.0 + np.exp(-scores[-1]))
    topics = scores[:-1] / temperature
    topics = np.exp(topics - topics.max())
    return np.append((1.0 - alien) * topics / topics.sum(), alien)


def closest(model: Model, text: str, most: int) -> list[tuple[str, str, float]]:
    """The known questions most alike in the hidden layer: words, label, cosine; best first."""
    likeness = _likeness(model, text)
    best = np.argsort(-likeness, kind="stable")[:most]
    return [(*model.known[i][:2], float(likeness[i])) for i in best]


def kind(model: Model, text: str, label: str) -> str:
    """The kind that most of the nearest known questions of a label have; "" if most have none."""
    likeness = _likeness(model, text)
    order = np.argsort(-likeness, kind="stable")
    nearest = islice((i for i in order if model.known[i][1] == label), _VOTERS)
    kinds = Counter(model.known[i][2] for i in nearest)
    return kinds.most_common(1)[0][0] if kinds else ""


def _likeness(model: Model, text: str) -> np.ndarray:
    """The cosine of each known question; of none, if the text says nothing."""
    hidden = _hidden(model, text)
    length = float(np.linalg.norm(hidden))
    if not length:
        return np.zeros(0, dtype=np.float32)
    return model.seen @ (hidden / length).astype(model.seen.dtype)


def units(hidden: np.ndarray) -> np.ndarray:
    """Rows scaled to length 1; a row of zeros stays."""
    lengths = np.linalg.norm(hidden, axis=1, keepdims=True)
    return (hidden / np.where(lengths, lengths, 1)).astype(np.float32)


def _hidden(model: Model, text: str) -> np.ndarray:
    found, values = model.features.read(text)
    hidden = model.shift.astype(np.float64)
    if found:
        hidden = hidden + np.asarray(values) @ model.vectors[found].astype(np.float64)
    return np.maximum(hidden, 0)


def save(model: Model, directory: Path) -> None:
    """Write the model into a directory."""
    np.savez(
        directory / _FILE,
        idf=np.asarray(model.features.idf),
        vectors=model.vectors,
        shift=model.shift,
        weights=model.weights,
        bias=model.bias,
        seen=model.seen.astype(np.float16),
    )
    words = {name: value for name, value in asdict(model.features).items() if name != "idf"}
    words["vocabulary"] = list(model.features.vocabulary)
    words |= {"labels": model.labels, "known": model.known}
    (directory / _WORDS).write_text(json.dumps(words, ensure_ascii=False), encoding="utf-8")


def load(directory: Path) -> Model:
    """Read what ``save`` wrote."""
    words = json.loads((directory / _WORDS).read_text(encoding="utf-8"))
    labels, known = words.pop("labels"), [tuple(pair) for pair in words.pop("known")]
    words["vocabulary"] = {gram: i for i, gram in enumerate(words["vocabulary"])}
    with np.load(directory / _FILE, allow_pickle=False) as arrays:
        features = Features(idf=arrays["idf"].tolist(), **words)
        return Model(
            labels,
            features,
            *(arrays[name] for name in ("vectors", "shift", "weights", "bias")),
            known,
            arrays["seen"].astype(np.float32),
        )
