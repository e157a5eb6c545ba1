"""The six functions of scikit-learn that ``rasa test`` calls, so that it works without the package.

Same names, arguments and results for what Rasa 3.6.21 passes: lists of labels, ``labels``,
``average="weighted"``, ``output_dict``. Definitions: precision is hits per prediction, recall hits
per target, F1 their harmonic mean, 0 where nothing is to be divided; weighted by targets.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np


def unique_labels(*lists: Any) -> np.ndarray:
    """All labels, sorted."""
    return np.array(sorted({label for labels in lists for label in labels}))


def confusion_matrix(targets: Any, predictions: Any) -> np.ndarray:
    """Counts, targets down and predictions across, in the order of ``unique_labels``."""
    index = {label: i for i, label in enumerate(unique_labels(targets, predictions))}
    matrix = np.zeros((len(index), len(index)), dtype=int)
    for target, prediction in zip(targets, predictions, strict=True):
        matrix[index[target], index[prediction]] += 1
    return matrix


def accuracy_score(targets: Any, predictions: Any) -> float:
    """The share of predictions that are right."""
    pairs = list(zip(targets, predictions, strict=True))
    return sum(t == p for t, p in pairs) / len(pairs) if pairs else 0.0


def precision_score(targets: Any, predictions: Any, **options: Any) -> float:
    """Precision, weighted by targets."""
    return float(_report(targets, predictions, options["labels"])["weighted avg"]["precision"])


def f1_score(targets: Any, predictions: Any, **options: Any) -> float:
    """F1, weighted by targets."""
    return float(_report(targets, predictions, options["labels"])["weighted avg"]["f1-score"])


def classification_report(
    targets: Any, predictions: Any, labels: Any, output_dict: bool = False
) -> Any:
    """Precision, recall, F1 and support by label and on average, as a dict or as text."""
    report = _report(targets, predictions, labels)
    if output_dict:
        return report
    lines = [f"{'':>24} " + " ".join(f"{name:>9}" for name in _NAMES)]
    for label, row in report.items():
        lines.append(f"{label:>24} " + " ".join(f"{row[name]:9.2f}" for name in _NAMES))
    return "\n".join(lines)


_NAMES = ("precision", "recall", "f1-score", "support")


def _report(targets: Any, predictions: Any, labels: Any) -> dict[str, dict[str, float]]:
    pairs = list(zip(targets, predictions, strict=True))
    hits = Counter(t for t, p in pairs if t == p)
    asked, said = Counter(t for t, _ in pairs), Counter(p for _, p in pairs)
    rows: dict[str, dict[str, float]] = {}
    for label in labels:
        precision = hits[label] / said[label] if said[label] else 0.0
        recall = hits[label] / asked[label] if asked[label] else 0.0
        both = precision + recall
        f1 = 2 * precision * recall / both if both else 0.0
        rows[str(label)] = dict(zip(_NAMES, (precision, recall, f1, asked[label]), strict=True))
    total = sum(row["support"] for row in rows.values())
    hit, spoken = sum(hits[la] for la in labels), sum(said[la] for la in labels)
    micro = (hit / spoken if spoken else 0.0, hit / total if total else 0.0)
    f1 = 2 * micro[0] * micro[1] / sum(micro) if sum(micro) else 0.0
    averages = {"micro avg": dict(zip(_NAMES, (*micro, f1, total), strict=True))}
    for name, weights in (
        ("macro avg", [1.0] * len(rows)),
        ("weighted avg", [row["support"] for row in rows.values()]),
    ):
        whole = sum(weights) or 1.0
        averages[name] = {
            key: sum(w * row[key] for w, row in zip(weights, rows.values(), strict=True)) / whole
            for key in _NAMES[:3]
        }
        averages[name]["support"] = total
    return {**rows, **averages}
