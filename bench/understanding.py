"""``make bench-understanding``: rankings compared on the same held-out questions, each in a process
of its own; writes ``bench/UNDERSTANDING.md``. Runs in Rasa's environment and makes two more in a
throw-away folder (about 4 GB below TMPDIR), for stock Rasa and for sentence embeddings.

Of six parts (``bench.held_out``) one is held out; what is left out trains nothing.
``--ours`` measures only our own ranking, ``--sample`` only the table on a sample; both print
instead of writing.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench import environments
from bench.held_out import PARTS, examples, parts, sampled, split
from bench.rankers import DIET_EPOCHS, Example, whole
from desk.decision import OUT_OF_SCOPE
from desk.settings import ROOT

# Own messages that may be refused where refusals are compared.
MOST_FALSE = 0.03
SHARES = (0.25, 0.5, 0.75)
# Of the embeddings, where they are asked beside ours.
BESIDE = 0.35
# Name of a ranking: its title, and the environment it runs in.
TITLES = {
    "network": ("**ours**", "ours"),
    "characters": ("ours, characters only", "ours"),
    "tfidf": ("TF-IDF, best example", "ours"),
    "bm25": ("BM25, best example", "ours"),
    "embeddings": ("embeddings alone", "embeddings"),
    "beside": ("embeddings beside ours", "embeddings"),
    "logistic": ("Rasa's logistic regression, characters 1-3", "stock"),
    "diet": (f"stock DIET, {DIET_EPOCHS} epochs", "stock"),
}
WITH_EVERYTHING = ("network", "characters", "tfidf", "bm25", "embeddings", "beside")
STOCK = ("logistic", "diet")


@dataclass(frozen=True)
class Found:
    """What a ranking made of the held-out questions: see ``bench.rankers``."""

    scores: np.ndarray
    labels: list[str]
    seconds: float
    single: np.ndarray
    peak: float


class Bench:
    """Runs rankings below one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pythons = {"ours": ROOT / ".venv-rasa" / "bin" / "python"}

    def rank(
        self, name: str, train: Sequence[Example], held: Sequence[Example], kind: str = "ours"
    ) -> Found:
        """Train and ask one ranking, in an environment of a kind."""
        if kind not in self._pythons:
            environments.make(self._folder / kind, kind, twice=False)
            self._pythons[kind] = self._folder / kind / "bin" / "python"
        source, target = self._folder / "in.json", self._folder / "out.npz"
        given = {"train": train, "ask": [text for text, _, _ in held]}
        source.write_text(json.dumps(given, ensure_ascii=False), encoding="utf-8")
        with (self._folder / "log").open("wb") as log:
            status = subprocess.run(
                [
                    *(str(self._pythons[kind]), "-W", "ignore", "-m", "bench.rankers"),
                    *(name, str(source), str(target)),
                ],
                cwd=ROOT,
                env={**os.environ, "TQDM_DISABLE": "1", "TF_CPP_MIN_LOG_LEVEL": "3"},
                stdout=log,
                stderr=log,
            ).returncode
        if status:
            tail = (self._folder / "log").read_text(errors="replace").splitlines()[-15:]
            raise SystemExit("\n".join([*tail, f"bench-understanding: {name} failed"]))
        with np.load(target) as out:
            return Found(
                out["scores"],
                out["labels"].tolist(),
                float(out["seconds"]),
                out["single"],
                float(out["peak"]),
            )


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


def row(name: str, found: Found, held: Sequence[Example]) -> str:
    """One line of the table."""
    cells = [f"{share:.3f}" for share in judge(found.scores, found.labels, held)]
    cells += [f"{found.seconds:.0f}"]
    cells += [f"{np.percentile(found.single, p):.1f}" for p in (50, 95)]
    line = f"| {name} | " + " | ".join([*cells, f"{found.peak:.0f}"]) + " |"
    print(line, flush=True)
    return line


def beside(ours: Found, other: Found) -> Found:
    """Two rankings as one: the weighted geometric mean of their probabilities."""
    scores = ours.scores ** (1 - BESIDE) * np.maximum(other.scores, 1e-9) ** BESIDE
    scores /= scores.sum(axis=1, keepdims=True)
    return Found(
        scores,
        ours.labels,
        ours.seconds + other.seconds,
        ours.single + other.single,
        ours.peak + other.peak,
    )


def curve(bench: Bench, train: Sequence[Example], held: Sequence[Example]) -> list[str]:
    """Lines of the table for ours with fewer questions."""
    rest = [example for example in train if example[2] < 1]
    chance = random.Random(1)
    lines = []
    for share in SHARES:
        some = chance.sample(whole(train), int(share * len(whole(train))))
        found = bench.rank("network", [*some, *rest], held)
        lines.append(row(f"{share:.0%}, {len(some) / len(found.labels):.0f} an id", found, held))
    return lines


def crossed(bench: Bench, found: Sequence[Example], part: Sequence[int]) -> str:
    """Ours with each of the six parts held out in turn: mean, lowest and highest of the shares."""
    judged = []
    for number in range(PARTS):
        train, held = split(found, part, number)
        out = bench.rank("network", train, held)
        judged.append(judge(out.scores, out.labels, held))
        print(number, *judged[-1], flush=True)
    cells = [
        f"{np.mean(column):.3f} ({min(column):.3f}-{max(column):.3f})"
        for column in zip(*judged, strict=True)
    ]
    return "| " + " | ".join(cells) + " |"


def compared(
    bench: Bench, train: Sequence[Example], held: Sequence[Example], names: Sequence[str]
) -> list[str]:
    """Lines of the table for some rankings; ``beside`` needs ours and embeddings before it."""
    done: dict[str, Found] = {}
    rows = []
    for name in names:
        title, kind = TITLES[name]
        if name == "beside":
            done[name] = beside(done["network"], done["embeddings"])
        else:
            done[name] = bench.rank(name, train, held, kind)
        rows.append(row(title, done[name], held))
    return rows


def main(arguments: list[str]) -> int:
    """Compare, draw the learning curve, write the page."""
    found = examples()
    part = parts(found)
    train, held = split(found, part, 0)
    with tempfile.TemporaryDirectory() as name:
        bench = Bench(Path(name))
        if "--ours" in arguments:
            compared(bench, train, held, ["network"])
            return 0
        if "--sample" in arguments:
            compared(bench, *sampled(train, held), [*WITH_EVERYTHING, *STOCK])
            return 0
        lines = curve(bench, train, held)
        cross = crossed(bench, found, part)
        everything = compared(bench, train, held, WITH_EVERYTHING)
        few, some = sampled(train, held)
        sample = compared(bench, few, some, [*WITH_EVERYTHING, *STOCK])
    page = (ROOT / "bench" / "understanding.head.md").read_text(encoding="utf-8")
    text = page.format(
        train=len(whole(train)),
        held=len(held),
        few=len(few),
        some=len(some),
        epochs=DIET_EPOCHS,
        everything="\n".join(everything),
        sample="\n".join(sample),
        curve="\n".join(lines),
        crossed=cross,
    )
    (ROOT / "bench" / "UNDERSTANDING.md").write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
