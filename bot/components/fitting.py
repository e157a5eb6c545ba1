"""Fits the two regressions of ``linear``: is it ours, and if so, which topic.

One regression over all labels would let the many examples of other offices' business pull every
faint message to the refusal; apart, each is balanced on its own terms.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

from bot.components.linear import Model, features
from desk.text import ngrams

# An n-gram that occurs in one example only says little, and there are very many of them.
_LEAST_EXAMPLES = 2
_MOST_STEPS = 200
# Relative change of the loss at which more steps move no decision.
_ENOUGH = 1e-6


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
    matrix = csr_matrix(
        (np.asarray(values, dtype=np.float32), (rows, columns)),
        shape=(len(texts), len(vocabulary)),
    )
    wanted, stress = np.asarray(labels), np.asarray(emphasis, dtype=np.float32)
    alien = wanted == refusal
    names = sorted(set(wanted[~alien]))
    index = {name: i for i, name in enumerate(names)}
    topics = regress(
        matrix[~alien],
        np.array([index[name] for name in wanted[~alien]]),
        stress[~alien],
        regularisation,
    )
    # Both sides of the refusal weigh the same, however many examples each has.
    shares = np.where(
        alien, stress.sum() / stress[alien].sum(), stress.sum() / stress[~alien].sum()
    )
    ours = regress(matrix, alien.astype(int), stress * shares / 2, refusal_regularisation)
    weights = np.column_stack([topics[:-1], ours[:-1, 1] - ours[:-1, 0]])
    bias = np.append(topics[-1], ours[-1, 1] - ours[-1, 0])
    return Model(
        [*(str(name) for name in names), refusal],
        vocabulary,
        idf,
        unseen,
        np.ascontiguousarray(weights, dtype=np.float32),
        bias.astype(np.float32),
        longest_ngram,
    )


def regress(
    matrix: csr_matrix, wanted: np.ndarray, stress: np.ndarray, regularisation: float
) -> np.ndarray:
    """Multinomial logistic regression with an L2 penalty, by L-BFGS from zero, so repeatable.

    ``matrix`` is examples × features, ``wanted`` one class index an example, ``stress`` its
    weight. Minimises ``sum(stress * -log p) + |weights|² / (2 * regularisation)`` as scikit-learn
    does, without its 120 MB and two seconds. Returns (features + 1) × classes; the last row is the
    bias, which is not penalised.
    """
    examples, features = matrix.shape
    classes = int(wanted.max()) + 1
    target = np.zeros((examples, classes), dtype=np.float32)
    target[np.arange(examples), wanted] = 1
    transposed = matrix.T.tocsr()

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        both = flat.reshape(features + 1, classes).astype(np.float32)
        weights, bias = both[:-1], both[-1]
        scores = matrix @ weights + bias
        scores -= scores.max(axis=1, keepdims=True)
        odds = np.exp(scores)
        total = odds.sum(axis=1, keepdims=True)
        fit_loss = float(stress @ (np.log(total[:, 0]) - (scores * target).sum(axis=1)))
        error = (odds / total - target) * stress[:, None]
        slope = np.vstack([transposed @ error + weights / regularisation, error.sum(axis=0)])
        penalty = float((weights * weights).sum()) / (2 * regularisation)
        return fit_loss + penalty, slope.ravel().astype(np.float64)

    start = np.zeros((features + 1) * classes)
    options = {"maxiter": _MOST_STEPS, "ftol": _ENOUGH, "maxcor": 10}
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options=options)
    return np.asarray(found.x).reshape(features + 1, classes)


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
