"""Fits the network of ``network``: is it ours, which topic, and which kind of refusal.

Three heads on one hidden layer: with all labels in one softmax the many examples of other offices'
business would pull every faint message to the refusal; apart, each is balanced on its own terms.
Minibatches with AdaGrad and drop-out, from a fixed seed: the same input gives the same model.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from pypinyin.pinyin_dict import pinyin_dict
from scipy.sparse import csr_matrix

from bot.components.features import Blocks, Features, blocks
from bot.components.network import Model, halved, units

# Of the refusal's loss, beside the topics'.
_REFUSAL_SHARE = 0.5


@dataclass(frozen=True)
class Options:
    """How to train; see ``TopicRanker.get_default_config`` for what each means."""

    longest_ngram: int = 2
    syllable_weight: float = 0.7
    least_examples: int = 4
    units: int = 128
    rounds: int = 7
    batch: int = 1024
    rate: float = 0.1
    dropout: float = 0.3
    seed: int = 1


def fit(
    texts: Sequence[str],
    labels: Sequence[str],
    emphasis: Sequence[float],
    *,
    refusal: str,
    options: Options,
    kinds: Sequence[str] | None = None,
) -> Model:
    """Train on texts with one label and one weight each. ``kinds`` are those of the refused texts,
    "" for none in particular; of other texts they are not looked at."""
    syllables = _syllables()
    counted = [blocks(text, syllables, options.longest_ngram) for text in texts]
    features = learn_features(counted, syllables, options)
    matrix = _matrix(features, counted)
    alien = np.asarray(labels) == refusal
    names = sorted(set(np.asarray(labels)[~alien].tolist()))
    index = {name: i for i, name in enumerate(names)}
    kinds = list(kinds or [""] * len(texts))
    sorts = sorted({"", *np.asarray(kinds)[alien].tolist()})
    wanted = np.zeros((len(texts), len(names) + 1 + len(sorts)), dtype=np.float32)
    for row, label in enumerate(labels):
        wanted[row, index.get(label, len(names))] = 1
        if label == refusal:
            wanted[row, len(names) + 1 + sorts.index(kinds[row])] = 1
    stress = np.asarray(emphasis, dtype=np.float32)
    # Both sides of the refusal weigh the same, however many examples each has.
    sides = np.where(alien, stress.sum() / stress[alien].sum(), stress.sum() / stress[~alien].sum())
    trained = _Training(
        matrix, wanted, len(names), stress, (stress * sides / 2).astype(np.float32), options
    )
    for round_ in range(options.rounds):
        trained.run(1 - 0.95 * round_ / options.rounds)
    # Whole questions only: a sentence of an answer explains nothing to staff.
    whole = [row for row, weight in enumerate(emphasis) if weight >= 1]
    vectors, *others = trained.parameters
    return Model(
        [*names, refusal],
        sorts,
        features,
        halved(vectors),
        *others,
        [(texts[row], labels[row]) for row in whole],
        units(trained.hidden(matrix[whole])),
    )


def learn_features(
    counted: Sequence[Blocks], syllables: dict[str, str], options: Options
) -> Features:
    """The n-grams worth a feature, their inverse document frequencies, and an unseen one's."""
    examples: Counter[str] = Counter()
    for both in counted:
        for counts in both:
            examples.update(counts.keys())
    kept = sorted(gram for gram, n in examples.items() if n >= options.least_examples)
    total = len(counted)
    idf = np.array([np.log((1 + total) / (1 + examples[gram])) + 1 for gram in kept])
    return Features(
        {gram: i for i, gram in enumerate(kept)},
        idf.tolist(),
        float(np.log((1 + total) / 2) + 1),
        syllables,
        options.syllable_weight,
        options.longest_ngram,
    )


def _syllables() -> dict[str, str]:
    """The first reading of each character, without its tone."""
    return {chr(code): _toneless(readings.split(",")[0]) for code, readings in pinyin_dict.items()}


def _toneless(reading: str) -> str:
    plain = unicodedata.normalize("NFD", reading)
    return "".join(c for c in plain if not unicodedata.combining(c))


def _matrix(features: Features, counted: Sequence[Blocks]) -> csr_matrix:
    """What ``Features.read`` makes of each text, for all at once: in a third of the time."""
    shape = (len(counted), len(features.vocabulary))
    # An unknown n-gram's index, -1, finds the last one.
    idf = np.append(features.idf, features.unseen)
    whole = csr_matrix(shape, dtype=np.float32)
    for place, length in enumerate((1.0, features.syllable_weight)):
        block = [both[place] for both in counted]
        rows = np.repeat(np.arange(len(block)), [len(counts) for counts in block])
        known = features.vocabulary.get
        columns = np.array([known(gram, -1) for counts in block for gram in counts], dtype=int)
        times = np.array([n for counts in block for n in counts.values()], dtype=float)
        weights = (1 + np.log(times)) * idf[columns]
        lengths = np.sqrt(np.bincount(rows, weights**2, minlength=len(block)))
        weights *= (length / np.where(lengths, lengths, 1))[rows]
        kept = columns >= 0
        values = weights[kept].astype(np.float32)
        whole = whole + csr_matrix((values, (rows[kept], columns[kept])), shape=shape)
    return whole.tocsr()


class _Training:
    """One run of the training: parameters, their squared gradients, and a source of chance.

    A row of ``wanted`` has a one for its topic, of which there are ``topics``, or for the refusal,
    which comes after them, and for its kind. ``stress`` weighs a row in the topics' and the kinds'
    loss (rows of the refusal have no topic, the others no kind), ``sides`` in the refusal's.
    """

    def __init__(
        self,
        matrix: csr_matrix,
        wanted: np.ndarray,
        topics: int,
        stress: np.ndarray,
        sides: np.ndarray,
        options: Options,
    ) -> None:
        self._matrix, self._wanted, self._options = matrix, wanted, options
        alien = wanted[:, topics]
        self._topics, self._sides = topics, sides * _REFUSAL_SHARE
        self._stress, self._kind_stress = stress * (1 - alien), stress * alien
        self._chance = np.random.RandomState(options.seed)
        size, units, labels = matrix.shape[1], options.units, wanted.shape[1]
        vectors = (self._chance.randn(size, units) * 0.1).astype(np.float32)
        weights = (self._chance.randn(units, labels) / np.sqrt(units)).astype(np.float32)
        self.parameters = (
            vectors,
            np.zeros(units, np.float32),
            weights,
            np.zeros(labels, np.float32),
        )
        shapes = ((size,), *(p.shape for p in self.parameters[1:]))
        self._squares = tuple(np.full(shape, 1e-3, np.float32) for shape in shapes)

    def hidden(self, matrix: csr_matrix) -> np.ndarray:
        """What the hidden layer makes of each row."""
        vectors, shift, _, _ = self.parameters
        return np.maximum(matrix @ vectors + shift, 0)

    def run(self, pace: float) -> None:
        """Go through all examples once, at a share ``pace`` of the rate."""
        order = self._chance.permutation(self._matrix.shape[0])
        for start in range(0, len(order), self._options.batch):
            self._step(order[start : start + self._options.batch], self._options.rate * pace)

    def _step(self, rows: np.ndarray, rate: float) -> None:
        vectors, shift, weights, bias = self.parameters
        # Only the batch's own features, so that a step costs what it touches.
        batch = self._matrix[rows]
        used, places = np.unique(batch.indices, return_inverse=True)
        values = batch.data * self._kept(batch.data.shape)
        batch = csr_matrix((values, places, batch.indptr), shape=(len(rows), len(used)))
        before = batch @ vectors[used] + shift
        mask = self._kept(before.shape) * (before > 0)
        hidden = before * mask
        error = self._error(hidden @ weights + bias, rows)
        back = ((error @ weights.T) * mask).astype(np.float32)
        slopes = batch.T.tocsr() @ back
        # One squared gradient a feature: as good as one a number here, in half the time.
        squares, *others = self._squares
        squares[used] += np.einsum("ij,ij->i", slopes, slopes) / slopes.shape[1]
        slopes *= (rate / np.sqrt(squares[used]))[:, None]
        vectors[used] -= slopes
        for parameter, square, slope in zip(
            self.parameters[1:], others, (back.sum(0), hidden.T @ error, error.sum(0)), strict=True
        ):
            square += slope * slope
            parameter -= rate * slope / np.sqrt(square)

    def _kept(self, shape: tuple[int, ...]) -> np.ndarray:
        """Drop-out: zeros, and what makes up for them."""
        share = 1 - self._options.dropout
        kept: np.ndarray = (self._chance.random_sample(shape) < share).astype(np.float32) / share
        return kept

    def _error(self, scores: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """The slope of the three losses at the heads' scores."""
        wanted, last = self._wanted[rows], self._topics
        alien = 1 / (1 + np.exp(-scores[:, last]))
        topics = _odds(scores[:, :last]) - wanted[:, :last]
        kinds = _odds(scores[:, last + 1 :]) - wanted[:, last + 1 :]
        return np.column_stack(
            [
                topics * self._stress[rows, None],
                (alien - wanted[:, last]) * self._sides[rows],
                kinds * self._kind_stress[rows, None],
            ]
        ).astype(np.float32)


def _odds(scores: np.ndarray) -> np.ndarray:
    """Probabilities of each row that sum to 1."""
    odds: np.ndarray = np.exp(scores - scores.max(axis=1, keepdims=True))
    odds /= odds.sum(axis=1, keepdims=True)
    return odds
