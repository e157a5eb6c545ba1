"""The compared set-ups of one bot: configuration, training, and the servers."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bench.measure import NotAnswered
from desk.settings import ROOT

sys.path.insert(0, str(ROOT / "deploy"))

from train import RASA_ENVIRONMENT, fingerprint

# Named as the product's, so that ``make run`` takes our model for its own.
MODEL = f"desk-{fingerprint()}"
# What `rasa init` leaves in force, but for the tokenizer: WhitespaceTokenizer refuses Chinese.
DEFAULT = """
pipeline:
- name: JiebaTokenizer
- name: RegexFeaturizer
- name: LexicalSyntacticFeaturizer
- name: CountVectorsFeaturizer
- name: CountVectorsFeaturizer
  analyzer: char_wb
  min_ngram: 1
  max_ngram: 4
- name: DIETClassifier
  epochs: 100
  constrain_similarities: true
- name: EntitySynonymMapper
- name: ResponseSelector
  epochs: 100
  constrain_similarities: true
- name: FallbackClassifier
  threshold: 0.3
  ambiguity_threshold: 0.1
policies:
- name: MemoizationPolicy
- name: RulePolicy
- name: UnexpecTEDIntentPolicy
  max_history: 5
  epochs: 100
- name: TEDPolicy
  max_history: 5
  epochs: 100
  constrain_similarities: true
"""


@dataclass(frozen=True)
class Variant:
    """A set-up of the bot below a folder of its own; ``environment`` is the one it runs in."""

    folder: Path
    environment: Path
    config: Path
    data: tuple[Path, ...]
    tracker_store: str

    @property
    def model(self) -> Path:
        return self.folder / "models" / f"{MODEL}.tar.gz"

    @property
    def tracker_db(self) -> Path:
        return self.folder / "var" / "rasa.db"


def stock_default(folder: Path, environment: Path, epochs: int) -> Variant:
    """Rasa's default pipeline and policies, with so many epochs.

    TED and UnexpecTED learn from stories only and we have rules, so the rules without a condition
    are told as stories too.
    """
    config = {**_ours(), **yaml.safe_load(DEFAULT)}
    for part in (*config["pipeline"], *config["policies"]):
        if "epochs" in part:
            part["epochs"] = epochs
    rules = [
        rule
        for file in sorted((ROOT / "data" / "rules").glob("*.yml"))
        for rule in yaml.safe_load(file.read_text(encoding="utf-8"))["rules"]
        if "condition" not in rule
    ]
    stories = [{"story": rule["rule"], "steps": rule["steps"]} for rule in rules]
    told = _written(folder / "data" / "stories.yml", {"version": "3.1", "stories": stories})
    data = (ROOT / "data", told.parent)
    return Variant(folder, environment, _written(folder / "config.yml", config), data, "SQL")


def stock_ranker(folder: Path, environment: Path) -> Variant:
    """Our configuration on a Rasa as it comes: see ``plain``."""
    config = _ours()
    names = [part["name"] for part in config["pipeline"]]
    if names != ["bot.components.ranker.TopicRanker"]:
        raise NotAnswered(f"config.yml has another pipeline now, {names}; mend bench/variants.py")
    config["pipeline"][0]["name"] = "bench.plain.PlainRanker"
    written = _written(folder / "config.yml", config)
    return Variant(folder, environment, written, (ROOT / "data",), "SQL")


def ours(folder: Path, environment: Path) -> Variant:
    """What ``make run`` runs."""
    store = yaml.safe_load((ROOT / "bot/endpoints.yml").read_text())["tracker_store"]["type"]
    folder.mkdir(parents=True)
    return Variant(folder, environment, ROOT / "config.yml", (ROOT / "data",), store)


def _ours() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "config.yml").read_text(encoding="utf-8"))
    return found


def _written(file: Path, content: Any) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return file


def train(variant: Variant) -> tuple[float, float | None]:
    """Train from nothing: seconds in all, and seconds a round of DIET where there is one."""
    log = variant.folder / "train.log"
    environment = rasa_environment(variant, {"RASA_CACHE_DIRECTORY": str(_fresh(variant.folder))})
    environment.pop("TQDM_DISABLE")  # the progress bar is where the rounds can be read
    command = [
        *(str(variant.environment / "bin" / "rasa"), "train", "--config", str(variant.config)),
        *("--domain", str(ROOT / "bot" / "domain"), "--data", *map(str, variant.data)),
        *("--out", str(variant.model.parent), "--fixed-model-name", MODEL),
    ]
    begun = time.monotonic()
    with log.open("wb") as stream:
        done = subprocess.run(
            command, cwd=variant.folder, env=environment, stdout=stream, stderr=subprocess.STDOUT
        )
    took = time.monotonic() - begun
    text = log.read_text(encoding="utf-8", errors="replace")
    if done.returncode or not variant.model.is_file():
        raise NotAnswered("training failed:\n" + text[-3000:])
    diet = re.search(r"Epochs: 100%[^\r\n]*\| (\d+)/\1 \[(\d+):(\d+)<", text)
    rounds, minutes, seconds = (int(x) for x in diet.groups()) if diet else (1, 0, 0)
    return took, (minutes * 60 + seconds) / rounds if diet else None


def _fresh(folder: Path) -> Path:
    found = folder / uuid.uuid4().hex
    found.mkdir()
    return found


def rasa_environment(variant: Variant, more: dict[str, str]) -> dict[str, str]:
    """What Rasa is told by ``make run``, and temporary files that go with the rest."""
    log = {"LOG_LEVEL": "INFO", "TMPDIR": str(variant.folder)}
    return {**os.environ, **RASA_ENVIRONMENT, **log, **more}
